/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the captured tree of a sample machine out of facts: sysfs, procfs and /etc as its kernel
 * would show them. One file a subject: machine_NAME.c. */
#ifndef MACHINE_H
#define MACHINE_H

#include "facts.h"
#include "tree.h"

void machine_smbios(struct tree *tree, const struct facts *facts);
void machine_firmware(struct tree *tree, const struct facts *facts);
void machine_cpu(struct tree *tree, const struct facts *facts);
void machine_devicetree(struct tree *tree, const struct facts *facts);
void machine_disk(struct tree *tree, const struct facts *facts);
void machine_nic(struct tree *tree, const struct facts *facts);
void machine_os(struct tree *tree, const struct facts *facts);

/* All of them. */
void machine_write(struct tree *tree, const struct facts *facts);

/* Removes what machine_write() may have written before: another machine's hardware. What else the
 * tree holds stays: var/, run/hwfp, etc/hwfp. */
void machine_remove(struct tree *tree);

/* A whole number in decimal from 0 to `max`, or a failure of the tree that names the fact. */
unsigned long machine_number(struct tree *tree, const char *fact, const char *text,
                             unsigned long max);

/* Checks that the options of a fact, its fields from `first` on, are known: `options` ends with
 * NULL; one that ends in "=" takes a value. */
void machine_check_options(struct tree *tree, const struct fact *fact, size_t first,
                           const char *const *options);

#endif
