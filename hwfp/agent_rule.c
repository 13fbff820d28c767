/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rule itself is hwfp_ssm_similar(). Where values are unknown it is asked twice: as if all of
 * them were equal, and as if none were. If both answers agree, no unknown value matters.
 */
#include "agent_rule.h"

#include <string.h>

#include "util.h"

#define MACHINE_ID "machine-id"
#define IP_ADDRESS "ipaddress-info"
#define NEVER_SAVED "\001" /* for a value that equals none */

static const char *saved_value(const struct agent_vault *vault, const char *name)
{
    for (size_t i = 0; i < vault->n_values; i++)
        if (strcmp(vault->values[i].name, name) == 0)
            return vault->values[i].value;
    return NULL;
}

static enum agent_match match_of(const char *saved, const char *current)
{
    if (!current)
        return AGENT_UNKNOWN;
    if (!saved || strcmp(saved, current) != 0)
        return AGENT_DIFFERS;
    return *current ? AGENT_MATCHES : AGENT_EMPTY;
}

static void match_all(const struct agent_vault *vault, const struct agent_values *values,
                      struct agent_judgement *ret)
{
    for (size_t i = 0; i < AGENT_VALUES; i++) {
        const struct agent_value *value = &values->value[i];

        ret->match[i] = match_of(saved_value(vault, value->name), value->text);
        ret->equal += ret->match[i] == AGENT_MATCHES || ret->match[i] == AGENT_EMPTY;
        ret->unknown += ret->match[i] == AGENT_UNKNOWN;
    }
}

static bool similar(const struct agent_vault *vault, const struct agent_values *values,
                    bool unknown_is_equal, float *ret_percent)
{
    struct hwfp_ssm_value current[AGENT_VALUES];

    for (size_t i = 0; i < AGENT_VALUES; i++) {
        const char *name = values->value[i].name, *text = values->value[i].text;
        const char *saved = saved_value(vault, name);

        if (!text)
            text = unknown_is_equal ? (saved ? saved : "") : NEVER_SAVED;
        current[i] = (struct hwfp_ssm_value){.name = name, .value = text};
    }
    return hwfp_ssm_similar(vault->values, vault->n_values, current, AGENT_VALUES, vault->threshold,
                            ret_percent);
}

/* Known to be equal, as Go has it: what is not in a map is an empty value. */
static bool is_equal(const struct agent_vault *vault, const struct agent_values *values,
                     const char *name)
{
    const char *saved = saved_value(vault, name);

    for (size_t i = 0; i < AGENT_VALUES; i++)
        if (strcmp(values->value[i].name, name) == 0)
            return values->value[i].text && strcmp(saved ? saved : "", values->value[i].text) == 0;
    return false;
}

static enum agent_rule rule_of(const struct agent_vault *vault, const struct agent_values *values)
{
    if (vault->threshold == HWFP_THRESHOLD_OFF)
        return AGENT_THRESHOLD_OFF;
    if (vault->n_values == 0)
        return AGENT_NOTHING_SAVED;
    if (!is_equal(vault, values, MACHINE_ID))
        return AGENT_MACHINE_ID;
    return is_equal(vault, values, IP_ADDRESS) ? AGENT_IP_ADDRESS : AGENT_COUNT;
}

void agent_judge(const struct agent_vault *vault, const struct agent_values *values,
                 struct agent_judgement *ret)
{
    bool at_worst, at_best;

    *ret = (struct agent_judgement){.rule = rule_of(vault, values)};
    match_all(vault, values, ret);
    at_best = similar(vault, values, true, NULL);
    at_worst = similar(vault, values, false, &ret->percent);
    if (values->late || at_worst != at_best)
        ret->decision = AGENT_UNDECIDED;
    else
        ret->decision = at_worst ? AGENT_KEEP : AGENT_ROTATE;
}

const char *agent_match_name(enum agent_match match)
{
    static const char *const names[] = {
        [AGENT_MATCHES] = "matches",
        [AGENT_DIFFERS] = "differs",
        [AGENT_EMPTY] = "empty on both sides",
        [AGENT_UNKNOWN] = "unknown",
    };

    return names[match];
}

const char *agent_decision_name(enum agent_decision decision)
{
    static const char *const names[] = {
        [AGENT_KEEP] = "keep", [AGENT_ROTATE] = "rotate", [AGENT_UNDECIDED] = "unknown"};

    return names[decision];
}

const char *agent_rule_name(enum agent_rule rule)
{
    static const char *const names[] = {
        [AGENT_THRESHOLD_OFF] = "threshold-off",
        [AGENT_NOTHING_SAVED] = "nothing-saved",
        [AGENT_MACHINE_ID] = "machine-id",
        [AGENT_IP_ADDRESS] = "ip-address",
        [AGENT_COUNT] = "count",
    };

    return names[rule];
}
