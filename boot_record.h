/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HWFP_BOOT_RECORD_H
#define HWFP_BOOT_RECORD_H

/* Puts what was published in this boot into the audit log, and what came with it: an enrolment, a
 * new fingerprint, a mode that the kernel command line overrode. Gives the exit status. */
int boot_record(void);

/* Makes the configuration by which auditd puts the fingerprint on every record. Likewise. */
int boot_audit_node(void);

#endif
