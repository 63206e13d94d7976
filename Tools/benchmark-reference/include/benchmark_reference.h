/*
 * What bare SQLite does with the same rows, batches and durability: the figures that the log is compared with.
 *
 * Every function returns 0, or an SQLite result code.
 */
#ifndef BENCHMARK_REFERENCE_H
#define BENCHMARK_REFERENCE_H

#include <stdbool.h>
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

/* Seconds of a clock (CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID). */
double reference_now(int clock);

/* Microseconds of CLOCK_MONOTONIC: the same in every process of the machine. */
int64_t reference_now_us(void);

/* Durations in microseconds, in HdrHistogram's layout with three significant digits. */
typedef struct reference_histogram reference_histogram;
reference_histogram *reference_histogram_make(void);
void reference_histogram_free(reference_histogram *histogram);
void reference_histogram_record(reference_histogram *histogram, int64_t value);
/* The value below which that share of the values lies. */
int64_t reference_histogram_percentile(const reference_histogram *histogram, double share);
int64_t reference_histogram_count(const reference_histogram *histogram);
int64_t reference_histogram_max(const reference_histogram *histogram);

/* Many connections to a server of this machine, read by one thread. Where a frame's text is twelve hexadecimal digits,
 * they are the time at which it was made, and its latency is recorded. Functions return 0, or an errno. */
typedef struct reference_load reference_load;
typedef struct {
    int64_t answered, with_frame, frames, bytes, ended, refused;
    double cpu_seconds;
} reference_load_figures;
/* `latency` and `first_frame` are recorded into, and stay the caller's. */
int reference_load_open(uint16_t port, reference_histogram *latency, reference_histogram *first_frame,
                        reference_load **load);
/* Connects; before the start only. A stalled connection is never read. */
int reference_load_connect(reference_load *load, const char *request, bool is_stalled);
/* Reads on a thread of its own from now on, and sends every request. */
int reference_load_start(reference_load *load);
/* Whether latencies are recorded from now on. */
void reference_load_measure(reference_load *load, bool is_measuring);
reference_load_figures reference_load_now(const reference_load *load);
/* How many of the stalled connections have the beginning of a good answer to read, and no end; to be called once. */
int64_t reference_load_stalled(const reference_load *load);
/* Closes every connection; the load is gone then. */
void reference_load_stop(reference_load *load);

/* Serves streams at `rate` tokens a second each, durable before they are sent, over the new file `path`, to every request but
 * `GET /sessions/s<number>/…` with a `Last-Event-ID`: that gets twenty of the `each` events of one of `sessions` past
 * sessions. Says `listening <port>`; returns on failure only, with an errno or an SQLite result code. */
int reference_serve(const char *path, int rate, int64_t sessions, int64_t each);

/* Bytes that the process caused to be written (/proc/self/io), and its heap in use. */
uint64_t reference_bytes_written(void);
uint64_t reference_heap_bytes(void);

#endif
