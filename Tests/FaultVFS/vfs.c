#include "disk.h"

#include <string.h>

static int file_close(sqlite3_file *base) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&handle->disk->mutex);
    handle->file->open--;
    pthread_mutex_unlock(&handle->disk->mutex);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *bytes, int size, sqlite3_int64 offset) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&handle->disk->mutex);
    int result = disk_check(handle->disk, FAULT_READ);
    if (result == SQLITE_OK) {
        content *content = &handle->file->content;
        size_t start = (size_t)offset < content->size ? (size_t)offset : content->size;
        size_t there = content->size - start < (size_t)size ? content->size - start : (size_t)size;
        if (there > 0) memcpy(bytes, content->bytes + start, there);
        memset((uint8_t *)bytes + there, 0, (size_t)size - there);
        result = there == (size_t)size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
    }
    pthread_mutex_unlock(&handle->disk->mutex);
    return result;
}

static int file_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 offset) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&handle->disk->mutex);
    int result = disk_check(handle->disk, FAULT_WRITE);
    if (result == SQLITE_OK) {
        trace_note(handle->disk, OP_WRITE, handle->file, (size_t)offset, bytes, (size_t)size);
        content_write(&handle->file->content, bytes, (size_t)size, (size_t)offset);
    }
    pthread_mutex_unlock(&handle->disk->mutex);
    return result;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&handle->disk->mutex);
    int result = disk_check(handle->disk, FAULT_TRUNCATE);
    if (result == SQLITE_OK) {
        trace_note(handle->disk, OP_TRUNCATE, handle->file, (size_t)size, NULL, 0);
        content_truncate(&handle->file->content, (size_t)size);
    }
    pthread_mutex_unlock(&handle->disk->mutex);
    return result;
}

static int file_sync(sqlite3_file *base, int flags) {
    (void)flags;
    handle *handle = (void *)base;
    pthread_mutex_lock(&handle->disk->mutex);
    int result = disk_check(handle->disk, FAULT_SYNC);
    if (result == SQLITE_OK) {
        trace_note(handle->disk, OP_SYNC, handle->file, 0, NULL, 0);
        if (handle->file->is_new_journal) trace_note(handle->disk, OP_SYNC_DIRECTORY, handle->file, 0, NULL, 0);
        handle->file->is_new_journal = 0;
    }
    pthread_mutex_unlock(&handle->disk->mutex);
    return result;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&handle->disk->mutex);
    *size = (sqlite3_int64)handle->file->content.size;
    pthread_mutex_unlock(&handle->disk->mutex);
    return SQLITE_OK;
}

static int take_lock(handle *handle, int level) {
    memory_file *file = handle->file;
    if (handle->level == SQLITE_LOCK_NONE) {
        if ((file->exclusive && file->exclusive != handle) || (file->pending && file->pending != handle)) {
            return SQLITE_BUSY;
        }
        file->shared++;
        handle->level = SQLITE_LOCK_SHARED;
    }
    if (level >= SQLITE_LOCK_RESERVED) {
        if (file->reserved && file->reserved != handle) return SQLITE_BUSY;
        file->reserved = handle;
        if (handle->level < SQLITE_LOCK_RESERVED) handle->level = SQLITE_LOCK_RESERVED;
    }
    if (level == SQLITE_LOCK_EXCLUSIVE) {
        file->pending = handle;
        handle->level = SQLITE_LOCK_PENDING;
        if (file->shared > 1) return SQLITE_BUSY;
        file->exclusive = handle;
        handle->level = SQLITE_LOCK_EXCLUSIVE;
    }
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&handle->disk->mutex);
    int result = handle->level >= level ? SQLITE_OK : take_lock(handle, level);
    pthread_mutex_unlock(&handle->disk->mutex);
    return result;
}

static int file_unlock(sqlite3_file *base, int level) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&handle->disk->mutex);
    memory_file *file = handle->file;
    if (level < handle->level) {
        if (file->exclusive == handle) file->exclusive = NULL;
        if (file->pending == handle) file->pending = NULL;
        if (file->reserved == handle) file->reserved = NULL;
        if (level == SQLITE_LOCK_NONE) file->shared--;
        handle->level = level;
    }
    pthread_mutex_unlock(&handle->disk->mutex);
    return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *base, int *result) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&handle->disk->mutex);
    *result = handle->file->reserved != NULL;
    pthread_mutex_unlock(&handle->disk->mutex);
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument) {
    (void)base, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base) {
    (void)base;
    return SECTOR;
}

/* As SQLite takes Linux to be: a write damages no byte that it does not write. */
static int file_characteristics(sqlite3_file *base) {
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags) {
    fault_disk *disk = vfs->pAppData;
    /* What sorts and temporary tables need is the system's. */
    if (!name) {
        sqlite3_vfs *system = sqlite3_vfs_find(NULL);
        return system->xOpen(system, name, base, flags, out_flags);
    }
    handle *handle = (void *)base;
    memset(handle, 0, sizeof *handle);
    pthread_mutex_lock(&disk->mutex);
    int result = disk_check(disk, FAULT_OPEN);
    memory_file *file = result == SQLITE_OK ? disk_find(disk, name, (flags & SQLITE_OPEN_CREATE) != 0) : NULL;
    if (result == SQLITE_OK && (!file || (!file->exists && !(flags & SQLITE_OPEN_CREATE)))) result = SQLITE_CANTOPEN;
    if (result == SQLITE_OK) {
        if (!file->exists) {
            file->exists = 1;
            file->content.size = 0;
            file->is_new_journal = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
            trace_note(disk, OP_CREATE, file, 0, NULL, 0);
        }
        file->open++;
        handle->disk = disk;
        handle->file = file;
        handle->base.pMethods = &methods;
        if (out_flags) *out_flags = flags;
    }
    pthread_mutex_unlock(&disk->mutex);
    return result;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_directory) {
    fault_disk *disk = vfs->pAppData;
    pthread_mutex_lock(&disk->mutex);
    memory_file *file = disk_find(disk, name, 0);
    int result = file && file->exists ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
    if (result == SQLITE_OK) {
        trace_note(disk, OP_DELETE, file, 0, NULL, 0);
        if (sync_directory) trace_note(disk, OP_SYNC_DIRECTORY, file, 0, NULL, 0);
        file->exists = 0;
    }
    pthread_mutex_unlock(&disk->mutex);
    return result;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    (void)flags;
    *result = fault_disk_size(vfs->pAppData, name) >= 0;
    return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *path) {
    (void)vfs;
    sqlite3_snprintf(size, path, "%s", name);
    return SQLITE_OK;
}

void vfs_fill(fault_disk *disk) {
    /* Random numbers, sleep and time are the system's. */
    disk->vfs = *sqlite3_vfs_find(NULL);
    disk->vfs.iVersion = 2;
    if (disk->vfs.szOsFile < (int)sizeof(handle)) disk->vfs.szOsFile = (int)sizeof(handle);
    disk->vfs.pNext = NULL;
    disk->vfs.zName = disk->name;
    disk->vfs.pAppData = disk;
    disk->vfs.xOpen = vfs_open;
    disk->vfs.xDelete = vfs_delete;
    disk->vfs.xAccess = vfs_access;
    disk->vfs.xFullPathname = vfs_full_pathname;
}
