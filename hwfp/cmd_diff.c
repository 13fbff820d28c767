/* SPDX-License-Identifier: BSD-2-Clause */
/* The current hardware hash beside a recorded one, item by item. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "report.h"
#include "util.h"

#include "show.h"
#include "vault.h"

enum { ALL };

/* Both sides of the comparison. */
struct sides {
    struct hwfp_result result; /* the current hash, and how it compares with the machine */
    struct hwfp_vault *vault;
    const struct hwfp_machine *machine;
};

/* What is gone or new counts as well as what changed. What cannot be read, or is ignored, is
 * unknown and thus no difference. */
static bool differs(const struct session *session, const struct sides *s, enum hwfp_component c)
{
    const struct hwfp_items *recorded = &s->machine->hash.component[c];
    const struct hwfp_items *current = &s->result.hash.component[c];

    if (session->config.ignore & UINT32_C(1) << c || current->status == HWFP_UNREADABLE ||
        recorded->status == HWFP_UNREADABLE)
        return false;
    return recorded->n != current->n || s->result.comparison.component[c].common != recorded->n;
}

static bool is_among(const struct hwfp_items *items, const struct hwfp_item *item)
{
    for (size_t i = 0; i < items->n; i++)
        if (memcmp(items->items[i].digest, item->digest, HWFP_DIGEST_SIZE) == 0)
            return true;
    return false;
}

/* For each item of `items` whether the other side lacks it. The caller frees it. */
static bool *only_in(const struct hwfp_items *items, const struct hwfp_items *other)
{
    bool *only = calloc(items->n + 1, sizeof(*only));

    for (size_t i = 0; only && i < items->n; i++)
        only[i] = !is_among(other, &items->items[i]);
    return only;
}

static bool add_side(cJSON *object, const char *name, const struct hwfp_items *items,
                     const struct hwfp_items *other)
{
    CLEANUP_FREE bool *only = only_in(items, other);
    cJSON *array = cJSON_AddArrayToObject(object, name);

    if (!only || !array)
        return false;
    for (size_t i = 0; i < items->n; i++) {
        CLEANUP_FREE char *label = only[i] ? report_clean(items->items[i].label) : NULL;

        if (only[i] && (!label || !cJSON_AddItemToArray(array, cJSON_CreateString(label))))
            return false;
    }
    return true;
}

static bool add_component(cJSON *array, const struct session *session, const struct sides *s,
                          enum hwfp_component c)
{
    const struct hwfp_items *recorded = &s->machine->hash.component[c];
    const struct hwfp_items *current = &s->result.hash.component[c];
    cJSON *object = cJSON_CreateObject();

    return cJSON_AddItemToArray(array, object) &&
           report_add_text(object, "name", hwfp_component_name(c)) &&
           report_add_text(object, "class", hwfp_class_name(hwfp_component_class(c))) &&
           report_add_text(object, "status", hwfp_status_name(current->status)) &&
           report_add_text(object, "match",
                           hwfp_match_name(s->result.comparison.component[c].match)) &&
           cJSON_AddBoolToObject(object, "differs", differs(session, s, c)) &&
           cJSON_AddNumberToObject(object, "recorded", (double)recorded->n) &&
           cJSON_AddNumberToObject(object, "current", (double)current->n) &&
           cJSON_AddNumberToObject(object, "common", s->result.comparison.component[c].common) &&
           cJSON_AddNumberToObject(object, "bits", s->result.comparison.component[c].bits / 10.0) &&
           add_side(object, "removed", recorded, current) &&
           add_side(object, "added", current, recorded);
}

static bool add_all(cJSON *object, const struct session *session, const struct sides *s)
{
    const struct hwfp_comparison *comparison = &s->result.comparison;
    cJSON *array = NULL;

    if (report_add_text(object, "verdict", hwfp_verdict_name(comparison->verdict)) &&
        cJSON_AddNumberToObject(object, "similarity", comparison->similarity) &&
        report_add_bits(object, comparison, session->config.policy == HWFP_POLICY_HARDWARE) &&
        cJSON_AddNumberToObject(object, "threshold", s->vault->threshold) &&
        report_add_text(object, "reason", comparison->reason) &&
        report_add_text(object, "gate_verdict", hwfp_verdict_name(s->result.verdict)) &&
        report_add_text(object, "gate_reason", s->result.reason))
        array = cJSON_AddArrayToObject(object, "components");
    for (enum hwfp_component c = 0; array && c < HWFP_COMPONENTS; c++)
        if ((session->option[ALL] || differs(session, s, c)) &&
            !add_component(array, session, s, c))
            return false;
    return array != NULL;
}

