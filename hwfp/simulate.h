/* SPDX-License-Identifier: BSD-2-Clause */
/* What may change on a machine, applied to a copy of its hardware hash. Pure: what the changed hash
 * is worth, hwfp_compare() says. */
#ifndef HWFP_SIMULATE_H
#define HWFP_SIMULATE_H

#include "hwfp.h"

#define SIMULATE_MAX 32 /* the usual changes, at most */

/* In what way a component changes. */
enum simulate_way { SIMULATE_ALL, SIMULATE_ONE, SIMULATE_GONE, SIMULATE_HIDDEN, SIMULATE_WAYS };

struct simulate_change {
    const char *name;
    uint32_t components[SIMULATE_WAYS]; /* bits 1 << enum hwfp_component, none in two ways */
};

static inline bool simulate_has(uint32_t components, unsigned c)
{
    return (components & UINT32_C(1) << c) != 0;
}

/* All components of the change, in whatever way. */
uint32_t simulate_components(const struct simulate_change *change);

/* The changes that make sense on this machine; gives their number. The first is none at all. */
size_t simulate_usual(const struct hwfp_hash *hash, struct simulate_change ret[SIMULATE_MAX]);

/* One's own change: COMPONENT[=all|one|gone|hidden],... -EINVAL with a sentence, or -ENOMEM. */
int simulate_parse(const char *list, struct simulate_change *ret, char **ret_error);

/* Leaves what this machine has: of a component that is not usable nothing can change, and of one
 * item all is one. What the firmware derives from the system UUID changes with it. Gives the
 * components that were left out. */
uint32_t simulate_restrict(const struct hwfp_hash *hash, struct simulate_change *change);

/* The change as simulate_parse() reads it. The caller frees it. NULL: no memory. */
char *simulate_spell(const struct simulate_change *change);

/* Changes the hash. New items are made of the old ones, so that every run gives the same. */
void simulate_apply(const struct simulate_change *change, struct hwfp_hash *hash);

#endif
