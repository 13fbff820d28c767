/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_recovery.h"

#include <errno.h>
#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

#include "util.h"

#define FAIL_DELAY 2000000U /* microseconds, about, after a wrong code; PAM may wait for longer */

/* Whoever may not read the vault, such as a screen locker, knows of no codes. */
static bool may_ask(pam_handle_t *pamh, const struct hwfp_system *system)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_recovery recovery = {0};
    int r = hwfp_recovery_status(system, &recovery, &error);

    if (r < 0 && r != -ENOENT && r != -EACCES)
        pam_syslog(pamh, LOG_WARNING, "no recovery code can be taken: %s",
                   error ? error : "no memory");
    if (r == 0 && recovery.left > 0 && recovery.locked)
        pam_syslog(pamh, LOG_NOTICE, "no recovery code is taken: locked after %u wrong ones",
                   recovery.failures);
    return r == 0 && recovery.left > 0 && !recovery.locked;
}

/*
 * A code that is right but cannot be vouched for in the phases that follow is of no use: where that
 * can be known before, it is not spent.
 */
static int use_code(const struct hwfp_system *system, const struct hwfp_login *login,
                    const char *code, unsigned *ret_left, char **ret_error)
{
    struct hwfp_recovery recovery = {0};
    int r = hwfp_recovered_can_mark(system, login, ret_error);

    if (r == 0)
        r = hwfp_recovery_use(system, code, &recovery, ret_error);
    if (r == 0)
        r = hwfp_recovered_mark(system, login, ret_error);
    if (r == 0)
        *ret_left = recovery.left;
    return r;
}

static enum recovery_answer try_code(pam_handle_t *pamh, const struct hwfp_system *system,
                                     const struct hwfp_login *login, const char *code,
                                     unsigned *ret_left)
{
    CLEANUP_FREE char *error = NULL;
    int r = use_code(system, login, code, ret_left, &error);

    if (r == 0)
        return RECOVERY_RIGHT;
    (void)pam_fail_delay(pamh, FAIL_DELAY);
    pam_syslog(pamh, r == -EKEYREJECTED ? LOG_NOTICE : LOG_ERR, "recovery code refused: %s",
               error ? error : "no memory");
    return RECOVERY_WRONG;
}

/* An empty answer is from someone who has no code, and is not counted. */
enum recovery_answer recovery_ask(pam_handle_t *pamh, const struct hwfp_system *system,
                                  const struct hwfp_login *login, unsigned *ret_left)
{
    enum recovery_answer answer = RECOVERY_NOT_ASKED;
    char *code = NULL;

    if (!system || !may_ask(pamh, system))
        return RECOVERY_NOT_ASKED;
    if (pam_prompt(pamh, PAM_PROMPT_ECHO_ON, &code, "hwfp recovery code: ") == PAM_SUCCESS &&
        code && *code)
        answer = try_code(pamh, system, login, code, ret_left);
    if (code)
        explicit_bzero(code, strlen(code));
    free(code);
    return answer;
}
