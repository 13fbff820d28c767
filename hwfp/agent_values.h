/* SPDX-License-Identifier: BSD-2-Clause */
/* The nine values that amazon-ssm-agent knows a machine by, had in the agent's own way. */
#ifndef HWFP_AGENT_VALUES_H
#define HWFP_AGENT_VALUES_H

#include "hwfp.h"

#define AGENT_VALUES 9

struct agent_value {
    const char *name; /* static */
    char *text;       /* "": the agent does not get it either; NULL: unknown */
};

struct agent_values {
    struct agent_value value[AGENT_VALUES];
    bool late;     /* a program did not end in time: the agent would still wait for it */
    char *problem; /* NULL, or why values are unknown, in sentences */
};

/*
 * Runs /usr/sbin/dmidecode four times and ls once, each for at most `timeout_seconds`. Of a system
 * that is not the running one only what its files say is known. 0, or -ENOMEM.
 */
int agent_values_collect(const struct hwfp_system *system, unsigned timeout_seconds,
                         struct agent_values *ret);
void agent_values_clear(struct agent_values *values);

#endif
