/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam_hwfp: asks the gate whether this system is still on the machine it was enrolled on, and turns
 * the answer into PAM's return codes, a sentence for the user, and a line in the log.
 *
 * It runs inside someone else's process: no answer is kept between calls (sshd opens a session in
 * another process than it authenticates in), so that every phase asks anew. That a recovery code
 * let a login in, and what account has said in the log, is known to the later phases by a marker
 * under /run/hwfp, see login_marker.c.
 */
#include "pam_login.h"
#include "pam_record.h"
#include "pam_recovery.h"
#include "pam_say.h"

#define EXPORT __attribute__((visibility("default")))

/* ---- Recovery codes: auth asks for one, the other phases see whether one was given. ---- */

static enum outcome ask_for_code(const struct login *l)
{
    const struct hwfp_login names = login_names(l);
    enum recovery_answer answer = RECOVERY_NOT_ASKED;
    unsigned left = 0;

    if (can_ask(l))
        answer = recovery_ask(l->pamh, l->system, &names, &left);
    if (answer != RECOVERY_NOT_ASKED)
        record_code(l, answer == RECOVERY_RIGHT);
    if (answer == RECOVERY_RIGHT) {
        say_code_used(l, left);
        return RECOVERED;
    }
    return answer == RECOVERY_NOT_ASKED && l->recovery ? LEFT : REFUSED;
}

typedef bool recovered_function(const struct hwfp_system *system, const struct hwfp_login *login);

static enum outcome unless_recovered(const struct login *l, enum outcome outcome,
                                     recovered_function *recovered)
{
    const struct hwfp_login names = login_names(l);

    return outcome == REFUSED && l->system && recovered(l->system, &names) ? RECOVERED : outcome;
}

/* ---- The phases. Their return codes are documented in pam_hwfp(8). ---- */

EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct login l;
    enum outcome outcome;

    login_init(&l, pamh, flags);
    outcome = login_examine(&l, 0, argc, argv);
    /* A user may be exempt, and a code is one login's. */
    if (outcome == REFUSED)
        outcome = login_name_user(&l, outcome);
    login_keep_user(&l);
    if (outcome == REFUSED)
        outcome = ask_for_code(&l);
    if (outcome == REFUSED || l.debug)
        say_in_log(&l, outcome);
    if (outcome == REFUSED)
        tell_refused(&l);
    login_done(&l);
    /* Who the user is, hwfp cannot say: success would end a `sufficient` phase. */
    return outcome == REFUSED ? PAM_AUTH_ERR : PAM_IGNORE;
}

/* Follows auth: where that refuses, this does. Taking credentials away is never refused. */
EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct login l;
    enum outcome outcome;

    if ((unsigned)flags & PAM_DELETE_CRED)
        return PAM_IGNORE;
    login_init(&l, pamh, flags);
    login_recall_user(&l);
    outcome = login_examine(&l, HWFP_GATE_READ_ONLY, argc, argv);
    outcome = l.recovery ? LEFT : unless_recovered(&l, outcome, hwfp_recovered_credentials);
    if (outcome == REFUSED)
        say_in_log(&l, outcome);
    login_done(&l);
    return outcome == REFUSED ? PAM_CRED_ERR : PAM_IGNORE;
}

/* What account and session do differently. */
struct phase {
    int refusal;
    recovered_function *recovered;
    void (*then)(const struct login *l, enum outcome outcome); /* or NULL */
};

/* Account and session: the gate. */
static int stand_at_gate(pam_handle_t *pamh, int flags, int argc, const char **argv,
                         const struct phase *phase)
{
    struct login l;
    enum outcome outcome;

    login_init(&l, pamh, flags);
    if (phase->then)
        login_recall_user(&l);
    else
        login_keep_user(&l);
    outcome = unless_recovered(&l, login_examine(&l, 0, argc, argv), phase->recovered);
    if (!phase->then || outcome == REFUSED || l.debug || !said_before(&l, outcome))
        say_in_log(&l, outcome);
    if (!phase->then && outcome != REFUSED)
        say_once(&l, outcome);
    if (outcome == REFUSED)
        tell_refused(&l);
    else if (phase->then)
        phase->then(&l, outcome);
    login_done(&l);
    if (outcome == OFF)
        return PAM_IGNORE;
    return outcome == REFUSED ? phase->refusal : PAM_SUCCESS;
}

static void mark_session(const struct login *l, enum outcome outcome)
{
    if (outcome != OFF)
        put_variables(l);
    if (!login_is_well(outcome) && !login_awaits_enrolment(l, outcome))
        tell_flagged(l);
}

EXPORT int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    const struct phase account = {PAM_PERM_DENIED, hwfp_recovered, NULL};

    return stand_at_gate(pamh, flags, argc, argv, &account);
}

EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    const struct phase session = {PAM_SESSION_ERR, hwfp_recovered_open, mark_session};

    return stand_at_gate(pamh, flags, argc, argv, &session);
}

/* Nothing was opened, so that there is nothing that could fail to close, whatever the mode; asking
 * the gate for the mode here would be the only thing to go wrong. */
EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}
