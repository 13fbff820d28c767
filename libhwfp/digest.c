/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The low-level functions, though OpenSSL 3 calls them deprecated: EVP and HMAC() fetch a provider,
 * read openssl.cnf and initialise global state inside whatever program loaded the PAM module, and
 * cost 20 times as much. These compute, and do nothing else.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct digest_key {
    SHA256_CTX inner, outer;
};

static void start(SHA256_CTX *context, const uint8_t block[SHA256_CBLOCK], uint8_t pad)
{
    uint8_t padded[SHA256_CBLOCK];

    for (size_t i = 0; i < SHA256_CBLOCK; i++)
        padded[i] = block[i] ^ pad;
    SHA256_Init(context);
    SHA256_Update(context, padded, sizeof(padded));
    OPENSSL_cleanse(padded, sizeof(padded));
}

int digest_key_new(const uint8_t *key, size_t size, struct digest_key **ret)
{
    uint8_t block[SHA256_CBLOCK] = {0};
    struct digest_key *k = NULL;

    if (size > sizeof(block))
        return -EINVAL;
    k = malloc(sizeof(*k));
    if (!k)
        return -ENOMEM;
    memcpy(block, key, size);
    start(&k->inner, block, 0x36);
    start(&k->outer, block, 0x5c);
    OPENSSL_cleanse(block, sizeof(block));
    *ret = k;
    return 0;
}

struct digest_key *digest_key_free(struct digest_key *key)
{
    if (key) {
        OPENSSL_cleanse(key, sizeof(*key));
        free(key);
    }
    return NULL;
}

void digest_hmac(const struct digest_key *key, const void *a, size_t a_size, const void *b,
                 size_t b_size, uint8_t ret[DIGEST_FULL])
{
    SHA256_CTX context = key->inner;
    uint8_t inner[DIGEST_FULL];

    SHA256_Update(&context, a, a_size);
    SHA256_Update(&context, b, b_size);
    SHA256_Final(inner, &context);
    context = key->outer;
    SHA256_Update(&context, inner, sizeof(inner));
    SHA256_Final(ret, &context);
    OPENSSL_cleanse(&context, sizeof(context));
}

void digest_plain(const void *a, size_t a_size, const void *b, size_t b_size,
                  uint8_t ret[DIGEST_FULL])
{
    SHA256_CTX context;

    SHA256_Init(&context);
    SHA256_Update(&context, a, a_size);
    SHA256_Update(&context, b, b_size);
    SHA256_Final(ret, &context);
}

int digest_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}
