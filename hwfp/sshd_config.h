/* SPDX-License-Identifier: BSD-2-Clause */
/* Yes and no of sshd_config(5): the first value holds; Include is followed; what stands in a Match
 * block holds for some logins only. */
#ifndef HWFP_SSHD_CONFIG_H
#define HWFP_SSHD_CONFIG_H

#include "hwfp.h"

struct sshd_setting {
    const char *keyword, *alias; /* alias: an older name of the same, or NULL */
    bool yes;                    /* the value; before reading, sshd's own default */
    char value[24];              /* as it is given, or "" */
    bool given;                  /* some file sets it, outside of all Match blocks */
    char *depends;               /* NULL, or the first "FILE:LINE" of a Match block that sets it */
    bool depends_yes;            /* to yes */
};

/* Sets what /etc/ssh/sshd_config below `system` says. -ENOENT: there is none. */
int sshd_config_read(const struct hwfp_system *system, struct sshd_setting *settings, size_t n);

#endif
