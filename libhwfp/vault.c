/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machines on disk. /var/lib/hwfp/vault is one header line and a JSON body:
 *     hwfp-vault VERSION KEY-ID HMAC
 * The HMAC is over the header up to itself and the body, under the vault's key: it tells damage. It
 * keeps nobody out who can read the key.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <uuid/uuid.h>

#include "digest.h"
#include "system.h"
#include "util.h"
#include "vault.h"

/* ---- The header. ---- */

struct header {
    unsigned version;
    char prefix[64]; /* what the HMAC covers of the line */
    uint8_t key_id[VAULT_KEY_ID_SIZE], hmac[DIGEST_FULL];
    const char *body;
};

void vault_key_id(const struct hwfp_key *key, uint8_t ret[DIGEST_FULL])
{
    static const char purpose[] = "hwfp key id";

    digest_plain(purpose, sizeof(purpose), key->bytes, sizeof(key->bytes), ret);
}

static int parse_header(const char *text, struct header *ret)
{
    char id_hex[2 * VAULT_KEY_ID_SIZE + 1], hmac_hex[2 * DIGEST_FULL + 1];
    int end = 0;

    if (sscanf(text, "hwfp-vault %9u %16[0-9a-f] %64[0-9a-f]%n", &ret->version, id_hex, hmac_hex,
               &end) != 3 ||
        text[end] != '\n' || hex_decode(id_hex, ret->key_id, VAULT_KEY_ID_SIZE) < 0 ||
        hex_decode(hmac_hex, ret->hmac, DIGEST_FULL) < 0)
        return -EBADMSG;
    (void)snprintf(ret->prefix, sizeof(ret->prefix), "hwfp-vault %u %s ", ret->version, id_hex);
    ret->body = text + end + 1;
    /* Spelt in another way (leading zeros, two spaces) the line is not as it was written. */
    return strncmp(text, ret->prefix, strlen(ret->prefix)) == 0 ? 0 : -EBADMSG;
}

int vault_checksum(const struct hwfp_key *key, const char *prefix, const char *body,
                   uint8_t ret[DIGEST_FULL])
{
    struct digest_key *digest_key = NULL;
    int r = digest_key_new(key->bytes, sizeof(key->bytes), &digest_key);

    if (r == 0)
        digest_hmac(digest_key, prefix, strlen(prefix), body, strlen(body), ret);
    digest_key_free(digest_key);
    return r;
}

/* ---- Loading. ---- */

static int check_header(const struct header *header, const struct hwfp_key *key, const char *file,
                        char **ret_error)
{
    uint8_t id[DIGEST_FULL], hmac[DIGEST_FULL];
    int r = vault_checksum(key, header->prefix, header->body, hmac);

    if (r < 0)
        return r;
    vault_key_id(key, id);
    if (!digest_equal(id, header->key_id, VAULT_KEY_ID_SIZE))
        return fail(ret_error, -ENOKEY,
                    "/%s/key is not the key of /%s/%s: one of them comes from elsewhere", VAULT_DIR,
                    VAULT_DIR, file);
    if (!digest_equal(hmac, header->hmac, DIGEST_FULL))
        return fail(ret_error, -EBADMSG, "/%s/%s is damaged: its keyed checksum does not fit",
                    VAULT_DIR, file);
    if (header->version < 1 || header->version > VAULT_VERSION)
        return fail(ret_error, -EPROTO,
                    "/%s/%s is of version %u; this hwfp knows versions up to %u", VAULT_DIR, file,
                    header->version, VAULT_VERSION);
    return 0;
}

static int parse_vault(const char *text, size_t size, const struct hwfp_key *key, const char *file,
                       struct hwfp_vault **ret, char **ret_error)
{
    struct hwfp_vault *vault = NULL;
    struct header header;
    int r;

    if (size == 0)
        return fail(ret_error, -EBADMSG, "/%s/%s is damaged: it is empty", VAULT_DIR, file);
    if (strlen(text) != size || parse_header(text, &header) < 0)
        return fail(ret_error, -EBADMSG,
                    "/%s/%s is damaged: expected a first line hwfp-vault VERSION KEY-ID HMAC",
                    VAULT_DIR, file);
    r = check_header(&header, key, file, ret_error);
    if (r < 0)
        return r;
    vault = calloc(1, sizeof(*vault));
    if (!vault)
        return -ENOMEM;
    vault->key = *key;
    r = vault_decode(header.body, vault, ret_error);
    if (r < 0)
        hwfp_vault_free(vault);
    else
        *ret = vault;
    return r;
}

