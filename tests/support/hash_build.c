/* SPDX-License-Identifier: BSD-2-Clause */
#include "hash_build.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "hash.h"

struct hwfp_item item_random(struct prng *prng)
{
    struct hwfp_item item = {.label = ""};

    for (size_t i = 0; i < HWFP_DIGEST_SIZE; i++)
        item.digest[i] = (uint8_t)(prng_next(prng) >> 40);
    return item;
}

void items_put(struct hwfp_items *set, const struct hwfp_item *item)
{
    struct hwfp_item copy = *item;
    const struct hwfp_items one = {.status = HWFP_USABLE, .n = 1, .items = &copy};

    if (items_unite(set, &one) < 0)
        errx(1, "no memory");
}

void items_take(struct hwfp_items *set, size_t i)
{
    set->n--;
    memmove(&set->items[i], &set->items[i + 1], (set->n - i) * sizeof(*set->items));
    if (set->n == 0)
        items_clear(set);
}

size_t items_index(const struct hwfp_items *set, const struct hwfp_item *item)
{
    size_t i = 0;

    while (i < set->n && memcmp(set->items[i].digest, item->digest, HWFP_DIGEST_SIZE) != 0)
        i++;
    return i;
}

void items_spoil(struct hwfp_items *set, enum hwfp_status status)
{
    items_clear(set);
    set->status = status;
}

void hash_duplicate(const struct hwfp_hash *from, struct hwfp_hash *ret)
{
    if (hwfp_hash_copy(from, ret) < 0)
        errx(1, "no memory");
}

static void show_items(const char *name, const struct hwfp_items *set)
{
    (void)fprintf(stderr, "# %s %s%s%s", name, hwfp_status_name(set->status),
                  set->derived ? " derived" : "", set->incomplete ? " incomplete" : "");
    for (size_t i = 0; i < set->n; i++)
        (void)fprintf(stderr, " %02x%02x", set->items[i].digest[0], set->items[i].digest[1]);
    (void)fputc('\n', stderr);
}

void hash_show(const char *title, const struct hwfp_hash *hash)
{
    (void)fprintf(stderr, "# %s%s\n", title, hash->virtual_machine ? ", a virtual machine" : "");
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (hash->component[c].status != HWFP_ABSENT)
            show_items(hwfp_component_name((enum hwfp_component)c), &hash->component[c]);
}
