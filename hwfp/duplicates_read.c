/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams of inventory lines: one at a time, and never more of one than it may have. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "duplicates.h"
#include "util.h"

#define LINE_MAX_SIZE 131072 /* a machine with a thousand disks has 40000 bytes */
#define BAD_SHOWN 20         /* messages; the others are counted */
#define LOOK_UP 1024         /* lines between two looks at the clock */

struct reader {
    const struct session *session;
    struct duplicates *d;
    FILE *stream;
    const char *name;
    uint32_t file, number;
    struct progress *progress;
    long long total; /* bytes; 0 where it is not known */
    size_t size;     /* of the text; more than LINE_MAX_SIZE: too long */
    bool nul;
    char *text; /* LINE_MAX_SIZE + 1 */
    struct duplicates_item *items;
};

/* False at the end. */
static bool read_text(struct reader *r)
{
    int c;

    r->size = 0;
    r->nul = false;
    while ((c = getc_unlocked(r->stream)) != EOF && c != '\n') {
        if (r->size < LINE_MAX_SIZE)
            r->text[r->size] = (char)c;
        r->size += r->size <= LINE_MAX_SIZE;
        r->nul = r->nul || c == '\0';
        r->progress->bytes++;
    }
    r->progress->bytes++;
    r->text[r->size < LINE_MAX_SIZE ? r->size : LINE_MAX_SIZE] = '\0';
    return c != EOF || r->size > 0;
}

static void tell_bad(struct reader *r, const char *what)
{
    if (r->d->bad++ < BAD_SHOWN)
        screen_error(&r->session->screen, "%s:%u: %s", r->name, r->number, what);
    else if (r->d->bad == BAD_SHOWN + 1)
        screen_error(&r->session->screen, "there are more bad lines: they are counted");
}

static int take_line(struct reader *r)
{
    struct duplicates_line line;
    size_t n_items = 0;
    const char *wrong;

    if (r->size <= LINE_MAX_SIZE && !r->nul && !*trim(r->text))
        return 0;
    r->d->read++;
    if (r->size > LINE_MAX_SIZE)
        wrong = "this line is longer than 128 KiB";
    else if (r->nul)
        wrong = "this line holds a NUL byte";
    else
        wrong = duplicates_parse(r->text, &line, r->items, &n_items);
    if (wrong) {
        tell_bad(r, wrong);
        return 0;
    }
    line.file = r->file;
    line.number = r->number;
    return duplicates_add(r->d, &line, r->items, n_items);
}

static void show(const struct reader *r)
{
    struct progress *p = r->progress;
    unsigned long long lines = p->lines;
    const char *s = lines == 1 ? "" : "s";

    if (p->files > 1)
        progress_show(p, "reading %s, file %u of %u: %llu line%s, %lld MB", r->name, r->file + 1,
                      p->files, lines, s, p->bytes >> 20);
    else if (r->total > 0)
        progress_show(p, "reading %s: %llu line%s, %lld of %lld MB", r->name, lines, s,
                      p->bytes >> 20, r->total >> 20);
    else
        progress_show(p, "reading %s: %llu line%s, %lld MB", r->name, lines, s, p->bytes >> 20);
}

static int read_lines(struct reader *r)
{
    int result = 0;

    show(r); /* many a file has a line or two */
    errno = 0;
    while (result == 0 && read_text(r)) {
        r->number++;
        result = take_line(r);
        if (++r->progress->lines % LOOK_UP == 0)
            show(r);
    }
    if (result == 0 && ferror(r->stream))
        result = errno ? -errno : -EIO;
    return result;
}

const char *duplicates_file_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

int duplicates_read(const struct session *session, struct duplicates *d, FILE *stream,
                    uint32_t file, const char *path, struct progress *progress)
{
    CLEANUP_FREE char *text = malloc(LINE_MAX_SIZE + 1);
    CLEANUP_FREE struct duplicates_item *items = calloc(DUPLICATES_ITEMS_MAX, sizeof(*items));
    struct reader r = {.session = session,
                       .d = d,
                       .stream = stream,
                       .name = duplicates_file_name(path),
                       .file = file,
                       .progress = progress,
                       .text = text,
                       .items = items};
    struct stat st;

    if (!text || !items)
        return -ENOMEM;
    if (fstat(fileno(stream), &st) == 0 && S_ISREG(st.st_mode))
        r.total = st.st_size;
    return read_lines(&r);
}