static int print_json(const struct session *session, const struct sides *s)
{
    cJSON *object = session_new_json(s->machine->fingerprint);

    if (object && !add_all(object, session, s)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

static void add_labels(struct table *table, const struct session *session, const char *sign,
                       const struct hwfp_items *items, const struct hwfp_items *other)
{
    CLEANUP_FREE bool *only = only_in(items, other);
    char labels[256] = "";

    if (only)
        show_labels(&session->screen, items, only, labels, sizeof(labels));
    else
        table->no_memory = true;
    table_add(table, STYLE_PLAIN, "%s%s%s", *labels ? sign : "", *labels ? " " : "", labels);
}

static void add_row(struct table *table, const struct session *session, const struct sides *s,
                    enum hwfp_component c)
{
    const struct hwfp_items *recorded = &s->machine->hash.component[c];
    const struct hwfp_items *current = &s->result.hash.component[c];

    table_add(table, STYLE_FAINT, "%s", hwfp_class_name(hwfp_component_class(c)));
    table_add(table, differs(session, s, c) ? STYLE_DOUBT : STYLE_PLAIN, "%s",
              hwfp_component_name(c));
    table_add(table, STYLE_PLAIN, "%zu", recorded->n);
    if (current->status == HWFP_USABLE)
        table_add(table, STYLE_PLAIN, "%zu", current->n);
    else
        table_add(table, STYLE_PLAIN, "%s", hwfp_status_name(current->status));
    table_add(table, STYLE_PLAIN, "%u", (unsigned)s->result.comparison.component[c].common);
    add_labels(table, session, session->screen.minus, recorded, current);
    add_labels(table, session, "+", current, recorded);
}

static void print_table(const struct session *session, const struct sides *s)
{
    static const char *const headings[] = {"CLASS",  "COMPONENT", "RECORDED", "CURRENT",
                                           "COMMON", "GONE",      "NEW"};
    struct table table = {.columns = ARRAY_SIZE(headings), .heading = true};

    for (size_t i = 0; i < ARRAY_SIZE(headings); i++)
        table_add(&table, STYLE_HEADING, "%s", headings[i]);
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        if (session->option[ALL] || differs(session, s, c))
            add_row(&table, session, s, c);
    table_print(&table, &session->screen);
}

static bool anything_differs(const struct session *session, const struct sides *s)
{
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        if (differs(session, s, c))
            return true;
    return false;
}

static void print_text(const struct session *session, const struct sides *s, bool differ)
{
    struct table table = {.columns = 2};

    screen_line(&session->screen, STYLE_PLAIN, "Compared with %s: similarity %d of 100.",
                s->machine->fingerprint, s->result.comparison.similarity);
    if (session->config.policy == HWFP_POLICY_HARDWARE) {
        show_add_sum(&table, session, &s->result.comparison);
        table_print(&table, &session->screen);
    }
    /* What the gate says may rest on more than these two hashes. */
    if (s->result.verdict != HWFP_SAME && s->result.reason)
        screen_line(&session->screen, STYLE_DOUBT, "The verdict is %s: %s.",
                    hwfp_verdict_name(s->result.verdict), s->result.reason);
    if (!differ)
        screen_line(&session->screen, STYLE_GOOD, "Nothing differs.");
    if (differ || session->option[ALL])
        print_table(session, s);
}

static int tell(const struct session *session, const struct sides *s)
{
    bool differ = anything_differs(session, s);
    int status = STATUS_OK;

    if (session->json)
        status = print_json(session, s);
    else
        print_text(session, s, differ);
    return status == STATUS_OK && differ ? 1 : status; /* 1, as diff(1) has it */
}

/* Errors are never 1 here, which says that something differs. */
static int collect(const struct session *session, const char *wanted, struct sides *s)
{
    char *error = NULL;
    int r;

    if (hwfp_gate(session->system, &session->config, HWFP_GATE_READ_ONLY, &s->result) < 0)
        return session_fail(session, STATUS_ERROR, "no memory");
    if (s->result.problem)
        screen_error(&session->screen, "%s", s->result.problem);
    if (s->result.from_published)
        return session_fail(session, STATUS_ERROR, "only root may read the hardware's serials");
    r = hwfp_vault_load(session->system, &s->vault, &error);
    if (r < 0) {
        (void)session_failed_vault(session, r, error);
        return STATUS_ERROR;
    }
    if (!wanted && !s->result.compared_with[0])
        return session_fail(session, STATUS_ERROR, "%s",
                            s->result.reason ? s->result.reason : "nothing to compare with");
    s->machine = hwfp_vault_find(s->vault, wanted ? wanted : s->result.compared_with);
    if (!s->machine) {
        r = vault_unknown(wanted ? wanted : s->result.compared_with, &error);
        return session_failed(session, r, error);
    }
    if (decide_compare(&s->machine->hash, &s->result.hash, session->config.policy,
                       s->vault->threshold, &s->result.comparison) < 0)
        return session_fail(session, STATUS_ERROR, "no memory");
    return STATUS_OK;
}

static int run(struct session *session, int argc, char **argv)
{
    struct sides sides = {0};
    int status = session_need_config(session);

    if (status != STATUS_OK)
        return status;
    status = collect(session, argc > 0 ? argv[0] : NULL, &sides);
    if (status == STATUS_OK)
        status = tell(session, &sides);
    (void)hwfp_vault_free(sides.vault);
    hwfp_result_clear(&sides.result);
    return status;
}

const struct subcommand cmd_diff = {
    .run = run,
    .max_arguments = 1,
    .options = {[ALL] = {"all", NULL, "show the components that do not differ, too"}},
    .help = "It writes nothing. Without a fingerprint, the trusted machine that is most\n"
            "similar. Of each item that only one side has, at most its last two characters\n"
            "are shown.\n"
            "\n"
            "Exit status, as diff(1): 0 nothing differs, 1 something does, 2 usage or unknown\n"
            "fingerprint, 5 error.\n",
};
