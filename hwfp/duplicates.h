/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hwfp duplicates: from inventory lines to machines that share something. Nothing but what is below
 * is kept of a line, and of lines that tell the same boot of the same machine one is kept, so that
 * memory is bounded: hwfp-duplicates(8) says by what, and whoever adds a field has to look there.
 */
#ifndef HWFP_DUPLICATES_H
#define HWFP_DUPLICATES_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "command.h"

#define DUPLICATES_HOST_SIZE 65 /* HOST_NAME_MAX, and a NUL */
#define DUPLICATES_UUID_SIZE 16
#define DUPLICATES_KEY_SIZE 8

/* One boot of one machine, as its line with the longest uptime tells it. What is not known is 0. */
struct duplicates_line {
    uint8_t fingerprint[DUPLICATES_UUID_SIZE], boot[DUPLICATES_UUID_SIZE];
    uint8_t key[DUPLICATES_KEY_SIZE]; /* of the fleet key */
    uint8_t instance[HWFP_DIGEST_SIZE];
    int64_t time, booted;
    uint32_t file, number; /* where it stands */
    uint32_t components;   /* bits 1 << enum hwfp_component: of which there are digests */
    char host[DUPLICATES_HOST_SIZE];
    bool dropped; /* while folding */
};

struct duplicates_item {
    uint8_t digest[HWFP_DIGEST_SIZE];
    uint32_t line;
    uint8_t component;
};

/* Machines that share something: `n` lines from `first` on in duplicates.members. */
struct duplicates_group {
    uint32_t first, n;
    uint32_t components; /* shared: bits; 0: the fingerprint */
    bool by_time;        /* of a fingerprint: they were up at once; else: their hardware differs */
};

struct duplicates {
    size_t n_lines, lines_room, n_items, items_room;
    struct duplicates_line *lines;
    struct duplicates_item *items;
    uint32_t *parent; /* of each line: the same machine, up to the root, which is its own */
    uint32_t *latest; /* of each root: the line of that machine that was written last */
    size_t n_members, members_room, n_groups, groups_room, n_fingerprints; /* these groups first */
    uint32_t *members;
    struct duplicates_group *groups;
    uint64_t read, bad; /* lines */
    uint64_t restarts,
        moved; /* fingerprints in boots, and hardware in machines, never up at once */
    uint64_t machines, keyed; /* machines seen, and those of them with digests */
};

/* What is being waited for, on standard error, where that is a terminal. */
struct progress {
    const struct screen *screen;
    bool on, shown;
    time_t began, last; /* seconds of a clock that nobody sets */
    uint32_t files;     /* their number; the next two are of all of them so far */
    uint64_t lines;
    long long bytes;
};
void progress_start(struct progress *progress, const struct session *session, uint32_t files);
void progress_show(struct progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void progress_end(struct progress *progress);

/* ---- 0 or -ENOMEM, unless said otherwise. ---- */

/* Reads one line's text into a record and its items, which the caller keeps: at most
 * DUPLICATES_ITEMS_MAX. NULL, or what is wrong with it. */
#define DUPLICATES_ITEMS_MAX 2048
const char *duplicates_parse(const char *text, struct duplicates_line *line,
                             struct duplicates_item *items, size_t *ret_n_items);

/* What messages call a file of the command line. */
const char *duplicates_file_name(const char *path);

/* Reads a stream to its end; `file` is its number, from 0. -EIO and others: it cannot be read, with
 * errno's meaning. */
int duplicates_read(const struct session *session, struct duplicates *d, FILE *stream,
                    uint32_t file, const char *path, struct progress *progress);

int duplicates_add(struct duplicates *d, const struct duplicates_line *line,
                   const struct duplicates_item *items, size_t n_items);
/* Keeps one line of those that tell the same boot of the same machine. */
int duplicates_fold(struct duplicates *d);
void duplicates_clear(struct duplicates *d);

/* Fills groups and members, of all lines that were added. */
int duplicates_find(struct duplicates *d);
/* The half of it that needs digests; `order` is that of the items, by digest. */
int duplicates_find_hardware(struct duplicates *d, uint32_t *order);

/* ---- What both of them need. ---- */

int64_t duplicates_uptime(const struct duplicates_line *line); /* -1 where it is not known */
bool duplicates_known(const uint8_t *bytes, size_t size);      /* not all of them are 0 */
uint32_t duplicates_root(struct duplicates *d, uint32_t line);
/* Of n lines, the most that were up at once: they are moved to the front, and counted. What is not
 * known to have ended is taken as up all the time if `unknown_is_up`, else as never up. */
int duplicates_at_once(const struct duplicates *d, uint32_t *lines, size_t n, bool unknown_is_up,
                       size_t *ret_n);
int duplicates_add_group(struct duplicates *d, const uint32_t *lines, size_t n,
                         const struct duplicates_group *group);

/* Tells what was found; gives the exit status. */
int duplicates_show(const struct session *session, const struct duplicates *d, char **files);

#endif
