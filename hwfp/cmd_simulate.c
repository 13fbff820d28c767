/* SPDX-License-Identifier: BSD-2-Clause */
/* What the gate would make of this machine if something changed. It writes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "report.h"
#include "util.h"

#include "simulate_table.h"

enum { CHANGE, THRESHOLD };

/* ---- What there is to simulate with. ---- */

/* An ordinary user's gate knows only what was published; some evidence everybody may read. */
static int collect_readable(const struct session *session, struct hwfp_result *result)
{
    static const struct hwfp_key no_key;
    int r = hwfp_hash_collect(session->system, &no_key, session->config.ignore, &result->hash);

    if (r == 0 && result->verdict == HWFP_ERROR) /* nothing was published */
        result->strength = hwfp_hash_strength(&result->hash);
    return r;
}

/* 0: none was asked for. */
static void choose_threshold(struct simulation *s, int asked)
{
    s->threshold = HWFP_THRESHOLD_DEFAULT;
    s->threshold_from = "the default";
    if (asked != 0) {
        s->threshold = asked;
        s->threshold_from = "as asked";
    } else if (s->vault) {
        s->threshold = s->vault->threshold;
        s->threshold_from = "from the vault";
    } else if (s->result.from_published && s->result.threshold != 0) {
        s->threshold = s->result.threshold;
        s->threshold_from = "as published";
    }
}

static const char *find_recorded(const struct session *session, struct simulation *s)
{
    const struct hwfp_machine *machine = NULL;

    s->recorded = &s->result.hash;
    if (s->result.from_published)
        return "only root may read the vault";
    if (s->result.verdict == HWFP_UNENROLLED)
        return "there is no vault";
    if (s->result.verdict != HWFP_ERROR && hwfp_vault_load(session->system, &s->vault, NULL) == 0)
        machine = hwfp_vault_find(s->vault, s->result.compared_with);
    if (s->result.verdict == HWFP_ERROR || !s->vault)
        return "the vault cannot be used";
    if (!machine)
        return "no machine in the vault is trusted";
    s->recorded = &machine->hash;
    return NULL;
}

static int collect(const struct session *session, int threshold, struct simulation *s)
{
    int r = hwfp_gate(session->system, &session->config, HWFP_GATE_READ_ONLY, &s->result);

    if (r == 0 && s->result.from_published)
        r = collect_readable(session, &s->result);
    if (r < 0)
        return session_fail(session, STATUS_ERROR, "%s", strerror(-r));
    if (s->result.verdict == HWFP_ERROR && !s->result.from_published)
        screen_error(&session->screen, "%s", s->result.reason ? s->result.reason : "no memory");
    if (s->result.problem)
        screen_error(&session->screen, "%s", s->result.problem);
    s->not_on_record = find_recorded(session, s);
    choose_threshold(s, threshold);
    return STATUS_OK;
}

static int simulate(const struct simulation *s, struct outcome *outcome)
{
    struct hwfp_hash changed;
    int r = hwfp_hash_copy(&s->result.hash, &changed);

    if (r < 0)
        return r;
    simulate_apply(&outcome->change, &changed);
    r = decide_compare(s->recorded, &changed, HWFP_POLICY_HARDWARE, s->threshold,
                       &outcome->hardware);
    if (r == 0)
        r = decide_compare(s->recorded, &changed, HWFP_POLICY_SSM, s->threshold, &outcome->ssm);
    hwfp_hash_clear(&changed);
    return r;
}

static int simulate_all(struct simulation *s, const struct simulate_change *own)
{
    struct simulate_change changes[SIMULATE_MAX];
    int r = 0;

    if (own) {
        changes[0] = *own;
        s->left_out = simulate_restrict(&s->result.hash, &changes[0]);
        s->n = 1;
    } else {
        s->n = simulate_usual(&s->result.hash, changes);
    }
    for (size_t i = 0; r == 0 && i < s->n; i++) {
        s->outcomes[i].change = changes[i];
        r = simulate(s, &s->outcomes[i]);
    }
    return r;
}

/* ---- JSON. ---- */

static bool add_names(cJSON *object, const char *name, uint32_t components)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);

    for (unsigned c = 0; array && c < HWFP_COMPONENTS; c++)
        if (simulate_has(components, c) &&
            !cJSON_AddItemToArray(array,
                                  cJSON_CreateString(hwfp_component_name((enum hwfp_component)c))))
            return false;
    return array != NULL;
}

