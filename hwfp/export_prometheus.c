/* SPDX-License-Identifier: BSD-2-Clause */
/* For node_exporter's textfile collector. */
#include "export.h"

char *export_prometheus(const struct session *session, const struct export_facts *facts)
{
    (void)session;
    return hwfp_report_metrics(&facts->result, &facts->moments);
}
