/* SPDX-License-Identifier: BSD-2-Clause */
/* What a look would be once the devices are all there. */
#include "hash.h"
#include "look.h"

/* Something on record is not there at all, or there is less of it: it may only be late. */
static bool may_be_late(enum hwfp_component c, const struct hwfp_items *recorded,
                        const struct hwfp_items *is)
{
    enum hwfp_class class = hwfp_component_class(c);

    return (class == HWFP_CHASSIS || class == HWFP_PART) &&
           (is->n < recorded->n || (is->incomplete && recorded->n > 0));
}

/* The current hash as it would be if all that may be late were there. *ret_late: how much is. */
static int imagine_settled(const struct hwfp_hash *now, const struct hwfp_hash *record,
                           struct hwfp_hash *ret, unsigned *ret_late)
{
    int r = hwfp_hash_copy(now, ret);

    *ret_late = 0;
    for (unsigned c = 0; r == 0 && c < HWFP_COMPONENTS; c++) {
        struct hwfp_items *is = &ret->component[c];

        if (!may_be_late((enum hwfp_component)c, &record->component[c], is))
            continue;
        ++*ret_late;
        r = items_unite(is, &record->component[c]);
    }
    return r;
}

static bool is_new(const struct decision *d)
{
    return d->verdict == HWFP_DIFFERENT && d->machine == NO_MACHINE;
}

bool look_could_settle(const struct look *look, const struct hwfp_vault *vault,
                       enum hwfp_policy policy)
{
    const struct decision *d = &look->decision;
    struct hwfp_hash settled = {0};
    struct decision then = *d;
    unsigned late;
    int r;

    if (d->verdict == HWFP_SAME || d->reference == NO_MACHINE)
        return false;
    r = imagine_settled(&look->hash, &vault->machines[d->reference].hash, &settled, &late);
    if (r == 0 && late > 0)
        r = decide(vault, &settled, policy, &then);
    hwfp_hash_clear(&settled);
    return r < 0 || then.verdict != d->verdict || (late > 0 && is_new(d));
}
