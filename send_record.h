/* SPDX-License-Identifier: BSD-2-Clause */
/* Audit records, as the two programs send them; the module sends its own by its PAM handle. */
#ifndef HWFP_SEND_RECORD_H
#define HWFP_SEND_RECORD_H

#include "hwfp.h"

/*
 * Sends a record to the kernel, with "res=success" or "res=failed". A kernel that is told not to
 * audit takes it and drops it. Errors: -EPERM (not root, or without CAP_AUDIT_WRITE),
 * -ECONNREFUSED (a container), -EPROTONOSUPPORT and others (a kernel without audit), -ENOMEM.
 */
int send_record(const struct hwfp_audit *audit, bool success);

#endif
