/* SPDX-License-Identifier: BSD-2-Clause */
/* A result as JSON: see hwfp(8), JSON. */
#include <string.h>

#include "json.h"
#include "report.h"
#include "util.h"

bool report_add_text(cJSON *object, const char *name, const char *text)
{
    CLEANUP_FREE char *clean = NULL;

    if (!text || !*text)
        return cJSON_AddNullToObject(object, name) != NULL;
    clean = report_clean(text);
    return clean && cJSON_AddStringToObject(object, name, clean);
}

static bool add_number(cJSON *object, const char *name, double number)
{
    return cJSON_AddNumberToObject(object, name, number) != NULL;
}

static bool add_bool(cJSON *object, const char *name, bool value)
{
    return cJSON_AddBoolToObject(object, name, value) != NULL;
}

static bool add_labels(cJSON *object, const struct hwfp_items *items)
{
    cJSON *labels = cJSON_AddArrayToObject(object, "labels");

    for (size_t i = 0; labels && i < items->n; i++) {
        CLEANUP_FREE char *clean = report_clean(items->items[i].label);
        cJSON *label = clean ? cJSON_CreateString(clean) : NULL;

        if (!cJSON_AddItemToArray(labels, label))
            return false;
    }
    return labels != NULL;
}

static bool add_component(cJSON *array, const struct hwfp_result *result, enum hwfp_component c)
{
    cJSON *object = cJSON_CreateObject();
    const struct hwfp_items *items = &result->hash.component[c];

    if (!cJSON_AddItemToArray(array, object))
        return false;
    return report_add_text(object, "name", hwfp_component_name(c)) &&
           report_add_text(object, "class", hwfp_class_name(hwfp_component_class(c))) &&
           report_add_text(object, "status", hwfp_status_name(items->status)) &&
           report_add_text(object, "match",
                           hwfp_match_name(result->comparison.component[c].match)) &&
           add_number(object, "recorded", result->comparison.component[c].recorded) &&
           add_number(object, "current", (double)items->n) &&
           add_number(object, "common", result->comparison.component[c].common) &&
           add_number(object, "bits", result->comparison.component[c].bits / 10.0) &&
           add_labels(object, items);
}

bool report_add_threshold(cJSON *object, int threshold)
{
    return threshold == 0 ? report_add_text(object, "threshold", NULL)
                          : add_number(object, "threshold", threshold);
}

/* An error may have come before anybody looked; a published verdict comes without the evidence. */
static bool nothing_was_read(const struct hwfp_result *result)
{
    if (result->from_published)
        return true;
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        if (result->hash.component[c].status != HWFP_ABSENT)
            return false;
    return result->verdict == HWFP_ERROR;
}

static bool add_components(cJSON *object, const struct hwfp_result *result)
{
    cJSON *array = cJSON_AddArrayToObject(object, "components");

    if (!array || nothing_was_read(result))
        return array != NULL;
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        if (!add_component(array, result, c))
            return false;
    return true;
}

/* null: nothing was compared, or not by bits. */
bool report_add_bits(cJSON *object, const struct hwfp_comparison *comparison, bool compared)
{
    if (!compared)
        return report_add_text(object, "bits", NULL);
    return add_number(object, "bits", comparison->bits / 10.0) &&
           add_number(object, "sum", comparison->sum / 10.0) &&
           add_number(object, "chassis_hidden", comparison->hidden / 10.0) &&
           add_number(object, "kind_changed", comparison->kind_changed / 10.0);
}

static bool add_verdict(cJSON *object, const struct hwfp_result *r)
{
    bool compared = r->compared_with[0] && r->policy == HWFP_POLICY_HARDWARE;

    return add_number(object, "schema", REPORT_SCHEMA) &&
           report_add_text(object, "verdict", hwfp_verdict_name(r->verdict)) &&
           add_number(object, "similarity", r->similarity) &&
           report_add_bits(object, &r->comparison, compared) &&
           report_add_threshold(object, r->threshold) &&
           report_add_text(object, "strength", hwfp_strength_name(r->strength)) &&
           report_add_text(object, "fingerprint", r->fingerprint) &&
           report_add_text(object, "previous_fingerprint", r->previous_fingerprint) &&
           report_add_text(object, "mode", hwfp_mode_name(r->mode)) &&
           report_add_text(object, "policy", hwfp_policy_name(r->policy)) &&
           report_add_text(object, "reason", r->reason);
}

static bool add_circumstances(cJSON *object, const struct hwfp_result *r)
{
    return add_bool(object, "rotated", r->rotated) && add_bool(object, "unsaved", r->unsaved) &&
           add_bool(object, "drifted", r->drifted) &&
           report_add_text(object, "problem", r->problem) &&
           report_add_text(object, "compared_with", r->compared_with) &&
           add_bool(object, "virtual_machine", r->hash.virtual_machine) &&
           add_bool(object, "container", r->hash.container);
}

char *hwfp_report_json(const struct hwfp_result *result)
{
    cJSON *object = cJSON_CreateObject();
    char *text = NULL;

    if (object && add_verdict(object, result) && add_circumstances(object, result) &&
        add_components(object, result))
        text = json_text(object);
    cJSON_Delete(object);
    return text;
}
