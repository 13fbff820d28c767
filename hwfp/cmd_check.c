/* SPDX-License-Identifier: BSD-2-Clause */
#include "show.h"

enum { NO_ROTATE };

static int run(struct session *session, int argc, char **argv)
{
    unsigned flags = session->option[NO_ROTATE] ? HWFP_GATE_READ_ONLY : 0;

    (void)argc, (void)argv;
    if (session->config.mode == HWFP_MODE_OFF && !session->config_error) {
        flags = HWFP_GATE_READ_ONLY;
        if (!session->json)
            screen_line(&session->screen, STYLE_DOUBT,
                        "The mode is off, from %s: nothing is rotated, recorded or refused.",
                        session->config.mode_from);
    }
    return show_gate(session, flags, false);
}

const struct subcommand cmd_check = {
    .run = run,
    .options = {[NO_ROTATE] = {"no-rotate", NULL, "only compare: write nothing"}},
    .help = "This is what the PAM module does at a login: where the machine is another one,\n"
            "it gets a fingerprint of its own, quarantined; where the machine has drifted,\n"
            "its record follows. In mode off nothing is written.\n"
            "\n"
            "Exit status: 0 same, 1 different, 2 usage, 3 uncertain, 4 unenrolled, 5 error.\n",
};
