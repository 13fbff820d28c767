/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include "command.h"

/* The fingerprint before this one, or "". */
static void previous_of(const struct session *session, char ret[HWFP_FINGERPRINT_SIZE])
{
    struct hwfp_vault *vault = NULL;

    ret[0] = '\0';
    if (hwfp_vault_load(session->system, &vault, NULL) < 0)
        return;
    for (size_t i = 0; i < HWFP_FINGERPRINT_SIZE; i++)
        ret[i] = vault->previous[i];
    (void)hwfp_vault_free(vault);
}

static int tell(const struct session *session, const char *fingerprint, const char *previous)
{
    cJSON *object;

    if (!session->json) {
        screen_line(&session->screen, STYLE_PLAIN, "This machine's fingerprint is now %s.",
                    fingerprint);
        if (*previous)
            screen_line(&session->screen, STYLE_PLAIN, "It was %s.", previous);
        return STATUS_OK;
    }
    object = session_new_json(fingerprint);
    if (object && !report_add_text(object, "previous_fingerprint", previous)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

static int run(struct session *session, int argc, char **argv)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE] = "", previous[HWFP_FINGERPRINT_SIZE], *error = NULL;
    struct record before;
    int r, status = session_need_config(session);

    (void)argc, (void)argv;
    if (status != STATUS_OK)
        return status;
    record_before(session, &before);
    r = hwfp_rotate(session->system, &session->config, fingerprint, &error);
    record_change(session, &before, HWFP_AUDIT_ROTATE,
                  &(struct change){.fingerprint = r < 0 ? NULL : fingerprint}, r);
    if (r < 0)
        return session_failed_vault(session, r, error);
    previous_of(session, previous);
    return tell(session, fingerprint, previous);
}

const struct subcommand cmd_rotate = {
    .run = run,
    .help = "Whether it is trusted or quarantined does not change, and the old fingerprint\n"
            "stays in the history.\n"
            "\n"
            "A machine that is not on record is recorded, quarantined.\n"
            "\n"
            "Exit status: 0 rotated, 1 refused (there is no vault, or it is uncertain which\n"
            "machine this is), 2 usage, 5 error.\n",
};
