/* What the reference programs share. */
#ifndef BENCHMARK_REFERENCE_COMMON_H
#define BENCHMARK_REFERENCE_COMMON_H

#include <sqlite3.h>

int reference_open(const char *path, sqlite3 **database);

/* Ends the function where a call fails; `result` holds the code. */
#define CHECK(call)                                         \
    do {                                                    \
        result = (call);                                    \
        if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW) goto end; \
    } while (0)

#endif
