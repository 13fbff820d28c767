/* SPDX-License-Identifier: BSD-2-Clause */
/* The published verdict. Beside verdict.c only login_marker.c and audit_node.c write under
 * /run/hwfp, each into a folder of its own. */
#ifndef HWFP_VERDICT_H
#define HWFP_VERDICT_H

#include "hwfp.h"

/* /run/hwfp, made if need be; and this boot's id, or "none". */
#define VERDICT_BOOT_ID_SIZE 40
int verdict_run_dir(const struct hwfp_system *system, int *ret_fd, char **ret_error);
void verdict_boot_id(const struct hwfp_system *system, char ret[VERDICT_BOOT_ID_SIZE]);

/*
 * Writes /run/hwfp/verdict: world-readable, whole or not at all, with this boot's id. Below a
 * --root whose system is not running (no boot id) there is nobody to publish to: 0, and nothing is
 * written.
 */
int verdict_publish(const struct hwfp_system *system, const struct hwfp_published *published,
                    char **ret_error);

/*
 * For a fingerprint that the vault could not take. If this boot has one already, and may have it
 * `again`, it is put into published->fingerprint; otherwise the one that stands there is published,
 * marked unsaved. One of many callers at once wins, and all get the winner's.
 */
int verdict_claim_unsaved(const struct hwfp_system *system, struct hwfp_published *published,
                          bool again, char **ret_error);

/* True, with its fingerprint, if an unsaved one was published in this boot; in a captured tree that
 * tells no boot, for this evidence. */
bool verdict_find_unsaved(const struct hwfp_system *system, const char *evidence,
                          char ret_fingerprint[HWFP_FINGERPRINT_SIZE]);

/* Adds to the published verdict of this boot what its facts do not tell yet: boot_facts_complete().
 * 1: added some; 0: nothing to add; or a negative errno. */
int verdict_complete(const struct hwfp_system *system, const struct hwfp_boot_facts *now,
                     char **ret_error);

/* Takes the published verdict back: it spoke of a vault that is no more. None is no error. */
int verdict_remove(const struct hwfp_system *system, char **ret_error);

#endif
