/* SPDX-License-Identifier: BSD-2-Clause */
/* An event in the Elastic Common Schema; what it has no field for is under hwfp. */
#include "export.h"
#include "report.h"

#define ECS_VERSION "8.11.0"

static bool add_list(cJSON *object, const char *name, const char *only)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);

    return list && cJSON_AddItemToArray(list, cJSON_CreateString(only));
}

static const char *outcome(enum hwfp_verdict verdict)
{
    switch (verdict) {
    case HWFP_SAME:
        return "success";
    case HWFP_DIFFERENT:
        return "failure";
    case HWFP_UNCERTAIN:
    case HWFP_UNENROLLED:
    case HWFP_ERROR:
    default:
        return "unknown";
    }
}

static bool add_event(cJSON *object, const struct export_facts *facts)
{
    cJSON *event = cJSON_AddObjectToObject(object, "event");

    return event && report_add_text(event, "kind", "state") &&
           add_list(event, "category", "host") && add_list(event, "type", "info") &&
           report_add_text(event, "module", "hwfp") &&
           report_add_text(event, "dataset", "hwfp.verdict") &&
           report_add_text(event, "outcome", outcome(facts->result.verdict)) &&
           report_add_text(event, "reason", facts->result.reason);
}

/* "As hostname is not always unique, use values that are meaningful in your environment": what
 * host.id asks for is the fingerprint. Null is a value that an index would complain of. */
static bool add_host(cJSON *object, const struct export_facts *facts)
{
    cJSON *host = cJSON_AddObjectToObject(object, "host"), *boot;

    if (!host || (*facts->hostname && !(report_add_text(host, "name", facts->hostname) &&
                                        report_add_text(host, "hostname", facts->hostname))))
        return false;
    if (*facts->result.fingerprint && !report_add_text(host, "id", facts->result.fingerprint))
        return false;
    if (!*facts->boot_id)
        return true;
    boot = cJSON_AddObjectToObject(host, "boot");
    return boot && report_add_text(boot, "id", facts->boot_id);
}

static bool add_all(cJSON *object, const struct export_facts *facts)
{
    cJSON *ecs, *own;

    if (!export_add_time(object, "@timestamp", facts->now) ||
        !report_add_text(object, "message", facts->result.reason))
        return false;
    ecs = cJSON_AddObjectToObject(object, "ecs");
    if (!ecs || !report_add_text(ecs, "version", ECS_VERSION) || !add_event(object, facts) ||
        !add_host(object, facts))
        return false;
    own = cJSON_AddObjectToObject(object, "hwfp");
    return own && export_add_verdict(own, facts);
}

char *export_ecs(const struct session *session, const struct export_facts *facts)
{
    cJSON *object = cJSON_CreateObject();

    (void)session;
    return export_print(object, object && add_all(object, facts));
}
