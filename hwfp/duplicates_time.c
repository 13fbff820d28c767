/* SPDX-License-Identifier: BSD-2-Clause */
/* When boots were up, by clocks that differ, or were never set. */
#include <errno.h>
#include <stdlib.h>

#include "duplicates.h"
#include "util.h"

#define CLOCKS_DIFFER 60                 /* seconds by which boots must overlap */
#define CLOCK_IS_SET INT64_C(1704067200) /* 2024: a clock that says less was never set */

static bool has_times(const struct duplicates_line *line)
{
    return line->booted >= CLOCK_IS_SET;
}

static int64_t up_from(const struct duplicates_line *line)
{
    return has_times(line) ? line->booted + CLOCKS_DIFFER : INT64_MIN;
}

static int64_t up_to(const struct duplicates_line *line)
{
    return has_times(line) ? line->time : INT64_MAX;
}

int64_t duplicates_uptime(const struct duplicates_line *line)
{
    return has_times(line) ? line->time - line->booted : -1;
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* The moment at which most were up; all arrays are sorted. */
static int64_t busiest(const int64_t *from, const int64_t *to, size_t n)
{
    size_t ended = 0, most = 0;
    int64_t moment = INT64_MIN;

    for (size_t i = 0; i < n; i++) {
        while (to[ended] <= from[i])
            ended++;
        if (i + 1 - ended > most) {
            most = i + 1 - ended;
            moment = from[i];
        }
    }
    return moment;
}

static size_t keep_those_up(const struct duplicates *d, uint32_t *lines, size_t n, int64_t moment)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t line = lines[i];

        if (up_from(&d->lines[line]) > moment || up_to(&d->lines[line]) <= moment)
            continue;
        lines[i] = lines[kept];
        lines[kept++] = line;
    }
    return kept;
}

int duplicates_at_once(const struct duplicates *d, uint32_t *lines, size_t n, bool unknown_is_up,
                       size_t *ret_n)
{
    CLEANUP_FREE int64_t *from = calloc(n + 1, sizeof(*from)), *to = calloc(n + 1, sizeof(*to));
    size_t ups = 0;

    if (!from || !to)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct duplicates_line *line = &d->lines[lines[i]];
        uint32_t swap = lines[i];

        if (up_from(line) >= up_to(line) || (!has_times(line) && !unknown_is_up))
            continue;
        lines[i] = lines[ups];
        lines[ups] = swap;
        from[ups] = up_from(line);
        to[ups++] = up_to(line);
    }
    qsort(from, ups, sizeof(*from), compare_times);
    qsort(to, ups, sizeof(*to), compare_times);
    *ret_n = ups ? keep_those_up(d, lines, ups, busiest(from, to, ups)) : 0;
    return 0;
}
