/* SPDX-License-Identifier: BSD-2-Clause */
/* How sure hwfp could ever be on a machine: what there is to know it by. */
#include "hwfp.h"

/* The asset tag is what somebody typed, and a derived serial says what the UUID says. */
static bool is_witness(const struct hwfp_hash *hash, unsigned c)
{
    const struct hwfp_items *set = &hash->component[c];

    return set->status == HWFP_USABLE && !set->derived && c != HWFP_ASSET_TAG;
}

static unsigned witnesses(const struct hwfp_hash *hash, enum hwfp_class class)
{
    unsigned n = 0;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        n += hwfp_component_class((enum hwfp_component)c) == class && is_witness(hash, c);
    return n;
}

enum hwfp_strength hwfp_hash_strength(const struct hwfp_hash *hash)
{
    unsigned chassis = witnesses(hash, HWFP_CHASSIS), parts = witnesses(hash, HWFP_PART);

    if (chassis >= 2 || (chassis == 1 && parts >= 1))
        return HWFP_STRENGTH_STRONG;
    if (chassis == 1 || parts >= 2)
        return HWFP_STRENGTH_FAIR;
    return parts == 1 ? HWFP_STRENGTH_WEAK : HWFP_STRENGTH_NONE;
}
