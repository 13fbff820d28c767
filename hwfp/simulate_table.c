/* SPDX-License-Identifier: BSD-2-Clause */
/* A simulation as people see it: some words above, a table with bars, a reason below. */
#include "simulate_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

/* Two policies, the bits, the bar with its mark, and four gaps of two make 80. */
enum { SCREEN_WIDTH = 80, NAME_WIDTH = 27, BAR_CELLS = 13, BITS_WIDTH = 5, POLICY_WIDTH = 13 };
enum { LIST_SHORT = 4 }; /* components that are named one by one */

/* ---- In words. ---- */

/* A list with commas, and now and then a word before its next entry. */
struct list {
    char text[512];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct list *list, const char *format, ...)
{
    size_t left = sizeof(list->text) - list->used;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(list->text + list->used, left, format, args);
    va_end(args);
    if (n > 0)
        list->used += (size_t)n < left ? (size_t)n : left - 1;
}

static uint32_t usable_of_class(const struct hwfp_hash *hash, enum hwfp_class class)
{
    uint32_t all = 0;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (hwfp_component_class((enum hwfp_component)c) == class &&
            hash->component[c].status == HWFP_USABLE)
            all |= UINT32_C(1) << c;
    return all;
}

static unsigned count_of(uint32_t components)
{
    unsigned n = 0;

    for (; components; components &= components - 1)
        n++;
    return n;
}

/* A whole class by one word where a list would be long; gives what is left to be listed. */
static uint32_t add_classes(const struct hwfp_hash *hash, uint32_t components, const char **comma,
                            struct list *list)
{
    static const char *const whole[] = {[HWFP_CHASSIS] = "all chassis",
                                        [HWFP_PART] = "all parts",
                                        [HWFP_MODEL] = "all models",
                                        [HWFP_IMAGE] = "all image"};

    if (count_of(components) <= LIST_SHORT)
        return components;
    for (unsigned class = 0; class < ARRAY_SIZE(whole); class ++) {
        uint32_t all = usable_of_class(hash, (enum hwfp_class) class);

        if (count_of(all) > 1 && (components & all) == all) {
            add(list, "%s%s", *comma, whole[class]);
            *comma = ", ";
            components &= ~all;
        }
    }
    return components;
}

static void add_components(const struct hwfp_hash *hash, enum simulate_way way, uint32_t components,
                           struct list *list)
{
    const char *comma = "";

    components = add_classes(hash, components, &comma, list);
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (simulate_has(components, c)) {
            add(list, "%s%s", comma, hwfp_component_name((enum hwfp_component)c));
            if (way == SIMULATE_ONE)
                add(list, " 1 of %zu", hash->component[c].n);
            comma = ", ";
        }
}

/* "(COMPONENT, COMPONENT; gone: COMPONENT)" */
static void describe(const struct hwfp_hash *hash, const struct simulate_change *change,
                     struct list *list)
{
    static const char *const before[SIMULATE_WAYS] = {
        [SIMULATE_ALL] = "",
        [SIMULATE_ONE] = "",
        [SIMULATE_GONE] = "gone: ",
        [SIMULATE_HIDDEN] = "hidden: ",
    };

    for (unsigned way = 0; way < SIMULATE_WAYS; way++)
        if (change->components[way]) {
            add(list, "%s%s", list->used ? "; " : "(", before[way]);
            add_components(hash, (enum simulate_way)way, change->components[way], list);
        }
    if (list->used > 0)
        add(list, ")");
}

static void name_components(uint32_t components, struct list *list)
{
    const char *comma = "";

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (simulate_has(components, c)) {
            add(list, "%s%s", comma, hwfp_component_name((enum hwfp_component)c));
            comma = ", ";
        }
}

/* ---- The table. ---- */

/* A part of a cell in eighths, as Unicode's left blocks have it; in ASCII a half or more counts. */
static void add_cell(const struct screen *screen, unsigned eighths, struct list *bar)
{
    if (eighths == 0 || (!screen->utf8 && eighths < 4))
        add(bar, " ");
    else if (screen->utf8)
        add(bar, "\xe2\x96%c", (char)(0x90 - eighths));
    else
        add(bar, "#");
}

static const char *mark_of(const struct screen *screen)
{
    return screen->utf8 ? "\xe2\x94\x82" : "|";
}

static void draw_bar(const struct screen *screen, int similarity, int threshold, struct list *bar)
{
    unsigned filled = (unsigned)similarity * BAR_CELLS * 8 / 100;
    int mark = threshold < 0 ? -1 : (threshold * BAR_CELLS + 50) / 100;

    for (int i = 0; i <= BAR_CELLS; i++) {
        unsigned eighths = filled < 8 ? filled : 8;

        if (i == mark)
            add(bar, "%s", mark_of(screen));
        if (i < BAR_CELLS)
            add_cell(screen, eighths, bar);
        filled -= eighths;
    }
    if (mark < 0)
        add(bar, " ");
}

static void add_policy(struct table *table, const struct hwfp_comparison *comparison, int width)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%3d %s", comparison->similarity,
                   hwfp_verdict_name(comparison->verdict));
    table_add(table, show_verdict_style(comparison->verdict), "%-*s", width, text);
}

