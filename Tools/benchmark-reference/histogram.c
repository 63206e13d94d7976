/* HdrHistogram's buckets: below 2,048 each value, above it 1,024 for each doubling, so three significant digits. */
#include <stdlib.h>

#include "benchmark_reference.h"

enum { EXACT = 2048, EACH = 1024, BUCKETS = EXACT + 26 * EACH };

struct reference_histogram {
    int64_t buckets[BUCKETS];
    int64_t count;
    int64_t max;
};

reference_histogram *reference_histogram_make(void) { return calloc(1, sizeof(reference_histogram)); }

void reference_histogram_free(reference_histogram *histogram) { free(histogram); }

void reference_histogram_record(reference_histogram *histogram, int64_t value) {
    if (value < 0) value = 0;
    size_t index = (size_t)value;
    if (value >= EXACT) {
        int shift = 63 - __builtin_clzll((unsigned long long)value) - 10;
        index = EXACT + (size_t)(shift - 1) * EACH + (size_t)(value >> shift) - EACH;
    }
    if (index >= BUCKETS) index = BUCKETS - 1;
    histogram->buckets[index]++;
    histogram->count++;
    if (value > histogram->max) histogram->max = value;
}

int64_t reference_histogram_percentile(const reference_histogram *histogram, double share) {
    int64_t wanted = (int64_t)(share * (double)histogram->count), seen = 0;
    for (size_t index = 0; index < BUCKETS; index++) {
        seen += histogram->buckets[index];
        if (seen <= wanted) continue;
        if (index < EXACT) return (int64_t)index;
        int shift = (int)((index - EXACT) / EACH) + 1;
        return (int64_t)((index - EXACT) % EACH + EACH) << shift;
    }
    return histogram->max;
}

int64_t reference_histogram_count(const reference_histogram *histogram) { return histogram->count; }

int64_t reference_histogram_max(const reference_histogram *histogram) { return histogram->max; }
