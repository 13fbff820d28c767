/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of items: what the gate and the vault do with hardware hashes beyond comparing them. */
#ifndef HWFP_HASH_H
#define HWFP_HASH_H

#include "digest.h"
#include "hwfp.h"

/* How many items two sets have in common. Both ascending, as hwfp_hash_collect() makes them. */
size_t items_common(const struct hwfp_items *a, const struct hwfp_items *b);

int items_copy(const struct hwfp_items *from, struct hwfp_items *ret);
void items_clear(struct hwfp_items *set);

/* Adds the items of `from` to `to`. 0 or -ENOMEM, and then `to` is as it was. */
int items_unite(struct hwfp_items *to, const struct hwfp_items *from);

/* Makes a record that an older hwfp collected what today's would have collected of the same
 * machine, as far as `current` tells; so that no upgrade alone makes it another one. Does nothing
 * to a record of today's. 0 or -ENOMEM. */
int hash_bring_up(struct hwfp_hash *record, const struct hwfp_hash *current);

/* A digest of the counted evidence (classes chassis and part): equal for two looks at one machine.
 */
void hash_evidence_digest(const struct hwfp_hash *hash, const struct hwfp_key *key,
                          char ret_hex[2 * HWFP_DIGEST_SIZE + 1]);

/* The second half of hwfp_hash_collect(): digests what the sources have found. 0 or -ENOMEM. */
struct evidence;
int hash_of_evidence(const struct evidence *e, const struct hwfp_key *key, uint32_t ignore,
                     struct hwfp_hash *ret_hash);

/* As hwfp_hash_collect(), of what the firmware says of the machine now (QEMU's fw_cfg), which the
 * kernel has read into sysfs once, at boot. */
int hash_collect_firmware_copy(const struct hwfp_system *system, const struct hwfp_key *key,
                               uint32_t ignore, struct hwfp_hash *ret_hash);

#endif
