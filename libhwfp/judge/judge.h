/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of bits: what each component says when it agrees and when it disagrees. */
#ifndef HWFP_JUDGE_H
#define HWFP_JUDGE_H

#include "hwfp.h"

/* Sums, in tenths of a bit. */
enum {
    JUDGE_SAME = 25,           /* from here on */
    JUDGE_DIFFERENT = -50,     /* from here down */
    JUDGE_HIDDEN = -30,        /* chassis evidence is on record, and none is to be seen */
    JUDGE_KIND_CHANGED = -100, /* bare metal became virtual, or the other way round */
};

/* In tenths of a bit. */
struct judge_bits {
    int agrees, disagrees;
    int several; /* what disagrees is two items or more; 0: as `disagrees` */
};

/* The row of a component, on bare metal or on a virtual machine; all zero: it has no say. */
struct judge_bits judge_bits(enum hwfp_component c, bool virtual_machine);

/* A device-tree serial number beside a chip that tells another number of its own: the boot loader
 * wrote it. */
struct judge_bits judge_bits_of_boot_loader(void);

/* Holds a sum that would be `same` below it, as a guard does. */
void judge_hold_below_same(struct hwfp_comparison *comparison);

/* 100 * 2^s / (1 + 2^s) of a sum s in tenths of a bit, rounded to a whole number. */
int judge_similarity(int bits);

#endif
