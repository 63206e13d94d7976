#include "files.h"

#include <stdlib.h>
#include <string.h>

pthread_mutex_t fault_mutex = PTHREAD_MUTEX_INITIALIZER;

static memory_file files[MAX_FILES];
static int file_count;

static struct {
    int is_armed;
    fault_kind kind;
    int64_t nth, times, failed;
    int code;
    int64_t calls[FAULT_KINDS];
} faults;

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
    reserve(content, offset + size);
    if (offset > content->size) memset(content->bytes + content->size, 0, offset - content->size);
    if (size > 0) memcpy(content->bytes + offset, bytes, size);
    if (offset + size > content->size) content->size = offset + size;
}

void content_truncate(content *content, size_t size) {
    if (size < content->size) content->size = size;
}

void content_copy(content *to, const content *from) {
    to->size = 0;
    content_write(to, from->bytes, from->size, 0);
}

memory_file *files_find(const char *path, int make) {
    for (int index = 0; index < file_count; index++) {
        if (path && files[index].path && strcmp(files[index].path, path) == 0) return &files[index];
        /* A file without a name is free once it is closed. */
        if (!path && !files[index].path && files[index].open == 0) return &files[index];
    }
    if (!make) return NULL;
    if (file_count == MAX_FILES) abort();
    memory_file *file = &files[file_count++];
    memset(file, 0, sizeof *file);
    file->path = path ? strdup(path) : NULL;
    return file;
}

int files_index(const memory_file *file) { return (int)(file - files); }

memory_file *files_at(int index) { return &files[index]; }

int fault_check(fault_kind kind) {
    int64_t call = ++faults.calls[kind];
    if (!faults.is_armed || faults.kind != kind || call < faults.nth || call >= faults.nth + faults.times) return SQLITE_OK;
    faults.failed++;
    return faults.code;
}

void fault_vfs_arm(fault_kind kind, int64_t nth, int64_t times, int code) {
    pthread_mutex_lock(&fault_mutex);
    memset(&faults, 0, sizeof faults);
    faults.is_armed = 1;
    faults.kind = kind;
    faults.nth = nth;
    faults.times = times;
    faults.code = code;
    pthread_mutex_unlock(&fault_mutex);
}

int64_t fault_vfs_disarm(void) {
    pthread_mutex_lock(&fault_mutex);
    faults.is_armed = 0;
    int64_t failed = faults.failed;
    pthread_mutex_unlock(&fault_mutex);
    return failed;
}

int64_t fault_vfs_calls(fault_kind kind) {
    pthread_mutex_lock(&fault_mutex);
    int64_t calls = faults.calls[kind];
    pthread_mutex_unlock(&fault_mutex);
    return calls;
}

void fault_vfs_reset(void) {
    pthread_mutex_lock(&fault_mutex);
    for (int index = 0; index < file_count; index++) {
        if (files[index].open > 0) abort();
        for (int region = 0; region < MAX_SHM_REGIONS; region++) free(files[index].regions[region]);
        free(files[index].content.bytes);
        free(files[index].path);
    }
    file_count = 0;
    memset(&faults, 0, sizeof faults);
    trace_drop();
    pthread_mutex_unlock(&fault_mutex);
}

int64_t fault_vfs_size(const char *path) {
    pthread_mutex_lock(&fault_mutex);
    memory_file *file = files_find(path, 0);
    int64_t size = file && file->exists ? (int64_t)file->content.size : -1;
    pthread_mutex_unlock(&fault_mutex);
    return size;
}

void fault_vfs_get(const char *path, uint8_t *bytes) {
    pthread_mutex_lock(&fault_mutex);
    memory_file *file = files_find(path, 0);
    if (file && file->content.size > 0) memcpy(bytes, file->content.bytes, file->content.size);
    pthread_mutex_unlock(&fault_mutex);
}

void fault_vfs_put(const char *path, const uint8_t *bytes, size_t size) {
    pthread_mutex_lock(&fault_mutex);
    memory_file *file = files_find(path, 1);
    if (file->open > 0) abort();
    file->exists = 1;
    file->content.size = 0;
    content_write(&file->content, bytes, size, 0);
    pthread_mutex_unlock(&fault_mutex);
}
