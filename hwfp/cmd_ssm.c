/* SPDX-License-Identifier: BSD-2-Clause */
/* For machines that run amazon-ssm-agent: what its own check will say, and the way over to hwfp. */
#include <errno.h>
#include <stdlib.h>

#include "agent_rule.h"
#include "report.h"
#include "show.h"
#include "util.h"

enum { ADOPT, TIMEOUT };

#define TIMEOUT_DEFAULT 5
#define TIMEOUT_MAX 600

/* All that is told. */
struct findings {
    struct agent_vault vault;
    struct agent_values values;
    struct agent_judgement judgement;
    char *problem, *reason;
    struct hwfp_result own; /* hwfp's own verdict */
    bool has_own;           /* false: hwfp has no vault here, or a bad configuration */
};

static void findings_clear(struct findings *f)
{
    agent_vault_clear(&f->vault);
    agent_values_clear(&f->values);
    free(f->problem);
    free(f->reason);
    hwfp_result_clear(&f->own);
}

/* ---- Why. ---- */

static char *count_reason(const struct findings *f)
{
    const struct agent_judgement *j = &f->judgement;
    char *text = NULL;

    sentence_add(&text, "%u of %d values are equal, %.1f %%, %s its threshold of %d", j->equal,
                 AGENT_VALUES, (double)j->percent, j->decision == AGENT_KEEP ? "at least" : "below",
                 f->vault.threshold);
    return text;
}

static char *undecided_reason(const struct findings *f)
{
    char *text = NULL;

    if (f->values.late)
        sentence_add(&text, "it would still be waiting for a program, for it sets no limit");
    else
        sentence_add(&text, "%u of its %d values are unknown, and they would decide",
                     f->judgement.unknown, AGENT_VALUES);
    return text;
}

static const char *fixed_reason(enum agent_rule rule)
{
    switch (rule) {
    case AGENT_THRESHOLD_OFF:
        return "its threshold is -1, so that it compares nothing";
    case AGENT_NOTHING_SAVED:
        return "it has no values on record to compare with";
    case AGENT_MACHINE_ID:
        return "the machine-id differs, and it looks at nothing else";
    case AGENT_IP_ADDRESS:
        return "the machine-id and the IP address are equal, and it looks at nothing else";
    case AGENT_COUNT:
    default:
        return NULL;
    }
}

static char *reason_of(const struct findings *f)
{
    const char *fixed = fixed_reason(f->judgement.rule);
    char *text = NULL;

    if (f->judgement.decision == AGENT_UNDECIDED)
        return undecided_reason(f);
    if (!fixed)
        return count_reason(f);
    sentence_add(&text, "%s", fixed);
    return text;
}

/* ---- Finding out. ---- */

static void add_problem(struct findings *f, char *problem)
{
    if (problem)
        sentence_add(&f->problem, "%s", problem);
    free(problem);
}

/* A bad configuration does not keep the agent's side from being told. */
static int ask_hwfp(const struct session *session, struct findings *f)
{
    if (session->config_error) {
        sentence_add(&f->problem, "hwfp's own verdict is left out: %s", session->config_error);
        return 0;
    }
    if (hwfp_gate(session->system, &session->config, HWFP_GATE_READ_ONLY, &f->own) < 0)
        return -ENOMEM;
    if (f->own.problem)
        sentence_add(&f->problem, "%s", f->own.problem);
    f->has_own = f->own.verdict != HWFP_UNENROLLED;
    return 0;
}

static int find_out(const struct session *session, unsigned timeout, struct findings *f)
{
    int r = agent_values_collect(session->system, timeout, &f->values);

    if (r == 0)
        r = ask_hwfp(session, f);
    if (r < 0)
        return session_fail(session, STATUS_ERROR, "no memory");
    add_problem(f, agent_vault_problem(&f->vault));
    if (f->values.problem)
        sentence_add(&f->problem, "%s", f->values.problem);
    agent_judge(&f->vault, &f->values, &f->judgement);
    f->reason = reason_of(f);
    return STATUS_OK;
}

/* ---- Telling it as JSON. ---- */

static bool add_values(cJSON *object, const struct findings *f)
{
    cJSON *array = cJSON_AddArrayToObject(object, "values");

    for (size_t i = 0; array && i < AGENT_VALUES; i++) {
        cJSON *value = cJSON_CreateObject();

        if (!cJSON_AddItemToArray(array, value) ||
            !report_add_text(value, "name", f->values.value[i].name) ||
            !report_add_text(value, "match", agent_match_name(f->judgement.match[i])))
            return false;
    }
    return array != NULL;
}

