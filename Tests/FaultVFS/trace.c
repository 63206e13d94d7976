#include <stdlib.h>
#include <string.h>

#include "disk.h"

typedef struct {
    operation_type type;
    int file;
    size_t offset, size;
    uint8_t *bytes;
} operation;

/* A file at the place in the trace that a cut has come to. */
typedef struct {
    /* What the last sync made durable, and the first operation after that sync. */
    content durable;
    int64_t pending;
    /* Everything written so far, synced or not. */
    content written;
    /* Whether its name is there, and was at the last sync of the directory. */
    int exists, durably_exists;
} replayed_file;

struct fault_trace {
    operation *operations;
    int64_t count, capacity;
    /* What was there when recording began. */
    char names[MAX_FILES][NAME_SIZE];
    content initial[MAX_FILES];
    int initially_exists[MAX_FILES];
    /* Where the last cut was. */
    replayed_file files[MAX_FILES];
    int64_t position;
    int ignores_syncs;
};

void fault_trace_free(fault_trace *trace) {
    for (int64_t index = 0; index < trace->count; index++) free(trace->operations[index].bytes);
    free(trace->operations);
    for (int index = 0; index < MAX_FILES; index++) {
        free(trace->initial[index].bytes);
        free(trace->files[index].durable.bytes);
        free(trace->files[index].written.bytes);
    }
    free(trace);
}

void trace_note(
    fault_disk *disk, operation_type type, const memory_file *file, size_t offset, const void *bytes, size_t size) {
    fault_trace *trace = disk->recording;
    if (!trace) return;
    if (trace->count == trace->capacity) {
        trace->capacity = trace->capacity ? trace->capacity * 2 : 1024;
        operation *operations = realloc(trace->operations, (size_t)trace->capacity * sizeof *operations);
        if (!operations) abort();
        trace->operations = operations;
    }
    operation *operation = &trace->operations[trace->count++];
    operation->type = type;
    operation->file = (int)(file - disk->files);
    strcpy(trace->names[operation->file], file->name);
    operation->offset = offset;
    operation->size = size;
    operation->bytes = size > 0 ? malloc(size) : NULL;
    if (size > 0) memcpy(operation->bytes, bytes, size);
}

void fault_disk_record(fault_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    if (disk->recording) fault_trace_free(disk->recording);
    fault_trace *trace = calloc(1, sizeof *trace);
    if (!trace) abort();
    for (int index = 0; index < MAX_FILES; index++) {
        strcpy(trace->names[index], disk->files[index].name);
        trace->initially_exists[index] = disk->files[index].exists;
        content_copy(&trace->initial[index], &disk->files[index].content);
    }
    trace->position = -1;
    disk->recording = trace;
    pthread_mutex_unlock(&disk->mutex);
}

int64_t fault_disk_operations(fault_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    int64_t count = disk->recording ? disk->recording->count : 0;
    pthread_mutex_unlock(&disk->mutex);
    return count;
}

void fault_disk_sync_directory(fault_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    trace_note(disk, OP_SYNC_DIRECTORY, disk->files, 0, NULL, 0);
    pthread_mutex_unlock(&disk->mutex);
}

fault_trace *fault_disk_take_trace(fault_disk *disk) {
    pthread_mutex_lock(&disk->mutex);
    fault_trace *trace = disk->recording;
    disk->recording = NULL;
    pthread_mutex_unlock(&disk->mutex);
    return trace;
}

int64_t fault_trace_count(const fault_trace *trace) { return trace->count; }

int fault_trace_is_sync(const fault_trace *trace, int64_t operation) {
    return operation >= 0 && operation < trace->count && trace->operations[operation].type == OP_SYNC;
}

static void apply(content *content, const operation *operation) {
    if (operation->type == OP_WRITE) content_write(content, operation->bytes, operation->size, operation->offset);
    if (operation->type == OP_TRUNCATE) content_truncate(content, operation->offset);
}

