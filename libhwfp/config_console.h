/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be named in the console exemption of hwfp.conf(5). */
#ifndef HWFP_CONFIG_CONSOLE_H
#define HWFP_CONFIG_CONSOLE_H

#include <stdbool.h>

/* False for services that nobody logs in with at a console, or that run for someone who is in
 * already: naming one of them can only be a mistake. */
bool config_console_service(const char *service);

/* The name below /dev of a line that may be listed, or NULL: virtual terminals need no listing, and
 * whoever is on a pseudo-terminal is not at the console. Points into `line`. */
const char *config_console_line(const char *line);

#endif
