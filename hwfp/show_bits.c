/* SPDX-License-Identifier: BSD-2-Clause */
/* The sum of bits behind a verdict, witness by witness. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "judge/judge.h"
#include "util.h"

#include "show.h"

enum { SCALE_CELLS = 40, SCALE_ENDS = 100 }; /* from -10 to +10 bits */

void show_bits_number(int tenths, char text[SHOW_BITS_SIZE])
{
    int size = tenths < 0 ? -tenths : tenths;

    if (size % 10)
        (void)snprintf(text, SHOW_BITS_SIZE, "%c%d.%d", tenths < 0 ? '-' : '+', size / 10,
                       size % 10);
    else
        (void)snprintf(text, SHOW_BITS_SIZE, "%c%d", tenths < 0 ? '-' : '+', size / 10);
}

struct line {
    char *text;
    size_t size, used;
};

static void add_witness(struct line *line, const char *name, int tenths)
{
    char number[SHOW_BITS_SIZE];
    int n;

    if (tenths == 0 || line->used >= line->size)
        return;
    show_bits_number(tenths, number);
    n = snprintf(line->text + line->used, line->size - line->used, "%s%s %s",
                 line->used ? ", " : "", name, number);
    line->used += n > 0 ? (size_t)n : 0;
}

void show_sum(const struct hwfp_comparison *comparison, char *text, size_t size)
{
    struct line line = {.text = text, .size = size};
    char sum[SHOW_BITS_SIZE], bits[SHOW_BITS_SIZE];
    const char *verdict = hwfp_verdict_name(comparison->verdict);

    text[0] = '\0';
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        add_witness(&line, hwfp_component_name(c), comparison->component[c].bits);
    add_witness(&line, "chassis hidden", comparison->hidden);
    add_witness(&line, "kind of machine changed", comparison->kind_changed);
    if (line.used >= size)
        return;
    show_bits_number(comparison->sum, sum);
    show_bits_number(comparison->bits, bits);
    if (comparison->bits == comparison->sum)
        (void)snprintf(text + line.used, size - line.used, "%s%s, %s", line.used ? ": " : "", sum,
                       verdict);
    else
        (void)snprintf(text + line.used, size - line.used, "%s%s, held at %s, %s",
                       line.used ? ": " : "", sum, bits, verdict);
}

void show_scale(const struct screen *screen, int bits, char *text, size_t size)
{
    const char *rule = screen->utf8 ? "\xe2\x94\x80" : "-",
               *mark = screen->utf8 ? "\xe2\x94\x82" : "|";
    const char *here = screen->utf8 ? "\xe2\x97\x8f" : "#";
    int at = (bits + SCALE_ENDS) * (SCALE_CELLS - 1) / (2 * SCALE_ENDS);
    size_t used;

    at = at < 0 ? 0 : at >= SCALE_CELLS ? SCALE_CELLS - 1 : at;
    used = (size_t)snprintf(text, size, "different ");
    for (int i = 0; i < SCALE_CELLS && used + 8 < size; i++) {
        bool is_mark = i == (JUDGE_DIFFERENT + SCALE_ENDS) * (SCALE_CELLS - 1) / (2 * SCALE_ENDS) ||
                       i == (JUDGE_SAME + SCALE_ENDS) * (SCALE_CELLS - 1) / (2 * SCALE_ENDS);

        used += (size_t)snprintf(text + used, size - used, "%s",
                                 i == at   ? here
                                 : is_mark ? mark
                                           : rule);
    }
    (void)snprintf(text + used, size - used, " same");
}

void show_add_sum(struct table *table, const struct session *session,
                  const struct hwfp_comparison *comparison)
{
    char sum[SHOW_SUM_SIZE], scale[8 * SCALE_CELLS];
    const char *heading = "Bits", *rest = sum;

    show_sum(comparison, sum, sizeof(sum));
    while (*rest) {
        size_t n = screen_fit(rest, SHOW_WIDTH - SHOW_INDENT);

        table_add(table, STYLE_HEADING, "%s", heading);
        table_add(table, STYLE_PLAIN, "%.*s", (int)n, rest);
        heading = "";
        rest += n;
        rest += strspn(rest, " ");
    }
    if (!isatty(STDOUT_FILENO))
        return;
    show_scale(&session->screen, comparison->bits, scale, sizeof(scale));
    table_add(table, STYLE_HEADING, "%s", "");
    table_add(table, show_verdict_style(comparison->verdict), "%s", scale);
}