static int load_file(int dir, const char *file, bool live, const struct hwfp_key *key,
                     struct hwfp_vault **ret, char **ret_error)
{
    CLEANUP_FREE char *text = NULL;
    size_t size = 0;
    int r = vault_file_read(dir, file, live, VAULT_SIZE_MAX, &text, &size, ret_error);

    return r < 0 ? r : parse_vault(text, size, key, file, ret, ret_error);
}

/* Only damage is answered by the previous generation: an unsafe file or a newer version is not. */
static bool is_damage(int r)
{
    return r == -EBADMSG || r == -ENOKEY || r == -ENOENT || r == -EFBIG || r == -EIO;
}

static int load_either(int dir, bool live, const struct hwfp_key *key, struct hwfp_vault **ret,
                       char **ret_error)
{
    CLEANUP_FREE char *error = NULL, *old_error = NULL;
    int old = -ENOENT, r = load_file(dir, "vault", live, key, ret, &error);

    if (is_damage(r))
        old = load_file(dir, "vault.old", live, key, ret, &old_error);
    if (old == 0) {
        sentence_add(&(*ret)->damage, "%s; its previous generation is used",
                     error ? error : "/" VAULT_DIR "/vault is damaged");
        return 0;
    }
    /* A vault that is not there at all is one thing, what is left of one another. */
    if (r == -ENOENT && old != -ENOENT)
        return fail(ret_error, old, "/%s/vault is missing, and %s", VAULT_DIR,
                    old_error ? old_error : strerror(-old));
    return r < 0 ? fail(ret_error, r, "%s", error ? error : strerror(-r)) : 0;
}

int vault_load_dir(int dir, bool live, struct hwfp_vault **ret, char **ret_error)
{
    struct hwfp_key key;
    int r;

    if (vault_file_find(dir, "vault") == -ENOENT && vault_file_find(dir, "vault.old") == -ENOENT)
        return fail(ret_error, -ENOENT, "there is no vault: /%s/vault is missing", VAULT_DIR);
    r = vault_key_read(dir, live, &key, ret_error);
    if (r == -ENOENT)
        return -ENOKEY;
    if (r == 0)
        r = load_either(dir, live, &key, ret, ret_error);
    OPENSSL_cleanse(&key, sizeof(key));
    return r;
}

int hwfp_vault_load(const struct hwfp_system *system, struct hwfp_vault **ret_vault,
                    char **ret_error)
{
    CLEANUP_CLOSE int dir = -1;
    int r = vault_dir_open(system, false, &dir, ret_error);

    return r < 0 ? r : vault_load_dir(dir, system->live, ret_vault, ret_error);
}

struct hwfp_vault *hwfp_vault_free(struct hwfp_vault *vault)
{
    if (!vault)
        return NULL;
    for (size_t i = 0; i < vault->n_machines; i++)
        hwfp_hash_clear(&vault->machines[i].hash);
    for (size_t i = 0; i < vault->n_events; i++) {
        free(vault->events[i].what);
        free(vault->events[i].fingerprint);
        free(vault->events[i].detail);
    }
    free(vault->machines);
    free(vault->events);
    free(vault->damage);
    OPENSSL_cleanse(&vault->key, sizeof(vault->key));
    free(vault);
    return NULL;
}

struct hwfp_machine *hwfp_vault_find(const struct hwfp_vault *vault, const char *fingerprint)
{
    for (size_t i = 0; i < vault->n_machines; i++)
        if (strcasecmp(vault->machines[i].fingerprint, fingerprint) == 0)
            return &vault->machines[i];
    return NULL;
}

int vault_unknown(const char *fingerprint, char **ret_error)
{
    return fail(ret_error, -ENXIO,
                "unknown fingerprint \"%s\": no machine on record has it (see hwfp history)",
                fingerprint);
}
