/* SPDX-License-Identifier: BSD-2-Clause */
/* What amazon-ssm-agent will do about its fingerprint, and by which of its rules. */
#ifndef HWFP_AGENT_RULE_H
#define HWFP_AGENT_RULE_H

#include "agent_values.h"
#include "agent_vault.h"

enum agent_match { AGENT_MATCHES, AGENT_DIFFERS, AGENT_EMPTY, AGENT_UNKNOWN };

enum agent_decision {
    AGENT_KEEP,
    AGENT_ROTATE,
    AGENT_UNDECIDED, /* unknown values could turn it either way, or keep the agent waiting */
};

/* In the agent's order: the first that applies decides. */
enum agent_rule {
    AGENT_THRESHOLD_OFF,
    AGENT_NOTHING_SAVED,
    AGENT_MACHINE_ID,
    AGENT_IP_ADDRESS,
    AGENT_COUNT,
};

struct agent_judgement {
    enum agent_decision decision;
    enum agent_rule rule;
    enum agent_match match[AGENT_VALUES]; /* AGENT_EMPTY: on both sides, which counts as equal */
    unsigned equal, unknown;
    float percent; /* of the nine that are equal, unknown ones not counted */
};

void agent_judge(const struct agent_vault *vault, const struct agent_values *values,
                 struct agent_judgement *ret);

const char *agent_match_name(enum agent_match match);
const char *agent_decision_name(enum agent_decision decision);
const char *agent_rule_name(enum agent_rule rule);

#endif
