/* SPDX-License-Identifier: BSD-2-Clause */
/* What the gate and the administrator's functions share. */
#ifndef HWFP_GATE_H
#define HWFP_GATE_H

#include "decide.h"
#include "vault.h"

/* The current hash under the vault's key, and which machine of the vault it is. */
struct look {
    struct hwfp_hash hash;
    struct decision decision;
};

int look_at(const struct hwfp_system *system, const struct hwfp_config *config,
            const struct hwfp_vault *vault, struct look *ret);
void look_clear(struct look *look);

/* Adds a machine with `fingerprint`, makes it current, and writes it into the history as `what`. */
int gate_add_machine(struct hwfp_vault *vault, const struct hwfp_hash *hash, enum hwfp_trust trust,
                     const char *what, const char *fingerprint);

/* The vault's first machine: a new vault under the key that is there, or a new one. With `again`
 * the history of the vault that was is kept, machines are not. Saves, and removes the ticket. */
int gate_enroll(const struct hwfp_system *system, const struct hwfp_config *config,
                struct vault_change *change, char ret_fingerprint[HWFP_FINGERPRINT_SIZE],
                char **ret_error);

#endif
