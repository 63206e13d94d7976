#include "disk.h"

#include <stdlib.h>

int shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **pointer) {
    handle *handle = (void *)base;
    memory_file *file = handle->file;
    pthread_mutex_lock(&handle->disk->mutex);
    *pointer = NULL;
    int result = disk_check(handle->disk, FAULT_SHARED_MEMORY);
    if (result == SQLITE_OK && region >= MAX_SHM_REGIONS) result = SQLITE_IOERR_SHMMAP;
    if (result == SQLITE_OK) {
        if (!handle->is_attached) {
            handle->is_attached = 1;
            file->attached++;
        }
        if (!file->regions[region] && extend) file->regions[region] = calloc(1, (size_t)size);
        *pointer = file->regions[region];
    }
    pthread_mutex_unlock(&handle->disk->mutex);
    return result;
}

static int take(handle *handle, int first, int count, int is_shared) {
    memory_file *file = handle->file;
    for (int lock = first; lock < first + count; lock++) {
        uint16_t bit = (uint16_t)(1u << lock);
        const void *owner = file->shm_exclusive[lock];
        if (owner && owner != handle) return SQLITE_BUSY;
        int others = file->shm_shared[lock] - ((handle->shm_shared & bit) ? 1 : 0);
        if (!is_shared && others > 0) return SQLITE_BUSY;
    }
    for (int lock = first; lock < first + count; lock++) {
        uint16_t bit = (uint16_t)(1u << lock);
        if (is_shared) {
            if (!(handle->shm_shared & bit)) file->shm_shared[lock]++;
            handle->shm_shared |= bit;
        } else {
            file->shm_exclusive[lock] = handle;
            handle->shm_exclusive |= bit;
        }
    }
    return SQLITE_OK;
}

static void give(handle *handle, int first, int count) {
    memory_file *file = handle->file;
    for (int lock = first; lock < first + count; lock++) {
        uint16_t bit = (uint16_t)(1u << lock);
        if (handle->shm_shared & bit) file->shm_shared[lock]--;
        if (handle->shm_exclusive & bit) file->shm_exclusive[lock] = NULL;
        handle->shm_shared &= (uint16_t)~bit;
        handle->shm_exclusive &= (uint16_t)~bit;
    }
}

int shm_lock(sqlite3_file *base, int offset, int count, int flags) {
    handle *handle = (void *)base;
    int result = SQLITE_OK;
    pthread_mutex_lock(&handle->disk->mutex);
    if (flags & SQLITE_SHM_UNLOCK) {
        give(handle, offset, count);
    } else {
        result = take(handle, offset, count, flags & SQLITE_SHM_SHARED);
    }
    pthread_mutex_unlock(&handle->disk->mutex);
    return result;
}

void shm_barrier(sqlite3_file *base) {
    handle *handle = (void *)base;
    pthread_mutex_lock(&handle->disk->mutex);
    pthread_mutex_unlock(&handle->disk->mutex);
}

int shm_unmap(sqlite3_file *base, int delete) {
    (void)delete;
    handle *handle = (void *)base;
    memory_file *file = handle->file;
    pthread_mutex_lock(&handle->disk->mutex);
    if (handle->is_attached) {
        give(handle, 0, SHM_LOCKS);
        handle->is_attached = 0;
        /* The last one takes it along, as the end of a process does. */
        if (--file->attached == 0) {
            for (int region = 0; region < MAX_SHM_REGIONS; region++) {
                free(file->regions[region]);
                file->regions[region] = NULL;
            }
        }
    }
    pthread_mutex_unlock(&handle->disk->mutex);
    return SQLITE_OK;
}
