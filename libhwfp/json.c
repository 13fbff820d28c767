/* SPDX-License-Identifier: BSD-2-Clause */
#include "json.h"

#include <string.h>

char *json_text(const cJSON *value)
{
    char *text = cJSON_PrintUnformatted(value), *copy = text ? strdup(text) : NULL;

    cJSON_free(text);
    return copy;
}
