/* SPDX-License-Identifier: BSD-2-Clause */
/* The vault of amazon-ssm-agent: read with care, never written. */
#ifndef HWFP_AGENT_VAULT_H
#define HWFP_AGENT_VAULT_H

#include <cjson/cJSON.h>

#include "hwfp.h"

#define AGENT_VAULT "var/lib/amazon/ssm/Vault"

struct agent_vault {
    const char *fingerprint; /* never empty, but not necessarily a UUID */
    int threshold;           /* as it stands there, in range or not */
    size_t n_values;         /* of the hardware hash on record; 0 where there is none */
    struct hwfp_ssm_value *values;
    cJSON *json; /* what the texts above are part of */
};

/*
 * Reads it below the system. Errors, each with its own sentence:
 *  -ENOENT  the agent is not installed, not registered, or its registration was cleared
 *  -EACCES  not permitted to read it (not root)
 *  -EPERM   unsafe: a symbolic link, not a regular file, the owner, the mode
 *  -EBADMSG damaged: the sentence says what the agent will make of it
 */
int agent_vault_read(const struct hwfp_system *system, struct agent_vault *ret, char **ret_error);
void agent_vault_clear(struct agent_vault *vault);

/* What is wrong with a vault that could be read, in sentences; NULL: nothing. The caller frees
 * it. */
char *agent_vault_problem(const struct agent_vault *vault);

#endif
