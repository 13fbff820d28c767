/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

static int run(struct session *session, int argc, char **argv)
{
    char *error = NULL;
    struct record before;
    int r, status = session_need_config(session);

    (void)argc;
    if (status != STATUS_OK)
        return status;
    record_before(session, &before);
    r = hwfp_forget(session->system, &session->config, argv[0], &error);
    record_change(session, &before, HWFP_AUDIT_FORGET, &(struct change){.fingerprint = argv[0]}, r);
    if (r < 0)
        return session_failed_vault(session, r, error);
    if (session->json)
        return session_print_json(session, session_new_json(argv[0]));
    screen_line(&session->screen, STYLE_PLAIN, "The machine %s is forgotten.", argv[0]);
    return STATUS_OK;
}

const struct subcommand cmd_forget = {
    .run = run,
    .min_arguments = 1,
    .max_arguments = 1,
    .help = "Its hardware hash is dropped; the fingerprint stays in the history. The only\n"
            "trusted machine cannot be forgotten.\n"
            "\n"
            "Exit status: 0 forgotten, 1 refused (the only trusted machine), 2 usage or\n"
            "unknown fingerprint, 5 error.\n",
};
