/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"

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
        return session_failed(session, r, error);
    status = tell(session, vault->threshold);
    (void)hwfp_vault_free(vault);
    return status;
}

/* 0 for what is no number: the one number that is refused in any case. */
static int number_of(const char *text)
{
    char *end = NULL;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    return errno || *end || number < -1 || number > 100 ? 0 : (int)number;
}

static int run(struct session *session, int argc, char **argv)
{
    int r, threshold;
    char *error = NULL;

    if (argc == 0)
        return show(session);
    threshold = number_of(argv[0]);
    if (threshold == 0)
        return session_fail(session, STATUS_USAGE,
                            "'%s' is no similarity threshold: it is a number from 1 to 100, or -1 "
                            "for any hardware to be the same",
                            argv[0]);
    r = hwfp_set_threshold(session->system, &session->config, threshold, &error);
    if (r < 0)
        return session_failed(session, r, error);
    return tell(session, threshold);
}

const struct subcommand cmd_threshold = {
    .run = run,
    .max_arguments = 1,
    .help =
        "The threshold is kept in the vault. Below it, a machine whose chassis evidence does not\n"
        "decide is another one. -1 switches the comparison off. 0 is refused.\n"
        "\n"
        "Exit status: 0 shown or set, 1 refused (there is no vault), 2 usage, 5 error.\n",
};
