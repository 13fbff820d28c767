/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has the fingerprint of another. A machine that tells of itself many times is no duplicate, so
 * what counts is what can be told apart:
 *  - by hardware, under a common fleet key: lines that share a digest are of one machine, and so on
 *    from line to line, so that years of repairs leave it one. What shares none, though both have
 *    digests of one component, is another machine.
 *  - by time: a boot is not another boot of the same machine if both were up at once.
 * Boots that follow each other may be a restart or a copy: that cannot be told, and is only
 * counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "duplicates.h"
#include "util.h"

/* ---- Which lines are of one machine. ---- */

static void join(struct duplicates *d, uint32_t a, uint32_t b)
{
    a = duplicates_root(d, a);
    b = duplicates_root(d, b);
    d->parent[a] = b;
    d->lines[b].components |= d->lines[a].components;
}

/* The items by digest; those of one fingerprint stand together. */
static int compare_items(const void *a, const void *b, void *user)
{
    const struct duplicates *d = user;
    const struct duplicates_item *x = &d->items[*(const uint32_t *)a];
    const struct duplicates_item *y = &d->items[*(const uint32_t *)b];
    const struct duplicates_line *of_x = &d->lines[x->line], *of_y = &d->lines[y->line];
    int order = memcmp(x->digest, y->digest, sizeof(x->digest));

    if (order == 0)
        order = (x->component > y->component) - (x->component < y->component);
    if (order == 0)
        order = memcmp(of_x->fingerprint, of_y->fingerprint, sizeof(of_x->fingerprint));
    return order ? order : memcmp(of_x->instance, of_y->instance, sizeof(of_x->instance));
}

/* Machines without a fingerprint are one if all they have is the same. */
static bool of_one_machine(const struct duplicates_line *a, const struct duplicates_line *b)
{
    return memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint)) == 0 &&
           (duplicates_known(a->fingerprint, sizeof(a->fingerprint)) ||
            memcmp(a->instance, b->instance, sizeof(a->instance)) == 0);
}

static void join_by_items(struct duplicates *d, const uint32_t *order)
{
    for (size_t i = 1; i < d->n_items; i++) {
        const struct duplicates_item *a = &d->items[order[i - 1]], *b = &d->items[order[i]];

        if (a->component == b->component && memcmp(a->digest, b->digest, sizeof(a->digest)) == 0 &&
            of_one_machine(&d->lines[a->line], &d->lines[b->line]))
            join(d, a->line, b->line);
    }
}

/* ---- One fingerprint. ---- */

static int compare_boots(const void *a, const void *b, void *user)
{
    const struct duplicates *d = user;
    const struct duplicates_line *x = &d->lines[*(const uint32_t *)a];
    const struct duplicates_line *y = &d->lines[*(const uint32_t *)b];
    int order = memcmp(x->fingerprint, y->fingerprint, sizeof(x->fingerprint));

    if (order == 0)
        order = memcmp(x->boot, y->boot, sizeof(x->boot));
    return order;
}

static size_t same_boot(const struct duplicates *d, const uint32_t *lines, size_t n)
{
    size_t same = 1;

    while (same < n &&
           memcmp(d->lines[lines[0]].boot, d->lines[lines[same]].boot, DUPLICATES_UUID_SIZE) == 0)
        same++;
    return same;
}

/* In one boot, a line without digests is of the machine that another one has digests of. */
static void join_boot(struct duplicates *d, const uint32_t *lines, size_t n)
{
    uint32_t one = lines[0];

    if (!duplicates_known(d->lines[one].boot, DUPLICATES_UUID_SIZE))
        return;
    for (size_t i = 0; i < n; i++)
        if (d->lines[lines[i]].components) {
            one = lines[i];
            break;
        }
    for (size_t i = 0; i < n; i++)
        if (!d->lines[lines[i]].components)
            join(d, lines[i], one);
}

/* One line for each boot, that of the longest uptime; gives their number. What two machines that
 * have one boot id are told apart by is hardware: see below. */
static size_t list_boots(const struct duplicates *d, const uint32_t *lines, size_t n, uint32_t *ret)
{
    size_t boots = 0;

    for (size_t i = 0, same; i < n; i += same) {
        uint32_t longest = lines[i];

        same = same_boot(d, lines + i, n - i);
        for (size_t k = 1; k < same; k++)
            if (duplicates_uptime(&d->lines[lines[i + k]]) > duplicates_uptime(&d->lines[longest]))
                longest = lines[i + k];
        ret[boots++] = longest;
    }
    return boots;
}

static int compare_keys(const void *a, const void *b, void *user)
{
    const struct duplicates *d = user;
    const struct duplicates_line *x = &d->lines[*(const uint32_t *)a];
    const struct duplicates_line *y = &d->lines[*(const uint32_t *)b];

    return memcmp(x->key, y->key, sizeof(x->key));
}

static size_t with_component(const struct duplicates *d, const uint32_t *roots, size_t n,
                             unsigned c)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += d->lines[roots[i]].components >> c & 1;
    return count;
}

/* Of machines under one key: how many are told apart by the component that tells most apart. */
static size_t count_by_hardware(const struct duplicates *d, const uint32_t *roots, size_t n,
                                unsigned *ret_component)
{
    size_t most = 0;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        size_t count = with_component(d, roots, n, c);

        if (count > most) {
            most = count;
            *ret_component = c;
        }
    }
    return most;
}

