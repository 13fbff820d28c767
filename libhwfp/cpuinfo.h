/* SPDX-License-Identifier: BSD-2-Clause */
/* The "name : value" lines of /proc/cpuinfo, which two sources read. */
#ifndef HWFP_CPUINFO_H
#define HWFP_CPUINFO_H

#include "system.h"

/* What is read of the file: hundreds of processors make it larger, and the first ones suffice. */
#define CPUINFO_MAX ((size_t)65536)

/* Reads the file as text: whole lines, NUL-terminated. The caller frees it. 0 or negative errno. */
int cpuinfo_read(const struct hwfp_system *system, char **ret_text);

/* Cuts the next line off *text, in place, into its trimmed name and value; a line without a colon
 * has an empty value. False at the end. */
bool cpuinfo_next(char **text, char **ret_name, char **ret_value);

#endif
