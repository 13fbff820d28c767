/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resource attributes of OpenTelemetry: host.name is a name of its semantic conventions, and the
 * others are hwfp's own. host.id is not set: the conventions want the machine-id or the provider's
 * instance id there, and resource detectors set it so.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "export.h"
#include "report.h"
#include "util.h"

#define ATTRIBUTES_MAX 8

struct attribute {
    const char *name, *value; /* left out where the value is "" */
};

static void collect(const struct export_facts *facts, struct attribute ret[ATTRIBUTES_MAX])
{
    const struct hwfp_result *r = &facts->result;
    const struct attribute attributes[ATTRIBUTES_MAX] = {
        {"host.name", facts->hostname},
        {"hwfp.fingerprint", r->fingerprint},
        {"hwfp.previous_fingerprint", r->previous_fingerprint},
        {"hwfp.verdict", hwfp_verdict_name(r->verdict)},
        {"hwfp.strength", hwfp_strength_name(r->strength)},
        {"hwfp.mode", hwfp_mode_name(r->mode)},
        {"hwfp.policy", hwfp_policy_name(r->policy)},
        {"hwfp.version", HWFP_VERSION},
    };

    memcpy(ret, attributes, sizeof(attributes));
}

/* A value of W3C Baggage, which OTEL_RESOURCE_ATTRIBUTES holds: all but the plainest is encoded. */
static void encode(FILE *out, const char *value)
{
    for (const char *c = value; *c; c++) {
        unsigned char byte = (unsigned char)*c;

        if (byte < 0x80 && (isalnum(byte) || strchr("-._~", byte)))
            (void)fputc(byte, out);
        else
            (void)fprintf(out, "%%%02X", byte);
    }
}

static void print_variable(FILE *out, const struct attribute attributes[ATTRIBUTES_MAX],
                           int similarity)
{
    (void)fputs("OTEL_RESOURCE_ATTRIBUTES=", out);
    for (size_t i = 0; i < ATTRIBUTES_MAX; i++) {
        CLEANUP_FREE char *clean = report_clean(attributes[i].value);

        if (!clean || !*clean)
            continue;
        (void)fprintf(out, "%s=", attributes[i].name);
        encode(out, clean);
        (void)fputc(',', out);
    }
    (void)fprintf(out, "hwfp.similarity=%d\n", similarity);
}

static char *variable(const struct attribute attributes[ATTRIBUTES_MAX], int similarity)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    print_variable(out, attributes, similarity);
    return text_finish(out, &text);
}

static char *object(const struct attribute attributes[ATTRIBUTES_MAX], int similarity)
{
    cJSON *object = cJSON_CreateObject();
    bool whole = object != NULL;

    for (size_t i = 0; whole && i < ATTRIBUTES_MAX; i++)
        if (*attributes[i].value)
            whole = report_add_text(object, attributes[i].name, attributes[i].value);
    return export_print(object, whole && export_add_number(object, "hwfp.similarity", similarity));
}

char *export_otel(const struct session *session, const struct export_facts *facts)
{
    struct attribute attributes[ATTRIBUTES_MAX];

    collect(facts, attributes);
    return session->json ? object(attributes, facts->result.similarity)
                         : variable(attributes, facts->result.similarity);
}
