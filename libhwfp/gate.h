/* SPDX-License-Identifier: BSD-2-Clause */
/* What the gate and the administrator's functions share. */
#ifndef HWFP_GATE_H
#define HWFP_GATE_H

#include "learn.h"

/* The vault's first machine: a new vault under the key that is there, or a new one. With `again`
 * the history of the vault that was is kept, machines are not. `detail`, which may be NULL, goes
 * into the history. Saves, and removes the ticket. */
int gate_enroll(const struct hwfp_system *system, const struct hwfp_config *config,
                struct vault_change *change, const char *detail,
                char ret_fingerprint[HWFP_FINGERPRINT_SIZE], char **ret_error);

#endif
