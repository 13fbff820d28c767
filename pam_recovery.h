/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the PAM module that asks for a recovery code. */
#ifndef PAM_RECOVERY_H
#define PAM_RECOVERY_H

#include <security/pam_modules.h>

#include "hwfp.h"

enum recovery_answer {
    RECOVERY_NOT_ASKED, /* there are no codes, or they are locked; or nobody answered */
    RECOVERY_WRONG,     /* wrong, or right but it cannot be spent: logged, and slowed down */
    RECOVERY_RIGHT      /* spent, and vouched for in the phases that follow */
};

/* Asks, echoing, where there are codes that can be taken. `system` may be NULL. *ret_left: how many
 * codes a right one leaves. */
enum recovery_answer recovery_ask(pam_handle_t *pamh, const struct hwfp_system *system,
                                  const struct hwfp_login *login, unsigned *ret_left);

#endif
