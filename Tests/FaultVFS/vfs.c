#include <stdlib.h>
#include <string.h>

#include "files.h"

static int file_close(sqlite3_file *base) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&fault_mutex);
    memory_file *file = handle->file;
    file->open--;
    if (handle->delete_on_close || !file->path) file->exists = 0;
    pthread_mutex_unlock(&fault_mutex);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *bytes, int size, sqlite3_int64 offset) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&fault_mutex);
    int result = fault_check(FAULT_READ);
    if (result == SQLITE_OK) {
        content *content = &handle->file->content;
        size_t start = (size_t)offset < content->size ? (size_t)offset : content->size;
        size_t there = content->size - start < (size_t)size ? content->size - start : (size_t)size;
        if (there > 0) memcpy(bytes, content->bytes + start, there);
        memset((uint8_t *)bytes + there, 0, (size_t)size - there);
        result = there == (size_t)size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
    }
    pthread_mutex_unlock(&fault_mutex);
    return result;
}

static int file_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 offset) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&fault_mutex);
    int result = fault_check(FAULT_WRITE);
    if (result == SQLITE_OK) {
        trace_note(OP_WRITE, handle->file, (size_t)offset, bytes, (size_t)size);
        content_write(&handle->file->content, bytes, (size_t)size, (size_t)offset);
    }
    pthread_mutex_unlock(&fault_mutex);
    return result;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&fault_mutex);
    int result = fault_check(FAULT_TRUNCATE);
    if (result == SQLITE_OK) {
        trace_note(OP_TRUNCATE, handle->file, (size_t)size, NULL, 0);
        content_truncate(&handle->file->content, (size_t)size);
    }
    pthread_mutex_unlock(&fault_mutex);
    return result;
}

static int file_sync(sqlite3_file *base, int flags) {
    (void)flags;
    handle *handle = (void *)base;
    pthread_mutex_lock(&fault_mutex);
    int result = fault_check(FAULT_SYNC);
    if (result == SQLITE_OK) trace_note(OP_SYNC, handle->file, 0, NULL, 0);
    pthread_mutex_unlock(&fault_mutex);
    return result;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    pthread_mutex_lock(&fault_mutex);
    *size = (sqlite3_int64)((handle *)(void *)base)->file->content.size;
    pthread_mutex_unlock(&fault_mutex);
    return SQLITE_OK;
}

static int take_lock(handle *handle, int level) {
    memory_file *file = handle->file;
    if (handle->level == SQLITE_LOCK_NONE) {
        if ((file->exclusive && file->exclusive != handle) || (file->pending && file->pending != handle)) return SQLITE_BUSY;
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
    pthread_mutex_lock(&fault_mutex);
    int result = handle->level >= level ? SQLITE_OK : take_lock(handle, level);
    pthread_mutex_unlock(&fault_mutex);
    return result;
}

static int file_unlock(sqlite3_file *base, int level) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&fault_mutex);
    memory_file *file = handle->file;
    if (level < handle->level) {
        if (file->exclusive == handle) file->exclusive = NULL;
        if (file->pending == handle) file->pending = NULL;
        if (file->reserved == handle) file->reserved = NULL;
        if (level == SQLITE_LOCK_NONE) file->shared--;
        handle->level = level;
    }
    pthread_mutex_unlock(&fault_mutex);
    return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *base, int *result) {
    pthread_mutex_lock(&fault_mutex);
    *result = ((handle *)(void *)base)->file->reserved != NULL;
    pthread_mutex_unlock(&fault_mutex);
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
    (void)vfs;
    handle *handle = (void *)base;
    memset(handle, 0, sizeof *handle);
    pthread_mutex_lock(&fault_mutex);
    int result = fault_check(FAULT_OPEN);
    memory_file *file = result == SQLITE_OK ? files_find(name, (flags & SQLITE_OPEN_CREATE) != 0) : NULL;
    if (result == SQLITE_OK && (!file || (!file->exists && !(flags & SQLITE_OPEN_CREATE)))) result = SQLITE_CANTOPEN;
    if (result == SQLITE_OK) {
        if (!file->exists) {
            file->exists = 1;
            file->content.size = 0;
            trace_note(OP_CREATE, file, 0, NULL, 0);
        }
        file->open++;
        handle->file = file;
        handle->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
        handle->base.pMethods = &methods;
        if (out_flags) *out_flags = flags;
    }
    pthread_mutex_unlock(&fault_mutex);
    return result;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_directory) {
    (void)vfs, (void)sync_directory;
    pthread_mutex_lock(&fault_mutex);
    memory_file *file = files_find(name, 0);
    int result = file && file->exists ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
    if (result == SQLITE_OK) {
        trace_note(OP_DELETE, file, 0, NULL, 0);
        file->exists = 0;
    }
    pthread_mutex_unlock(&fault_mutex);
    return result;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    (void)vfs, (void)flags;
    pthread_mutex_lock(&fault_mutex);
    memory_file *file = files_find(name, 0);
    *result = file && file->exists;
    pthread_mutex_unlock(&fault_mutex);
    return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *path) {
    (void)vfs;
    sqlite3_snprintf(size, path, "%s", name);
    return SQLITE_OK;
}

int fault_vfs_register(void) {
    static sqlite3_vfs vfs;
    if (sqlite3_vfs_find(FAULT_VFS_NAME)) return SQLITE_OK;
    /* Random numbers, sleep and time are the system's. */
    vfs = *sqlite3_vfs_find(NULL);
    vfs.iVersion = 2;
    vfs.szOsFile = (int)sizeof(handle);
    vfs.zName = FAULT_VFS_NAME;
    vfs.pNext = NULL;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xFullPathname = vfs_full_pathname;
    return sqlite3_vfs_register(&vfs, 0);
}
