#include "disk.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(content *content, size_t size) {
    if (size <= content->capacity) return;
    size_t capacity = content->capacity ? content->capacity : 4096;
    while (capacity < size) capacity *= 2;
    uint8_t *bytes = realloc(content->bytes, capacity);
    if (!bytes) abort();
    content->bytes = bytes;
    content->capacity = capacity;
}

void content_write(content *content, const void *bytes, size_t size, size_t offset) {
    if (size == 0) return;
    reserve(content, offset + size);
    if (offset > content->size) memset(content->bytes + content->size, 0, offset - content->size);
    memcpy(content->bytes + offset, bytes, size);
    if (offset + size > content->size) content->size = offset + size;
}

void content_truncate(content *content, size_t size) {
    if (size < content->size) content->size = size;
}

void content_copy(content *to, const content *from) {
    to->size = 0;
    content_write(to, from->bytes, from->size, 0);
}

memory_file *disk_find(fault_disk *disk, const char *path, int make) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    memory_file *place = NULL;
    for (int index = 0; index < MAX_FILES; index++) {
        memory_file *file = &disk->files[index];
        if (strcmp(file->name, name) == 0) return file;
        if (!place && !file->name[0]) place = file;
    }
    if (!make) return NULL;
    if (!place || strlen(name) >= NAME_SIZE) abort();
    strcpy(place->name, name);
    return place;
}

fault_disk *fault_disk_make(void) {
    static atomic_int made;
    fault_disk *disk = calloc(1, sizeof *disk);
    if (!disk) abort();
    snprintf(disk->name, sizeof disk->name, "fault-%d", atomic_fetch_add(&made, 1));
    pthread_mutex_init(&disk->mutex, NULL);
    vfs_fill(disk);
    if (sqlite3_vfs_register(&disk->vfs, 0) == SQLITE_OK) return disk;
    free(disk);
    return NULL;
}

const char *fault_disk_name(const fault_disk *disk) { return disk->name; }

void fault_disk_free(fault_disk *disk) {
    /* A test that failed may have left a file open; its disk then stays. */
    for (int index = 0; index < MAX_FILES; index++) {
        if (disk->files[index].open > 0) return;
    }
    sqlite3_vfs_unregister(&disk->vfs);
    if (disk->recording) fault_trace_free(disk->recording);
    for (int index = 0; index < MAX_FILES; index++) {
        for (int region = 0; region < MAX_SHM_REGIONS; region++) free(disk->files[index].regions[region]);
        free(disk->files[index].content.bytes);
    }
    pthread_mutex_destroy(&disk->mutex);
    free(disk);
}

int64_t fault_disk_size(fault_disk *disk, const char *name) {
    pthread_mutex_lock(&disk->mutex);
    memory_file *file = disk_find(disk, name, 0);
    int64_t size = file && file->exists ? (int64_t)file->content.size : -1;
    pthread_mutex_unlock(&disk->mutex);
    return size;
}

void fault_disk_get(fault_disk *disk, const char *name, uint8_t *bytes) {
    pthread_mutex_lock(&disk->mutex);
    memory_file *file = disk_find(disk, name, 0);
    if (file && file->content.size > 0) memcpy(bytes, file->content.bytes, file->content.size);
    pthread_mutex_unlock(&disk->mutex);
}

void fault_disk_put(fault_disk *disk, const char *name, const uint8_t *bytes, size_t size) {
    pthread_mutex_lock(&disk->mutex);
    memory_file *file = disk_find(disk, name, 1);
    if (file->open > 0) abort();
    file->exists = 1;
    file->content.size = 0;
    content_write(&file->content, bytes, size, 0);
    pthread_mutex_unlock(&disk->mutex);
}

void fault_disk_copy(fault_disk *to, fault_disk *from) {
    pthread_mutex_lock(&from->mutex);
    pthread_mutex_lock(&to->mutex);
    for (int index = 0; index < MAX_FILES; index++) {
        memory_file *file = &to->files[index];
        if (file->open > 0) abort();
        strcpy(file->name, from->files[index].name);
        file->exists = from->files[index].exists;
        content_copy(&file->content, &from->files[index].content);
    }
    pthread_mutex_unlock(&to->mutex);
    pthread_mutex_unlock(&from->mutex);
}

int disk_check(fault_disk *disk, fault_kind kind) {
    if (!disk->fault.is_armed || disk->fault.kind != kind) return SQLITE_OK;
    int64_t call = ++disk->fault.calls;
    if (call < disk->fault.nth || call - disk->fault.nth >= disk->fault.times) return SQLITE_OK;
    disk->fault.failed++;
    return disk->fault.code;
}

void fault_disk_arm(fault_disk *disk, fault_kind kind, int64_t nth, int64_t times, int code) {
    pthread_mutex_lock(&disk->mutex);
    memset(&disk->fault, 0, sizeof disk->fault);
    disk->fault.is_armed = 1;
    disk->fault.kind = kind;
    disk->fault.nth = nth;
    disk->fault.times = times;
    disk->fault.code = code;
    pthread_mutex_unlock(&disk->mutex);
}

int64_t fault_disk_failed(fault_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    int64_t failed = disk->fault.failed;
    pthread_mutex_unlock(&disk->mutex);
    return failed;
}

int64_t fault_disk_calls(fault_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    int64_t calls = disk->fault.calls;
    pthread_mutex_unlock(&disk->mutex);
    return calls;
}

void fault_disk_disarm(fault_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    disk->fault.is_armed = 0;
    pthread_mutex_unlock(&disk->mutex);
}
