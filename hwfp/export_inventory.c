/* SPDX-License-Identifier: BSD-2-Clause */
/* One line a machine, for any log pipeline, and for hwfp duplicates. */
#include "export.h"
#include "report.h"
#include "util.h"

static bool add_digests(cJSON *object, const char *name, const struct hwfp_items *items)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);

    for (size_t i = 0; list && i < items->n; i++) {
        char hex[2 * HWFP_DIGEST_SIZE + 1];

        hex_encode(items->items[i].digest, HWFP_DIGEST_SIZE, hex);
        if (!cJSON_AddItemToArray(list, cJSON_CreateString(hex)))
            return false;
    }
    return list != NULL;
}

/* What belongs to the unit, and what the firmware did not make of something else. An asset tag is
 * what somebody typed, and a soft address is software's. */
static bool is_evidence(const struct hwfp_hash *hash, enum hwfp_component c)
{
    enum hwfp_class class = hwfp_component_class(c);

    return (class == HWFP_CHASSIS || class == HWFP_PART) && c != HWFP_ASSET_TAG &&
           c != HWFP_NIC_MAC_SOFT && hash->component[c].n > 0 && !hash->component[c].derived;
}

static bool add_evidence(cJSON *object, const struct export_facts *facts)
{
    cJSON *components;
    bool whole = true;

    if (!facts->keyed)
        return cJSON_AddNullToObject(object, "key") && cJSON_AddNullToObject(object, "instance") &&
               cJSON_AddNullToObject(object, "evidence");
    if (!report_add_text(object, "key", facts->key_id) ||
        !report_add_text(object, "instance", facts->instance))
        return false;
    components = cJSON_AddObjectToObject(object, "evidence");
    for (enum hwfp_component c = 0; components && whole && c < HWFP_COMPONENTS; c++)
        if (is_evidence(&facts->evidence, c))
            whole = add_digests(components, hwfp_component_name(c), &facts->evidence.component[c]);
    return components && whole;
}

char *export_inventory(const struct session *session, const struct export_facts *facts)
{
    cJSON *object = cJSON_CreateObject();
    bool whole = object && export_add_number(object, "schema", REPORT_SCHEMA) &&
                 report_add_text(object, "type", "hwfp-inventory") &&
                 export_add_time(object, "time", facts->now) &&
                 report_add_text(object, "hostname", facts->hostname) &&
                 report_add_text(object, "boot_id", facts->boot_id) &&
                 export_add_time(object, "booted", facts->booted) &&
                 export_add_verdict(object, facts) && add_evidence(object, facts);

    (void)session;
    return export_print(object, whole);
}
