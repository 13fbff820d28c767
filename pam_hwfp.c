/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam_hwfp: asks the gate whether this system is still on the machine it was enrolled on, and turns
 * the answer into PAM's return codes, a sentence for the user, and a line in the log.
 *
 * It runs inside someone else's process: nothing is kept between calls (sshd opens a session in
 * another process than it authenticates in), so that every phase asks anew.
 */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <string.h>
#include <syslog.h>

#include "hwfp.h"
#include "util.h"

#define EXPORT __attribute__((visibility("default")))
#define ITEM_MAX 128 /* bytes of a user, service or host that go into a log line */

struct login {
    pam_handle_t *pamh;
    const char *user, *service, *rhost; /* NULL where the application did not say */
    bool tell;                          /* the user may be told something */
    bool debug;
    bool broken; /* the settings cannot be trusted, or a call failed: the verdict is error */
    char *why;   /* then, in a sentence; NULL without memory */
    struct hwfp_config config;
    struct hwfp_result result;
};

/* What a phase makes of the gate's answer. */
enum outcome { OFF, PASS, FLAGGED, EXEMPT, REFUSED };

/* The two sentences that a user may read. An administrator finds the rest in the log. */
static const struct {
    enum hwfp_verdict verdict;
    const char *refused, *flagged;
} sentences[] = {
    {HWFP_DIFFERENT,
     "This system is not on the machine it was enrolled on (copy or changed hardware): "
     "login refused by hwfp (different). Ask your administrator.",
     "hwfp: this system is not on the machine it was enrolled on (different); "
     "this session is on record."},
    {HWFP_UNCERTAIN,
     "This system may not be on the machine it was enrolled on, the evidence points both ways: "
     "login refused by hwfp (uncertain). Ask your administrator.",
     "hwfp: this system may not be on the machine it was enrolled on (uncertain); "
     "this session is on record."},
    {HWFP_UNENROLLED,
     "This system was never enrolled on a machine, or its enrolment is gone: "
     "login refused by hwfp (unenrolled). Ask your administrator.",
     "hwfp: this system is not enrolled on a machine (unenrolled); this session is on record."},
    {HWFP_ERROR,
     "Whether this system is on the machine it was enrolled on could not be found out: "
     "login refused by hwfp (error). Ask your administrator.",
     "hwfp: whether this system is on the machine it was enrolled on could not be found out "
     "(error); this session is on record."},
};

static const char *sentence_for(enum hwfp_verdict verdict, bool refused)
{
    for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
        if (sentences[i].verdict == verdict)
            return refused ? sentences[i].refused : sentences[i].flagged;
    return refused ? "Login refused by hwfp. Ask your administrator."
                   : "hwfp: this session is on record.";
}

static const char *item(const pam_handle_t *pamh, int type)
{
    const void *value = NULL;

    return pam_get_item(pamh, type, &value) == PAM_SUCCESS ? value : NULL;
}

/* From now on the verdict is error, whatever the gate would say. */
static void mark_broken(struct login *l, const char *sentence)
{
    l->broken = true;
    if (sentence)
        sentence_add(&l->why, "%s", sentence);
}

/* ---- Settings: the kernel command line over the module's arguments over the configuration. ----
 */

/* False for a value that hwfp does not know. */
static bool take_argument(struct login *l, const char *argument)
{
    if (strcmp(argument, "quiet") == 0) {
        l->tell = false;
    } else if (strcmp(argument, "debug") == 0) {
        l->debug = true;
    } else if (strncmp(argument, "mode=", 5) == 0) {
        l->config.mode_from = "the module argument mode=";
        return hwfp_mode_parse(argument + 5, &l->config.mode) == 0;
    } else if (strncmp(argument, "policy=", 7) == 0) {
        return hwfp_policy_parse(argument + 7, &l->config.policy) == 0;
    } else {
        pam_syslog(l->pamh, LOG_ERR, "unknown module argument \"%s\" is ignored", argument);
    }
    return true;
}

/* A mistake in an argument must not open a gate that was meant to be shut: the mode is deny,
 * however it was set, and `error =` of the configuration decides. */
