/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of /run/hwfp/verdict. */
#ifndef HWFP_VERDICT_TEXT_H
#define HWFP_VERDICT_TEXT_H

#include "verdict.h"

#define VERDICT_SIZE_MAX 4096 /* bytes, with the final NUL */

/* The number of bytes without the final NUL, or -EOVERFLOW. */
int verdict_format(const struct hwfp_published *p, const char *boot_id, char ret[VERDICT_SIZE_MAX]);

/* 0, or -EBADMSG: not as verdict_format() writes it. Fields that this version does not know are
 * passed over. */
int verdict_parse(const char *text, struct hwfp_published *ret,
                  char ret_boot_id[VERDICT_BOOT_ID_SIZE]);

#endif
