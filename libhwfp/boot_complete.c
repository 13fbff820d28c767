/* SPDX-License-Identifier: BSD-2-Clause */
/* What was not known of this boot when its verdict was published, and is now. */
#include "boot_facts.h"
#include "util.h"
#include "verdict.h"

int hwfp_published_complete(const struct hwfp_system *system, const struct hwfp_config *config,
                            char **ret_error)
{
    struct hwfp_boot_facts now;
    struct hwfp_hash hash = {0};
    struct hwfp_vault *vault = NULL;
    int r = hwfp_vault_load(system, &vault, ret_error);

    if (r < 0)
        return r;
    r = hwfp_hash_collect(system, &vault->key, config->ignore, &hash);
    if (r == 0)
        r = boot_facts_collect(system, &vault->key, config->ignore, &hash, &now);
    hwfp_hash_clear(&hash);
    hwfp_vault_free(vault);
    return r < 0 ? fail(ret_error, r, "out of memory") : verdict_complete(system, &now, ret_error);
}
