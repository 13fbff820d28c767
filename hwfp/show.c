/* SPDX-License-Identifier: BSD-2-Clause */
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define LABELS_MAX 8 /* that are printed of one component */

const char *show_verdict(enum hwfp_verdict verdict)
{
    switch (verdict) {
    case HWFP_SAME:
        return "same: this is the machine that it was enrolled on";
    case HWFP_DIFFERENT:
        return "different: this is another machine";
    case HWFP_UNCERTAIN:
        return "uncertain: the evidence is not enough to tell";
    case HWFP_UNENROLLED:
        return "unenrolled: no machine is on record";
    case HWFP_ERROR:
    default:
        return "error: the question cannot be answered";
    }
}

enum style show_verdict_style(enum hwfp_verdict verdict)
{
    if (verdict == HWFP_SAME)
        return STYLE_GOOD;
    if (verdict == HWFP_UNCERTAIN || verdict == HWFP_UNENROLLED)
        return STYLE_DOUBT;
    return STYLE_BAD;
}

const char *show_strength(enum hwfp_strength strength)
{
    switch (strength) {
    case HWFP_STRENGTH_STRONG:
        return "strong: a copied image and a moved disk are different";
    case HWFP_STRENGTH_FAIR:
        return "fair: neither a copied image nor a moved disk is the same";
    case HWFP_STRENGTH_WEAK:
        return "weak: a copied image or a moved disk may be the same";
    case HWFP_STRENGTH_NONE:
    default:
        return "none: nothing here identifies this machine";
    }
}

void show_threshold_off(const struct session *session, int threshold)
{
    if (threshold == HWFP_THRESHOLD_OFF)
        screen_line(&session->screen, STYLE_DOUBT,
                    "With the threshold -1 any hardware passes as the same.");
}

void show_labels(const struct screen *screen, const struct hwfp_items *items, const bool *wanted,
                 char *text, size_t size)
{
    size_t used = 0, shown = 0, left_out = 0;

    text[0] = '\0';
    for (size_t i = 0; i < items->n; i++) {
        if (wanted && !wanted[i])
            continue;
        if (shown == LABELS_MAX || used + 16 > size) {
            left_out++;
            continue;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s%s", shown ? " " : "",
                                 screen->ellipsis, items->items[i].label);
        shown++;
    }
    if (left_out)
        (void)snprintf(text + used, size - used, " +%zu", left_out);
}

static enum style show_unusable(const struct hwfp_result *result, enum hwfp_component c, char *text,
                                size_t size)
{
    uint32_t recorded = result->comparison.component[c].recorded;

    if (recorded == 0) {
        copy_text(text, size, "");
        return STYLE_FAINT;
    }
    (void)snprintf(text, size, "%u on record", (unsigned)recorded);
    return STYLE_DOUBT;
}

static enum style some(uint32_t recorded, uint32_t current, uint32_t common, char *text,
                       size_t size)
{
    if (common == recorded)
        (void)snprintf(text, size, "same, and %u new", (unsigned)(current - common));
    else if (current > common)
        (void)snprintf(text, size, "%u of %u, and %u new", (unsigned)common, (unsigned)recorded,
                       (unsigned)(current - common));
    else
        (void)snprintf(text, size, "%u of %u", (unsigned)common, (unsigned)recorded);
    return STYLE_DOUBT;
}

enum style show_match(const struct hwfp_result *result, enum hwfp_component c, char *text,
                      size_t size)
{
    uint32_t recorded = result->comparison.component[c].recorded;
    uint32_t current = result->comparison.component[c].current;

    if (result->hash.component[c].status != HWFP_USABLE)
        return show_unusable(result, c, text, size);
    copy_text(text, size, "");
    if (!result->compared_with[0])
        return STYLE_PLAIN;
    switch (result->comparison.component[c].match) {
    case HWFP_MATCH_ALL:
        copy_text(text, size, "same");
        return STYLE_GOOD;
    case HWFP_MATCH_SOME:
        return some(recorded, current, result->comparison.component[c].common, text, size);
    case HWFP_MATCH_NONE:
        copy_text(text, size, "changed");
        return STYLE_BAD;
    case HWFP_MATCH_UNKNOWN:
    default:
        copy_text(text, size, recorded == 0 ? "not on record" : "not compared");
        return STYLE_DOUBT;
    }
}

static void add_field(struct table *table, const char *name, enum style style, const char *value)
{
    table_add(table, STYLE_HEADING, "%s", name);
    table_add(table, style, "%s", value);
}

static void add_similarity(struct table *table, const struct hwfp_result *result)
{
    table_add(table, STYLE_HEADING, "Similarity");
    if (result->threshold == 0 || (!result->compared_with[0] && !result->from_published))
        table_add(table, STYLE_PLAIN, "nothing to compare with");
    else if (result->threshold == HWFP_THRESHOLD_OFF)
        table_add(table, STYLE_PLAIN, "%d of 100, the threshold is off", result->similarity);
    else
        table_add(table, STYLE_PLAIN, "%d of 100, the threshold is %d", result->similarity,
                  result->threshold);
}

/* However much there is to know a machine by: nobody looks at it. */
static void add_strength(struct table *table, const struct hwfp_result *result)
{
    table_add(table, STYLE_HEADING, "Strength");
    if (result->threshold == HWFP_THRESHOLD_OFF)
        table_add(table, STYLE_DOUBT, "%s, of no use: the comparison is off, and a copy passes",
                  hwfp_strength_name(result->strength));
    else
        table_add(table, STYLE_PLAIN, "%s", show_strength(result->strength));
}

