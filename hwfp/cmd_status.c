/* SPDX-License-Identifier: BSD-2-Clause */
#include "show.h"

static int run(struct session *session, int argc, char **argv)
{
    (void)argc, (void)argv;
    return show_gate(session, HWFP_GATE_READ_ONLY, true);
}

const struct subcommand cmd_status = {
    .run = run,
    .help = "It writes nothing. A caller who is not root is told the verdict that was\n"
            "published.\n"
            "\n"
            "Exit status: 0 same, 1 different, 2 usage, 3 uncertain, 4 unenrolled, 5 error.\n",
};