/* Lines of at most 80 columns. */
static void print_wrapped(const struct screen *screen, enum style style, const char *indent,
                          const char *text)
{
    while (*text) {
        size_t n = screen_fit(text, SCREEN_WIDTH - strlen(indent));

        screen_line(screen, style, "%s%.*s", indent, (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
}

static void print_heading(const struct screen *screen, bool with_bar)
{
    struct table table = {.columns = with_bar ? 5 : 4, .heading = true};

    table_add(&table, STYLE_HEADING, "%-*s", NAME_WIDTH, "WHAT CHANGES");
    if (with_bar)
        table_add(&table, STYLE_HEADING, "%-*s", BAR_CELLS + 1, "SIMILARITY");
    table_add(&table, STYLE_HEADING, "%*s", BITS_WIDTH, "BITS");
    table_add(&table, STYLE_HEADING, "%-*s", POLICY_WIDTH, "HARDWARE");
    table_add(&table, STYLE_HEADING, "SSM");
    table_print(&table, screen);
}

/* A table of its own, so that the components below may be longer than its first column. */
static void print_row(const struct screen *screen, const struct simulation *s,
                      const struct outcome *outcome, bool with_bar)
{
    struct table table = {.columns = with_bar ? 5 : 4};
    char bits[SHOW_BITS_SIZE];
    struct list what = {.used = 0}, text = {.used = 0}, bar = {.used = 0};
    const char *name = outcome->change.name;
    bool one_line;

    describe(&s->result.hash, &outcome->change, &what);
    one_line = strlen(name) + 1 + what.used <= NAME_WIDTH;
    add(&text, "%s%s%s", name, one_line ? " " : "", one_line ? what.text : "");
    table_add(&table, STYLE_PLAIN, "%-*s", NAME_WIDTH, text.text);
    if (with_bar) {
        draw_bar(screen, outcome->hardware.similarity, s->threshold, &bar);
        table_add(&table, show_verdict_style(outcome->hardware.verdict), "%s", bar.text);
    }
    show_bits_number(outcome->hardware.bits, bits);
    table_add(&table, STYLE_PLAIN, "%*s", BITS_WIDTH, bits);
    add_policy(&table, &outcome->hardware, POLICY_WIDTH);
    add_policy(&table, &outcome->ssm, 0);
    table_print(&table, screen);
    if (!one_line)
        print_wrapped(screen, STYLE_FAINT, "  ", what.text);
}

static void add_field(struct table *table, const char *name, const char *value)
{
    table_add(table, STYLE_HEADING, "%s", name);
    table_add(table, STYLE_PLAIN, "%s", value);
}

uint32_t simulation_unreadable(const struct simulation *s)
{
    uint32_t all = 0;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        const struct hwfp_items *set = &s->result.hash.component[c];

        if (set->status == HWFP_UNREADABLE || set->incomplete)
            all |= UINT32_C(1) << c;
    }
    return all;
}

static void add_threshold(struct table *table, const struct screen *screen,
                          const struct simulation *s, bool with_bar)
{
    table_add(table, STYLE_HEADING, "Threshold");
    if (s->threshold == HWFP_THRESHOLD_OFF)
        table_add(table, STYLE_DOUBT, "off, %s: any hardware is the same", s->threshold_from);
    else if (with_bar)
        table_add(table, STYLE_PLAIN, "%d, %s: %s in the bars", s->threshold, s->threshold_from,
                  mark_of(screen));
    else
        table_add(table, STYLE_PLAIN, "%d, %s", s->threshold, s->threshold_from);
}

static void print_head(const struct session *session, const struct simulation *s, bool with_bar)
{
    struct table table = {.columns = 2};

    add_field(&table, "Strength", show_strength(s->result.strength));
    table_add(&table, STYLE_HEADING, "Compared");
    if (s->not_on_record)
        table_add(&table, STYLE_PLAIN, "with itself as it is now: %s", s->not_on_record);
    else
        table_add(&table, STYLE_PLAIN, "with the trusted machine %s", s->result.compared_with);
    add_threshold(&table, &session->screen, s, with_bar);
    add_field(&table, "Policy", hwfp_policy_name(session->config.policy));
    add_field(&table, "Bits", "same from +2.5, different from -5, uncertain between");
    table_print(&table, &session->screen);
}

static void print_components(const struct screen *screen, const char *before, uint32_t components)
{
    struct list list = {.used = 0};

    if (components == 0)
        return;
    add(&list, "%s ", before);
    name_components(components, &list);
    print_wrapped(screen, STYLE_DOUBT, "", list.text);
}

void simulation_print(const struct session *session, const struct simulation *s, bool with_reason)
{
    const char *const reason = s->outcomes[s->n - 1].hardware.reason;
    const struct screen *screen = &session->screen;
    bool with_bar = isatty(STDOUT_FILENO);
    struct list sentence = {.used = 0};

    print_head(session, s, with_bar);
    print_components(screen, s->result.from_published ? "Unreadable but for root:" : "Unreadable:",
                     simulation_unreadable(s));
    screen_line(screen, STYLE_PLAIN, "%s", "");
    print_heading(screen, with_bar);
    for (size_t i = 0; i < s->n; i++)
        print_row(screen, s, &s->outcomes[i], with_bar);
    add(&sentence, "Reason: %s.", reason);
    if (with_reason)
        print_wrapped(screen, STYLE_PLAIN, "", sentence.text);
    print_components(screen, "Not usable here, so that nothing of it changes:", s->left_out);
}