static void take_arguments(struct login *l, int argc, const char **argv)
{
    bool good = true;

    for (int i = 0; i < argc; i++) {
        if (take_argument(l, argv[i]))
            continue;
        pam_syslog(l->pamh, LOG_ERR, "module argument \"%s\": no value that hwfp knows", argv[i]);
        good = false;
    }
    if (good)
        return;
    mark_broken(l, "a module argument has a value that hwfp does not know");
    l->config.mode = HWFP_MODE_DENY;
}

static void obey_kernel_command_line(struct login *l, const struct hwfp_system *system)
{
    CLEANUP_FREE char *error = NULL;
    enum hwfp_mode before = l->config.mode;
    int r = hwfp_config_apply_cmdline(system, &l->config, &error);

    if (r < 0)
        pam_syslog(l->pamh, LOG_WARNING, "kernel command line ignored: %s",
                   error ? error : "hwfp.mode= cannot be read");
    else if (r > 0 && before != l->config.mode)
        pam_syslog(l->pamh, LOG_NOTICE, "the kernel command line sets mode %s instead of %s",
                   hwfp_mode_name(l->config.mode), hwfp_mode_name(before));
}

/* ---- The question. ---- */

static void ask_gate(struct login *l, const struct hwfp_system *system, unsigned gate_flags)
{
    if (!l->broken && hwfp_gate(system, &l->config, gate_flags, &l->result) < 0)
        mark_broken(l, "there is not enough memory to check the hardware");
    if (!l->broken)
        return;
    l->result.verdict = HWFP_ERROR;
    l->result.mode = l->config.mode;
    l->result.policy = l->config.policy;
    free(l->result.reason);
    l->result.reason = l->why;
    l->why = NULL;
}

static enum outcome outcome_of(const struct login *l)
{
    if (l->config.mode == HWFP_MODE_OFF)
        return OFF;
    switch (hwfp_config_action(&l->config, l->result.verdict)) {
    case HWFP_ALLOW:
        return PASS;
    case HWFP_ALLOW_FLAGGED:
        return FLAGGED;
    case HWFP_REFUSE:
        break;
    }
    return hwfp_config_exempt(&l->config, l->user, l->service) ? EXEMPT : REFUSED;
}

/* Where not even the configuration can be reached the gate is shut, unless an argument of the
 * module says that it only flags. */
static void login_init(struct login *l, pam_handle_t *pamh, int flags)
{
    *l = (struct login){
        .pamh = pamh,
        .user = item(pamh, PAM_USER),
        .service = item(pamh, PAM_SERVICE),
        .rhost = item(pamh, PAM_RHOST),
        .tell = !((unsigned)flags & PAM_SILENT),
        .config = {.mode = HWFP_MODE_DENY,
                   .uncertain = HWFP_MODE_DENY,
                   .unenrolled = HWFP_MODE_DENY,
                   .error = HWFP_MODE_DENY},
        .result = {.verdict = HWFP_ERROR},
    };
}

static enum outcome examine(struct login *l, unsigned gate_flags, int argc, const char **argv)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_system *system = NULL;

    if (hwfp_system_open(NULL, &system, &error) < 0)
        mark_broken(l, error ? error : "the root folder cannot be opened");
    else if (hwfp_config_load(system, NULL, &l->config, &error) < 0)
        mark_broken(l, error ? error : "the configuration cannot be read");
    take_arguments(l, argc, argv);
    if (system)
        obey_kernel_command_line(l, system);
    if (l->config.mode != HWFP_MODE_OFF)
        ask_gate(l, system, gate_flags);
    hwfp_system_free(system);
    return outcome_of(l);
}

static void login_done(struct login *l)
{
    hwfp_config_clear(&l->config);
    hwfp_result_clear(&l->result);
    free(l->why);
}

/* ---- What is said, and to whom. ---- */

/* A user name comes from the network: it must neither end the line nor look like another field. */
static const char *plain(const char *from, char to[ITEM_MAX])
{
    copy_text(to, ITEM_MAX, from ? from : "");
    for (char *c = to; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '=' || *c == '"')
            *c = '?';
    return to;
}

