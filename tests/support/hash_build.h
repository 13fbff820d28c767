/* SPDX-License-Identifier: BSD-2-Clause */
/* Hardware hashes made by hand, item by item, without a machine. */
#ifndef HASH_BUILD_H
#define HASH_BUILD_H

#include "hwfp.h"
#include "prng.h"

/* An item that no other one equals. */
struct hwfp_item item_random(struct prng *prng);

/* Puts an item where its digest belongs; the set is usable then. */
void items_put(struct hwfp_items *set, const struct hwfp_item *item);

/* Takes item i out; a set that has lost its last one is absent. */
void items_take(struct hwfp_items *set, size_t i);

/* Has it an item of this digest? Its index, or set->n. */
size_t items_index(const struct hwfp_items *set, const struct hwfp_item *item);

/* Makes a set what a source finds when there is nothing to use. */
void items_spoil(struct hwfp_items *set, enum hwfp_status status);

/* hwfp_hash_copy() that cannot fail. */
void hash_duplicate(const struct hwfp_hash *from, struct hwfp_hash *ret);

/* Tells one on standard error, a line a component, for a test that failed. */
void hash_show(const char *title, const struct hwfp_hash *hash);

#endif
