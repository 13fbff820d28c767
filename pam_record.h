/* SPDX-License-Identifier: BSD-2-Clause */
/* What a login leaves in the audit log. */
#ifndef PAM_RECORD_H
#define PAM_RECORD_H

#include "pam_login.h"

void record_rotation(const struct login *l);
void record_login(const struct login *l, const char *outcome, bool let_in);
void record_code(const struct login *l, bool right);
/* An override of the mode, where it decides what becomes of this login. */
void record_override(const struct login *l);

#endif