static void log_line(const struct login *l, int priority, const char *what)
{
    CLEANUP_FREE char *line = hwfp_report_line(&l->result);
    char user[ITEM_MAX], service[ITEM_MAX], rhost[ITEM_MAX];

    pam_syslog(l->pamh, priority, "%s: user=%s service=%s rhost=%s %s: %s", what,
               plain(l->user, user), plain(l->service, service), plain(l->rhost, rhost),
               line ? line : hwfp_verdict_name(l->result.verdict),
               l->result.reason ? l->result.reason : "no memory for the reason");
}

/* Every refusal and every flagged login leaves a line; that all is well leaves none. */
static void log_outcome(const struct login *l, enum outcome outcome)
{
    if (outcome == REFUSED)
        log_line(l, LOG_NOTICE, "refused");
    else if (outcome == EXEMPT)
        log_line(l, LOG_NOTICE, "flagged, exempt from refusal");
    else if (outcome == FLAGGED)
        log_line(l, LOG_NOTICE, "flagged");
    else if (l->debug)
        log_line(l, LOG_DEBUG, outcome == OFF ? "off" : "passed");
    if (l->result.problem)
        pam_syslog(l->pamh, LOG_WARNING, "%s", l->result.problem);
}

/* Whether the user can be told changes nothing about the outcome: errors are of no interest. */
static void tell(const struct login *l, int style, const char *sentence)
{
    const struct pam_conv *conversation = (const struct pam_conv *)item(l->pamh, PAM_CONV);

    if (l->tell && conversation && conversation->conv)
        (void)pam_prompt(l->pamh, style, NULL, "%s", sentence);
}

static void tell_refused(const struct login *l)
{
    tell(l, PAM_ERROR_MSG, sentence_for(l->result.verdict, true));
}

static void put_variable(const struct login *l, const char *name, const char *value)
{
    CLEANUP_FREE char *assignment = NULL;

    if (asprintf(&assignment, "%s=%s", name, value) < 0)
        assignment = NULL;
    if (!assignment || pam_putenv(l->pamh, assignment) != PAM_SUCCESS)
        pam_syslog(l->pamh, LOG_WARNING, "%s cannot be put into the session's environment", name);
}

static void put_variables(const struct login *l)
{
    char similarity[12];

    (void)snprintf(similarity, sizeof(similarity), "%d", l->result.similarity);
    put_variable(l, "HWFP_FINGERPRINT", l->result.fingerprint);
    put_variable(l, "HWFP_VERDICT", hwfp_verdict_name(l->result.verdict));
    put_variable(l, "HWFP_SIMILARITY", similarity);
}

/* ---- The phases. Their return codes are documented in pam_hwfp(8). ---- */

EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct login l;
    enum outcome outcome;

    login_init(&l, pamh, flags);
    outcome = examine(&l, 0, argc, argv);
    if (outcome == REFUSED || l.debug)
        log_outcome(&l, outcome);
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
    outcome = examine(&l, HWFP_GATE_READ_ONLY, argc, argv);
    if (outcome == REFUSED)
        log_outcome(&l, outcome);
    login_done(&l);
    return outcome == REFUSED ? PAM_CRED_ERR : PAM_IGNORE;
}

/* Account and session: the gate, whose refusal is `refusal` in this phase. */
static int stand_at_gate(pam_handle_t *pamh, int flags, int argc, const char **argv, int refusal,
                         void (*then)(const struct login *, enum outcome))
{
    struct login l;
    enum outcome outcome;

    login_init(&l, pamh, flags);
    outcome = examine(&l, 0, argc, argv);
    log_outcome(&l, outcome);
    if (outcome == REFUSED)
        tell_refused(&l);
    else if (then)
        then(&l, outcome);
    login_done(&l);
    if (outcome == OFF)
        return PAM_IGNORE;
    return outcome == REFUSED ? refusal : PAM_SUCCESS;
}

static void mark_session(const struct login *l, enum outcome outcome)
{
    if (outcome != OFF)
        put_variables(l);
    if (outcome == FLAGGED || outcome == EXEMPT)
        tell(l, PAM_TEXT_INFO, sentence_for(l->result.verdict, false));
}

EXPORT int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return stand_at_gate(pamh, flags, argc, argv, PAM_PERM_DENIED, NULL);
}

EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return stand_at_gate(pamh, flags, argc, argv, PAM_SESSION_ERR, mark_session);
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
