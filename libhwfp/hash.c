/* SPDX-License-Identifier: BSD-2-Clause */
#include "hash.h"

#include <errno.h>
#include <string.h>

#include "util.h"

size_t items_common(const struct hwfp_items *a, const struct hwfp_items *b)
{
    size_t i = 0, k = 0, common = 0;

    while (i < a->n && k < b->n) {
        int order = memcmp(a->items[i].digest, b->items[k].digest, HWFP_DIGEST_SIZE);

        common += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return common;
}

int items_copy(const struct hwfp_items *from, struct hwfp_items *ret)
{
    struct hwfp_items copy = *from;

    copy.items = NULL;
    if (from->n > 0) {
        copy.items = malloc(from->n * sizeof(*copy.items));
        if (!copy.items)
            return -ENOMEM;
        memcpy(copy.items, from->items, from->n * sizeof(*copy.items));
    }
    *ret = copy;
    return 0;
}

void items_clear(struct hwfp_items *set)
{
    free(set->items);
    *set = (struct hwfp_items){0};
}

static size_t merge(struct hwfp_item *to, const struct hwfp_items *a, const struct hwfp_items *b)
{
    size_t i = 0, k = 0, n = 0;

    while (i < a->n || k < b->n) {
        int order = i == a->n   ? 1
                    : k == b->n ? -1
                                : memcmp(a->items[i].digest, b->items[k].digest, HWFP_DIGEST_SIZE);

        to[n++] = order <= 0 ? a->items[i] : b->items[k];
        i += order <= 0;
        k += order >= 0;
    }
    return n;
}

int items_unite(struct hwfp_items *to, const struct hwfp_items *from)
{
    struct hwfp_item *all = NULL;

    if (from->n == 0)
        return 0;
    all = malloc((to->n + from->n) * sizeof(*all));
    if (!all)
        return -ENOMEM;
    if (to->n == 0)
        to->derived_from = from->derived_from;
    to->derived = (to->n == 0 || to->derived) && from->derived;
    to->n = merge(all, to, from);
    free(to->items);
    to->items = all;
    to->status = HWFP_USABLE;
    to->incomplete = to->incomplete && from->incomplete;
    return 0;
}

int hwfp_hash_copy(const struct hwfp_hash *from, struct hwfp_hash *ret_hash)
{
    struct hwfp_hash copy = {.collector = from->collector,
                             .virtual_machine = from->virtual_machine,
                             .container = from->container};
    int r = 0;

    for (unsigned c = 0; r == 0 && c < HWFP_COMPONENTS; c++)
        r = items_copy(&from->component[c], &copy.component[c]);
    if (r < 0)
        hwfp_hash_clear(&copy);
    else
        *ret_hash = copy;
    return r;
}

void hwfp_hash_clear(struct hwfp_hash *hash)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        items_clear(&hash->component[c]);
    *hash = (struct hwfp_hash){0};
}

/* Moves from `from` to `to` the items that `wanted` has, or all. */
static int items_move(struct hwfp_items *from, struct hwfp_items *to,
                      const struct hwfp_items *wanted)
{
    struct hwfp_items moved = {0}, kept = {0}, *part;
    int r = 0;

    for (size_t i = 0; r == 0 && i < from->n; i++) {
        struct hwfp_items one = {.status = HWFP_USABLE, .n = 1, .items = &from->items[i]};

        part = !wanted || items_common(&one, wanted) > 0 ? &moved : &kept;
        r = items_unite(part, &one);
    }
    if (r == 0)
        r = items_unite(to, &moved);
    if (r == 0) {
        items_clear(from);
        *from = kept;
        kept = (struct hwfp_items){0};
    }
    items_clear(&moved);
    items_clear(&kept);
    return r;
}

int hash_bring_up(struct hwfp_hash *record, const struct hwfp_hash *current)
{
    struct hwfp_items *mac = &record->component[HWFP_NIC_MAC];
    struct hwfp_items *soft = &record->component[HWFP_NIC_MAC_SOFT];
    const struct hwfp_items *current_soft = &current->component[HWFP_NIC_MAC_SOFT];
    int r;

    if (record->collector >= HWFP_COLLECTOR)
        return 0;
    /* A Xen dom0 was taken for a virtual machine, and a guest without a flag for bare metal. */
    record->virtual_machine = current->virtual_machine;
    /* What is known today to identify nothing was a number then. */
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (current->component[c].status == HWFP_PLACEHOLDER)
            items_clear(&record->component[c]);
    /* All addresses were of one kind. */
    r = items_move(mac, soft, current->component[HWFP_NIC_MAC].n > 0 ? current_soft : NULL);
    if (r == 0 && current_soft->n == 0)
        r = items_move(soft, mac, NULL);
    if (r == 0)
        record->collector = HWFP_COLLECTOR;
    return r;
}

void hash_evidence_digest(const struct hwfp_hash *hash, const struct hwfp_key *key,
                          char ret_hex[2 * HWFP_DIGEST_SIZE + 1])
{
    uint8_t digest[DIGEST_FULL] = {0};

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        enum hwfp_class class = hwfp_component_class((enum hwfp_component)c);
        const struct hwfp_items *set = &hash->component[c];

        if (class != HWFP_CHASSIS && class != HWFP_PART)
            continue;
        for (size_t i = 0; i < set->n; i++)
            digest_plain(digest, sizeof(digest), set->items[i].digest, HWFP_DIGEST_SIZE, digest);
    }
    digest_plain(key->bytes, sizeof(key->bytes), digest, sizeof(digest), digest);
    hex_encode(digest, HWFP_DIGEST_SIZE, ret_hex);
}
