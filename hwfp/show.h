/* SPDX-License-Identifier: BSD-2-Clause */
/* A result in words, and as tables: what several subcommands print. */
#ifndef HWFP_SHOW_H
#define HWFP_SHOW_H

#include "command.h"

const char *show_verdict(enum hwfp_verdict verdict);
const char *show_strength(enum hwfp_strength strength);

/* What a threshold of -1 means, on a line of its own; nothing for another one. */
void show_threshold_off(const struct session *session, int threshold);
enum style show_verdict_style(enum hwfp_verdict verdict);

/* The labels of the items that `only` asks for, each after an ellipsis, into `text`. `wanted` may
 * be NULL for all; else it says for each item whether to show it. */
void show_labels(const struct screen *screen, const struct hwfp_items *items, const bool *wanted,
                 char *text, size_t size);

/* How a component fits what is on record, into `text`; gives the style. */
enum style show_match(const struct hwfp_result *result, enum hwfp_component c, char *text,
                      size_t size);

/* ---- The sum of bits: show_bits.c. ---- */

#define SHOW_BITS_SIZE 16
#define SHOW_SUM_SIZE 1024
enum { SHOW_WIDTH = 80, SHOW_INDENT = 15 };

/* Tenths of a bit as people read them: "+5", "-4.5". */
void show_bits_number(int tenths, char text[SHOW_BITS_SIZE]);

/* "system-uuid -5, nic-mac +5, dimm-serial +5, disk-serial +1: +6, same". */
void show_sum(const struct hwfp_comparison *comparison, char *text, size_t size);

/* Where a sum lies between different and same. */
void show_scale(const struct screen *screen, int bits, char *text, size_t size);

/* Adds the sum to a table of two columns, and the scale where there is a terminal. */
void show_add_sum(struct table *table, const struct session *session,
                  const struct hwfp_comparison *comparison);

/* The verdict and what belongs to it, as lines of name and value. */
void show_summary(const struct session *session, const struct hwfp_result *result);

/* One line a component. */
void show_components(const struct session *session, const struct hwfp_result *result);

/* Asks the gate; with a bad configuration the verdict is error. 0 or -ENOMEM. Clear the result. */
int show_ask(const struct session *session, unsigned flags, struct hwfp_result *ret);

/* Asks the gate and tells what it found: as JSON, or as the tables above. Gives the exit status. */
int show_gate(const struct session *session, unsigned flags, bool with_components);

#endif
