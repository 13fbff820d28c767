/* SPDX-License-Identifier: BSD-2-Clause */
/* The current hash, and which machine of a vault it is. */
#include "look.h"

#include "hash.h"
#include "util.h"
#include "verdict.h"

/* *ret_doubt: what has changed within this boot that could not, or NULL. */
static int compare_with_boot(const struct hwfp_system *system, const struct hwfp_config *config,
                             unsigned flags, const struct hwfp_key *key, struct look *look,
                             const char **ret_doubt)
{
    struct hwfp_published published = {0};
    struct hwfp_boot_facts now;
    int r = boot_facts_collect(system, key, config->ignore, &look->hash, &now);

    if (r < 0)
        return r;
    if (!(flags & GATE_NEW_FACTS))
        (void)hwfp_published_read(system, &published, NULL); /* none: nothing is known */
    *ret_doubt = boot_facts_changed(&published.boot, &now);
    look->boot_changed = *ret_doubt != NULL;
    look->boot = published.boot;
    (void)boot_facts_complete(&look->boot, &now);
    return 0;
}

int look_at(const struct hwfp_system *system, const struct hwfp_config *config, unsigned flags,
            const struct hwfp_vault *vault, struct look *ret)
{
    const char *doubt = NULL;
    int r = hwfp_hash_collect(system, &vault->key, config->ignore, &ret->hash);

    if (r == 0)
        r = compare_with_boot(system, config, flags, &vault->key, ret, &doubt);
    /* The agent's own rule knows nothing of boots. */
    if (config->policy != HWFP_POLICY_HARDWARE)
        doubt = NULL;
    if (r == 0)
        r = decide_in_doubt(vault, &ret->hash, config->policy, doubt, &ret->decision);
    return r;
}

bool look_unsaved(const struct hwfp_system *system, const struct look *look,
                  const struct hwfp_vault *vault, char ret_fingerprint[HWFP_FINGERPRINT_SIZE])
{
    char evidence[2 * HWFP_DIGEST_SIZE + 1], fingerprint[HWFP_FINGERPRINT_SIZE];

    hash_evidence_digest(&look->hash, &vault->key, evidence);
    if (look->boot_changed || !verdict_find_unsaved(system, evidence, fingerprint) ||
        hwfp_vault_find(vault, fingerprint))
        return false;
    copy_text(ret_fingerprint, HWFP_FINGERPRINT_SIZE, fingerprint);
    return true;
}

void look_clear(struct look *look)
{
    hwfp_hash_clear(&look->hash);
}

struct hwfp_machine *look_machine(const struct look *look, const struct hwfp_vault *vault)
{
    size_t i = look->decision.machine;

    return i == NO_MACHINE ? NULL : &vault->machines[i];
}
