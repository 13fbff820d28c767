/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_login.h"

#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

#include "pam_record.h"
#include "util.h"

#define USER "hwfp_user" /* data of the PAM handle: who asked to be let in */

const char *login_item(const pam_handle_t *pamh, int type)
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
        l->tell = l->ask = false;
    } else if (strcmp(argument, "debug") == 0) {
        l->debug = true;
    } else if (strcmp(argument, "recovery") == 0) {
        l->recovery = true;
    } else if (strncmp(argument, "mode=", 5) == 0) {
        l->config.mode_from = "the module argument mode=";
        l->override = "module";
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
    if (r > 0)
        l->override = "kernel";
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
    if (hwfp_config_exempt(&l->config, l->user, l->service))
        return EXEMPT;
    return hwfp_config_exempt_console(&l->config, l->service, l->tty, l->rhost) ? CONSOLE : REFUSED;
}

void login_init(struct login *l, pam_handle_t *pamh, int flags)
{
    *l = (struct login){
        .pamh = pamh,
        .user = login_item(pamh, PAM_USER),
        .service = login_item(pamh, PAM_SERVICE),
        .tty = login_item(pamh, PAM_TTY),
        .rhost = login_item(pamh, PAM_RHOST),
        .tell = !((unsigned)flags & PAM_SILENT),
        .ask = true,
        .config = {.mode = HWFP_MODE_DENY,
                   .uncertain = HWFP_MODE_DENY,
                   .unenrolled = HWFP_MODE_DENY,
                   .error = HWFP_MODE_DENY,
                   .console = HWFP_MODE_DENY},
        .result = {.verdict = HWFP_ERROR},
    };
}

enum outcome login_examine(struct login *l, unsigned gate_flags, int argc, const char **argv)
{
    CLEANUP_FREE char *error = NULL;

    if (hwfp_system_open(NULL, &l->system, &error) < 0)
        mark_broken(l, error ? error : "the root folder cannot be opened");
    else if (hwfp_config_load(l->system, NULL, &l->config, &error) < 0)
        mark_broken(l, error ? error : "the configuration cannot be read");
    l->configured = l->config.mode;
    take_arguments(l, argc, argv);
    if (l->system)
        obey_kernel_command_line(l, l->system);
    if (l->config.mode == l->configured)
        l->override = NULL;
    if (l->config.mode != HWFP_MODE_OFF)
        ask_gate(l, l->system, gate_flags);
    if (l->result.rotated)
        record_rotation(l);
    return outcome_of(l);
}

enum outcome login_name_user(struct login *l, enum outcome outcome)
{
    const char *user = NULL;

    if (l->user || pam_get_user(l->pamh, &user, NULL) != PAM_SUCCESS)
        return outcome;
    l->user = user;
    return outcome_of(l);
}

void login_done(struct login *l)
{
    hwfp_config_clear(&l->config);
    hwfp_result_clear(&l->result);
    l->system = hwfp_system_free(l->system);
    free(l->why);
}

/* ---- From one phase to the next. ---- */

static void free_text(pam_handle_t *pamh, void *text, int status)
{
    (void)pamh;
    (void)status;
    free(text);
}

void login_keep(const struct login *l, const char *name, char *text)
{
    if (pam_set_data(l->pamh, name, text, free_text) != PAM_SUCCESS)
        free(text);
}

const char *login_kept(const struct login *l, const char *name)
{
    const void *text = NULL;

    return pam_get_data(l->pamh, name, &text) == PAM_SUCCESS ? text : NULL;
}

void login_keep_user(const struct login *l)
{
    login_keep(l, USER, l->user ? strdup(l->user) : NULL);
}

void login_recall_user(struct login *l)
{
    const char *user = login_kept(l, USER);

    if (user)
        l->user = user;
}

struct hwfp_login login_names(const struct login *l)
{
    return (struct hwfp_login){.user = l->user, .service = l->service, .rhost = l->rhost};
}

/* ---- What became of it. ---- */

bool login_awaits_enrolment(const struct login *l, enum outcome outcome)
{
    return outcome == FLAGGED && l->config.mode == HWFP_MODE_FLAG && l->result.awaits_enrolment;
}

const char *login_outcome_name(enum outcome outcome)
{
    static const char *const names[] = {[OFF] = "off",
                                        [PASS] = "passed",
                                        [LEFT] = "left",
                                        [FLAGGED] = "flagged",
                                        [EXEMPT] = "exempt",
                                        [CONSOLE] = "console",
                                        [RECOVERED] = "recovered",
                                        [REFUSED] = "refused"};

    return names[outcome];
}

bool login_is_well(enum outcome outcome)
{
    return outcome == OFF || outcome == PASS || outcome == LEFT;
}
