/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

static int run(struct session *session, int argc, char **argv)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE] = "", *error = NULL;
    const char *asked = argc > 0 ? argv[0] : NULL;
    struct record before;
    int r, status = session_need_config(session);

    if (status != STATUS_OK)
        return status;
    record_before(session, &before);
    r = hwfp_accept(session->system, &session->config, asked, fingerprint, &error);
    record_change(session, &before, HWFP_AUDIT_ACCEPT,
                  &(struct change){.fingerprint = r < 0 ? asked : fingerprint}, r);
    if (r < 0)
        return session_failed_vault(session, r, error);
    if (session->json)
        return session_print_json(session, session_new_json(fingerprint));
    screen_line(&session->screen, STYLE_GOOD, "The machine %s is trusted.", fingerprint);
    return STATUS_OK;
}

const struct subcommand cmd_accept = {
    .run = run,
    .max_arguments = 1,
    .help = "Without a fingerprint, the machine that this is. Where the verdict is\n"
            "uncertain, the evidence is added to the trusted machine that it resembles.\n"
            "\n"
            "Exit status: 0 accepted, 1 refused, 2 usage or unknown fingerprint, 5 error.\n",
};