static void begin(fault_trace *trace, int ignore_syncs) {
    for (int index = 0; index < MAX_FILES; index++) {
        replayed_file *file = &trace->files[index];
        content_copy(&file->durable, &trace->initial[index]);
        content_copy(&file->written, &trace->initial[index]);
        file->exists = file->durably_exists = trace->initially_exists[index];
        file->pending = 0;
    }
    trace->position = 0;
    trace->ignores_syncs = ignore_syncs;
}

/* Goes on to a place in the trace, or begins anew where that is behind. */
static void advance(fault_trace *trace, int64_t target, int ignore_syncs) {
    int is_behind = trace->position < 0 || target < trace->position;
    if (is_behind || trace->ignores_syncs != ignore_syncs) begin(trace, ignore_syncs);
    for (; trace->position < target; trace->position++) {
        const operation *operation = &trace->operations[trace->position];
        replayed_file *file = &trace->files[operation->file];
        switch (operation->type) {
        case OP_SYNC:
            if (ignore_syncs) break;
            content_copy(&file->durable, &file->written);
            file->pending = trace->position + 1;
            break;
        case OP_SYNC_DIRECTORY:
            for (int index = 0; index < MAX_FILES; index++) {
                trace->files[index].durably_exists = trace->files[index].exists;
            }
            break;
        case OP_CREATE:
            file->exists = 1;
            file->durable.size = file->written.size = 0;
            file->pending = trace->position + 1;
            break;
        /* Its bytes stay: the name may come back. */
        case OP_DELETE: file->exists = 0; break;
        case OP_WRITE:
        case OP_TRUNCATE: apply(&file->written, operation); break;
        }
    }
}

/* SplitMix64. */
static uint64_t random_number(uint64_t *state) {
    uint64_t mixed = *state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return mixed ^ mixed >> 31;
}

/* Applies those sectors of a write that a random number keeps. */
static void tear(content *content, const operation *operation, uint64_t *state) {
    size_t done = 0;
    while (done < operation->size) {
        size_t place = operation->offset + done;
        size_t part = SECTOR - place % SECTOR;
        if (part > operation->size - done) part = operation->size - done;
        if (random_number(state) & 1) content_write(content, operation->bytes + done, part, place);
        done += part;
    }
}

/*
 * What becomes of the operations of one file that no sync made durable: each may be kept, dropped or torn; or all, or
 * none are kept; or only the later ones, as where the disk writes in another order.
 */
static void survive(content *content, const fault_trace *trace, int file, uint64_t *state) {
    enum { EACH, NONE, ALL, LATER, STYLES } style = (int)(random_number(state) % STYLES);
    int64_t first = trace->files[file].pending;
    int64_t count = trace->position - first;
    int64_t later = first + (count > 0 ? (int64_t)(random_number(state) % (uint64_t)count) : 0);
    for (int64_t index = first; index < trace->position; index++) {
        const operation *operation = &trace->operations[index];
        if (operation->file != file) continue;
        enum { DROP, KEEP, TEAR } choice = style == ALL || (style == LATER && index >= later) ? KEEP : DROP;
        if (style == EACH) choice = (int)(random_number(state) % 3);
        if (choice == KEEP) apply(content, operation);
        if (choice == TEAR && operation->type == OP_WRITE) tear(content, operation, state);
    }
}

void fault_trace_cut(fault_trace *trace, fault_disk *disk, int64_t operation, uint64_t seed, int ignore_syncs) {
    advance(trace, operation, ignore_syncs);
    pthread_mutex_lock(&disk->mutex);
    uint64_t state = seed;
    /* Names reach the disk in order, so either all that are pending did, or none. */
    int names_survive = (int)(random_number(&state) & 1);
    for (int index = 0; index < MAX_FILES; index++) {
        memory_file *file = &disk->files[index];
        const replayed_file *replayed = &trace->files[index];
        if (file->open > 0) abort();
        strcpy(file->name, trace->names[index]);
        file->exists = names_survive ? replayed->exists : replayed->durably_exists;
        content_copy(&file->content, &replayed->durable);
        if (file->exists) survive(&file->content, trace, index, &state);
    }
    pthread_mutex_unlock(&disk->mutex);
}
