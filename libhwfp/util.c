/* SPDX-License-Identifier: BSD-2-Clause */
#include "util.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

int fail(char **ret_error, int negative_errno, const char *format, ...)
{
    va_list args;

    if (!ret_error || *ret_error)
        return negative_errno;
    va_start(args, format);
    if (vasprintf(ret_error, format, args) < 0)
        *ret_error = NULL;
    va_end(args);
    return negative_errno;
}

void sentence_add(char **text, const char *format, ...)
{
    CLEANUP_FREE char *sentence = NULL;
    char *joined = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&sentence, format, args) < 0)
        sentence = NULL;
    va_end(args);
    if (!sentence)
        return;
    if (asprintf(&joined, "%s%s%s", *text ? *text : "", *text ? "; " : "", sentence) < 0)
        return;
    free(*text);
    *text = joined;
}

char *text_finish(FILE *out, char **text)
{
    bool whole = !ferror(out);

    if (fclose(out) == 0 && whole)
        return *text;
    free(*text);
    return NULL;
}

bool ascii_has_prefix(const char *text, const char *prefix)
{
    for (; *prefix; text++, prefix++)
        if (ascii_lower(*text) != ascii_lower(*prefix))
            return false;
    return true;
}

void copy_text(char *to, size_t size, const char *from)
{
    size_t n = strnlen(from, size - 1);

    memcpy(to, from, n);
    to[n] = '\0';
}

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

char *trim(char *text)
{
    size_t n = strlen(text);

    while (n > 0 && is_blank(text[n - 1]))
        text[--n] = '\0';
    while (*text && is_blank(*text))
        text++;
    return text;
}

int read_all(int fd, size_t max, char **ret_bytes, size_t *ret_size)
{
    CLEANUP_FREE char *bytes = NULL;
    size_t size = 0, room = 0;

    for (;;) {
        if (size + 1 >= room) {
            size_t more = room ? room * 2 : 4096;
            char *larger = realloc(bytes, more);

            if (!larger)
                return -ENOMEM;
            bytes = larger;
            room = more;
        }
        ssize_t n = read(fd, bytes + size, room - size - 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        size += (size_t)n;
        if (size > max)
            return -EFBIG;
    }
    bytes[size] = '\0';
    *ret_bytes = bytes;
    *ret_size = size;
    bytes = NULL;
    return 0;
}

int write_all(int fd, const void *bytes, size_t size)
{
    const char *from = bytes;

    while (size > 0) {
        ssize_t n = write(fd, from, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        from += n;
        size -= (size_t)n;
    }
    return 0;
}

void hex_encode(const uint8_t *bytes, size_t n, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        ret_text[2 * i] = digits[bytes[i] >> 4];
        ret_text[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret_text[2 * n] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

int hex_decode(const char *text, uint8_t *ret_bytes, size_t n)
{
    if (strlen(text) != 2 * n)
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return -EINVAL;
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

void time_encode(time_t t, char ret_text[32])
{
    struct tm tm;

    if (!gmtime_r(&t, &tm) || !strftime(ret_text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
        copy_text(ret_text, 32, "unknown");
}

int time_decode(const char *text, time_t *ret_time)
{
    char again[32];
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    time_t t;

    if (!end || *end)
        return -EINVAL;
    t = timegm(&tm);
    time_encode(t, again);
    /* strptime(3) lets days pass that no month has, and single digits. */
    if (strcmp(again, text) != 0)
        return -EINVAL;
    *ret_time = t;
    return 0;
}

int lock_bounded(int fd, unsigned milliseconds)
{
    const struct timespec pause = {.tv_nsec = 2000000L};

    for (unsigned waited = 0;; waited += 2) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return -errno;
        if (waited >= milliseconds)
            return -EWOULDBLOCK;
        (void)nanosleep(&pause, NULL);
    }
}
