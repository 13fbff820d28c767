/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reports and the command share. */
#ifndef HWFP_REPORT_H
#define HWFP_REPORT_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdio.h>

#include "hwfp.h"

#define REPORT_SCHEMA                                                                              \
    1 /* of the JSON objects: raised when a name changes its meaning                               \
       */

/* A copy of text that may come from firmware, as valid UTF-8 without control characters: each byte
 * that is neither becomes '?'. The caller frees it. NULL: no memory, or `text` is NULL. */
char *report_clean(const char *text);

/* Whether a component that counts (chassis, part, model) differs from what is on record. */
bool report_changed(const struct hwfp_result *result, enum hwfp_component c);

/* Adds text under a name, cleaned; JSON's null for NULL and for "". False: no memory. */
bool report_add_text(cJSON *object, const char *name, const char *text);

/* JSON's null for 0, which is no threshold: it is not known. False: no memory. */
bool report_add_threshold(cJSON *object, int threshold);

/* Adds the sum of bits and what of it is no component's; null where nothing was compared by bits.
 * False: no memory. */
bool report_add_bits(cJSON *object, const struct hwfp_comparison *comparison, bool compared);

/* Prints " changed=" and the names of the components that changed, with commas, or "none". */
void report_print_changed(FILE *out, const struct hwfp_result *result);

#endif