static bool add_own(cJSON *object, const struct findings *f)
{
    const struct hwfp_result *own = &f->own;
    cJSON *hwfp;

    if (!f->has_own)
        return cJSON_AddNullToObject(object, "hwfp");
    hwfp = cJSON_AddObjectToObject(object, "hwfp");
    return hwfp && report_add_text(hwfp, "verdict", hwfp_verdict_name(own->verdict)) &&
           cJSON_AddNumberToObject(hwfp, "similarity", own->similarity) &&
           report_add_text(hwfp, "fingerprint", own->fingerprint) &&
           report_add_text(hwfp, "reason", own->reason);
}

static bool add_all(cJSON *object, const struct findings *f)
{
    const struct agent_judgement *j = &f->judgement;

    return cJSON_AddNumberToObject(object, "threshold", f->vault.threshold) &&
           report_add_text(object, "decision", agent_decision_name(j->decision)) &&
           report_add_text(object, "rule",
                           j->decision == AGENT_UNDECIDED ? NULL : agent_rule_name(j->rule)) &&
           report_add_text(object, "reason", f->reason) &&
           cJSON_AddNumberToObject(object, "equal", j->equal) &&
           cJSON_AddNumberToObject(object, "unknown", j->unknown) &&
           cJSON_AddNumberToObject(object, "of", AGENT_VALUES) &&
           cJSON_AddNumberToObject(object, "percent", (double)j->percent) &&
           report_add_text(object, "problem", f->problem) && add_own(object, f) &&
           add_values(object, f);
}

