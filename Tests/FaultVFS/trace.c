#include <stdlib.h>
#include <string.h>

#include "files.h"

typedef struct {
    operation_type type;
    int file;
    size_t offset, size;
    uint8_t *bytes;
} operation;

/* A file at the place in the trace that a cut has come to. */
typedef struct {
    /* What the last sync made durable, and whether the file is there. */
    content durable;
    int exists;
    /* The first operation after that sync. */
    int64_t pending;
    /* Everything written so far, synced or not. */
    content written;
} replayed_file;

struct fault_trace {
    operation *operations;
    int64_t count, capacity;
    /* What was there when recording began. */
    content initial[MAX_FILES];
    int initially_exists[MAX_FILES];
    /* Where the last cut was. */
    replayed_file files[MAX_FILES];
    int64_t position;
    int ignores_syncs;
};

static fault_trace *recording;

static void free_operations(fault_trace *trace) {
    for (int64_t index = 0; index < trace->count; index++) free(trace->operations[index].bytes);
    free(trace->operations);
    for (int index = 0; index < MAX_FILES; index++) {
        free(trace->initial[index].bytes);
        free(trace->files[index].durable.bytes);
        free(trace->files[index].written.bytes);
    }
    free(trace);
}

void trace_drop(void) {
    if (recording) free_operations(recording);
    recording = NULL;
}

void fault_trace_free(fault_trace *trace) { free_operations(trace); }

void trace_note(operation_type type, const memory_file *file, size_t offset, const void *bytes, size_t size) {
    if (!recording || !file->path) return;
    if (recording->count == recording->capacity) {
        recording->capacity = recording->capacity ? recording->capacity * 2 : 1024;
        operation *operations =
            realloc(recording->operations, (size_t)recording->capacity * sizeof *recording->operations);
        if (!operations) abort();
        recording->operations = operations;
    }
    operation *operation = &recording->operations[recording->count++];
    operation->type = type;
    operation->file = files_index(file);
    operation->offset = offset;
    operation->size = size;
    operation->bytes = size > 0 ? malloc(size) : NULL;
    if (size > 0) memcpy(operation->bytes, bytes, size);
}

void fault_vfs_record(void) {
    pthread_mutex_lock(&fault_mutex);
    trace_drop();
    recording = calloc(1, sizeof *recording);
    for (int index = 0; index < MAX_FILES; index++) {
        memory_file *file = files_at(index);
        recording->initially_exists[index] = file->exists;
        if (file->exists) content_copy(&recording->initial[index], &file->content);
    }
    recording->position = -1;
    pthread_mutex_unlock(&fault_mutex);
}

int64_t fault_vfs_operations(void) {
    pthread_mutex_lock(&fault_mutex);
    int64_t count = recording ? recording->count : 0;
    pthread_mutex_unlock(&fault_mutex);
    return count;
}

fault_trace *fault_vfs_take_trace(void) {
    pthread_mutex_lock(&fault_mutex);
    fault_trace *trace = recording;
    recording = NULL;
    pthread_mutex_unlock(&fault_mutex);
    return trace;
}

int64_t fault_trace_count(const fault_trace *trace) { return trace->count; }

int fault_trace_is_sync(const fault_trace *trace, int64_t operation) {
    return operation < trace->count && trace->operations[operation].type == OP_SYNC;
}

static void apply(content *content, const operation *operation) {
    switch (operation->type) {
    case OP_WRITE: content_write(content, operation->bytes, operation->size, operation->offset); break;
    case OP_TRUNCATE: content_truncate(content, operation->offset); break;
    default: break;
    }
}

/* Goes on to a place in the trace, or begins anew where that is behind. */
static void advance(fault_trace *trace, int64_t target, int ignore_syncs) {
    if (trace->position < 0 || target < trace->position || trace->ignores_syncs != ignore_syncs) {
        for (int index = 0; index < MAX_FILES; index++) {
            replayed_file *file = &trace->files[index];
            content_copy(&file->durable, &trace->initial[index]);
            content_copy(&file->written, &trace->initial[index]);
            file->exists = trace->initially_exists[index];
            file->pending = 0;
        }
        trace->position = 0;
        trace->ignores_syncs = ignore_syncs;
    }
    for (; trace->position < target; trace->position++) {
        const operation *operation = &trace->operations[trace->position];
        replayed_file *file = &trace->files[operation->file];
        switch (operation->type) {
        case OP_SYNC:
            if (!ignore_syncs) {
                content_copy(&file->durable, &file->written);
                file->pending = trace->position + 1;
            }
            break;
        case OP_CREATE:
        case OP_DELETE:
            file->exists = operation->type == OP_CREATE;
            file->durable.size = 0;
            file->written.size = 0;
            file->pending = trace->position + 1;
            break;
        default: apply(&file->written, operation);
        }
    }
}

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

/* What becomes of the operations of one file that no sync made durable. */
static void survive(content *content, fault_trace *trace, int file, uint64_t *state) {
    enum { EACH, NONE, ALL, LATER, STYLES } style = (int)(random_number(state) % STYLES);
    int64_t first = trace->files[file].pending;
    /* Whatever comes before it is dropped, as if the disk had written in another order. */
    int64_t later = trace->position > first ? first + (int64_t)(random_number(state) % (uint64_t)(trace->position - first)) : first;
    for (int64_t index = first; index < trace->position; index++) {
        const operation *operation = &trace->operations[index];
        if (operation->file != file) continue;
        int choice = style == EACH ? (int)(random_number(state) % 3) : style == NONE ? 0 : style == ALL ? 1 : index >= later;
        if (choice == 1) apply(content, operation);
        if (choice == 2 && operation->type == OP_WRITE) tear(content, operation, state);
    }
}

void fault_trace_cut(fault_trace *trace, int64_t operation, uint64_t seed, int ignore_syncs) {
    pthread_mutex_lock(&fault_mutex);
    advance(trace, operation, ignore_syncs);
    uint64_t state = seed;
    for (int index = 0; index < MAX_FILES; index++) {
        memory_file *file = files_at(index);
        if (!file->path) continue;
        if (file->open > 0) abort();
        file->exists = trace->files[index].exists;
        content_copy(&file->content, &trace->files[index].durable);
        if (file->exists) survive(&file->content, trace, index, &state);
    }
    pthread_mutex_unlock(&fault_mutex);
}
