/* The files that a disk's VFS, its shared memory and its traces work on. */
#ifndef FAULT_DISK_H
#define FAULT_DISK_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>

#include "include/fault_vfs.h"

enum { MAX_FILES = 8, NAME_SIZE = 64, MAX_SHM_REGIONS = 64, SHM_LOCKS = 8, SECTOR = 512 };

typedef struct {
    uint8_t *bytes;
    size_t size, capacity;
} content;

typedef struct {
    /* Empty where the place is free. */
    char name[NAME_SIZE];
    content content;
    int exists;
    /* Its name has to be synced with its first sync, as SQLite does with journals on Linux. */
    int is_new_journal;
    /* Open handles. */
    int open;
    /* Locks on the database file; owners are handles. */
    int shared;
    const void *reserved, *pending, *exclusive;
    /* Shared memory of the WAL index. */
    void *regions[MAX_SHM_REGIONS];
    int attached;
    int shm_shared[SHM_LOCKS];
    const void *shm_exclusive[SHM_LOCKS];
} memory_file;

struct fault_disk {
    sqlite3_vfs vfs;
    char name[NAME_SIZE];
    /* Guards everything below. */
    pthread_mutex_t mutex;
    memory_file files[MAX_FILES];
    struct {
        int is_armed;
        fault_kind kind;
        int64_t nth, times, failed, calls;
        int code;
    } fault;
    fault_trace *recording;
};

typedef struct {
    sqlite3_file base;
    fault_disk *disk;
    memory_file *file;
    int level;
    int is_attached;
    uint16_t shm_shared, shm_exclusive;
} handle;

void content_write(content *content, const void *bytes, size_t size, size_t offset);
void content_truncate(content *content, size_t size);
void content_copy(content *to, const content *from);

/* The file of that name, or where it is to be made a place for it; else NULL. */
memory_file *disk_find(fault_disk *disk, const char *name, int make);

/* Counts a call and tells the code it has to fail with; SQLITE_OK where it goes on. */
int disk_check(fault_disk *disk, fault_kind kind);

/* What a trace records. */
typedef enum { OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_SYNC_DIRECTORY, OP_CREATE, OP_DELETE } operation_type;
void trace_note(
    fault_disk *disk, operation_type type, const memory_file *file, size_t offset, const void *bytes, size_t size);

/* Fills in the VFS of a disk. */
void vfs_fill(fault_disk *disk);

int shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **pointer);
int shm_lock(sqlite3_file *file, int offset, int count, int flags);
void shm_barrier(sqlite3_file *file);
int shm_unmap(sqlite3_file *file, int delete);

#endif
