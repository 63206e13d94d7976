// Preloaded into a server that is to be killed at an exact place: right after a commit of the event log is durable, and
// before anybody is told. While the file named by KILL_AT_COMMIT exists it holds the number of commits to go; each sync
// of log.db-wal counts it down, and at zero the process sends itself SIGKILL, as `kill -9` would.
//
//   cc -shared -fPIC -o kill_at_commit.so kill_at_commit.c -ldl

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_log(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    const char *name = strrchr(path, '/');
    return name && strcmp(name, "/log.db-wal") == 0;
}

static void count(int descriptor) {
    const char *path = getenv("KILL_AT_COMMIT");
    if (!path || !is_log(descriptor)) return;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    char text[16] = "";
    if (read(file, text, sizeof text - 1) > 0) {
        long left = strtol(text, NULL, 10) - 1;
        if (left <= 0) kill(getpid(), SIGKILL);
        int length = snprintf(text, sizeof text, "%ld\n", left);
        if (ftruncate(file, 0) == 0 && pwrite(file, text, length, 0) != length) abort();
    }
    close(file);
}

// SQLite's unix layer calls one or the other, as it was compiled.
int fsync(int descriptor) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    int result = real(descriptor);
    count(descriptor);
    return result;
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    int result = real(descriptor);
    count(descriptor);
    return result;
}
