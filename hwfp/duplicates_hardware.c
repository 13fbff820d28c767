/* SPDX-License-Identifier: BSD-2-Clause */
/* Which machines, of different fingerprints, share hardware evidence: boards of a model that have
 * one UUID, clones that kept a disk's serial number or a MAC address. What was never in two
 * machines at once has moved, or its machine was given another fingerprint. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "duplicates.h"
#include "util.h"

static bool same_item(const struct duplicates *d, uint32_t a, uint32_t b)
{
    const struct duplicates_item *x = &d->items[a], *y = &d->items[b];

    return x->component == y->component && memcmp(x->digest, y->digest, sizeof(x->digest)) == 0;
}

static int compare_instances(const void *a, const void *b, void *user)
{
    const struct duplicates *d = user;
    const struct duplicates_line *x = &d->lines[*(const uint32_t *)a];
    const struct duplicates_line *y = &d->lines[*(const uint32_t *)b];
    int order = memcmp(x->boot, y->boot, sizeof(x->boot));

    if (order == 0)
        order = memcmp(x->instance, y->instance, sizeof(x->instance));
    return order ? order : (x->time < y->time) - (x->time > y->time);
}

/* One boot with one set of evidence is one machine, whatever fingerprint it had first. */
static size_t drop_renamed(struct duplicates *d, uint32_t *lines, size_t n)
{
    size_t kept = 0;

    qsort_r(lines, n, sizeof(*lines), compare_instances, d);
    for (size_t i = 0; i < n; i++) {
        const struct duplicates_line *line = &d->lines[lines[i]];
        const struct duplicates_line *last = kept ? &d->lines[lines[kept - 1]] : NULL;

        if (!last || memcmp(line->boot, last->boot, sizeof(line->boot)) != 0 ||
            memcmp(line->instance, last->instance, sizeof(line->instance)) != 0)
            lines[kept++] = lines[i];
    }
    return kept;
}

/* What each machine had last; an item may stand in a line twice. */
static size_t list_machines(struct duplicates *d, const uint32_t *items, size_t n, uint32_t *ret)
{
    size_t machines = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t line = d->items[items[i]].line;

        if (d->latest[duplicates_root(d, line)] == line &&
            (machines == 0 || ret[machines - 1] != line))
            ret[machines++] = line;
    }
    return machines;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static int look_at_item(struct duplicates *d, const uint32_t *items, size_t n, uint32_t *room)
{
    const struct duplicates_group group = {.components = UINT32_C(1)
                                                         << d->items[items[0]].component};
    size_t machines = list_machines(d, items, n, room), at_once = 0;
    int r;

    if (machines < 2)
        return 0;
    machines = drop_renamed(d, room, machines);
    r = duplicates_at_once(d, room, machines, true, &at_once);
    if (r < 0)
        return r;
    if (at_once < 2) {
        d->moved++;
        return 0;
    }
    qsort(room, at_once, sizeof(*room), compare_numbers);
    return duplicates_add_group(d, room, at_once, &group);
}

/* ---- Those who share one thing mostly share more. ---- */

static int compare_groups(const void *a, const void *b, void *user)
{
    const struct duplicates *d = user;
    const struct duplicates_group *x = a, *y = b;
    const uint32_t *of_x = d->members + x->first, *of_y = d->members + y->first;

    for (uint32_t i = 0; i < x->n && i < y->n; i++)
        if (of_x[i] != of_y[i])
            return of_x[i] < of_y[i] ? -1 : 1;
    return (x->n > y->n) - (x->n < y->n);
}

static void merge_groups(struct duplicates *d)
{
    struct duplicates_group *groups = d->groups + d->n_fingerprints;
    size_t n = d->n_groups - d->n_fingerprints, kept = 0;

    if (n == 0)
        return;
    qsort_r(groups, n, sizeof(*groups), compare_groups, d);
    for (size_t i = 0; i < n; i++)
        if (kept && compare_groups(&groups[kept - 1], &groups[i], d) == 0)
            groups[kept - 1].components |= groups[i].components;
        else
            groups[kept++] = groups[i];
    d->n_groups = d->n_fingerprints + kept;
}

int duplicates_find_hardware(struct duplicates *d, uint32_t *order)
{
    CLEANUP_FREE uint32_t *room = calloc(d->n_items + 1, sizeof(*room));
    int r = room ? 0 : -ENOMEM;

    for (size_t first = 0, end; r == 0 && first < d->n_items; first = end) {
        end = first + 1;
        while (end < d->n_items && same_item(d, order[first], order[end]))
            end++;
        if (end - first > 1)
            r = look_at_item(d, order + first, end - first, room);
    }
    if (r == 0)
        merge_groups(d);
    return r;
}
