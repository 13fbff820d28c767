/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "command.h"
#include "report.h"

enum { YES };

static bool is_yes(const char *answer)
{
    return strcasecmp(answer, "y\n") == 0 || strcasecmp(answer, "yes\n") == 0;
}

/* A pipe may hold a no that was meant for another program, or nothing at all. */
static int confirm(const struct session *session)
{
    char answer[16] = "";

    if (session->option[YES])
        return STATUS_OK;
    if (!isatty(STDIN_FILENO))
        return session_fail(session, STATUS_USAGE,
                            "standard input is no terminal: --yes seals without asking");
    (void)fputs("This removes the vault: all machines on record, and their history.\n"
                "The next boot enrols whatever machine it is on. Seal this system? [y/N] ",
                stderr);
    if (fgets(answer, sizeof(answer), stdin) && is_yes(answer))
        return STATUS_OK;
    return session_fail(session, STATUS_REFUSED, "nothing was sealed");
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
    struct record before;
    int r, status = confirm(session);

    (void)argc, (void)argv;
    if (status != STATUS_OK)
        return status;
    record_before(session, &before);
    r = hwfp_seal(session->system, &error);
    record_change(session, &before, HWFP_AUDIT_SEAL, &(struct change){0}, r);
    return r < 0 ? session_failed(session, r, error) : tell(session);
}

const struct subcommand cmd_seal = {
    .run = run,
    .options = {[YES] = {"yes", NULL, "do not ask; without a terminal it is needed"}},
    .help = "Makes a template (golden image) of this system, or of the image below --root:\n"
            "the vault, its key and the published verdict go, and a one-use ticket is left,\n"
            "by which the first boot of each copy enrols. Do it last, and power the template\n"
            "off. A copy of a template that was not sealed is caught as different.\n"
            "\n"
            "Exit status: 0 sealed, 1 not confirmed, 2 usage, 5 error.\n",
};
