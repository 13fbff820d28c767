/* SPDX-License-Identifier: BSD-2-Clause */
/* What the administrator's functions share. */
#ifndef HWFP_ADMIN_H
#define HWFP_ADMIN_H

#include "gate.h"

/* The published verdict must not lag behind what was just changed. `flags`: the gate's, beside
 * HWFP_GATE_PUBLISH. A failure to publish is told by the next check; the change itself stands. */
void publish_again(const struct hwfp_system *system, const struct hwfp_config *config,
                   unsigned flags);

/* -ERANGE: weaker than min_strength of the configuration. */
int check_strength(const struct hwfp_config *config, const struct hwfp_hash *hash,
                   char **ret_error);

/* -EINVAL: neither -1 nor 1 to 100. */
int check_threshold(int threshold, char **ret_error);
/* Writes the change, if it is one, into the history, too. */
int change_threshold(struct hwfp_vault *vault, int threshold);

/* This machine as the first of the vault, in memory, with `detail`, which may be NULL, in the
 * history. The caller saves, then removes the ticket. */
int first_machine(const struct hwfp_system *system, const struct hwfp_config *config,
                  struct vault_change *change, const char *fingerprint, const char *detail,
                  char **ret_error);

#endif
