/* SPDX-License-Identifier: BSD-2-Clause */
#include "send_record.h"

#include <errno.h>
#include <libaudit.h>

#include "util.h"

int send_record(const struct hwfp_audit *audit, bool success)
{
    CLEANUP_FREE char *text = hwfp_report_audit(audit);
    CLEANUP_CLOSE int fd = -1;

    if (!text)
        return -ENOMEM;
    fd = audit_open();
    if (fd < 0)
        return -errno;
    /* Whoever may not send as a user without privilege is told that all went well. */
    if (audit_log_user_message(fd, hwfp_audit_type(audit->event), text, NULL, NULL, NULL,
                               success) <= 0)
        return errno > 0 ? -errno : -EIO;
    return 0;
}
