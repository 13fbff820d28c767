/* SPDX-License-Identifier: BSD-2-Clause */
/* The published verdict; only verdict.c writes under /run/hwfp. */
#ifndef HWFP_VERDICT_H
#define HWFP_VERDICT_H

#include "hwfp.h"

/*
 * Writes /run/hwfp/verdict: world-readable, whole or not at all, with this boot's id. Below a
 * --root whose system is not running (no boot id) there is nobody to publish to: 0, and nothing is
 * written.
 */
int verdict_publish(const struct hwfp_system *system, const struct hwfp_published *published,
                    char **ret_error);

/*
 * For a fingerprint that the vault could not take. If this boot has one already for the same
 * evidence it is put into published->fingerprint; otherwise the one that stands there is published,
 * marked unsaved. One of many callers at once wins, and all get the winner's.
 */
int verdict_claim_unsaved(const struct hwfp_system *system, struct hwfp_published *published,
                          char **ret_error);

/* True, with its fingerprint, if an unsaved one for this evidence was published in this boot. */
bool verdict_find_unsaved(const struct hwfp_system *system, const char *evidence,
                          char ret_fingerprint[HWFP_FINGERPRINT_SIZE]);

/* Takes the published verdict back: it spoke of a vault that is no more. None is no error. */
int verdict_remove(const struct hwfp_system *system, char **ret_error);

#endif