static void add_fingerprints(struct table *table, const struct hwfp_result *result)
{
    add_field(table, "Fingerprint", STYLE_PLAIN,
              result->fingerprint[0] ? result->fingerprint : "none");
    if (result->previous_fingerprint[0])
        add_field(table, "Previous", STYLE_PLAIN, result->previous_fingerprint);
    if (result->compared_with[0] && strcmp(result->compared_with, result->fingerprint) != 0)
        add_field(table, "Compared with", STYLE_PLAIN, result->compared_with);
    if (result->rotated)
        add_field(table, "Rotated", STYLE_BAD, "this run made the fingerprint");
    if (result->unsaved)
        add_field(table, "Unsaved", STYLE_BAD, "the fingerprint is kept until the next boot only");
    if (result->drifted)
        add_field(table, "Drifted", STYLE_DOUBT, "this run recorded changes of the hardware");
}

static void add_vault(struct table *table, const struct hwfp_result *result)
{
    if (result->n_trusted + result->n_quarantined == 0)
        return;
    table_add(table, STYLE_HEADING, "On record");
    table_add(table, STYLE_PLAIN, "%zu trusted, %zu quarantined", result->n_trusted,
              result->n_quarantined);
}

static void add_place(struct table *table, const struct hwfp_result *result)
{
    if (result->hash.container)
        add_field(table, "Kind", STYLE_PLAIN,
                  "a container: the host's firmware and disks are no evidence");
    else if (result->hash.virtual_machine)
        add_field(table, "Kind", STYLE_PLAIN, "a virtual machine");
}

void show_summary(const struct session *session, const struct hwfp_result *result)
{
    struct table table = {.columns = 2};

    add_field(&table, "Verdict", show_verdict_style(result->verdict),
              show_verdict(result->verdict));
    if (result->reason)
        add_field(&table, "Reason", STYLE_PLAIN, result->reason);
    if (result->verdict != HWFP_ERROR) {
        add_similarity(&table, result);
        if (result->compared_with[0] && result->policy == HWFP_POLICY_HARDWARE)
            show_add_sum(&table, session, &result->comparison);
        add_strength(&table, result);
    }
    add_fingerprints(&table, result);
    table_add(&table, STYLE_HEADING, "Mode");
    table_add(&table, STYLE_PLAIN, "%s, from %s", hwfp_mode_name(result->mode),
              session->config.mode_from ? session->config.mode_from : "hwfp-boot");
    add_field(&table, "Policy", STYLE_PLAIN, hwfp_policy_name(result->policy));
    add_vault(&table, result);
    add_place(&table, result);
    table_print(&table, &session->screen);
}

static void add_component(struct table *table, const struct session *session,
                          const struct hwfp_result *result, enum hwfp_component c)
{
    const struct hwfp_items *items = &result->hash.component[c];
    bool usable = items->status == HWFP_USABLE;
    char match[80], labels[256];
    enum style style = show_match(result, c, match, sizeof(match));

    if (session->config.ignore & UINT32_C(1) << c)
        copy_text(match, sizeof(match), "ignored");
    show_labels(&session->screen, items, NULL, labels, sizeof(labels));
    table_add(table, STYLE_FAINT, "%s", hwfp_class_name(hwfp_component_class(c)));
    table_add(table, STYLE_PLAIN, "%s", hwfp_component_name(c));
    table_add(table, usable ? STYLE_PLAIN : STYLE_FAINT, "%s", hwfp_status_name(items->status));
    table_add(table, style, "%s", match);
    table_add(table, STYLE_FAINT, "%s", labels);
}

void show_components(const struct session *session, const struct hwfp_result *result)
{
    static const char *const headings[] = {"CLASS", "COMPONENT", "STATUS", "MATCH", "LABELS"};
    struct table table = {.columns = ARRAY_SIZE(headings), .heading = true};

    if (result->from_published) {
        screen_line(&session->screen, STYLE_FAINT,
                    "This is what was published at boot or since: the details need root.");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(headings); i++)
        table_add(&table, STYLE_HEADING, "%s", headings[i]);
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        add_component(&table, session, result, c);
    screen_line(&session->screen, STYLE_PLAIN, "%s", "");
    table_print(&table, &session->screen);
}

int show_ask(const struct session *session, unsigned flags, struct hwfp_result *ret)
{
    if (!session->config_error)
        return hwfp_gate(session->system, &session->config, flags, ret);
    *ret = (struct hwfp_result){.verdict = HWFP_ERROR,
                                .mode = session->config.mode,
                                .policy = session->config.policy,
                                .reason = strdup(session->config_error)};
    return 0;
}

static int print_result_json(const struct session *session, const struct hwfp_result *result)
{
    CLEANUP_FREE char *text = hwfp_report_json(result);

    if (!text)
        return session_fail(session, STATUS_ERROR, "no memory");
    if (!session->quiet)
        (void)puts(text);
    return (int)result->verdict;
}

static int tell(const struct session *session, const struct hwfp_result *result,
                bool with_components)
{
    if (result->verdict == HWFP_ERROR)
        screen_error(&session->screen, "%s", result->reason ? result->reason : "no memory");
    if (result->problem)
        screen_error(&session->screen, "%s", result->problem);
    if (session->json)
        return print_result_json(session, result);
    show_summary(session, result);
    if (with_components && result->verdict != HWFP_ERROR)
        show_components(session, result);
    return (int)result->verdict;
}

int show_gate(const struct session *session, unsigned flags, bool with_components)
{
    struct hwfp_result result = {0};
    int status;

    if (show_ask(session, flags, &result) < 0)
        return session_fail(session, STATUS_ERROR, "no memory");
    record_rotation(session, &result);
    status = tell(session, &result, with_components);
    hwfp_result_clear(&result);
    return status;
}
