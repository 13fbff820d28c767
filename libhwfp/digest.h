/* SPDX-License-Identifier: BSD-2-Clause */
/* HMAC-SHA-256 (RFC 2104, FIPS 180-4) over libcrypto's low-level SHA-256. */
#ifndef HWFP_DIGEST_H
#define HWFP_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_FULL 32 /* bytes of a whole HMAC-SHA-256 */

/* The state after the key has gone in, so that many values cost one key. */
struct digest_key;

int digest_key_new(const uint8_t *key, size_t size, struct digest_key **ret);
struct digest_key *digest_key_free(struct digest_key *key); /* wipes it */

/* The HMAC of the concatenation of two byte strings (the second may be empty). */
void digest_hmac(const struct digest_key *key, const void *a, size_t a_size, const void *b,
                 size_t b_size, uint8_t ret[DIGEST_FULL]);

/* Plain SHA-256, for checksums that need no key. */
void digest_plain(const void *a, size_t a_size, const void *b, size_t b_size,
                  uint8_t ret[DIGEST_FULL]);

/* In a time that does not tell where they differ. */
int digest_equal(const uint8_t *a, const uint8_t *b, size_t size);

#endif
