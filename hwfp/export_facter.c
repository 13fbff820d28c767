/* SPDX-License-Identifier: BSD-2-Clause */
/* An external structured fact: /etc/facter/facts.d/hwfp.json is read as hwfp. */
#include "export.h"

char *export_facter(const struct session *session, const struct export_facts *facts)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *fact = object ? cJSON_AddObjectToObject(object, "hwfp") : NULL;

    (void)session;
    return export_print(object, fact && export_add_verdict(fact, facts));
}