/* The roots that have the component, as their latest lines. */
static void keep_component(const struct duplicates *d, uint32_t *roots, size_t n, unsigned c)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (d->lines[roots[i]].components >> c & 1)
            roots[kept++] = d->latest[roots[i]];
}

/* Lists at `ret` the machines that are told apart by hardware, and gives their number. */
static size_t list_by_hardware(struct duplicates *d, const uint32_t *lines, size_t n, uint32_t *ret)
{
    size_t roots = 0, most = 0, from = 0, to = 0, end;
    unsigned component = 0;

    for (size_t i = 0; i < n; i++)
        if (d->parent[lines[i]] == lines[i] && d->lines[lines[i]].components)
            ret[roots++] = lines[i];
    qsort_r(ret, roots, sizeof(*ret), compare_keys, d);
    for (size_t first = 0; first < roots; first = end) {
        unsigned c = 0;
        size_t count;

        end = first + 1;
        while (end < roots && compare_keys(&ret[first], &ret[end], d) == 0)
            end++;
        count = count_by_hardware(d, ret + first, end - first, &c);
        if (count > most) {
            most = count;
            from = first;
            to = end;
            component = c;
        }
    }
    memmove(ret, ret + from, (to - from) * sizeof(*ret));
    keep_component(d, ret, to - from, component);
    return most;
}

static void note_latest(struct duplicates *d, const uint32_t *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t root = duplicates_root(d, lines[i]);

        if (d->lines[lines[i]].time > d->lines[d->latest[root]].time)
            d->latest[root] = lines[i];
    }
}

/* `room` is for twice n lines. */
static int look_at_fingerprint(struct duplicates *d, const uint32_t *lines, size_t n,
                               uint32_t *room)
{
    size_t boots, by_hardware, by_time = 0;
    struct duplicates_group group = {0};
    int r;

    for (size_t i = 0, same; i < n; i += same) {
        same = same_boot(d, lines + i, n - i);
        join_boot(d, lines + i, same);
    }
    note_latest(d, lines, n);
    by_hardware = list_by_hardware(d, lines, n, room);
    boots = list_boots(d, lines, n, room + n);
    r = duplicates_at_once(d, room + n, boots, false, &by_time);
    if (r < 0)
        return r;
    group.by_time = by_time > by_hardware;
    d->machines += by_time > by_hardware ? by_time : by_hardware > 0 ? by_hardware : 1;
    if (by_time < 2 && by_hardware < 2) {
        d->restarts += boots > 1;
        return 0;
    }
    return group.by_time ? duplicates_add_group(d, room + n, by_time, &group)
                         : duplicates_add_group(d, room, by_hardware, &group);
}

/* ---- All of them. ---- */

static void look_at_unenrolled(struct duplicates *d, const uint32_t *lines, size_t n)
{
    note_latest(d, lines, n);
    for (size_t i = 0; i < n; i++)
        d->machines += d->parent[lines[i]] == lines[i];
}

static int look_at_fingerprints(struct duplicates *d, uint32_t *lines, uint32_t *room)
{
    int r = 0;

    for (size_t first = 0, end; r == 0 && first < d->n_lines; first = end) {
        const uint8_t *fingerprint = d->lines[lines[first]].fingerprint;

        end = first + 1;
        while (end < d->n_lines &&
               memcmp(fingerprint, d->lines[lines[end]].fingerprint, DUPLICATES_UUID_SIZE) == 0)
            end++;
        if (duplicates_known(fingerprint, DUPLICATES_UUID_SIZE))
            r = look_at_fingerprint(d, lines + first, end - first, room);
        else
            look_at_unenrolled(d, lines + first, end - first);
    }
    return r;
}

static int find_fingerprints(struct duplicates *d)
{
    CLEANUP_FREE uint32_t *lines = calloc(d->n_lines + 1, sizeof(*lines));
    CLEANUP_FREE uint32_t *room = calloc(2 * d->n_lines + 1, sizeof(*room));
    int r;

    if (!lines || !room)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->n_lines; i++)
        lines[i] = i;
    qsort_r(lines, d->n_lines, sizeof(*lines), compare_boots, d);
    r = look_at_fingerprints(d, lines, room);
    d->n_fingerprints = d->n_groups;
    return r;
}

static int start(struct duplicates *d)
{
    int r = duplicates_fold(d);

    if (r < 0)
        return r;
    d->parent = calloc(d->n_lines + 1, sizeof(*d->parent));
    d->latest = calloc(d->n_lines + 1, sizeof(*d->latest));
    if (!d->parent || !d->latest)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->n_lines; i++) {
        d->parent[i] = d->latest[i] = i;
        d->keyed += d->lines[i].components != 0;
    }
    return 0;
}

int duplicates_find(struct duplicates *d)
{
    CLEANUP_FREE uint32_t *order = NULL;
    int r = start(d);

    if (r < 0)
        return r;
    order = calloc(d->n_items + 1, sizeof(*order));
    if (!order)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->n_items; i++)
        order[i] = i;
    qsort_r(order, d->n_items, sizeof(*order), compare_items, d);
    join_by_items(d, order);
    r = find_fingerprints(d);
    return r < 0 ? r : duplicates_find_hardware(d, order);
}
