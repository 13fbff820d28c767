/* SPDX-License-Identifier: BSD-2-Clause */
/* How a machine's record follows small changes, so that years of them never add up to an alarm. */
#include <errno.h>
#include <string.h>

#include "decide.h"
#include "hash.h"
#include "util.h"

/* Something that is not on record. What is on record and not there may only be late or broken. */
static bool has_news(const struct hwfp_items *record, const struct hwfp_items *current)
{
    return current->status == HWFP_USABLE && items_common(record, current) < current->n;
}

static bool same_number(const struct hwfp_hash *record, const struct hwfp_hash *current, unsigned a,
                        unsigned b)
{
    const struct hwfp_hash *const sides[] = {record, current};

    for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
        const struct hwfp_items *x = &sides[i]->component[a], *y = &sides[i]->component[b];

        if ((x->derived ? x->derived_from : a) == (y->derived ? y->derived_from : b))
            return true;
    }
    return false;
}

/* Does any other chassis evidence match? Without it new chassis evidence has no one to vouch for
 * it. */
static bool chassis_vouched(const struct hwfp_hash *record, const struct hwfp_hash *current,
                            unsigned except)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (c != except && c != HWFP_ASSET_TAG && !same_number(record, current, except, c) &&
            hwfp_component_class((enum hwfp_component)c) == HWFP_CHASSIS &&
            items_common(&record->component[c], &current->component[c]) > 0)
            return true;
    return false;
}

static bool follows(const struct hwfp_hash *record, const struct hwfp_hash *current, unsigned c)
{
    if (!has_news(&record->component[c], &current->component[c]))
        return false;
    return hwfp_component_class((enum hwfp_component)c) != HWFP_CHASSIS ||
           chassis_vouched(record, current, c);
}

static void add_name(char **names, const char *name)
{
    char *longer = NULL;

    if (asprintf(&longer, "%s%s%s", *names ? *names : "", *names ? "," : "", name) < 0)
        return;
    free(*names);
    *names = longer;
}

bool drift_found(const struct hwfp_hash *record, const struct hwfp_hash *current, char **ret_names)
{
    char *names = NULL;
    /* A record of an older hwfp becomes one of today's. */
    bool found = record->collector < HWFP_COLLECTOR;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        enum hwfp_class class = hwfp_component_class((enum hwfp_component)c);

        if (!follows(record, current, c))
            continue;
        found = true;
        if (class != HWFP_IMAGE && class != HWFP_PLACE)
            add_name(&names, hwfp_component_name((enum hwfp_component)c));
    }
    if (ret_names)
        *ret_names = names;
    else
        free(names);
    return found;
}

static int replace(struct hwfp_items *record, const struct hwfp_items *current)
{
    struct hwfp_items copy;
    int r = items_copy(current, &copy);

    if (r < 0)
        return r;
    items_clear(record);
    *record = copy;
    return 0;
}

int drift_follow(struct hwfp_hash *record, const struct hwfp_hash *current)
{
    int r = hash_bring_up(record, current);

    for (unsigned c = 0; r == 0 && c < HWFP_COMPONENTS; c++) {
        struct hwfp_items *was = &record->component[c];
        const struct hwfp_items *is = &current->component[c];

        if (!follows(record, current, c))
            continue;
        if (hwfp_component_class((enum hwfp_component)c) == HWFP_CHASSIS || is->incomplete)
            r = items_unite(was, is);
        else
            r = replace(was, is);
    }
    record->virtual_machine = current->virtual_machine;
    return r;
}

int drift_accept(struct hwfp_hash *record, const struct hwfp_hash *current)
{
    int r = hash_bring_up(record, current);

    for (unsigned c = 0; r == 0 && c < HWFP_COMPONENTS; c++)
        r = items_unite(&record->component[c], &current->component[c]);
    record->virtual_machine = current->virtual_machine;
    return r;
}

static bool is_current(const struct hwfp_items *current, const struct hwfp_item *item)
{
    for (size_t i = 0; i < current->n; i++)
        if (memcmp(current->items[i].digest, item->digest, HWFP_DIGEST_SIZE) == 0)
            return true;
    return false;
}

void drift_drop(struct hwfp_hash *record, const struct hwfp_hash *current, enum hwfp_class class)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        struct hwfp_items *was = &record->component[c];
        const struct hwfp_items *is = &current->component[c];

        if (hwfp_component_class((enum hwfp_component)c) != class || is->status == HWFP_UNREADABLE)
            continue;
        if (is->status != HWFP_USABLE) {
            items_clear(was);
        } else if (class == HWFP_MODEL) {
            /* A processor that the firmware no longer names. */
            size_t kept = 0;

            for (size_t i = 0; i < was->n; i++)
                if (is_current(is, &was->items[i]))
                    was->items[kept++] = was->items[i];
            was->n = kept;
        }
    }
}
