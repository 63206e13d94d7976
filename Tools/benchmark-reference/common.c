#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "benchmark_reference.h"
#include "common.h"

double reference_now(int clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int reference_open(const char *path, sqlite3 **database) {
    int result = sqlite3_open_v2(path, database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result != SQLITE_OK) return result;
    return sqlite3_exec(*database,
                        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;"
                        "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY",
                        NULL, NULL, NULL);
}

uint64_t reference_bytes_written(void) {
    FILE *file = fopen("/proc/self/io", "r");
    if (!file) return 0;
    char line[128];
    unsigned long long bytes = 0;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "write_bytes: %llu", &bytes) == 1) break;
    }
    fclose(file);
    return bytes;
}

uint64_t reference_heap_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}
