/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_record.h"

#include <security/pam_modutil.h>
#include <string.h>

#include "util.h"

/* By libpam, which knows the user, the terminal and the remote host, and puts "op=PAM:" before the
 * text. Where no record can be made the outcome is the same, and libpam says why. */
static void record(const struct login *l, const struct hwfp_audit *audit, bool success)
{
    CLEANUP_FREE char *text = hwfp_report_audit(audit);

    if (text)
        (void)pam_modutil_audit_write(l->pamh, hwfp_audit_type(audit->event), text + strlen("op="),
                                      success ? PAM_SUCCESS : PAM_PERM_DENIED);
}

void record_rotation(const struct login *l)
{
    const struct hwfp_audit audit = {.event = HWFP_AUDIT_ROTATE,
                                     .old_fingerprint = l->result.previous_fingerprint,
                                     .fingerprint = l->result.fingerprint};

    record(l, &audit, true);
}

void record_login(const struct login *l, const char *outcome, bool let_in)
{
    const struct hwfp_audit audit = {.event = HWFP_AUDIT_LOGIN,
                                     .result = &l->result,
                                     .outcome = outcome,
                                     .override = l->override};

    record(l, &audit, let_in);
}

void record_code(const struct login *l, bool right)
{
    const struct hwfp_audit audit = {
        .event = HWFP_AUDIT_RECOVERY, .result = &l->result, .override = l->override};

    record(l, &audit, right);
}

void record_override(const struct login *l)
{
    const struct hwfp_audit audit = {.event = HWFP_AUDIT_OVERRIDE,
                                     .override = l->override,
                                     .old_mode = l->configured,
                                     .mode = l->config.mode};
    struct hwfp_config configured = l->config;

    configured.mode = l->configured;
    if (l->override &&
        (l->config.mode == HWFP_MODE_OFF || hwfp_config_action(&configured, l->result.verdict) !=
                                                hwfp_config_action(&l->config, l->result.verdict)))
        record(l, &audit, true);
}
