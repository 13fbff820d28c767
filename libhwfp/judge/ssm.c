/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The `ssm` policy: amazon-ssm-agent's own rule (agent/managedInstances/fingerprint,
 * isSimilarHardwareHash), kept to the letter with its faults, so that the two can be compared.
 */
#include "judge/ssm.h"

#include <string.h>

#include "digest.h"
#include "util.h"

/* Which components stand for what the agent reads. */
static const struct {
    const char *name;
    enum hwfp_component from[3];
    size_t n;
} values[SSM_VALUES] = {
    {"machine-id", {HWFP_MACHINE_ID}, 1},
    {"processor-hash", {HWFP_CPU_MODEL}, 1},
    {"memory-hash", {HWFP_MEMORY_LAYOUT, HWFP_DIMM_SERIAL}, 2},
    {"bios-hash", {HWFP_BIOS_VERSION}, 1},
    {"system-hash", {HWFP_SYSTEM_UUID, HWFP_SYSTEM_SERIAL, HWFP_SYSTEM_MODEL}, 3},
    {"hostname-info", {HWFP_HOSTNAME}, 1},
    {"ipaddress-info", {HWFP_IP_ADDRESS}, 1},
    {"macaddr-info", {HWFP_NIC_MAC, HWFP_NIC_MAC_SOFT}, 2},
    {"disk-info", {HWFP_FILESYSTEM_UUID}, 1},
};

static void value_of(const struct hwfp_hash *hash, size_t i, char text[SSM_VALUE_SIZE])
{
    uint8_t digest[DIGEST_FULL] = {0};
    bool any = false;

    for (size_t k = 0; k < values[i].n; k++) {
        const struct hwfp_items *set = &hash->component[values[i].from[k]];

        for (size_t item = 0; item < set->n; item++) {
            digest_plain(digest, sizeof(digest), set->items[item].digest, HWFP_DIGEST_SIZE, digest);
            any = true;
        }
    }
    text[0] = '\0';
    if (any)
        hex_encode(digest, sizeof(digest), text);
}

void ssm_values(const struct hwfp_hash *hash, char text[SSM_VALUES][SSM_VALUE_SIZE],
                struct hwfp_ssm_value ret[SSM_VALUES])
{
    for (size_t i = 0; i < SSM_VALUES; i++) {
        value_of(hash, i, text[i]);
        ret[i] = (struct hwfp_ssm_value){values[i].name, text[i]};
    }
}

/* As a Go map answers: NULL when the name is not in it. */
static const char *lookup(const struct hwfp_ssm_value *map, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(map[i].name, name) == 0)
            return map[i].value;
    return NULL;
}

/* Go compares a missing value as an empty one. */
static bool equal_or_missing(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static float percent_equal(const struct hwfp_ssm_value *saved, size_t n_saved,
                           const struct hwfp_ssm_value *current, size_t n_current)
{
    unsigned equal = 0;
    float quotient, percent;

    if (n_current == 0)
        return 0;
    for (size_t i = 0; i < n_current; i++) {
        const char *was = lookup(saved, n_saved, current[i].name);

        equal += was && strcmp(was, current[i].value) == 0;
    }
    /* Two assignments, as the agent rounds twice; C11 6.3.1.8 drops extra precision at each. */
    quotient = (float)equal / (float)n_current;
    percent = quotient * 100.0F;
    return percent;
}

bool hwfp_ssm_similar(const struct hwfp_ssm_value *saved, size_t n_saved,
                      const struct hwfp_ssm_value *current, size_t n_current, int threshold,
                      float *ret_percent)
{
    float percent = percent_equal(saved, n_saved, current, n_current);

    if (ret_percent)
        *ret_percent = percent;
    if (threshold == HWFP_THRESHOLD_OFF)
        return true;
    if (n_saved == 0 || n_current == 0)
        return false;
    if (!equal_or_missing(lookup(saved, n_saved, "machine-id"),
                          lookup(current, n_current, "machine-id")))
        return false;
    if (equal_or_missing(lookup(saved, n_saved, "ipaddress-info"),
                         lookup(current, n_current, "ipaddress-info")))
        return true;
    return percent >= (float)threshold;
}

void ssm_compare(const struct hwfp_hash *recorded, const struct hwfp_hash *current, int threshold,
                 struct hwfp_comparison *ret)
{
    char was_text[SSM_VALUES][SSM_VALUE_SIZE], is_text[SSM_VALUES][SSM_VALUE_SIZE];
    struct hwfp_ssm_value was[SSM_VALUES], is[SSM_VALUES];
    float percent = 0;
    bool similar;

    ssm_values(recorded, was_text, was);
    ssm_values(current, is_text, is);
    similar = hwfp_ssm_similar(was, SSM_VALUES, is, SSM_VALUES, threshold, &percent);
    ret->similarity = (int)percent;
    ret->verdict = similar ? HWFP_SAME : HWFP_DIFFERENT;
    ret->reason =
        similar ? "similar by amazon-ssm-agent's rule" : "not similar by amazon-ssm-agent's rule";
}
