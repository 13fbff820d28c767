/* SPDX-License-Identifier: BSD-2-Clause */
/* What people see: colour only on a terminal, UTF-8 only where the locale has it, and never a byte
 * that a firmware could steer the terminal with. */
#ifndef HWFP_SCREEN_H
#define HWFP_SCREEN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum style { STYLE_PLAIN, STYLE_HEADING, STYLE_GOOD, STYLE_DOUBT, STYLE_BAD, STYLE_FAINT };

struct screen {
    bool quiet, colour, utf8;
    const char *ellipsis, *minus;
};

/* Obeys NO_COLOR, TERM and the locale; call setlocale(3) before. */
void screen_open(struct screen *screen, bool quiet);

/* What may be shown of a text: no control characters, and only what the locale has. The caller
 * frees it. NULL: no memory. */
char *screen_clean(const struct screen *screen, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Prints on standard output, unless quiet. The text is cleaned as a whole. */
void screen_line(const struct screen *screen, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints one line on standard error, after "hwfp: ", quiet or not. */
void screen_error(const struct screen *screen, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How many bytes of a text fit on a line. A word stays whole: it may be a path to be copied. */
size_t screen_fit(const char *text, size_t width);

/* A table: cells from left to right, row by row. Zero-initialise but for the columns. */
struct table {
    size_t columns, n;
    bool heading; /* the first row is one */
    bool no_memory;
    struct table_cell *cells;
};

void table_add(struct table *table, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints the table, and empties it. */
void table_print(struct table *table, const struct screen *screen);

#endif
