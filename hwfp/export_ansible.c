/* SPDX-License-Identifier: BSD-2-Clause */
/* A local fact: /etc/ansible/facts.d/hwfp.fact is read as ansible_local.hwfp. */
#include "export.h"

char *export_ansible(const struct session *session, const struct export_facts *facts)
{
    cJSON *object = cJSON_CreateObject();

    (void)session;
    return export_print(object, object && export_add_verdict(object, facts));
}
