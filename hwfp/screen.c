/* SPDX-License-Identifier: BSD-2-Clause */
#include "screen.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "util.h"

struct table_cell {
    enum style style;
    char *text; /* clean */
    size_t width;
};

static bool wants_colour(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    if (no_color && *no_color)
        return false;
    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void screen_open(struct screen *screen, bool quiet)
{
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

    *screen = (struct screen){
        .quiet = quiet,
        .colour = wants_colour(),
        .utf8 = utf8,
        .ellipsis = utf8 ? "\xe2\x80\xa6" : "...",
        .minus = utf8 ? "\xe2\x88\x92" : "-",
    };
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static bool is_ascii(char c)
{
    return (unsigned char)c < 0x80;
}

/* One '?' for each character that the terminal cannot show. */
static void make_ascii(char *text)
{
    char *to = text;

    for (const char *c = text; *c; c++) {
        if (is_ascii(*c))
            *to++ = *c;
        else if (!continues_character(*c))
            *to++ = '?';
    }
    *to = '\0';
}

char *screen_clean(const struct screen *screen, const char *format, va_list args)
{
    CLEANUP_FREE char *raw = NULL;
    char *clean;

    if (vasprintf(&raw, format, args) < 0)
        raw = NULL;
    clean = report_clean(raw);
    if (clean && !screen->utf8)
        make_ascii(clean);
    return clean;
}

static const char *escape(const struct screen *screen, enum style style)
{
    static const char *const escapes[] = {
        [STYLE_PLAIN] = "",         [STYLE_HEADING] = "\033[1m", [STYLE_GOOD] = "\033[32m",
        [STYLE_DOUBT] = "\033[33m", [STYLE_BAD] = "\033[1;31m",  [STYLE_FAINT] = "\033[2m",
    };

    return screen->colour ? escapes[style] : "";
}

static void print_styled(const struct screen *screen, enum style style, const char *text)
{
    const char *start = escape(screen, style);

    (void)printf("%s%s%s", start, text, *start ? "\033[0m" : "");
}

void screen_line(const struct screen *screen, enum style style, const char *format, ...)
{
    CLEANUP_FREE char *text = NULL;
    va_list args;

    if (screen->quiet)
        return;
    va_start(args, format);
    text = screen_clean(screen, format, args);
    va_end(args);
    print_styled(screen, style, text ? text : "no memory");
    (void)putchar('\n');
}

void screen_error(const struct screen *screen, const char *format, ...)
{
    CLEANUP_FREE char *text = NULL;
    va_list args;

    va_start(args, format);
    text = screen_clean(screen, format, args);
    va_end(args);
    (void)fprintf(stderr, "hwfp: %s\n", text ? text : "no memory");
}

static size_t width_of(const char *text)
{
    size_t width = 0;

    for (const char *c = text; *c; c++)
        width += !continues_character(*c);
    return width;
}

size_t screen_fit(const char *text, size_t width)
{
    size_t n = width;

    if (strlen(text) <= width)
        return strlen(text);
    while (n > 0 && text[n] != ' ')
        n--;
    return n > 0 ? n : strcspn(text, " ");
}

void table_add(struct table *table, enum style style, const char *format, ...)
{
    struct table_cell *more = reallocarray(table->cells, table->n + 1, sizeof(*more));
    CLEANUP_FREE char *raw = NULL;
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&raw, format, args) >= 0)
        text = report_clean(raw);
    va_end(args);
    if (more)
        table->cells = more;
    if (!more || !text) {
        table->no_memory = true;
        free(text);
        return;
    }
    more[table->n++] = (struct table_cell){.style = style, .text = text};
}

static void measure(struct table *table, const struct screen *screen)
{
    for (size_t i = 0; i < table->n; i++) {
        if (!screen->utf8)
            make_ascii(table->cells[i].text);
        table->cells[i].width = width_of(table->cells[i].text);
    }
}

static size_t column_width(const struct table *table, size_t column)
{
    size_t width = 0;

    for (size_t i = column; i < table->n; i += table->columns)
        if (table->cells[i].width > width)
            width = table->cells[i].width;
    return width;
}

/* Padding goes before a cell, not behind it, so that no line ends in blanks. */
static void print_row(const struct table *table, const struct screen *screen, size_t first)
{
    size_t padding = 0;

    for (size_t column = 0; column < table->columns && first + column < table->n; column++) {
        const struct table_cell *cell = &table->cells[first + column];
        bool heading = table->heading && first == 0;

        if (cell->width > 0) {
            (void)printf("%*s", (int)padding, "");
            print_styled(screen, heading ? STYLE_HEADING : cell->style, cell->text);
            padding = 0;
        }
        padding += column_width(table, column) - cell->width + 2;
    }
    (void)putchar('\n');
}

void table_print(struct table *table, const struct screen *screen)
{
    measure(table, screen);
    if (table->no_memory)
        screen_error(screen, "no memory");
    else
        for (size_t i = 0; i < table->n && !screen->quiet; i += table->columns)
            print_row(table, screen, i);
    for (size_t i = 0; i < table->n; i++)
        free(table->cells[i].text);
    free(table->cells);
    *table = (struct table){.columns = table->columns, .heading = table->heading};
}
