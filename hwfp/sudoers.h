/* SPDX-License-Identifier: BSD-2-Clause */
/* What sudoers(5) lets a user do: anything as root, or not; and what of it cannot be told here. */
#ifndef HWFP_SUDOERS_H
#define HWFP_SUDOERS_H

#include "account.h"

/* UNKNOWN: aliases, netgroups, some commands only, some hosts only, another password than the
 * user's. NO_PASSWORD is not authenticated at all: no recovery code can be asked for, either. */
enum sudo_rule { SUDO_NOTHING, SUDO_UNKNOWN, SUDO_BY_PASSWORD, SUDO_NO_PASSWORD };

enum sudo_rule sudoers_rule(const struct hwfp_system *system, const struct account *account);

#endif
