/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes: how they are spelt, and the file that knows them. */
#ifndef HWFP_RECOVERY_H
#define HWFP_RECOVERY_H

#include "hwfp.h"

#define RECOVERY_FILE "recovery"
#define RECOVERY_SYMBOLS 17        /* of a code: its number, and 16 of 5 random bits each */
#define RECOVERY_FAILURES_MAX 10   /* wrong codes in a row, before the lock-out */
#define RECOVERY_LOCKED_FOR 900    /* seconds of it */
#define RECOVERY_FAILURES_END 9999 /* where counting stops */

/* ---- recovery_code.c ---- */

/* A new code with this number, as it is shown: 3-9F0K-7QXM-T2VA-B4HD. 0, or -EIO. */
int recovery_code_make(unsigned number, char ret[HWFP_RECOVERY_CODE_SIZE]);

/* The symbols of a code as somebody typed it: capitals, without separators, look-alikes (O and 0;
 * I, L and 1; U and V) made one. 0, or -EINVAL for what cannot be a code. */
int recovery_code_read(const char *typed, char ret[RECOVERY_SYMBOLS + 1], unsigned *ret_number);

/* ---- recovery_digest.c ---- */

#define RECOVERY_DIGEST_SIZE 96 /* $7$COST.SALT$DIGEST, 80 bytes, and zeros */

/* The digest of a code's symbols with a fresh salt; and the one with the cost and the salt of
 * `setting`, an earlier digest. 0, -ENOMEM, -EINVAL for what is no setting, or -ENOTSUP. */
int recovery_digest_new(const char *symbols, char ret[RECOVERY_DIGEST_SIZE]);
int recovery_digest(const char *symbols, const char *setting, char ret[RECOVERY_DIGEST_SIZE]);

/* ---- recovery_file.c ---- */

struct recovery {
    time_t made, failed; /* failed: when the last wrong code was tried */
    unsigned failures;   /* in a row */
    char digests[HWFP_RECOVERY_CODES][RECOVERY_DIGEST_SIZE]; /* "": there is no such code (left) */
};

/* -ENOENT, -EPERM, -EBADMSG, -EPROTO and -ENOKEY as hwfp_vault_load() has them. */
int recovery_read(int dir, bool live, const struct hwfp_key *key, struct recovery *ret,
                  char **ret_error);
int recovery_write(int dir, const struct hwfp_key *key, const struct recovery *recovery,
                   char **ret_error);

#endif
