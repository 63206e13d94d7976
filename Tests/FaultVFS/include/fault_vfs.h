/*
 * An SQLite VFS in memory for the tests of the log: it records every write and sync, shows what a power cut at any of
 * them may leave, and fails chosen calls.
 *
 * All connections of the process share its files. Nothing here is for use with data that matters.
 */
#ifndef FAULT_VFS_H
#define FAULT_VFS_H

#include <stddef.h>
#include <stdint.h>

/* The name to open connections with. */
#define FAULT_VFS_NAME "playhead-fault"

/* Makes the VFS known to SQLite; further calls do nothing. Returns an SQLite result code. */
int fault_vfs_register(void);

/* Forgets every file and every armed fault. No file may be open. */
void fault_vfs_reset(void);

/* The bytes of a file; -1 where there is none. */
int64_t fault_vfs_size(const char *path);
/* Copies a whole file out or in; a file that is put is durable. */
void fault_vfs_get(const char *path, uint8_t *bytes);
void fault_vfs_put(const char *path, const uint8_t *bytes, size_t size);

/* --- failing calls ---------------------------------------------------------------------------------------------- */

typedef enum {
    FAULT_READ = 0,
    FAULT_WRITE,
    FAULT_SYNC,
    FAULT_TRUNCATE,
    FAULT_OPEN,
    FAULT_SHARED_MEMORY,
    FAULT_KINDS,
} fault_kind;

/* Lets the `nth` call of a kind from now on, counted from 1, and the `times - 1` after it fail with an SQLite code. */
void fault_vfs_arm(fault_kind kind, int64_t nth, int64_t times, int code);
/* Lets nothing fail any more; returns how many calls failed. */
int64_t fault_vfs_disarm(void);
/* Calls of a kind since the last `fault_vfs_arm` or `fault_vfs_reset`. */
int64_t fault_vfs_calls(fault_kind kind);

/* --- power cuts ------------------------------------------------------------------------------------------------- */

/* What was written, truncated, synced, made and deleted, in order. */
typedef struct fault_trace fault_trace;

/* Begins to record; what is there now is durable. */
void fault_vfs_record(void);
/* Operations recorded so far. */
int64_t fault_vfs_operations(void);
/* Ends recording and gives what was recorded. */
fault_trace *fault_vfs_take_trace(void);

int64_t fault_trace_count(const fault_trace *trace);
/* 1 where the operation is a sync. */
int fault_trace_is_sync(const fault_trace *trace, int64_t operation);
/*
 * Makes the VFS's files what a power cut right before an operation may leave: of the writes after the last sync of their
 * file, the seed decides which are kept, dropped or torn at the sectors of 512 bytes. Where `ignore_syncs` is not 0, a
 * sync keeps nothing: a disk that lies. No file may be open.
 */
void fault_trace_cut(fault_trace *trace, int64_t operation, uint64_t seed, int ignore_syncs);
void fault_trace_free(fault_trace *trace);

#endif
