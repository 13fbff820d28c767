/* SPDX-License-Identifier: BSD-2-Clause */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"
#include "util.h"

#define TEXT_MAX (1024 * 1024)

void doctor_say(struct doctor *d, enum doctor_level level, const char *format, ...)
{
    struct doctor_finding *more = reallocarray(d->findings, d->n + 1, sizeof(*more));
    char *what = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&what, format, args) < 0)
        what = NULL;
    va_end(args);
    if (more)
        d->findings = more;
    if (!more || !what) {
        d->no_memory = true;
        free(what);
        return;
    }
    more[d->n++] = (struct doctor_finding){.level = level, .subject = d->subject, .what = what};
    d->count[level]++;
}

void doctor_mend(struct doctor *d, const char *format, ...)
{
    char *mend = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&mend, format, args) < 0)
        mend = NULL;
    va_end(args);
    if (!mend)
        d->no_memory = true;
    if (d->no_memory || d->n == 0 || d->findings[d->n - 1].level == DOCTOR_OK) {
        free(mend);
        return;
    }
    free(d->findings[d->n - 1].mend);
    d->findings[d->n - 1].mend = mend;
}

/* A path starts a word, and has a name behind its slash. */
static bool starts_path(const char *sentence, const char *c)
{
    return *c == '/' && ascii_alnum(c[1]) && (c == sentence || strchr(" '\"(", c[-1]));
}

char *doctor_sentence(struct doctor *d, const char *sentence)
{
    char *text = NULL;
    size_t size;
    FILE *out;

    if (!sentence)
        return NULL;
    out = open_memstream(&text, &size);
    for (const char *c = sentence; out && *c; c++) {
        if (starts_path(sentence, c))
            (void)fputs(d->root, out);
        (void)fputc(*c, out);
    }
    if (out)
        text = text_finish(out, &text);
    if (!text)
        d->no_memory = true;
    return text;
}

unsigned doctor_wrong(const struct doctor *d)
{
    return d->count[DOCTOR_WARNING] + d->count[DOCTOR_PROBLEM];
}

int doctor_read(const struct doctor *d, const char *path, char **ret_text)
{
    CLEANUP_CLOSE int fd = system_open(d->system, path, O_RDONLY | O_NONBLOCK);
    size_t size = 0;

    return fd < 0 ? fd : read_all(fd, TEXT_MAX, ret_text, &size);
}

int doctor_stat(const struct doctor *d, const char *path, struct stat *ret)
{
    CLEANUP_CLOSE int fd = system_open(d->system, path, O_PATH | O_NOFOLLOW);

    if (fd < 0)
        return fd;
    return fstat(fd, ret) < 0 ? -errno : 0;
}

bool doctor_exists(const struct doctor *d, const char *format, ...)
{
    char path[PATH_MAX];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(path, sizeof(path), format, args);
    va_end(args);
    return n > 0 && n < PATH_MAX && system_exists(d->system, path);
}

unsigned doctor_codes_left(const struct doctor *d)
{
    struct hwfp_recovery recovery;

    return hwfp_recovery_status(d->system, &recovery, NULL) == 0 ? recovery.left : 0;
}
