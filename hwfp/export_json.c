/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "export.h"
#include "report.h"
#include "util.h"

bool export_add_number(cJSON *object, const char *name, double number)
{
    return cJSON_AddNumberToObject(object, name, number) != NULL;
}

bool export_add_time(cJSON *object, const char *name, time_t t)
{
    char text[32] = "";

    if (t > 0)
        time_encode(t, text);
    return report_add_text(object, name, text);
}

bool export_add_verdict(cJSON *object, const struct export_facts *facts)
{
    const struct hwfp_result *r = &facts->result;

    return report_add_text(object, "fingerprint", r->fingerprint) &&
           report_add_text(object, "previous_fingerprint", r->previous_fingerprint) &&
           report_add_text(object, "verdict", hwfp_verdict_name(r->verdict)) &&
           export_add_number(object, "similarity", r->similarity) &&
           report_add_threshold(object, r->threshold) &&
           report_add_text(object, "strength", hwfp_strength_name(r->strength)) &&
           report_add_text(object, "mode", hwfp_mode_name(r->mode)) &&
           report_add_text(object, "policy", hwfp_policy_name(r->policy)) &&
           report_add_text(object, "reason", r->reason) &&
           export_add_time(object, "last_check", facts->moments.checked) &&
           export_add_time(object, "last_drift", facts->moments.drifted) &&
           report_add_text(object, "version", HWFP_VERSION);
}

char *export_print(cJSON *object, bool whole)
{
    CLEANUP_FREE char *text = whole ? cJSON_PrintUnformatted(object) : NULL;
    char *line = NULL;

    cJSON_Delete(object);
    return text && asprintf(&line, "%s\n", text) >= 0 ? line : NULL;
}
