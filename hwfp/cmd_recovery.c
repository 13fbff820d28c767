/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "report.h"
#include "util.h"

enum { AGAIN, STATUS, REMOVE };

typedef char codes_text[HWFP_RECOVERY_CODES][HWFP_RECOVERY_CODE_SIZE];

/* ---- A new set. ---- */

static int print_json(const struct session *session, codes_text codes)
{
    cJSON *object = session_new_json(NULL);
    cJSON *array = object ? cJSON_AddArrayToObject(object, "codes") : NULL;
    bool good = array != NULL;

    for (size_t i = 0; good && i < HWFP_RECOVERY_CODES; i++) {
        cJSON *text = cJSON_CreateString(codes[i]);

        good = text && cJSON_AddItemToArray(array, text);
    }
    if (!good) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

static int print_codes(const struct session *session, codes_text codes)
{
    const struct screen *screen = &session->screen;

    if (session->json)
        return print_json(session, codes);
    screen_line(screen, STYLE_HEADING, "Recovery codes, each good for one login:");
    for (size_t i = 0; i < HWFP_RECOVERY_CODES; i++)
        screen_line(screen, STYLE_PLAIN, "  %s", codes[i]);
    screen_line(screen, STYLE_PLAIN,
                "They are not shown again. Keep them away from this machine and its backups; codes "
                "made before are void.");
    return STATUS_OK;
}

/* Codes that nobody, or nobody but a broken pipe, has seen would lie there as good ones. */
static int withdraw(const struct session *session, const char *why)
{
    CLEANUP_FREE char *error = NULL;

    if (hwfp_recovery_remove(session->system, &error) < 0)
        screen_error(&session->screen,
                     "the codes could not be shown: %s; nor made void: %s; hwfp recovery --remove "
                     "does it",
                     why, error ? error : "no memory");
    else
        screen_error(&session->screen,
                     "the codes could not be shown: %s; there are no recovery codes now", why);
    return STATUS_ERROR;
}

static int show_new(const struct session *session, codes_text codes)
{
    /* A pipe that nobody reads is an error to be told, not the end. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (print_codes(session, codes) != STATUS_OK)
        return withdraw(session, "no memory");
    if (fflush(stdout) != 0 || ferror(stdout))
        return withdraw(session, strerror(errno));
    return STATUS_OK;
}

static int make(const struct session *session)
{
    codes_text codes;
    char *error = NULL;
    int r, status;

    if (session->quiet)
        return session_fail(session, STATUS_USAGE,
                            "codes that nobody is shown are of no use: leave --quiet out");
    r = hwfp_recovery_make(session->system, session->option[AGAIN] != NULL, codes, &error);
    if (r == -EEXIST)
        sentence_add(&error, "%s", "--again makes new ones, and voids those");
    if (r < 0)
        return session_failed_vault(session, r, error);
    status = show_new(session, codes);
    explicit_bzero(codes, sizeof(codes));
    return status;
}

/* ---- Those that are there. ---- */

static int print_status_json(const struct session *session, const struct hwfp_recovery *recovery,
                             const char *until)
{
    cJSON *object = session_new_json(NULL);
    bool good = object && cJSON_AddNumberToObject(object, "left", recovery->left) &&
                cJSON_AddNumberToObject(object, "failures", recovery->failures) &&
                report_add_text(object, "locked_until", recovery->locked ? until : NULL);

    if (!good) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

static int show(const struct session *session)
{
    const struct screen *screen = &session->screen;
    struct hwfp_recovery recovery = {0};
    char *error = NULL, made[32], until[32];
    int r = hwfp_recovery_status(session->system, &recovery, &error);

    if (r < 0)
        return session_failed(session, r, error);
    time_encode(recovery.made, made);
    time_encode(recovery.locked_until, until);
    if (session->json)
        return print_status_json(session, &recovery, until);
    screen_line(screen, recovery.left > 2 ? STYLE_PLAIN : STYLE_DOUBT,
                "%u of %d recovery codes are left, made %s.", recovery.left, HWFP_RECOVERY_CODES,
                made);
    if (recovery.failures > 0)
        screen_line(screen, STYLE_DOUBT, "Wrong codes in a row: %u.", recovery.failures);
    if (recovery.locked)
        screen_line(screen, STYLE_BAD, "No code is taken until %s.", until);
    return STATUS_OK;
}

static int print_removed(const struct session *session)
{
    cJSON *object = session_new_json(NULL);

    if (object && !cJSON_AddNumberToObject(object, "left", 0)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(session, object);
}

static int remove_all(const struct session *session)
{
    char *error = NULL;
    int r = hwfp_recovery_remove(session->system, &error);

    if (r < 0)
        return session_failed(session, r, error);
    if (session->json)
        return print_removed(session);
    screen_line(&session->screen, STYLE_PLAIN, "The recovery codes are void.");
    return STATUS_OK;
}

static int run(struct session *session, int argc, char **argv)
{
    const char **option = session->option;

    (void)argc, (void)argv;
    if ((option[AGAIN] != NULL) + (option[STATUS] != NULL) + (option[REMOVE] != NULL) > 1)
        return session_fail(session, STATUS_USAGE,
                            "--again, --status and --remove exclude one another");
    if (option[STATUS])
        return show(session);
    return option[REMOVE] ? remove_all(session) : make(session);
}

const struct subcommand cmd_recovery = {
    .run = run,
    .options = {{"again", NULL, "replace the codes that are there"},
                {"status", NULL, "tell how many codes are left"},
                {"remove", NULL, "make all codes void"}},
    .one_option = true,
    .help = "Shows ten codes, once. Where pam_hwfp's auth line refuses a login, it asks for\n"
            "one of them; each lets one login in. Only their scrypt digests are kept, beside\n"
            "the vault: a copy of the disk takes the same codes, once more.\n"
            "\n"
            "Exit status: 0 done, 1 refused (there are codes already, or none, or no vault),\n"
            "2 usage, 5 error.\n",
};
