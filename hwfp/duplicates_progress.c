/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "duplicates.h"
#include "util.h"

#define PATIENCE 1 /* seconds before anything is said */

static time_t now(void)
{
    struct timespec t;

    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? t.tv_sec : 0;
}

void progress_start(struct progress *progress, const struct session *session, uint32_t files)
{
    *progress = (struct progress){.screen = &session->screen,
                                  .on = !session->quiet && isatty(STDERR_FILENO),
                                  .began = now(),
                                  .files = files};
    progress->last = progress->began;
}

void progress_show(struct progress *progress, const char *format, ...)
{
    CLEANUP_FREE char *text = NULL;
    time_t t;
    va_list args;

    if (!progress->on)
        return;
    t = now();
    if (t - progress->began <= PATIENCE || t == progress->last)
        return;
    progress->last = t;
    progress->shown = true;
    va_start(args, format);
    text = screen_clean(progress->screen, format, args);
    va_end(args);
    (void)fprintf(stderr, "\r\033[Khwfp: %s, %lld s", text ? text : "no memory",
                  (long long)(t - progress->began));
    (void)fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        (void)fputs("\r\033[K", stderr);
    progress->shown = false;
}
