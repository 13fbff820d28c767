/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * audit_records TEXT
 * An audit log with a record of each event, as the kernel and libaudit would write it, in which
 * every text that a record may hold is TEXT.
 */
#include <libaudit.h>
#include <stdio.h>
#include <string.h>

#include "hwfp.h"
#include "util.h"

static bool print_record(const struct hwfp_audit *audit)
{
    CLEANUP_FREE char *text = hwfp_report_audit(audit);
    const char *type = audit_msg_type_to_name(hwfp_audit_type(audit->event));

    if (!text || !type)
        return false;
    (void)printf("type=%s msg=audit(1700000000.000:%d): pid=1 uid=0 auid=4294967295 "
                 "ses=4294967295 subj=unconfined msg='%s exe=\"/usr/sbin/hwfp\" hostname=? addr=? "
                 "terminal=? res=failed'\n",
                 type, 100 + (int)audit->event, text);
    return true;
}

int main(int argc, char **argv)
{
    struct hwfp_result result = {.verdict = HWFP_DIFFERENT,
                                 .similarity = 45,
                                 .threshold = 40,
                                 .mode = HWFP_MODE_DENY,
                                 .strength = HWFP_STRENGTH_STRONG};

    if (argc != 2) {
        (void)fprintf(stderr, "usage: audit_records TEXT\n");
        return 2;
    }
    result.reason = result.problem = argv[1]; /* which no record holds */
    result.comparison.component[HWFP_DISK_SERIAL].match = HWFP_MATCH_NONE;
    copy_text(result.fingerprint, sizeof(result.fingerprint), argv[1]);
    copy_text(result.previous_fingerprint, sizeof(result.previous_fingerprint), argv[1]);
    for (int e = HWFP_AUDIT_BOOT; e <= HWFP_AUDIT_THRESHOLD; e++) {
        const struct hwfp_audit audit = {.event = (enum hwfp_audit_event)e,
                                         .result = &result,
                                         .outcome = "refused",
                                         .override = "kernel",
                                         .old_mode = HWFP_MODE_DENY,
                                         .fingerprint = argv[1],
                                         .old_fingerprint = argv[1],
                                         .threshold = 55,
                                         .old_threshold = 40};

        if (!print_record(&audit))
            return 1;
    }
    return 0;
}
