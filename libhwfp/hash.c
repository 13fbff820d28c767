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
    to->n = merge(all, to, from);
    free(to->items);
    to->items = all;
    to->status = HWFP_USABLE;
    to->incomplete = to->incomplete && from->incomplete;
    to->derived = to->derived || from->derived;
    return 0;
}

int hwfp_hash_copy(const struct hwfp_hash *from, struct hwfp_hash *ret_hash)
{
    struct hwfp_hash copy = {.virtual_machine = from->virtual_machine,
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
