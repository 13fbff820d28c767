/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"
#include "show.h"

enum { AGAIN };

static void tell_strength(const struct session *session, enum hwfp_strength strength)
{
    if (strength == HWFP_STRENGTH_NONE)
        screen_line(&session->screen, STYLE_BAD,
                    "The strength of its identity is none: this machine can never be same.");
    else
        screen_line(&session->screen, strength >= HWFP_STRENGTH_FAIR ? STYLE_PLAIN : STYLE_DOUBT,
                    "Its identity is %s.", show_strength(strength));
}

static int tell(const struct session *session, const char *fingerprint, enum hwfp_strength strength)
{
    cJSON *object;

    if (!session->json) {
        screen_line(&session->screen, STYLE_PLAIN, "This machine is enrolled as %s.", fingerprint);
        tell_strength(session, strength);
        return STATUS_OK;
    }
    object = session_new_json(fingerprint);
    if (object && !report_add_text(object, "strength", hwfp_strength_name(strength))) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

static int run(struct session *session, int argc, char **argv)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE] = "", *error = NULL;
    struct hwfp_result result = {0};
    struct record before;
    int r, status = session_need_config(session);

    (void)argc, (void)argv;
    if (status != STATUS_OK)
        return status;
    record_before(session, &before);
    r = hwfp_enroll(session->system, &session->config, session->option[AGAIN] != NULL, fingerprint,
                    &error);
    record_change(session, &before, HWFP_AUDIT_ENROLL,
                  &(struct change){.fingerprint = r < 0 ? NULL : fingerprint}, r);
    if (r < 0)
        return session_failed(session, r, error);
    if (hwfp_gate(session->system, &session->config, HWFP_GATE_READ_ONLY, &result) < 0)
        return session_fail(session, STATUS_ERROR, "no memory");
    status = tell(session, fingerprint, result.strength);
    hwfp_result_clear(&result);
    return status;
}

const struct subcommand cmd_enroll = {
    .run = run,
    .options = {[AGAIN] = {"again", NULL, "start afresh where there is a vault already"}},
    .help = "With --again the machines on record are dropped; their fingerprints and the\n"
            "history stay. It is refused where the identity is weaker than min_strength.\n"
            "\n"
            "Exit status: 0 enrolled, 1 refused, 2 usage, 5 error.\n",
};
