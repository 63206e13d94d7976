#include <string.h>
#include <time.h>

#include "benchmark_reference.h"
#include "common.h"

int reference_scan(const char *path, int64_t session, int64_t *rows, uint64_t *sum, double *seconds,
                   double *cpu_seconds) {
    int result = SQLITE_OK;
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    CHECK(sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL));
    CHECK(sqlite3_prepare_v2(database,
                             "SELECT \"offset\", position, at, kind, v, cause, body FROM settled_events"
                             " WHERE session = ?1 ORDER BY \"offset\"",
                             -1, &statement, NULL));
    sqlite3_bind_int64(statement, 1, session);
    *rows = 0;
    *sum = 0;
    double cpu = reference_now(CLOCK_THREAD_CPUTIME_ID), start = reference_now(CLOCK_MONOTONIC);
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int column = 0; column < 6; column++) *sum += (uint64_t)sqlite3_column_int64(statement, column);
        const unsigned char *text = sqlite3_column_text(statement, 6);
        int length = sqlite3_column_bytes(statement, 6);
        if (length > 0) *sum += text[0] + (uint64_t)length;
        *rows += 1;
    }
    *seconds = reference_now(CLOCK_MONOTONIC) - start;
    *cpu_seconds = reference_now(CLOCK_THREAD_CPUTIME_ID) - cpu;
end:
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : result;
}