static bool add_comparison(cJSON *object, const char *name,
                           const struct hwfp_comparison *comparison, bool with_reason)
{
    cJSON *inner = cJSON_AddObjectToObject(object, name);

    return inner && cJSON_AddNumberToObject(inner, "similarity", comparison->similarity) &&
           (!with_reason || report_add_bits(inner, comparison, true)) &&
           report_add_text(inner, "verdict", hwfp_verdict_name(comparison->verdict)) &&
           (!with_reason || report_add_text(inner, "reason", comparison->reason));
}

static bool add_outcome(cJSON *array, const struct outcome *outcome)
{
    CLEANUP_FREE char *change = simulate_spell(&outcome->change);
    cJSON *object = cJSON_CreateObject();

    return cJSON_AddItemToArray(array, object) && change &&
           report_add_text(object, "name", outcome->change.name) &&
           add_names(object, "components", simulate_components(&outcome->change)) &&
           report_add_text(object, "change", change) &&
           add_comparison(object, "hardware", &outcome->hardware, true) &&
           add_comparison(object, "ssm", &outcome->ssm, false);
}

static bool add_everything(cJSON *object, const struct session *session, const struct simulation *s)
{
    cJSON *array = NULL;

    if (report_add_text(object, "strength", hwfp_strength_name(s->result.strength)) &&
        cJSON_AddNumberToObject(object, "threshold", s->threshold) &&
        report_add_text(object, "policy", hwfp_policy_name(session->config.policy)) &&
        report_add_text(object, "compared_with",
                        s->not_on_record ? NULL : s->result.compared_with) &&
        add_names(object, "unreadable", simulation_unreadable(s)) &&
        add_names(object, "left_out", s->left_out))
        array = cJSON_AddArrayToObject(object, "changes");
    for (size_t i = 0; array && i < s->n; i++)
        if (!add_outcome(array, &s->outcomes[i]))
            return false;
    return array != NULL;
}

static int print_json(const struct session *session, const struct simulation *s)
{
    cJSON *object = session_new_json(NULL);

    if (object && !add_everything(object, session, s)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

static int tell(const struct session *session, const struct simulation *s)
{
    if (session->json)
        return print_json(session, s);
    simulation_print(session, s, session->option[CHANGE] != NULL);
    return STATUS_OK;
}

/* ---- The command. ---- */

/* The command line first, so that a slip of the pen is usage whatever the machine. */
static int read_options(const struct session *session, struct simulate_change *own,
                        int *ret_threshold)
{
    const char *change = session->option[CHANGE], *threshold = session->option[THRESHOLD];
    CLEANUP_FREE char *error = NULL;
    int status = STATUS_OK;

    if (threshold)
        status = session_need_threshold(session, threshold, ret_threshold);
    if (status != STATUS_OK)
        return status;
    if (change && simulate_parse(change, own, &error) < 0)
        return session_fail(session, error ? STATUS_USAGE : STATUS_ERROR, "%s",
                            error ? error : "no memory");
    return session_need_config(session);
}

static int run_simulation(const struct session *session, const struct simulate_change *own,
                          int threshold)
{
    struct simulation s = {.threshold = HWFP_THRESHOLD_DEFAULT};
    int status = collect(session, threshold, &s);

    if (status == STATUS_OK && simulate_all(&s, own) < 0)
        status = session_fail(session, STATUS_ERROR, "no memory");
    if (status == STATUS_OK)
        status = tell(session, &s);
    (void)hwfp_vault_free(s.vault);
    hwfp_result_clear(&s.result);
    return status;
}

static int run(struct session *session, int argc, char **argv)
{
    struct simulate_change own;
    int threshold = 0, status = read_options(session, &own, &threshold);

    (void)argc, (void)argv;
    if (status != STATUS_OK)
        return status;
    return run_simulation(session, session->option[CHANGE] ? &own : NULL, threshold);
}

const struct subcommand cmd_simulate = {
    .run = run,
    .options = {[CHANGE] = {"change", "LIST", "one's own change instead of the usual ones"},
                [THRESHOLD] = {"threshold", "N", "with this threshold instead of the vault's"}},
    .help = "It writes nothing. The machine is compared with its record, or, where it has\n"
            "none, with itself as it is. Beside the hardware policy stands what the ssm\n"
            "policy would say.\n"
            "\n"
            "LIST is COMPONENT[=all|one|gone|hidden],...: every item of the component is\n"
            "replaced by a new one (all, the default), one item is, there is none any more,\n"
            "or it cannot be read.\n"
            "\n"
            "Exit status: 0 shown, 2 usage, 5 error.\n",
};
