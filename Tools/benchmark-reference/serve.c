/*
 * The C limit of `benchmark serve`: a server of the same answers with nothing between a token, SQLite and the socket.
 *
 * A thread makes the tokens that are due, of all streams, and commits them in one transaction (synchronous=FULL; nothing
 * is ever settled). Another sends what is committed: all frames that a connection has to get in one write. Two more take
 * connections and requests, and answer those that resume from the table, twenty events after an offset. A client that does
 * not take what it is sent is cut off.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "benchmark_reference.h"
#include "common.h"

enum { WORKERS = 2, EVENTS = 256, REQUEST = 4 << 10, FRAME = 320, RESUMED = 20, STREAMS = 20000 };

static const char *const schema =
    "CREATE TABLE events (position INTEGER PRIMARY KEY, session INTEGER NOT NULL, \"offset\" INTEGER NOT NULL,"
    " at INTEGER NOT NULL, kind INTEGER NOT NULL, v INTEGER NOT NULL, cause INTEGER, body TEXT);"
    "CREATE TABLE past (session INTEGER NOT NULL, \"offset\" INTEGER NOT NULL, body TEXT,"
    " PRIMARY KEY (session, \"offset\")) WITHOUT ROWID;";

/* A subscriber and its session. */
typedef struct {
    int socket;
    int64_t offset;
    /* Frames that wait for the next write; the sender's alone. */
    size_t filled, size;
    char *buffer;
} stream;

/* A committed token. */
typedef struct {
    int stream;
    int64_t offset, made;
} token;

typedef struct {
    token *tokens;
    size_t count, size;
} batch;

