/* SPDX-License-Identifier: BSD-2-Clause */
/* What an administrator changed, or tried to, in the audit log. */
#include <string.h>

#include "../send_record.h"
#include "command.h"
#include "util.h"

/* A vault elsewhere is not this system's, and neither is what happens to it. */
static bool is_recorded(const struct session *session)
{
    return hwfp_system_is_live(session->system) && geteuid() == 0;
}

void record_before(const struct session *session, struct record *ret)
{
    struct hwfp_vault *vault = NULL;

    *ret = (struct record){0};
    if (hwfp_vault_load(session->system, &vault, NULL) < 0)
        return;
    if (vault->damage)
        screen_error(&session->screen, "%s", vault->damage);
    copy_text(ret->fingerprint, sizeof(ret->fingerprint), vault->current);
    ret->threshold = vault->threshold;
    (void)hwfp_vault_free(vault);
}

void record_change(const struct session *session, const struct record *before,
                   enum hwfp_audit_event event, const struct change *change, int r)
{
    const struct hwfp_audit audit = {.event = event,
                                     .fingerprint = change->fingerprint,
                                     .old_fingerprint = before->fingerprint,
                                     .threshold = change->threshold,
                                     .old_threshold = before->threshold};

    /* Nowhere to send it to, as in a container, is no reason to fail. */
    if (is_recorded(session))
        (void)send_record(&audit, r >= 0);
}

void record_rotation(const struct session *session, const struct hwfp_result *result)
{
    struct record before = {0};

    copy_text(before.fingerprint, sizeof(before.fingerprint), result->previous_fingerprint);
    if (result->rotated)
        record_change(session, &before, HWFP_AUDIT_ROTATE,
                      &(struct change){.fingerprint = result->fingerprint}, 0);
}
