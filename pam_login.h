/* SPDX-License-Identifier: BSD-2-Clause */
/* One call of the module: who logs in, by which settings, and what the gate says. */
#ifndef PAM_LOGIN_H
#define PAM_LOGIN_H

#include <security/pam_modules.h>
#include <stdbool.h>

#include "hwfp.h"

struct login {
    pam_handle_t *pamh;
    const char *user, *service, *tty, *rhost; /* NULL where the application did not say */
    bool tell, ask; /* the user may be told something; may be asked for a code */
    bool debug;
    bool recovery; /* this line of auth asks for a recovery code, and is no gate beside it */
    bool broken;   /* the settings cannot be trusted, or a call failed: the verdict is error */
    char *why;     /* then, in a sentence; NULL without memory */
    struct hwfp_system *system; /* NULL where it cannot be opened */
    enum hwfp_mode configured;  /* the mode before anything overrode it */
    const char *override;       /* what did, static: "module", "kernel"; NULL: nothing */
    struct hwfp_config config;
    struct hwfp_result result;
};

/* What a phase makes of the gate's answer. LEFT: refusing is left to account and session. */
enum outcome { OFF, PASS, FLAGGED, EXEMPT, CONSOLE, RECOVERED, LEFT, REFUSED };

/* An item of the handle, or NULL. */
const char *login_item(const pam_handle_t *pamh, int type);

/* Where not even the configuration can be reached the gate is shut, unless an argument of the
 * module says that it only flags. */
void login_init(struct login *l, pam_handle_t *pamh, int flags);
/* Reads the settings, and asks the gate. */
enum outcome login_examine(struct login *l, unsigned gate_flags, int argc, const char **argv);
/* Asks who logs in, where the application has left that to the stack, and thinks again. */
enum outcome login_name_user(struct login *l, enum outcome outcome);
void login_done(struct login *l);

/* Text for the later phases in this process. Takes it; NULL: whatever was kept is dropped. */
void login_keep(const struct login *l, const char *name, char *text);
/* It, or NULL. */
const char *login_kept(const struct login *l, const char *name);

/* sudo(8) and doas(1) put the user whom they switch to into PAM_USER once account has let in the
 * one who asked: auth and account keep the name, credentials and the session go by it. */
void login_keep_user(const struct login *l);
void login_recall_user(struct login *l);

/* Who logs in, as the core's functions take it. */
struct hwfp_login login_names(const struct login *l);

/* Nothing to put on record. */
bool login_is_well(enum outcome outcome);
/* From the installation to the next boot. Where nothing is refused there is nothing to tell
 * anybody: installing hwfp must not put a sentence into the output of su -c, say. */
bool login_awaits_enrolment(const struct login *l, enum outcome outcome);
const char *login_outcome_name(enum outcome outcome);

#endif
