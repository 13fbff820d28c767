/* SPDX-License-Identifier: BSD-2-Clause */
/* The vault's key: /var/lib/hwfp/key, one line: hwfp-key 1 KEY CHECK, both hexadecimal. */
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/random.h>

#include "digest.h"
#include "util.h"
#include "vault.h"

#define KEY_PREFIX "hwfp-key 1 "
#define CHECK_SIZE sizeof(uint64_t)
#define LINE_SIZE (sizeof(KEY_PREFIX) + sizeof(struct hwfp_key) * 2 + 1 + sizeof(uint64_t) * 2 + 1)

/* The whole file, so that reading can ask whether it is what writing would make. */
static void format(const struct hwfp_key *key, char ret[LINE_SIZE])
{
    char hex[2 * HWFP_KEY_SIZE + 1], check_hex[2 * CHECK_SIZE + 1];
    uint8_t check[DIGEST_FULL];

    digest_plain(KEY_PREFIX, strlen(KEY_PREFIX), key->bytes, sizeof(key->bytes), check);
    hex_encode(key->bytes, sizeof(key->bytes), hex);
    hex_encode(check, CHECK_SIZE, check_hex);
    (void)snprintf(ret, LINE_SIZE, KEY_PREFIX "%s %s\n", hex, check_hex);
    OPENSSL_cleanse(hex, sizeof(hex));
}

static int parse(const char *text, struct hwfp_key *ret)
{
    char hex[2 * HWFP_KEY_SIZE + 1] = "", line[LINE_SIZE] = "";
    struct hwfp_key key = {{0}};
    int r = -EINVAL;

    if (sscanf(text, KEY_PREFIX "%64[0-9a-f]", hex) == 1 &&
        hex_decode(hex, key.bytes, sizeof(key.bytes)) == 0) {
        format(&key, line);
        r = strcmp(text, line) == 0 ? 0 : -EINVAL;
    }
    if (r == 0)
        *ret = key;
    OPENSSL_cleanse(&key, sizeof(key));
    OPENSSL_cleanse(hex, sizeof(hex));
    OPENSSL_cleanse(line, sizeof(line));
    return r;
}

int vault_key_read(int dir, bool live, struct hwfp_key *ret, char **ret_error)
{
    char *text = NULL;
    size_t size = 0;
    int r = vault_file_read(dir, "key", live, 4096, &text, &size, ret_error);

    if (r < 0)
        return r;
    r = parse(text, ret);
    OPENSSL_cleanse(text, size);
    free(text);
    if (r < 0)
        return fail(ret_error, -ENOKEY,
                    "/%s/key is damaged: its checksum does not fit; expected one line: hwfp-key 1 "
                    "KEY CHECK",
                    VAULT_DIR);
    return 0;
}

static int write_key(int dir, const struct hwfp_key *key, char **ret_error)
{
    char line[LINE_SIZE];
    int r;

    format(key, line);
    r = vault_file_write(dir, "key", line, strlen(line), ret_error);
    OPENSSL_cleanse(line, sizeof(line));
    return r;
}

int vault_key_make(int dir, bool live, struct hwfp_key *ret, char **ret_error)
{
    struct hwfp_key key;
    int r = vault_key_read(dir, live, ret, NULL);

    /* A key that an interrupted enrolment left is as good as a new one. */
    if (r != -ENOENT)
        return r == 0 ? 0 : vault_key_read(dir, live, ret, ret_error);
    if (getrandom(key.bytes, sizeof(key.bytes), 0) != (ssize_t)sizeof(key.bytes))
        return fail(ret_error, -EIO, "no random bytes for the vault's key: %s", strerror(errno));
    r = write_key(dir, &key, ret_error);
    if (r == 0)
        *ret = key;
    OPENSSL_cleanse(&key, sizeof(key));
    return r;
}
