/* SPDX-License-Identifier: BSD-2-Clause */
/* Which machine of the vault this one is, and how its record follows it. Pure: vault and hash in,
 * decision out; drift changes the vault in memory only. */
#ifndef HWFP_DECIDE_H
#define HWFP_DECIDE_H

#include "hwfp.h"

#define NO_MACHINE SIZE_MAX

struct decision {
    enum hwfp_verdict verdict; /* same, uncertain, different */
    size_t machine;            /* whose fingerprint this one has; NO_MACHINE: rotate */
    bool fits;                 /* that machine's record is `same`: it may follow drift */
    size_t reference;          /* the most similar trusted machine, for reports; or NO_MACHINE */
    struct hwfp_comparison comparison; /* with the reference */
    const char *reason;
};

/* 0 or -ENOMEM. */
int decide(const struct hwfp_vault *vault, const struct hwfp_hash *current, enum hwfp_policy policy,
           struct decision *ret);

/* hwfp_compare() with a record that an older hwfp may have collected. 0 or -ENOMEM. */
int decide_compare(const struct hwfp_hash *record, const struct hwfp_hash *current,
                   enum hwfp_policy policy, int threshold, struct hwfp_comparison *ret);

/* The same where there is a reason for doubt that does not lie in the two hashes: what would be
 * `same` is uncertain. NULL: none. A similarity that is switched off is beyond doubt. */
int decide_in_doubt(const struct hwfp_vault *vault, const struct hwfp_hash *current,
                    enum hwfp_policy policy, const char *doubt, struct decision *ret);

/* Would following drift change anything? *ret_names (may be NULL) receives the changed components
 * of the counted classes, comma-separated, owned by the caller; NULL if only image or place
 * changed. */
bool drift_found(const struct hwfp_hash *record, const struct hwfp_hash *current, char **ret_names);

/* Makes the record follow: chassis items are added, never replaced; parts and models are replaced
 * where something new appeared; what is merely not there stays on record. */
int drift_follow(struct hwfp_hash *record, const struct hwfp_hash *current);

/* Adds all evidence of `current` to a record, as an administrator's accept does. */
int drift_accept(struct hwfp_hash *record, const struct hwfp_hash *current);

/* Takes those components of a class out of a record of which `current` has nothing; of a model's
 * those items, too, that `current` does not have. What cannot be read now stays. */
void drift_drop(struct hwfp_hash *record, const struct hwfp_hash *current, enum hwfp_class class);

#endif
