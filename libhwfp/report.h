/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reports and the command share. */
#ifndef HWFP_REPORT_H
#define HWFP_REPORT_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "hwfp.h"

#define REPORT_SCHEMA                                                                              \
    1 /* of the JSON objects: raised when a name changes its meaning                               \
       */

/* A copy of text that may come from firmware, as valid UTF-8 without control characters: each byte
 * that is neither becomes '?'. The caller frees it. NULL: no memory, or `text` is NULL. */
char *report_clean(const char *text);

/* Adds text under a name, cleaned; JSON's null for NULL and for "". False: no memory. */
bool report_add_text(cJSON *object, const char *name, const char *text);

#endif
