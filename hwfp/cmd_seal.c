/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "report.h"

enum { YES };

/* Scripts that build images have no terminal, and are not asked. */
static bool confirm(const struct session *session)
{
    char answer[16] = "";

    if (session->option[YES] || !isatty(STDIN_FILENO))
        return true;
    (void)fputs("This removes the vault: all machines on record, and their history.\n"
                "The next boot enrols whatever machine it is on. Seal this system? [y/N] ",
                stderr);
    if (!fgets(answer, sizeof(answer), stdin))
        return false;
    return strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0;
}

static int tell(const struct session *session)
{
    if (session->json) {
        cJSON *object = session_new_json(NULL);

        if (object && !cJSON_AddTrueToObject(object, "sealed")) {
            cJSON_Delete(object);
            object = NULL;
        }
        return session_print_json(session, object);
    }
    screen_line(&session->screen, STYLE_PLAIN,
                "The vault is empty; a ticket is left: the first boot of each copy enrols it.");
    if (hwfp_system_is_live(session->system))
        screen_line(&session->screen, STYLE_DOUBT,
                    "Power this system off now: it is unenrolled, and its next boot uses the "
                    "ticket up.");
    return STATUS_OK;
}

static int run(struct session *session, int argc, char **argv)
{
    char *error = NULL;
    int r;

    (void)argc, (void)argv;
    if (!confirm(session))
        return session_fail(session, STATUS_REFUSED, "nothing was sealed");
    r = hwfp_seal(session->system, &error);
    return r < 0 ? session_failed(session, r, error) : tell(session);
}

const struct subcommand cmd_seal = {
    .run = run,
    .options = {[YES] = {"yes", NULL, "do not ask, on a terminal either"}},
    .help = "Makes a template (golden image) of this system, or of the image below --root: the\n"
            "vault, its key and the published verdict go, and a one-use ticket is left, by\n"
            "which the first boot of each copy enrols. Do it last, and power the template\n"
            "off. A copy of a template that was not sealed is caught as different.\n"
            "\n"
            "Exit status: 0 sealed, 1 not confirmed, 2 usage, 5 error.\n",
};
