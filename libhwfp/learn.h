/* SPDX-License-Identifier: BSD-2-Clause */
/* What a check changes in the vault, in memory. */
#ifndef HWFP_LEARN_H
#define HWFP_LEARN_H

#include "look.h"

struct lesson {
    const struct hwfp_system *system;
    enum hwfp_policy policy;
    bool may_rotate;
    struct hwfp_vault *vault;
    struct look *look;     /* its decision becomes the machine that was added */
    bool rotated, drifted; /* what was done */
};

/* Whether there is anything to learn. */
bool learn_needed(const struct lesson *l);
/* 0, or a negative errno: then the vault in memory is not to be used. */
int learn(struct lesson *l);

/* For a machine that has none yet: the one that this boot had to keep outside the vault, or new. */
void learn_fingerprint(const struct hwfp_system *system, const struct look *look,
                       const struct hwfp_vault *vault, char ret[HWFP_FINGERPRINT_SIZE]);

/* Why this is no machine on record, for the history: "different: system-uuid, nic-mac differ; " and
 * the reason of the verdict. The caller frees it. NULL: no memory. */
char *learn_why(const struct look *look);

/* Adds a machine with `fingerprint`, makes it current, and writes it into the history as `what`,
 * with `detail`, which may be NULL. */
int learn_machine(struct hwfp_vault *vault, const struct hwfp_hash *hash, enum hwfp_trust trust,
                  const char *what, const char *fingerprint, const char *detail);

#endif
