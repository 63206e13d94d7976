/*
 * A model's server that streams chat completions as fast as it can or at a rate, a bare reader of the same bytes, and a
 * bare split into lines.
 *
 * The path says what to send: /flood/<tokens>/… or /paced/<tokens a second>/<tokens>/…. A paced token's text is the
 * instant at which it was sent, in nanoseconds of the monotonic clock, which all processes of a machine share.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "benchmark_reference.h"
#include "common.h"

static const char *BEFORE = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
                            "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
static const char *AFTER = "\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";
static const char *END = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

static int64_t nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int send_all(int client, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(client, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0) return -1;
        bytes += sent;
        count -= (size_t)sent;
    }
    return 0;
}

/* Appends one HTTP chunk that holds an event; gives its length. */
static int event(char *buffer, size_t size, const char *text) {
    int length = (int)(strlen(BEFORE) + strlen(text) + strlen(AFTER));
    return snprintf(buffer, size, "%x\r\n%s%s%s\r\n", length, BEFORE, text, AFTER);
}

static int flood(int client, long tokens) {
    static const size_t SIZE = 64 << 10;
    char *buffer = malloc(SIZE);
    size_t filled = 0;
    int result = 0;
    for (long number = 0; number < tokens && result == 0; number++) {
        char text[8];
        snprintf(text, sizeof text, "%05ld", number % 100000);
        filled += (size_t)event(buffer + filled, SIZE - filled, text);
        if (filled > SIZE - 512 || number == tokens - 1) {
            result = send_all(client, buffer, filled);
            filled = 0;
        }
    }
    free(buffer);
    return result;
}

static int paced(int client, double rate, long tokens) {
    int64_t begun = nanoseconds();
    for (long number = 0; number < tokens; number++) {
        int64_t due = begun + (int64_t)((double)number * 1e9 / rate);
        int64_t left = due - nanoseconds();
        struct pollfd wait = {.fd = client, .events = POLLIN | POLLRDHUP};
        /* The next token, or the reader's end, whichever comes first. */
        while (left > 0) {
            struct timespec timeout = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
            if (ppoll(&wait, 1, &timeout, NULL) > 0) return -1;
            left = due - nanoseconds();
        }
        char text[32], buffer[512];
        snprintf(text, sizeof text, "%" PRId64 " ", nanoseconds());
        int length = event(buffer, sizeof buffer, text);
        if (send_all(client, buffer, (size_t)length) != 0) return -1;
    }
    return 0;
}

/* Reads one request's head and body; 0 where the client has gone. */
static int request(int client, char *head, size_t size) {
    size_t count = 0;
    while (count < size - 1) {
        ssize_t got = recv(client, head + count, size - 1 - count, 0);
        if (got <= 0) return 0;
        count += (size_t)got;
        head[count] = 0;
        char *end = strstr(head, "\r\n\r\n");
        if (end == NULL) continue;
        char *length = strcasestr(head, "content-length:");
        size_t whole = (size_t)(end + 4 - head) + (length ? strtoul(length + 15, NULL, 10) : 0);
        if (count >= whole) return 1;
    }
    return 0;
}

static void *serve_client(void *argument) {
    int client = (int)(intptr_t)argument, on = 1;
    char *head = malloc(1 << 20);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (request(client, head, 1 << 20)) {
        const char *answer = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        double rate = 0;
        long tokens = 0;
        char *path = strchr(head, '/');
        if (send_all(client, answer, strlen(answer)) != 0) break;
        int result = sscanf(path, "/paced/%lf/%ld/", &rate, &tokens) == 2 ? paced(client, rate, tokens)
                     : sscanf(path, "/flood/%ld/", &tokens) == 1          ? flood(client, tokens)
                                                                          : 0;
        char end[256];
        int length = snprintf(end, sizeof end, "%zx\r\n%s\r\n0\r\n\r\n", strlen(END), END);
        if (result != 0 || send_all(client, end, (size_t)length) != 0) {
            dprintf(STDOUT_FILENO, "closed %" PRId64 "\n", nanoseconds());
            break;
        }
    }
    close(client);
    free(head);
    return NULL;
}

int reference_upstream_serve(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1024) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        return errno;
    dprintf(STDOUT_FILENO, "listening %d\n", ntohs(address.sin_port));
    while (1) {
        pthread_t thread;
        int client = accept(listener, NULL, NULL);
        if (client < 0) return errno;
        if (pthread_create(&thread, NULL, serve_client, (void *)(intptr_t)client) != 0) return EAGAIN;
        pthread_detach(thread);
    }
}

int reference_upstream_read(uint16_t port, const char *path, double *latencies, int64_t capacity, int64_t *tokens,
                            double *cpu_seconds) {
    static const size_t SIZE = 64 << 10;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int upstream = socket(AF_INET, SOCK_STREAM, 0);
    if (upstream < 0 || connect(upstream, (struct sockaddr *)&address, sizeof address) != 0) return errno;
    char head[256];
    int length = snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", path);
    if (send_all(upstream, head, (size_t)length) != 0) return errno;
    char *buffer = malloc(SIZE);
    size_t filled = 0;
    int isOver = 0;
    double begun = reference_now(CLOCK_THREAD_CPUTIME_ID);
    *tokens = 0;
    while (!isOver) {
        ssize_t got = recv(upstream, buffer + filled, SIZE - filled, 0);
        if (got <= 0) break;
        filled += (size_t)got;
        char *start = buffer, *line;
        while ((line = memchr(start, '\n', filled - (size_t)(start - buffer))) != NULL) {
            const char *text = memmem(start, (size_t)(line - start), "\"content\":\"", 11);
            if (text != NULL) {
                if (*tokens < capacity) latencies[*tokens] = (double)(nanoseconds() - strtoll(text + 11, NULL, 10)) / 1e9;
                *tokens += 1;
            }
            isOver |= memmem(start, (size_t)(line - start), "[DONE]", 6) != NULL;
            start = line + 1;
        }
        filled -= (size_t)(start - buffer);
        memmove(buffer, start, filled);
    }
    *cpu_seconds = reference_now(CLOCK_THREAD_CPUTIME_ID) - begun;
    free(buffer);
    close(upstream);
    return isOver ? 0 : EPIPE;
}

int64_t reference_split_lines(const uint8_t *bytes, size_t count) {
    int64_t lines = 0;
    const uint8_t *end = bytes + count, *line;
    while ((line = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
        lines += 1;
        bytes = line + 1;
    }
    return lines;
}
