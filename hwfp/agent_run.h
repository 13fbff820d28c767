/* SPDX-License-Identifier: BSD-2-Clause */
/* Running a program as amazon-ssm-agent does, but not for ever. */
#ifndef HWFP_AGENT_RUN_H
#define HWFP_AGENT_RUN_H

#include <stddef.h>

#include "hwfp.h"

#define AGENT_VARIABLES_MAX 24

/* The environment that systemd gives the agent, which ls's dates depend on: a PATH and the system's
 * locale, not the caller's. */
struct agent_environment {
    char *variables[AGENT_VARIABLES_MAX + 1]; /* they point into the texts below */
    char path[128], no_locale[16], locale[4096];
};
void agent_environment_read(const struct hwfp_system *system, struct agent_environment *ret);

/*
 * Runs argv[0], without a shell, standard input and error being /dev/null, and gives what it
 * printed; the caller frees it. Whatever does not end in time is killed, with its children.
 *  -ENOENT    there is no such program
 *  -ECHILD    it failed: a signal, or an exit status that is not 0
 *  -ETIMEDOUT it did not end in time
 *  -EFBIG     it printed more than 1 MiB
 */
int agent_run(char *const argv[], const struct agent_environment *environment,
              unsigned timeout_seconds, char **ret_output, size_t *ret_size);

#endif
