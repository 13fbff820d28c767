/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HWFP_SSM_H
#define HWFP_SSM_H

#include "hwfp.h"

#define SSM_VALUES 9
#define SSM_VALUE_SIZE 65

/* The agent's nine values, made of a hardware hash's components instead of the output of dmidecode
 * and ls: equal when the evidence is equal, empty when there is none. */
void ssm_values(const struct hwfp_hash *hash, char text[SSM_VALUES][SSM_VALUE_SIZE],
                struct hwfp_ssm_value ret[SSM_VALUES]);

/* Verdict, similarity and reason by the agent's rule; the component table is filled already. */
void ssm_compare(const struct hwfp_hash *recorded, const struct hwfp_hash *current, int threshold,
                 struct hwfp_comparison *ret);

#endif