static int print_json(const struct session *session, const struct findings *f)
{
    cJSON *object = session_new_json(f->vault.fingerprint);

    if (object && !add_all(object, f)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

/* ---- Telling it as text. ---- */

static void print_values(const struct session *session, const struct findings *f)
{
    static const enum style styles[] = {
        [AGENT_MATCHES] = STYLE_GOOD,
        [AGENT_DIFFERS] = STYLE_BAD,
        [AGENT_EMPTY] = STYLE_DOUBT,
        [AGENT_UNKNOWN] = STYLE_DOUBT,
    };
    struct table table = {.columns = 2, .heading = true};

    table_add(&table, STYLE_HEADING, "VALUE");
    table_add(&table, STYLE_HEADING, "MATCH");
    for (size_t i = 0; i < AGENT_VALUES; i++) {
        table_add(&table, STYLE_PLAIN, "%s", f->values.value[i].name);
        table_add(&table, styles[f->judgement.match[i]], "%s",
                  agent_match_name(f->judgement.match[i]));
    }
    table_print(&table, &session->screen);
}

static void print_count(const struct session *session, const struct findings *f)
{
    const struct agent_judgement *j = &f->judgement;
    char unknown[32] = "";

    if (j->unknown > 0)
        (void)snprintf(unknown, sizeof(unknown), ", %u unknown", j->unknown);
    screen_line(&session->screen, STYLE_PLAIN, "%u of %d equal%s: %.1f %%. The threshold is %d.",
                j->equal, AGENT_VALUES, unknown, (double)j->percent, f->vault.threshold);
}

static void print_decision(const struct session *session, const struct findings *f)
{
    const char *fingerprint = f->vault.fingerprint, *reason = f->reason ? f->reason : "no memory";

    switch (f->judgement.decision) {
    case AGENT_KEEP:
        screen_line(&session->screen, STYLE_GOOD,
                    "At its next start the agent keeps its fingerprint %s: %s.", fingerprint,
                    reason);
        break;
    case AGENT_ROTATE:
        screen_line(&session->screen, STYLE_BAD,
                    "At its next start the agent makes a new fingerprint instead of %s, and its "
                    "registration is lost: %s.",
                    fingerprint, reason);
        break;
    case AGENT_UNDECIDED:
    default:
        screen_line(&session->screen, STYLE_DOUBT,
                    "Whether the agent keeps its fingerprint %s cannot be told: %s.", fingerprint,
                    reason);
        break;
    }
}

static void print_own(const struct session *session, const struct hwfp_result *own)
{
    screen_line(&session->screen, show_verdict_style(own->verdict),
                "hwfp's own verdict: %s, similarity %d of 100: %s.",
                hwfp_verdict_name(own->verdict), own->similarity,
                own->reason ? own->reason : "no memory");
}

static int print_text(const struct session *session, const struct findings *f)
{
    print_values(session, f);
    print_count(session, f);
    print_decision(session, f);
    if (f->has_own)
        print_own(session, &f->own);
    return STATUS_OK;
}

/* The words of agent_decision as exit statuses; what cannot be told is as with a verdict. */
static int status_of(enum agent_decision decision)
{
    if (decision == AGENT_UNDECIDED)
        return HWFP_UNCERTAIN;
    return decision == AGENT_KEEP ? STATUS_OK : STATUS_REFUSED;
}

static int tell(const struct session *session, const struct findings *f)
{
    int status;

    if (f->problem)
        screen_error(&session->screen, "%s", f->problem);
    status = session->json ? print_json(session, f) : print_text(session, f);
    return status == STATUS_OK ? status_of(f->judgement.decision) : status;
}

/* ---- */

static int adopted(const struct session *session, const struct agent_vault *vault)
{
    cJSON *object;

    if (!session->json) {
        screen_line(&session->screen, STYLE_GOOD,
                    "This machine's fingerprint is now the agent's, %s, and the threshold is %d.",
                    vault->fingerprint, vault->threshold);
        show_threshold_off(session, vault->threshold);
        return STATUS_OK;
    }
    object = session_new_json(vault->fingerprint);
    if (object && !cJSON_AddNumberToObject(object, "threshold", vault->threshold)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

static int adopt(const struct session *session, const struct agent_vault *vault)
{
    char *error = NULL;
    struct record before;
    int r, status = session_need_config(session);

    if (status != STATUS_OK)
        return status;
    record_before(session, &before);
    r = hwfp_adopt(session->system, &session->config, vault->fingerprint, vault->threshold, &error);
    record_change(
        session, &before, HWFP_AUDIT_ADOPT,
        &(struct change){.fingerprint = vault->fingerprint, .threshold = vault->threshold}, r);
    /* What is wrong with the agent's values is no error of hwfp's. */
    return r < 0 ? session_failed(session, r == -EINVAL ? -ERANGE : r, error)
                 : adopted(session, vault);
}

/* 0 for what is no number of seconds. */
static unsigned timeout_of(const char *text)
{
    char *end = NULL;
    long number;

    if (!text)
        return TIMEOUT_DEFAULT;
    errno = 0;
    number = strtol(text, &end, 10);
    return errno || end == text || *end || number < 1 || number > TIMEOUT_MAX ? 0
                                                                              : (unsigned)number;
}

static int run(struct session *session, int argc, char **argv)
{
    unsigned timeout = timeout_of(session->option[TIMEOUT]);
    struct findings findings = {0};
    char *error = NULL;
    int r, status;

    (void)argc, (void)argv;
    if (timeout == 0)
        return session_fail(session, STATUS_USAGE,
                            "--timeout '%s' is no number of seconds from 1 to %d",
                            session->option[TIMEOUT], TIMEOUT_MAX);
    r = agent_vault_read(session->system, &findings.vault, &error);
    if (r < 0)
        return session_failed(session, r, error);
    if (session->option[ADOPT]) {
        status = adopt(session, &findings.vault);
    } else {
        status = find_out(session, timeout, &findings);
        if (status == STATUS_OK)
            status = tell(session, &findings);
    }
    findings_clear(&findings);
    return status;
}

const struct subcommand cmd_ssm = {
    .run = run,
    .options =
        {
            [ADOPT] = {"adopt", NULL, "take its fingerprint and threshold into hwfp's vault"},
            [TIMEOUT] = {"timeout", "SECONDS", "wait that long for each program, 5 by default"},
        },
    .help = "It reads the vault of amazon-ssm-agent, has the nine values that the agent\n"
            "compares in the agent's own way, for which it runs dmidecode and ls, and tells\n"
            "by which of its rules the agent will keep or rotate its fingerprint. It writes\n"
            "nothing. With --adopt it runs nothing: this machine, which must be trusted, or\n"
            "enrolled by this, gets the agent's fingerprint in hwfp's vault.\n"
            "\n"
            "Exit status: 0 the agent keeps its fingerprint (or: adopted), 1 it rotates, or\n"
            "there is none (or: refused), 2 usage, 3 it cannot be told, 5 error, as for a\n"
            "damaged vault.\n",
};
