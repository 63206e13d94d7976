/*
 * SQLite VFSs in memory for the tests of the log. Each is a disk of its own: it records every write and sync, shows
 * what a power cut at any of them may leave, and fails chosen calls.
 *
 * Files are known by the last part of their path. Nothing here is for use with data that matters.
 */
#ifndef FAULT_VFS_H
#define FAULT_VFS_H

#include <stddef.h>
#include <stdint.h>

typedef struct fault_disk fault_disk;

/* Makes an empty disk and registers its VFS; NULL where SQLite refuses. */
fault_disk *fault_disk_make(void);
/* The name of its VFS, to open connections with. */
const char *fault_disk_name(const fault_disk *disk);
/* Frees it, unless a file is open. */
void fault_disk_free(fault_disk *disk);

/* The bytes of a file; -1 where there is none. */
int64_t fault_disk_size(fault_disk *disk, const char *name);
/* Copies a whole file out or in; a file that is put is durable. */
void fault_disk_get(fault_disk *disk, const char *name, uint8_t *bytes);
void fault_disk_put(fault_disk *disk, const char *name, const uint8_t *bytes, size_t size);
/* Makes the files of a disk, none of them open, what they are on another: what the end of a process leaves. */
void fault_disk_copy(fault_disk *to, fault_disk *from);

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
void fault_disk_arm(fault_disk *disk, fault_kind kind, int64_t nth, int64_t times, int code);
/* How many calls failed since then. */
int64_t fault_disk_failed(fault_disk *disk);
/* Calls of the armed kind since then. */
int64_t fault_disk_calls(fault_disk *disk);
/* Lets nothing fail any more. */
void fault_disk_disarm(fault_disk *disk);

/* --- power cuts ------------------------------------------------------------------------------------------------- */

/* What was written, truncated, synced, made and deleted, in order. */
typedef struct fault_trace fault_trace;

/* Begins to record; what is there now is durable. */
void fault_disk_record(fault_disk *disk);
/* Operations recorded so far. */
int64_t fault_disk_operations(fault_disk *disk);
/* Notes that the directory was synced by somebody else. */
void fault_disk_sync_directory(fault_disk *disk);
/* Ends recording and gives what was recorded. */
fault_trace *fault_disk_take_trace(fault_disk *disk);

int64_t fault_trace_count(const fault_trace *trace);
/* 1 where the operation is a sync. */
int fault_trace_is_sync(const fault_trace *trace, int64_t operation);
/*
 * Makes the files of a disk what a power cut right before an operation may leave: of the writes after the last sync
 * of their file, the seed decides which are kept, dropped or torn at the sectors of 512 bytes; of the names made or
 * deleted after the last sync of the directory, whether they are there. Where `ignore_syncs` is not 0, a sync keeps
 * nothing: a disk that lies.
 */
void fault_trace_cut(fault_trace *trace, fault_disk *disk, int64_t operation, uint64_t seed, int ignore_syncs);
void fault_trace_free(fault_trace *trace);

#endif
