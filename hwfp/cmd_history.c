/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"
#include "util.h"

#include "command.h"

static const char *trust_name(enum hwfp_trust trust)
{
    return trust == HWFP_TRUSTED ? "trusted" : "quarantined";
}

static bool add_time(cJSON *object, const char *name, time_t t)
{
    char text[32];

    time_encode(t, text);
    return report_add_text(object, name, text);
}

static bool add_event(cJSON *array, const struct hwfp_event *event)
{
    cJSON *object = cJSON_CreateObject();

    return cJSON_AddItemToArray(array, object) && add_time(object, "time", event->when) &&
           report_add_text(object, "what", event->what) &&
           report_add_text(object, "fingerprint", event->fingerprint) &&
           report_add_text(object, "detail", event->detail);
}

static bool add_machine(cJSON *array, const struct hwfp_machine *machine)
{
    cJSON *object = cJSON_CreateObject();

    return cJSON_AddItemToArray(array, object) &&
           report_add_text(object, "fingerprint", machine->fingerprint) &&
           report_add_text(object, "trust", trust_name(machine->trust)) &&
           add_time(object, "added", machine->added) &&
           add_time(object, "updated", machine->updated);
}

static bool add_lists(cJSON *object, const struct hwfp_vault *vault)
{
    cJSON *machines = cJSON_AddArrayToObject(object, "machines");
    cJSON *events = cJSON_AddArrayToObject(object, "events");
    bool whole = machines && events;

    for (size_t i = 0; whole && i < vault->n_machines; i++)
        whole = add_machine(machines, &vault->machines[i]);
    for (size_t i = 0; whole && i < vault->n_events; i++)
        whole = add_event(events, &vault->events[i]);
    return whole;
}

static int print_json(const struct session *session, const struct hwfp_vault *vault)
{
    cJSON *object = session_new_json(NULL);

    if (object &&
        !(report_add_text(object, "current", vault->current) && add_lists(object, vault))) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

static void print_machines(const struct session *session, const struct hwfp_vault *vault)
{
    struct table table = {.columns = 4, .heading = true};

    table_add(&table, STYLE_HEADING, "MACHINE");
    table_add(&table, STYLE_HEADING, "TRUST");
    table_add(&table, STYLE_HEADING, "ADDED");
    table_add(&table, STYLE_HEADING, "LAST CHANGE");
    for (size_t i = 0; i < vault->n_machines; i++) {
        const struct hwfp_machine *m = &vault->machines[i];
        char added[32], updated[32];

        time_encode(m->added, added);
        time_encode(m->updated, updated);
        table_add(&table, STYLE_PLAIN, "%s", m->fingerprint);
        table_add(&table, m->trust == HWFP_TRUSTED ? STYLE_GOOD : STYLE_DOUBT, "%s",
                  trust_name(m->trust));
        table_add(&table, STYLE_PLAIN, "%s", added);
        table_add(&table, STYLE_PLAIN, "%s", updated);
    }
    table_print(&table, &session->screen);
}

static void print_events(const struct session *session, const struct hwfp_vault *vault)
{
    struct table table = {.columns = 4, .heading = true};

    table_add(&table, STYLE_HEADING, "TIME");
    table_add(&table, STYLE_HEADING, "WHAT");
    table_add(&table, STYLE_HEADING, "FINGERPRINT");
    table_add(&table, STYLE_HEADING, "DETAIL");
    for (size_t i = 0; i < vault->n_events; i++) {
        const struct hwfp_event *e = &vault->events[i];
        char when[32];

        time_encode(e->when, when);
        table_add(&table, STYLE_PLAIN, "%s", when);
        table_add(&table, STYLE_PLAIN, "%s", e->what);
        table_add(&table, STYLE_PLAIN, "%s", e->fingerprint ? e->fingerprint : "");
        table_add(&table, STYLE_PLAIN, "%s", e->detail ? e->detail : "");
    }
    table_print(&table, &session->screen);
}

static int run(struct session *session, int argc, char **argv)
{
    struct hwfp_vault *vault = NULL;
    char *error = NULL;
    int status = STATUS_OK, r = hwfp_vault_load(session->system, &vault, &error);

    (void)argc, (void)argv;
    if (r < 0)
        return session_failed_vault(session, r, error);
    if (vault->damage)
        screen_error(&session->screen, "%s", vault->damage);
    if (session->json) {
        status = print_json(session, vault);
    } else {
        print_machines(session, vault);
        screen_line(&session->screen, STYLE_PLAIN, "%s", "");
        print_events(session, vault);
    }
    (void)hwfp_vault_free(vault);
    return status;
}

const struct subcommand cmd_history = {
    .run = run,
    .help = "It writes nothing. The oldest comes first; times are UTC.\n"
            "\n"
            "Exit status: 0 shown, 1 there is no vault, 2 usage, 5 error.\n",
};
