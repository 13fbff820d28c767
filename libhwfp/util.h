/* SPDX-License-Identifier: BSD-2-Clause */
/* Small things that every file of the core needs. */
#ifndef HWFP_UTIL_H
#define HWFP_UTIL_H

#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void cleanup_freep(void *p)
{
    free(*(void **)p);
}
static inline void cleanup_closep(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
static inline void cleanup_closedirp(DIR **d)
{
    if (*d)
        (void)closedir(*d);
}
static inline void cleanup_fclosep(FILE **f)
{
    if (*f)
        (void)fclose(*f);
}
#define CLEANUP_FREE __attribute__((cleanup(cleanup_freep)))
#define CLEANUP_CLOSE __attribute__((cleanup(cleanup_closep)))
#define CLEANUP_CLOSEDIR __attribute__((cleanup(cleanup_closedirp)))
#define CLEANUP_FCLOSE __attribute__((cleanup(cleanup_fclosep)))

/* Sets *ret_error (which may be NULL) to a new sentence and gives `negative_errno` back, so that
 * `return fail(ret_error, -EPERM, "...", ...)` says both. A sentence that stands already stays. */
int fail(char **ret_error, int negative_errno, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends a sentence to *text, joined by "; ". Without memory the old text stays. */
void sentence_add(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text that open_memstream(3) made for `out`, which is closed; freed, and NULL, if it is not
 * whole. */
char *text_finish(FILE *out, char **text);

/* Copies at most size - 1 bytes and a NUL. Cuts silently: for labels and reasons. */
void copy_text(char *to, size_t size, const char *from);

/*
 * Of ASCII alone. Those of ctype.h and strings.h obey the locale of the program that we are in: in
 * a Turkish one 'I' is no 'i', and the same machine would have another hash.
 */
static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool ascii_alnum(char c)
{
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

/* Whether `text` begins with `prefix`, without regard to case. */
bool ascii_has_prefix(const char *text, const char *prefix);

/* Trims white space and control characters from both ends, in place; gives the text's start. */
char *trim(char *text);

/* Reads a whole file from a descriptor, at most `max` bytes: -EFBIG beyond. The bytes are followed
 * by a NUL that is not counted. The caller frees them. */
int read_all(int fd, size_t max, char **ret_bytes, size_t *ret_size);

/* Writes all of it, or a negative errno. */
int write_all(int fd, const void *bytes, size_t size);

void hex_encode(const uint8_t *bytes, size_t n, char *ret_text); /* 2n + 1 bytes */
int hex_decode(const char *text, uint8_t *ret_bytes,
               size_t n); /* exactly 2n digits, else -EINVAL */

/* UTC, as "2026-11-22T20:35:11Z"; and back: -EINVAL. */
void time_encode(time_t t, char ret_text[32]);
int time_decode(const char *text, time_t *ret_time);

/* Up to a second for the lock of an open file or folder (flock, exclusive): 0, -EWOULDBLOCK. */
int lock_bounded(int fd, unsigned milliseconds);

#endif
