/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scrypt as crypt(3) has it, method $7$ of libxcrypt: reentrant, and it obeys no configuration.
 * OpenSSL's own reads openssl.cnf into the program that the PAM module runs in.
 */
#include <crypt.h>
#include <errno.h>
#include <string.h>

#include "recovery.h"
#include "util.h"

/* The least that crypt(5) offers, 32 MiB and 0.1 to 0.2 s: a code is random, not a password, and
 * the cost need not make up for a poor one. */
#define PREFIX "$7$"
#define COST 6

int recovery_digest(const char *symbols, const char *setting, char ret[RECOVERY_DIGEST_SIZE])
{
    struct crypt_data *data = calloc(1, sizeof(*data)); /* 32 KiB: not on somebody else's stack */
    const char *digest;
    int r = 0;

    if (!data)
        return -ENOMEM;
    errno = 0;
    digest = crypt_r(symbols, setting, data);
    memset(ret, 0, RECOVERY_DIGEST_SIZE);
    if (digest && *digest != '*' && strlen(digest) < RECOVERY_DIGEST_SIZE)
        memcpy(ret, digest, strlen(digest));
    else
        r = errno ? -errno : -ENOTSUP;
    explicit_bzero(data, sizeof(*data));
    free(data);
    return r;
}

int recovery_digest_new(const char *symbols, char ret[RECOVERY_DIGEST_SIZE])
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];

    errno = 0;
    if (!crypt_gensalt_rn(PREFIX, COST, NULL, 0, setting, sizeof(setting)))
        return errno ? -errno : -ENOTSUP;
    return recovery_digest(symbols, setting, ret);
}
