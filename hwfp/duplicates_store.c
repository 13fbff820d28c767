/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines in memory. A log of years tells the same boots again and again: before more room is made,
 * what tells nothing new is dropped. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "duplicates.h"
#include "util.h"

#define ROOM_FIRST 4096
#define DROPPED UINT32_MAX

bool duplicates_known(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return true;
    return false;
}

uint32_t duplicates_root(struct duplicates *d, uint32_t line)
{
    while (d->parent[line] != line) {
        d->parent[line] = d->parent[d->parent[line]];
        line = d->parent[line];
    }
    return line;
}

static int64_t uptime(const struct duplicates_line *line)
{
    return line->booted ? line->time - line->booted : 0;
}

/* 0 for two lines about the same boot of the same machine. Without a boot and without evidence,
 * another name is all that could tell another machine. */
static int compare_what(const struct duplicates_line *a, const struct duplicates_line *b)
{
    int order = memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint));

    if (order == 0)
        order = memcmp(a->boot, b->boot, sizeof(a->boot));
    if (order == 0)
        order = memcmp(a->key, b->key, sizeof(a->key));
    if (order == 0)
        order = memcmp(a->instance, b->instance, sizeof(a->instance));
    return order ? order : strcmp(a->host, b->host);
}

/* The longer a boot lasted, the more it tells, and the longer its clock had time to be set. */
static int compare_lines(const void *a, const void *b, void *user)
{
    const struct duplicates *d = user;
    const struct duplicates_line *x = &d->lines[*(const uint32_t *)a];
    const struct duplicates_line *y = &d->lines[*(const uint32_t *)b];
    int order = compare_what(x, y);

    if (order == 0)
        order = (uptime(x) < uptime(y)) - (uptime(x) > uptime(y));
    return order ? order : (x->time < y->time) - (x->time > y->time);
}

/* `map` is the order on entry; each line's new number, or DROPPED, when it is done. */
static void drop_lines(struct duplicates *d, uint32_t *map)
{
    uint32_t kept = 0;

    for (size_t i = 1; i < d->n_lines; i++)
        d->lines[map[i]].dropped = compare_what(&d->lines[map[i - 1]], &d->lines[map[i]]) == 0;
    for (uint32_t i = 0; i < d->n_lines; i++) {
        map[i] = d->lines[i].dropped ? DROPPED : kept;
        if (!d->lines[i].dropped)
            d->lines[kept++] = d->lines[i];
    }
    d->n_lines = kept;
}

static void drop_items(struct duplicates *d, const uint32_t *map)
{
    size_t kept = 0;

    for (size_t i = 0; i < d->n_items; i++)
        if (map[d->items[i].line] != DROPPED) {
            d->items[kept] = d->items[i];
            d->items[kept++].line = map[d->items[i].line];
        }
    d->n_items = kept;
}

int duplicates_fold(struct duplicates *d)
{
    CLEANUP_FREE uint32_t *map = calloc(d->n_lines + 1, sizeof(*map));

    if (!map)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->n_lines; i++)
        map[i] = i;
    qsort_r(map, d->n_lines, sizeof(*map), compare_lines, d);
    drop_lines(d, map);
    drop_items(d, map);
    return 0;
}

/* `array` is the address of a pointer, of whatever type. */
static int make_room(void *array, size_t size, size_t *room, size_t wanted)
{
    size_t larger = *room ? *room : ROOM_FIRST;
    void *old, *more;

    while (larger < wanted)
        larger += larger / 2;
    if (larger == *room)
        return 0;
    memcpy(&old, array, sizeof(old));
    more = reallocarray(old, larger, size);
    if (!more)
        return -ENOMEM;
    memcpy(array, &more, sizeof(more));
    *room = larger;
    return 0;
}

/* More room is made only where three quarters of it tell something new, and then half as much
 * again: there is never room for more than twice of what has to be kept. */
static int make_line_room(struct duplicates *d)
{
    size_t wanted = d->n_lines + 1;
    int r = 0;

    if (wanted == UINT32_MAX)
        return -EOVERFLOW;
    if (d->lines_room > 0 && d->n_lines == d->lines_room) {
        r = duplicates_fold(d);
        wanted = d->n_lines < d->lines_room / 4 * 3 ? d->n_lines + 1 : d->lines_room + 1;
    }
    return r < 0 ? r : make_room(&d->lines, sizeof(*d->lines), &d->lines_room, wanted);
}

int duplicates_add(struct duplicates *d, const struct duplicates_line *line,
                   const struct duplicates_item *items, size_t n_items)
{
    int r = make_line_room(d);

    if (r == 0)
        r = make_room(&d->items, sizeof(*d->items), &d->items_room, d->n_items + n_items);
    if (r < 0)
        return r;
    d->lines[d->n_lines] = *line;
    for (size_t i = 0; i < n_items; i++) {
        d->items[d->n_items] = items[i];
        d->items[d->n_items++].line = (uint32_t)d->n_lines;
    }
    d->n_lines++;
    return 0;
}

int duplicates_add_group(struct duplicates *d, const uint32_t *lines, size_t n,
                         const struct duplicates_group *group)
{
    int r = make_room(&d->members, sizeof(*d->members), &d->members_room, d->n_members + n);

    if (r == 0)
        r = make_room(&d->groups, sizeof(*d->groups), &d->groups_room, d->n_groups + 1);
    if (r < 0)
        return r;
    memcpy(d->members + d->n_members, lines, n * sizeof(*lines));
    d->groups[d->n_groups] = *group;
    d->groups[d->n_groups].first = (uint32_t)d->n_members;
    d->groups[d->n_groups++].n = (uint32_t)n;
    d->n_members += n;
    return 0;
}

void duplicates_clear(struct duplicates *d)
{
    free(d->lines);
    free(d->items);
    free(d->parent);
    free(d->latest);
    free(d->members);
    free(d->groups);
    *d = (struct duplicates){0};
}
