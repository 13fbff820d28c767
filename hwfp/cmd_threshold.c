/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "show.h"

static int tell(const struct session *session, int threshold)
{
    cJSON *object;

    if (!session->json) {
        screen_line(&session->screen, STYLE_PLAIN, "%d", threshold);
        return STATUS_OK;
    }
    object = session_new_json(NULL);
    if (object && !cJSON_AddNumberToObject(object, "threshold", threshold)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

static int show(const struct session *session)
{
    struct hwfp_vault *vault = NULL;
    char *error = NULL;
    int status, r = hwfp_vault_load(session->system, &vault, &error);

    if (r < 0)
        return session_failed_vault(session, r, error);
    if (vault->damage)
        screen_error(&session->screen, "%s", vault->damage);
    status = tell(session, vault->threshold);
    (void)hwfp_vault_free(vault);
    return status;
}

static int run(struct session *session, int argc, char **argv)
{
    int r, status, threshold;
    char *error = NULL;
    struct record before;

    if (argc == 0)
        return show(session);
    status = session_need_threshold(session, argv[0], &threshold);
    if (status == STATUS_OK)
        status = session_need_config(session);
    if (status != STATUS_OK)
        return status;
    record_before(session, &before);
    r = hwfp_set_threshold(session->system, &session->config, threshold, &error);
    record_change(session, &before, HWFP_AUDIT_THRESHOLD, &(struct change){.threshold = threshold},
                  r);
    if (r < 0)
        return session_failed_vault(session, r, error);
    status = tell(session, threshold);
    if (!session->json)
        show_threshold_off(session, threshold);
    return status;
}

const struct subcommand cmd_threshold = {
    .run = run,
    .max_arguments = 1,
    .help = "The threshold is kept in the vault. From 1 to 100 it turns a verdict of same\n"
            "whose similarity is below it into different, and never lets another machine in.\n"
            "-1 switches the comparison off, and lets every one in. 0 is refused.\n"
            "\n"
            "Exit status: 0 shown or set, 1 refused (there is no vault), 2 usage, 5 error.\n",
};
