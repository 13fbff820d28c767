/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /var/lib/hwfp/recovery, beside the vault and under its key:
 *     hwfp-recovery VERSION KEY-ID HMAC
 *     made SECONDS
 *     failures NUMBER SECONDS
 *     code NUMBER DIGEST             a line for each code that is left, as crypt(5) has it: $7$...
 * A file is good if it is, to the letter, what writing would make of what was read.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "digest.h"
#include "recovery.h"
#include "util.h"
#include "vault.h"

#define VERSION 1U
#define FILE_MAX 4096

struct text {
    char prefix[64], body[FILE_MAX - 512], all[FILE_MAX];
};

static void key_id(const struct hwfp_key *key, char ret_hex[2 * VAULT_KEY_ID_SIZE + 1])
{
    uint8_t id[DIGEST_FULL];

    vault_key_id(key, id);
    hex_encode(id, VAULT_KEY_ID_SIZE, ret_hex);
}

static void format_body(const struct recovery *recovery, char *to, size_t size)
{
    int n = snprintf(to, size, "made %" PRId64 "\nfailures %u %" PRId64 "\n",
                     (int64_t)recovery->made, recovery->failures, (int64_t)recovery->failed);
    size_t used = n > 0 ? (size_t)n : 0;

    for (unsigned i = 0; i < HWFP_RECOVERY_CODES; i++) {
        if (!*recovery->digests[i])
            continue;
        n = snprintf(to + used, size - used, "code %u %s\n", i, recovery->digests[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

static int format(const struct hwfp_key *key, const struct recovery *recovery, struct text *ret)
{
    char id[2 * VAULT_KEY_ID_SIZE + 1], hmac_hex[2 * DIGEST_FULL + 1];
    uint8_t hmac[DIGEST_FULL];
    int r;

    key_id(key, id);
    (void)snprintf(ret->prefix, sizeof(ret->prefix), "hwfp-recovery %u %s ", VERSION, id);
    format_body(recovery, ret->body, sizeof(ret->body));
    r = vault_checksum(key, ret->prefix, ret->body, hmac);
    if (r < 0)
        return r;
    hex_encode(hmac, sizeof(hmac), hmac_hex);
    (void)snprintf(ret->all, sizeof(ret->all), "%s%s\n%s", ret->prefix, hmac_hex, ret->body);
    return 0;
}

static bool read_code(const char *line, struct recovery *recovery)
{
    char digest[RECOVERY_DIGEST_SIZE] = "";
    unsigned number = 0;

    if (sscanf(line, "code %1u %90[$./0-9A-Za-z]", &number, digest) != 2)
        return false;
    memcpy(recovery->digests[number], digest, sizeof(digest));
    return true;
}

static bool parse_body(const char *body, struct recovery *recovery)
{
    int64_t made = 0, failed = 0;
    bool good = sscanf(body, "made %18" SCNd64 "\nfailures %9u %18" SCNd64, &made,
                       &recovery->failures, &failed) == 3;

    recovery->made = (time_t)made;
    recovery->failed = (time_t)failed;
    for (const char *line = strstr(body, "\ncode "); good && line;
         line = strstr(line + 1, "\ncode "))
        good = read_code(line + 1, recovery);
    return good;
}

static int parse(const char *text, const struct hwfp_key *key, struct recovery *recovery,
                 char **ret_error)
{
    static const char file[] = "/" VAULT_DIR "/" RECOVERY_FILE;
    char id[2 * VAULT_KEY_ID_SIZE + 1], own_id[2 * VAULT_KEY_ID_SIZE + 1];
    const char *body = strchr(text, '\n');
    struct text again = {.prefix = ""};
    unsigned version = 0;

    key_id(key, own_id);
    if (!body || sscanf(text, "hwfp-recovery %9u %16[0-9a-f] ", &version, id) != 2)
        return fail(ret_error, -EBADMSG, "%s is damaged: its first line is not hwfp's", file);
    if (version > VERSION)
        return fail(ret_error, -EPROTO, "%s has version %u; this hwfp knows %u", file, version,
                    VERSION);
    if (strcmp(id, own_id) != 0)
        return fail(ret_error, -ENOKEY, "%s was not made under the key that is there", file);
    if (!parse_body(body + 1, recovery) || format(key, recovery, &again) < 0 ||
        strcmp(again.all, text) != 0)
        return fail(ret_error, -EBADMSG, "%s is damaged: its checksum does not fit", file);
    return 0;
}

int recovery_read(int dir, bool live, const struct hwfp_key *key, struct recovery *ret,
                  char **ret_error)
{
    CLEANUP_FREE char *text = NULL;
    struct recovery recovery = {0};
    size_t size = 0;
    int r = vault_file_read(dir, RECOVERY_FILE, live, FILE_MAX, &text, &size, ret_error);

    if (r < 0)
        return r;
    r = strlen(text) == size ? parse(text, key, &recovery, ret_error)
                             : fail(ret_error, -EBADMSG, "/%s/%s is damaged: it holds a NUL",
                                    VAULT_DIR, RECOVERY_FILE);
    if (r == 0)
        *ret = recovery;
    return r;
}

int recovery_write(int dir, const struct hwfp_key *key, const struct recovery *recovery,
                   char **ret_error)
{
    struct text text = {.prefix = ""};
    int r = format(key, recovery, &text);

    if (r < 0)
        return fail(ret_error, r, "the recovery codes cannot be written: %s", strerror(-r));
    return vault_file_write(dir, RECOVERY_FILE, text.all, strlen(text.all), ret_error);
}
