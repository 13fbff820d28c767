/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of a login: in the log, to the user, and to the session. */
#ifndef PAM_SAY_H
#define PAM_SAY_H

#include "pam_login.h"

/* Every refusal and every flagged login leaves a line and a record; that all is well leaves none.
 */
void say_in_log(const struct login *l, enum outcome outcome);
void say_code_used(const struct login *l, unsigned left);

/* One login that is let in is one line and one record, though it asks for the account and then
 * opens a session. Without memory there are two. */
void say_once(const struct login *l, enum outcome outcome);
bool said_before(const struct login *l, enum outcome outcome);

/* Whether there is anybody to answer a question. */
bool can_ask(const struct login *l);
void tell_refused(const struct login *l);
void tell_flagged(const struct login *l);
void put_variables(const struct login *l);

#endif
