/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp --version. libuuid, inih, libmnl and libaudit do not tell their versions. */
#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/opensslv.h>
#include <stdio.h>

#include "command.h"

#if defined(__x86_64__)
#define ARCHITECTURE "x86_64"
#elif defined(__aarch64__)
#define ARCHITECTURE "aarch64"
#elif defined(__arm__)
#define ARCHITECTURE "arm"
#elif defined(__i386__)
#define ARCHITECTURE "i686"
#elif defined(__s390x__)
#define ARCHITECTURE "s390x"
#elif defined(__powerpc64__)
#define ARCHITECTURE "ppc64"
#elif defined(__riscv)
#define ARCHITECTURE "riscv"
#else
#define ARCHITECTURE "another architecture"
#endif

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define CJSON_BUILT                                                                                \
    TEXT(CJSON_VERSION_MAJOR) "." TEXT(CJSON_VERSION_MINOR) "." TEXT(CJSON_VERSION_PATCH)

void print_version(void)
{
    (void)puts("hwfp " HWFP_VERSION);
    (void)puts("Built for " ARCHITECTURE " with OpenSSL " OPENSSL_VERSION_STR ", cJSON " CJSON_BUILT
               ", libxcrypt " XCRYPT_VERSION_STR ".");
    (void)printf("Runs with OpenSSL %s, cJSON %s.\n", OpenSSL_version(OPENSSL_VERSION_STRING),
                 cJSON_Version());
}
