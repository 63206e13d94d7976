/* The files that the VFS, its shared memory and its traces work on. */
#ifndef FAULT_FILES_H
#define FAULT_FILES_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>

#include "include/fault_vfs.h"

enum { MAX_FILES = 64, MAX_SHM_REGIONS = 64, SHM_LOCKS = 8, SECTOR = 512 };

typedef struct {
    uint8_t *bytes;
    size_t size, capacity;
} content;

typedef struct {
    char *path;
    content content;
    int exists;
    /* Open handles. */
    int open;
    /* Locks on the database file; owners are handles. */
    int shared;
    const void *reserved, *pending, *exclusive;
    /* Shared memory of the WAL index. */
    uint8_t *regions[MAX_SHM_REGIONS];
    int attached;
    int shm_shared[SHM_LOCKS];
    const void *shm_exclusive[SHM_LOCKS];
} memory_file;

typedef struct {
    sqlite3_file base;
    memory_file *file;
    int level;
    int is_attached;
    uint16_t shm_shared, shm_exclusive;
    int delete_on_close;
} handle;

/* Guards everything. */
extern pthread_mutex_t fault_mutex;

void content_write(content *content, const void *bytes, size_t size, size_t offset);
void content_truncate(content *content, size_t size);
void content_copy(content *to, const content *from);

/* The file of that path, or a new entry that does not exist yet; a path of NULL is a file without a name. */
memory_file *files_find(const char *path, int make);
int files_index(const memory_file *file);
memory_file *files_at(int index);

/* Counts a call and tells the code it has to fail with; SQLITE_OK where it goes on. */
int fault_check(fault_kind kind);

/* What a trace records. */
typedef enum { OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_CREATE, OP_DELETE } operation_type;
void trace_note(operation_type type, const memory_file *file, size_t offset, const void *bytes, size_t size);
void trace_drop(void);

int shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **pointer);
int shm_lock(sqlite3_file *file, int offset, int count, int flags);
void shm_barrier(sqlite3_file *file);
int shm_unmap(sqlite3_file *file, int delete);

#endif
