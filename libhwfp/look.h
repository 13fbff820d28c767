/* SPDX-License-Identifier: BSD-2-Clause */
/* The current hardware hash, and what is decided by it. */
#ifndef HWFP_LOOK_H
#define HWFP_LOOK_H

#include "boot_facts.h"
#include "decide.h"
#include "vault.h"

/* Beside enum hwfp_gate_flags: the facts of this boot are what they are now, whatever they were. */
#define GATE_NEW_FACTS (1U << 16)

/* The current hash under the vault's key, and which machine of the vault it is. */
struct look {
    struct hwfp_hash hash;
    struct hwfp_boot_facts boot; /* as recorded in this boot, completed: for publishing */
    bool boot_changed;           /* since then: what this boot was given is another machine's */
    struct decision decision;
};

/* Of `flags` only GATE_NEW_FACTS matters. */
int look_at(const struct hwfp_system *system, const struct hwfp_config *config, unsigned flags,
            const struct hwfp_vault *vault, struct look *ret);
void look_clear(struct look *look);

/* The vault's machine that it is, or NULL. */
struct hwfp_machine *look_machine(const struct look *look, const struct hwfp_vault *vault);

/* What this boot had to keep outside the vault, which stays this machine's whatever turned up
 * since: another machine is another boot. False where there is none. */
bool look_unsaved(const struct hwfp_system *system, const struct look *look,
                  const struct hwfp_vault *vault, char ret_fingerprint[HWFP_FINGERPRINT_SIZE]);

/* Whether waiting might give another verdict, or a new machine a whole record. A copy on record
 * that has one NIC where the original had two waits for nothing: the second would not make it the
 * original. */
bool look_could_settle(const struct look *look, const struct hwfp_vault *vault,
                       enum hwfp_policy policy);

#endif