static struct {
    const char *path;
    int listener, slots;
    stream streams[STREAMS];
    atomic_int count;
    pthread_mutex_t mutex;
    pthread_cond_t more;
    /* What is committed and not sent yet. */
    batch committed;
} server = {.mutex = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static void fail(const char *what, int code) {
    dprintf(STDERR_FILENO, "reference server: cannot %s: %d\n", what, code);
    _exit(1);
}

static void add(batch *to, token token) {
    if (to->count == to->size) {
        to->size = to->size ? to->size * 2 : 1024;
        to->tokens = realloc(to->tokens, to->size * sizeof token);
        if (!to->tokens) fail("allocate", ENOMEM);
    }
    to->tokens[to->count++] = token;
}

/* One HTTP chunk that holds one message; gives its length. */
static int frame(char *buffer, int64_t offset, const char *text) {
    char message[FRAME];
    int length = snprintf(message, sizeof message,
                          "id: %lld\ndata: {\"type\":\"ai_message\",\"content\":\"%s\",\"message_type\":\"assistant\","
                          "\"metadata\":{\"role\":\"assistant\",\"display\":true,\"streaming\":true,"
                          "\"final_response\":false,\"node_name\":\"speak\",\"run\":2,\"message\":4}}\n\n",
                          (long long)offset, text);
    return snprintf(buffer, FRAME, "%x\r\n%s\r\n", length, message);
}

static void *make(void *unused) {
    (void)unused;
    int result = SQLITE_OK;
    sqlite3 *database = NULL;
    sqlite3_stmt *begin = NULL, *commit = NULL, *insert = NULL;
    batch made = {0};
    int64_t begun = reference_now_us();
    CHECK(reference_open(server.path, &database));
    CHECK(sqlite3_prepare_v2(database, "BEGIN", -1, &begin, NULL));
    CHECK(sqlite3_prepare_v2(database, "COMMIT", -1, &commit, NULL));
    CHECK(sqlite3_prepare_v2(database,
                             "INSERT INTO events (session, \"offset\", at, kind, v, cause, body)"
                             " VALUES (?1,?2,?3,16,1,4,?4)",
                             -1, &insert, NULL));
    for (int64_t tick = 0;;) {
        int64_t now = reference_now_us(), due = begun + tick * 1000;
        if (due > now) {
            usleep((useconds_t)(due - now));
            continue;
        }
        /* Everything that is due, however late it is. */
        made.count = 0;
        int count = server.count;
        for (; due <= now; tick++, due += 1000) {
            for (int index = (int)(tick % server.slots); index < count; index += server.slots) {
                if (server.streams[index].socket < 0) continue;
                add(&made, (token){.stream = index, .offset = ++server.streams[index].offset, .made = due});
            }
        }
        if (made.count == 0) continue;
        if (sqlite3_step(begin) != SQLITE_DONE) fail("begin", sqlite3_errcode(database));
        sqlite3_reset(begin);
        for (size_t index = 0; index < made.count; index++) {
            char text[16];
            token token = made.tokens[index];
            snprintf(text, sizeof text, "%012llx", (unsigned long long)token.made);
            sqlite3_bind_int64(insert, 1, token.stream);
            sqlite3_bind_int64(insert, 2, token.offset);
            sqlite3_bind_int64(insert, 3, token.made);
            sqlite3_bind_text(insert, 4, text, 12, SQLITE_STATIC);
            if (sqlite3_step(insert) != SQLITE_DONE) fail("insert", sqlite3_errcode(database));
            sqlite3_reset(insert);
        }
        if (sqlite3_step(commit) != SQLITE_DONE) fail("commit", sqlite3_errcode(database));
        sqlite3_reset(commit);
        pthread_mutex_lock(&server.mutex);
        for (size_t index = 0; index < made.count; index++) add(&server.committed, made.tokens[index]);
        pthread_cond_signal(&server.more);
        pthread_mutex_unlock(&server.mutex);
    }
end:
    fail("open", result);
    return NULL;
}

static void *deliver(void *unused) {
    (void)unused;
    batch spare = {0};
    int *touched = malloc(STREAMS * sizeof *touched);
    if (!touched) fail("allocate", ENOMEM);
    while (1) {
        pthread_mutex_lock(&server.mutex);
        while (server.committed.count == 0) pthread_cond_wait(&server.more, &server.mutex);
        batch taken = server.committed;
        server.committed = spare;
        pthread_mutex_unlock(&server.mutex);
        int count = 0;
        for (size_t index = 0; index < taken.count; index++) {
            token token = taken.tokens[index];
            stream *to = &server.streams[token.stream];
            if (to->filled == 0) touched[count++] = token.stream;
            if (to->size - to->filled < FRAME) {
                to->size = to->size * 2 + FRAME;
                to->buffer = realloc(to->buffer, to->size);
                if (!to->buffer) fail("allocate", ENOMEM);
            }
            char text[16];
            snprintf(text, sizeof text, "%012llx", (unsigned long long)token.made);
            to->filled += (size_t)frame(to->buffer + to->filled, token.offset, text);
        }
        for (int index = 0; index < count; index++) {
            stream *to = &server.streams[touched[index]];
            if (to->socket >= 0
                && send(to->socket, to->buffer, to->filled, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)to->filled) {
                shutdown(to->socket, SHUT_RDWR);
                to->socket = -1;
            }
            to->filled = 0;
        }
        taken.count = 0;
        spare = taken;
    }
}

static const char *const answer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/* What follows an offset, from the table. */
static void resume(int client, sqlite3_stmt *select, long session, long after) {
    char buffer[512 + (RESUMED + 1) * FRAME];
    size_t filled = (size_t)snprintf(buffer, sizeof buffer, "%s", answer);
    sqlite3_bind_int64(select, 1, session);
    sqlite3_bind_int64(select, 2, after);
    while (sqlite3_step(select) == SQLITE_ROW) {
        filled += (size_t)frame(buffer + filled, sqlite3_column_int64(select, 0),
                                (const char *)sqlite3_column_text(select, 1));
    }
    sqlite3_reset(select);
    filled += (size_t)snprintf(buffer + filled, sizeof buffer - filled, "0\r\n\r\n");
    send(client, buffer, filled, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void request(int client, sqlite3_stmt *select) {
    char head[REQUEST];
    /* A request of this size comes whole over loopback. */
    ssize_t count = recv(client, head, sizeof head - 1, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        close(client);
        return;
    }
    head[count] = 0;
    long session = 0;
    const char *after = strstr(head, "Last-Event-ID: ");
    if (sscanf(head, "GET /sessions/s%ld/", &session) == 1 && after) {
        resume(client, select, session, atol(after + 15));
        return;
    }
    send(client, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
    pthread_mutex_lock(&server.mutex);
    if (server.count < STREAMS) {
        server.streams[server.count].socket = client;
        server.count++;
    }
    pthread_mutex_unlock(&server.mutex);
}

static void *take(void *unused) {
    (void)unused;
    int result = SQLITE_OK;
    sqlite3 *database = NULL;
    sqlite3_stmt *select = NULL;
    struct epoll_event events[EVENTS];
    int poll = epoll_create1(0);
    CHECK(reference_open(server.path, &database));
    CHECK(sqlite3_prepare_v2(database,
                             "SELECT \"offset\", body FROM past WHERE session = ?1 AND \"offset\" > ?2"
                             " ORDER BY \"offset\" LIMIT 20",
                             -1, &select, NULL));
    struct epoll_event listening = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = server.listener};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, server.listener, &listening) != 0) fail("listen", errno);
    while (1) {
        int ready = epoll_wait(poll, events, EVENTS, -1);
        for (int index = 0; index < ready; index++) {
            if (events[index].data.fd != server.listener) {
                request(events[index].data.fd, select);
                continue;
            }
            int client = accept4(server.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
            if (client < 0) continue;
            setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            struct epoll_event event = {.events = EPOLLIN, .data.fd = client};
            if (epoll_ctl(poll, EPOLL_CTL_ADD, client, &event) != 0) close(client);
        }
    }
end:
    fail("open", result);
    return NULL;
}

static int fill(int64_t sessions, int64_t each) {
    int result = SQLITE_OK;
    char sql[512];
    sqlite3 *database = NULL;
    CHECK(reference_open(server.path, &database));
    CHECK(sqlite3_exec(database, schema, NULL, NULL, NULL));
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < %lld),"
             " o(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM o WHERE i < %lld)"
             " INSERT INTO past SELECT s.i, o.i, 'abcde' FROM s, o",
             (long long)sessions, (long long)each);
    if (sessions > 0) CHECK(sqlite3_exec(database, sql, NULL, NULL, NULL));
    CHECK(sqlite3_wal_checkpoint_v2(database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
end:
    sqlite3_close(database);
    return result;
}

int reference_serve(const char *path, int rate, int64_t sessions, int64_t each) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    pthread_t thread;
    server.path = path;
    server.slots = rate < 1000 ? 1000 / rate : 1;
    int result = fill(sessions, each);
    if (result != SQLITE_OK) return result;
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server.listener < 0 || bind(server.listener, (struct sockaddr *)&address, length) != 0
        || listen(server.listener, 4096) != 0
        || getsockname(server.listener, (struct sockaddr *)&address, &length) != 0)
        return errno;
    if (pthread_create(&thread, NULL, make, NULL) != 0 || pthread_create(&thread, NULL, deliver, NULL) != 0) return EAGAIN;
    for (int worker = 1; worker < WORKERS; worker++) {
        if (pthread_create(&thread, NULL, take, NULL) != 0) return EAGAIN;
    }
    dprintf(STDOUT_FILENO, "listening %d\n", ntohs(address.sin_port));
    take(NULL);
    return 0;
}
