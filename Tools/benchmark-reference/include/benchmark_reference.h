/*
 * What bare SQLite does with the same rows, batches and durability: the figures that the log is compared with.
 *
 * Every function returns 0, or an SQLite result code.
 */
#ifndef BENCHMARK_REFERENCE_H
#define BENCHMARK_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    /* One table, PRIMARY KEY(session, offset) WITHOUT ROWID. */
    REFERENCE_CLUSTERED = 0,
    /* Appended in the order of arrival, moved to the clustered table every `settle_every` events. */
    REFERENCE_SETTLING = 1,
} reference_layout;

typedef struct {
    double seconds;
    double cpu_seconds;
    uint64_t bytes_written;
} reference_cost;

/* Appends `events` tokens to `sessions` sessions in turn that hold `prefill` events each, `batch` events a commit. */
int reference_append(const char *path, reference_layout layout, int64_t sessions, int64_t prefill, int64_t events,
                     int64_t batch, int64_t settle_every, reference_cost *cost);

/* A file to commit single rows into. */
typedef struct reference_committer reference_committer;
int reference_committer_open(const char *path, reference_committer **committer);
/* Commits one row and tells how long it took. */
int reference_committer_commit(reference_committer *committer, double *microseconds);
void reference_committer_close(reference_committer *committer);

/* Reads every column of a session's settled events in `log.db`; `sum` depends on all of them. */
int reference_scan(const char *path, int64_t session, int64_t *rows, uint64_t *sum, double *seconds, double *cpu_seconds);

/* Fills an empty `log.db` with settled tokens: sessions `s1`, `s2`, … of `each` events. */
int reference_fill(const char *path, int64_t sessions, int64_t each);

/* Serves a model's streams on a free port, says `listening <port>` and `closed <ns>` on standard output; returns on failure
 * only, with an errno. */
int reference_upstream_serve(void);

/* Reads such a stream bare: when each of the first `capacity` paced tokens arrived after it was sent, in seconds. 0, or an
 * errno. */
int reference_upstream_read(uint16_t port, const char *path, double *latencies, int64_t capacity, int64_t *tokens,
                            double *cpu_seconds);

/* How many lines there are: what every reader of a stream has to do at the least. */
int64_t reference_split_lines(const uint8_t *bytes, size_t count);

/* Bytes that the process caused to be written (/proc/self/io), and its heap in use. */
uint64_t reference_bytes_written(void);
uint64_t reference_heap_bytes(void);

#endif
