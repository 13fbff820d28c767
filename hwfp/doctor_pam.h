/* SPDX-License-Identifier: BSD-2-Clause */
/* What doctor's files about PAM share. */
#ifndef HWFP_DOCTOR_PAM_H
#define HWFP_DOCTOR_PAM_H

#include "doctor.h"
#include "pam_stack.h"

#define MODULE "pam_hwfp.so"

/* ---- doctor_line.c: a line of the module's, by itself. ---- */

/* The module's file, and its arguments. */
void doctor_line(struct doctor *d, const struct pam_line *line);

bool doctor_line_has(const struct pam_line *line, const char *argument);

/* It refuses where the configuration does: it has no mode of its own that lets everybody pass. */
bool doctor_line_gates(const struct pam_line *line);

/* False where that was asked before: what a common file has is found in many services, and told
 * once. `what` is one letter for each kind of finding. */
bool doctor_is_new(char **seen, char what, const struct pam_line *line);

/* ---- doctor_auth.c: where recovery codes are asked for. ---- */

void doctor_auth(struct doctor *d, const char *service, char **seen);

#endif
