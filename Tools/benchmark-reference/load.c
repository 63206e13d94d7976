/* The load generator of `benchmark serve`: one thread, one epoll, a fixed buffer for each connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "benchmark_reference.h"
#include "common.h"

enum { BUFFER = 16 << 10, EVENTS = 512, STAMP = 12 };

typedef struct {
    int socket;
    const char *request;
    /* The head of the answer has come. */
    bool is_answered;
    bool has_frame;
    bool is_stalled;
    atomic_llong sent;
    size_t filled;
    uint8_t *buffer;
} connection;

struct reference_load {
    uint16_t port;
    int poll;
    connection *connections;
    int64_t count, capacity;
    pthread_t thread;
    bool is_running;
    atomic_bool shall_stop;
    atomic_bool is_measuring;
    atomic_llong answered, first, frames, bytes, ended, refused;
    reference_histogram *latency;
    reference_histogram *first_frame;
    _Atomic double cpu_seconds;
};

int64_t reference_now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int reference_load_open(uint16_t port, reference_histogram *latency, reference_histogram *first_frame,
                        reference_load **load) {
    reference_load *made = calloc(1, sizeof *made);
    if (!made) return ENOMEM;
    made->port = port;
    made->latency = latency;
    made->first_frame = first_frame;
    made->poll = epoll_create1(EPOLL_CLOEXEC);
    if (made->poll < 0) {
        free(made);
        return errno;
    }
    *load = made;
    return 0;
}

int reference_load_connect(reference_load *load, const char *request, bool is_stalled) {
    if (load->is_running) return EBUSY;
    if (load->count == load->capacity) {
        int64_t capacity = load->capacity ? load->capacity * 2 : 256;
        connection *grown = realloc(load->connections, (size_t)capacity * sizeof *grown);
        if (!grown) return ENOMEM;
        load->connections = grown;
        load->capacity = capacity;
    }
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(load->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int little = 4096;
    if (is_stalled) setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        int error = errno;
        close(descriptor);
        return error;
    }
    load->connections[load->count++] =
        (connection){.socket = descriptor, .request = strdup(request), .is_stalled = is_stalled};
    return 0;
}

/* The time that a token carries as its text, in hexadecimal; -1 where the line has none. */
static int64_t stamp(const uint8_t *line, size_t length) {
    static const char before[] = "\"content\":\"";
    const uint8_t *found = memmem(line, length, before, sizeof before - 1);
    if (!found) return -1;
    found += sizeof before - 1;
    if ((size_t)(line + length - found) < STAMP + 1) return -1;
    int64_t value = 0;
    for (int index = 0; index < STAMP; index++) {
        uint8_t c = found[index];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* Looks at every whole line, and keeps what is left. */
static void take_lines(reference_load *load, connection *from, int64_t now) {
    uint8_t *start = from->buffer, *end = from->buffer + from->filled;
    for (uint8_t *newline; (newline = memchr(start, '\n', (size_t)(end - start))); start = newline + 1) {
        size_t length = (size_t)(newline - start);
        if (!from->is_answered && length >= 12 && memcmp(start, "HTTP/1.1 ", 9) == 0) {
            from->is_answered = true;
            atomic_fetch_add(&load->answered, 1);
            if (start[9] != '2') atomic_fetch_add(&load->refused, 1);
        }
        if (length < 6 || memcmp(start, "data: ", 6) != 0) continue;
        atomic_fetch_add_explicit(&load->frames, 1, memory_order_relaxed);
        if (!from->has_frame) {
            from->has_frame = true;
            reference_histogram_record(load->first_frame, now - from->sent);
            atomic_fetch_add(&load->first, 1);
        }
        if (!atomic_load_explicit(&load->is_measuring, memory_order_relaxed)) continue;
        int64_t made = stamp(start, length);
        if (made >= 0) reference_histogram_record(load->latency, now - made);
    }
    from->filled = (size_t)(end - start);
    memmove(from->buffer, start, from->filled);
    /* A line longer than the buffer holds no token. */
    if (from->filled == BUFFER) from->filled = 0;
}

static void receive(reference_load *load, connection *from) {
    if (!from->buffer && !(from->buffer = malloc(BUFFER))) abort();
    ssize_t count = recv(from->socket, from->buffer + from->filled, BUFFER - from->filled, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        epoll_ctl(load->poll, EPOLL_CTL_DEL, from->socket, NULL);
        close(from->socket);
        from->socket = -1;
        atomic_fetch_add(&load->ended, 1);
        return;
    }
    atomic_fetch_add_explicit(&load->bytes, count, memory_order_relaxed);
    from->filled += (size_t)count;
    take_lines(load, from, reference_now_us());
    /* A connection that is idle holds nothing. */
    if (from->filled == 0) {
        free(from->buffer);
        from->buffer = NULL;
    }
}

static void *read_all(void *argument) {
    reference_load *load = argument;
    struct epoll_event events[EVENTS];
    while (!atomic_load(&load->shall_stop)) {
        int ready = epoll_wait(load->poll, events, EVENTS, 50);
        for (int index = 0; index < ready; index++) receive(load, &load->connections[events[index].data.u64]);
        struct timespec used;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        load->cpu_seconds = (double)used.tv_sec + (double)used.tv_nsec / 1e9;
    }
    return NULL;
}

int reference_load_start(reference_load *load) {
    for (int64_t index = 0; index < load->count; index++) {
        if (load->connections[index].is_stalled) continue;
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)index};
        if (epoll_ctl(load->poll, EPOLL_CTL_ADD, load->connections[index].socket, &event) != 0) return errno;
    }
    int error = pthread_create(&load->thread, NULL, read_all, load);
    if (error) return error;
    load->is_running = true;
    for (int64_t index = 0; index < load->count; index++) {
        connection *to = &load->connections[index];
        size_t length = strlen(to->request);
        atomic_store(&to->sent, reference_now_us());
        if (write(to->socket, to->request, length) != (ssize_t)length) return errno;
    }
    return 0;
}

void reference_load_measure(reference_load *load, bool is_measuring) {
    atomic_store(&load->is_measuring, is_measuring);
}

reference_load_figures reference_load_now(const reference_load *load) {
    reference_load *of = (reference_load *)load;
    return (reference_load_figures){
        .answered = of->answered, .with_frame = of->first, .frames = of->frames, .bytes = of->bytes,
        .ended = of->ended, .refused = of->refused, .cpu_seconds = of->cpu_seconds};
}

int64_t reference_load_stalled(const reference_load *load) {
    int64_t count = 0;
    for (int64_t index = 0; index < load->count; index++) {
        if (!load->connections[index].is_stalled) continue;
        char head[10];
        int descriptor = load->connections[index].socket;
        bool is_answered = recv(descriptor, head, sizeof head, MSG_DONTWAIT | MSG_PEEK) == sizeof head
            && memcmp(head, "HTTP/1.1 2", sizeof head) == 0;
        struct pollfd state = {.fd = descriptor, .events = POLLRDHUP};
        if (is_answered && poll(&state, 1, 0) == 0) count++;
    }
    return count;
}

void reference_load_stop(reference_load *load) {
    if (load->is_running) {
        atomic_store(&load->shall_stop, true);
        pthread_join(load->thread, NULL);
    }
    for (int64_t index = 0; index < load->count; index++) {
        if (load->connections[index].socket >= 0) close(load->connections[index].socket);
        free(load->connections[index].buffer);
        free((char *)load->connections[index].request);
    }
    free(load->connections);
    close(load->poll);
    free(load);
}
