/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HWFP_PLACEHOLDER_H
#define HWFP_PLACEHOLDER_H

#include <stdbool.h>

#include "hwfp.h"

/* True if `value` (normalised: lower case, trimmed, single spaces) identifies nothing as an item of
 * this component: what firmware vendors leave in a field that nobody filled. */
bool placeholder_value(enum hwfp_component c, const char *value);

#endif
