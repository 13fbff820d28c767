/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of configuration, JSON and reports, and back. */
#include <errno.h>
#include <string.h>

#include "hwfp.h"
#include "util.h"

struct word {
    int value;
    const char *name;
};

static const struct word verdicts[] = {
    {HWFP_SAME, "same"},           {HWFP_DIFFERENT, "different"},
    {HWFP_UNCERTAIN, "uncertain"}, {HWFP_UNENROLLED, "unenrolled"},
    {HWFP_ERROR, "error"},
};

static const struct word modes[] = {
    {HWFP_MODE_OFF, "off"},
    {HWFP_MODE_FLAG, "flag"},
    {HWFP_MODE_DENY, "deny"},
};

static const struct word policies[] = {
    {HWFP_POLICY_HARDWARE, "hardware"},
    {HWFP_POLICY_SSM, "ssm"},
};

static const struct word strengths[] = {
    {HWFP_STRENGTH_NONE, "none"},
    {HWFP_STRENGTH_WEAK, "weak"},
    {HWFP_STRENGTH_FAIR, "fair"},
    {HWFP_STRENGTH_STRONG, "strong"},
};

static const struct word classes[] = {
    {HWFP_CHASSIS, "chassis"}, {HWFP_PART, "part"},   {HWFP_MODEL, "model"},
    {HWFP_IMAGE, "image"},     {HWFP_PLACE, "place"},
};

static const struct word statuses[] = {
    {HWFP_ABSENT, "absent"},
    {HWFP_PLACEHOLDER, "placeholder"},
    {HWFP_UNREADABLE, "unreadable"},
    {HWFP_USABLE, "usable"},
};

static const struct word matches[] = {
    {HWFP_MATCH_UNKNOWN, "unknown"},
    {HWFP_MATCH_NONE, "none"},
    {HWFP_MATCH_SOME, "some"},
    {HWFP_MATCH_ALL, "all"},
};

static const char *word_name(const struct word *words, size_t n, int value)
{
    for (size_t i = 0; i < n; i++)
        if (words[i].value == value)
            return words[i].name;
    return "unknown";
}

static int word_value(const struct word *words, size_t n, const char *name, int *ret)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i].name, name) == 0) {
            *ret = words[i].value;
            return 0;
        }
    return -EINVAL;
}

#define WORD_NAME(function, type, words)                                                           \
    const char *function(enum type value)                                                          \
    {                                                                                              \
        return word_name(words, ARRAY_SIZE(words), (int)value);                                    \
    }

#define WORD_PARSE(function, type, words)                                                          \
    int function(const char *name, enum type *ret)                                                 \
    {                                                                                              \
        int value = 0, r = word_value(words, ARRAY_SIZE(words), name, &value);                     \
                                                                                                   \
        if (r == 0)                                                                                \
            *ret = (enum type)value;                                                               \
        return r;                                                                                  \
    }

WORD_NAME(hwfp_verdict_name, hwfp_verdict, verdicts)
WORD_NAME(hwfp_mode_name, hwfp_mode, modes)
WORD_NAME(hwfp_policy_name, hwfp_policy, policies)
WORD_NAME(hwfp_strength_name, hwfp_strength, strengths)
WORD_NAME(hwfp_class_name, hwfp_class, classes)
WORD_NAME(hwfp_status_name, hwfp_status, statuses)
WORD_NAME(hwfp_match_name, hwfp_match, matches)

WORD_PARSE(hwfp_verdict_parse, hwfp_verdict, verdicts)
WORD_PARSE(hwfp_mode_parse, hwfp_mode, modes)
WORD_PARSE(hwfp_policy_parse, hwfp_policy, policies)
WORD_PARSE(hwfp_strength_parse, hwfp_strength, strengths)
