/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HWFP_JSON_H
#define HWFP_JSON_H

#include <cjson/cJSON.h>

/* The text of a value, without blanks, to be freed by free(3): the program that a PAM module is in
 * may have given cJSON another allocator. NULL: no memory. */
char *json_text(const cJSON *value);

#endif
