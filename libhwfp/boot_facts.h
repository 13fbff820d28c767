/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace of a restored memory snapshot. A system that was saved with its memory and goes on
 * elsewhere keeps its boot id, and what the kernel read at boot; but its disks are others, and so
 * is what its firmware says when it is asked again. A fact that is not known on both sides is
 * neither for nor against.
 */
#ifndef HWFP_BOOT_FACTS_H
#define HWFP_BOOT_FACTS_H

#include "hwfp.h"

/* As they are now. `hash` is the current one under `key`. 0, or -ENOMEM. */
int boot_facts_collect(const struct hwfp_system *system, const struct hwfp_key *key,
                       uint32_t ignore, const struct hwfp_hash *hash, struct hwfp_boot_facts *ret);

/* NULL, or one sentence, static: what has changed since `recorded`, within one boot. */
const char *boot_facts_changed(const struct hwfp_boot_facts *recorded,
                               const struct hwfp_boot_facts *now);

/* Adds what `recorded` does not know yet, and never replaces what it knows; nothing if something
 * has changed. True if it added anything. Facts under another key are none. */
bool boot_facts_complete(struct hwfp_boot_facts *recorded, const struct hwfp_boot_facts *now);

#endif
