/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is to tell about this machine. Nothing is written, neither here nor by the gate. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>

#include "export.h"
#include "hash.h"
#include "show.h"
#include "system.h"
#include "util.h"

/* hostname(5): one name, and comments. */
static void read_hostname(const struct hwfp_system *system, char ret[EXPORT_HOSTNAME_SIZE])
{
    char text[4096], *rest = text, *line;

    if (system_read_text(system, system->live ? "proc/sys/kernel/hostname" : "etc/hostname", text,
                         sizeof(text)) <= 0)
        return;
    while ((line = strsep(&rest, "\n"))) {
        line = trim(line);
        if (*line && *line != '#') {
            copy_text(ret, EXPORT_HOSTNAME_SIZE, line);
            return;
        }
    }
}

/* When this boot began, by today's clock; a captured tree has no boot of its own. */
static time_t read_booted(const struct hwfp_system *system, time_t now)
{
    struct timespec up;

    if (!system->live || clock_gettime(CLOCK_BOOTTIME, &up) < 0)
        return 0;
    return now - up.tv_sec;
}

/* When root looked at the hardware on behalf of a caller who may not. */
static time_t published_when(const struct hwfp_system *system)
{
    CLEANUP_CLOSE int fd = system_open(system, "run/hwfp/verdict", O_RDONLY | O_NOFOLLOW);
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 ? st.st_mtime : 0;
}

static time_t drifted_when(const struct hwfp_system *system, const char *fingerprint)
{
    struct hwfp_vault *vault = NULL;
    const struct hwfp_machine *machine;
    time_t when = 0;

    if (hwfp_vault_load(system, &vault, NULL) < 0)
        return 0;
    machine = hwfp_vault_find(vault, fingerprint);
    if (machine)
        when = machine->updated;
    (void)hwfp_vault_free(vault);
    return when;
}

static void take_moments(const struct session *session, struct export_facts *facts)
{
    const struct hwfp_result *result = &facts->result;

    if (result->from_published) {
        facts->moments.checked =
            result->verdict == HWFP_ERROR ? 0 : published_when(session->system);
        return;
    }
    facts->moments.checked = facts->now;
    if (*result->fingerprint && !result->unsaved)
        facts->moments.drifted = drifted_when(session->system, result->fingerprint);
}

/* ---- The evidence under the fleet key. ---- */

static int look_under_key(const struct session *session, const struct hwfp_key *key,
                          struct export_facts *facts)
{
    static const char purpose[] = "hwfp fleet key id 1";
    uint8_t id[DIGEST_FULL];
    int r = hwfp_hash_collect(session->system, key, session->config.ignore, &facts->evidence);

    if (r < 0)
        return r;
    digest_plain(purpose, sizeof(purpose), key->bytes, sizeof(key->bytes), id);
    hex_encode(id, EXPORT_KEY_ID_SIZE, facts->key_id);
    hash_evidence_digest(&facts->evidence, key, facts->instance);
    facts->keyed = true;
    return 0;
}

/* Half of the evidence under the key would look like another machine: an ordinary user, who cannot
 * read the key either, exports none. */
static int add_evidence(const struct session *session, struct export_facts *facts)
{
    struct hwfp_key key;
    char *error = NULL;
    int r;

    if (facts->result.from_published || !session->config.fleet_key_file)
        return STATUS_OK;
    r = hwfp_fleet_key_read(session->system, &session->config, &key, &error);
    if (r == 0)
        r = look_under_key(session, &key, facts);
    OPENSSL_cleanse(&key, sizeof(key));
    if (r == 0)
        return STATUS_OK;
    (void)session_failed(session, r, error);
    return STATUS_ERROR;
}

int export_facts_gather(const struct session *session, bool with_evidence, struct export_facts *ret)
{
    *ret = (struct export_facts){.now = time(NULL)};
    if (show_ask(session, HWFP_GATE_READ_ONLY, &ret->result) < 0)
        return session_fail(session, STATUS_ERROR, "no memory");
    if (ret->result.verdict == HWFP_ERROR)
        screen_error(&session->screen, "%s", ret->result.reason ? ret->result.reason : "no memory");
    if (ret->result.problem)
        screen_error(&session->screen, "%s", ret->result.problem);
    take_moments(session, ret);
    read_hostname(session->system, ret->hostname);
    ret->booted = read_booted(session->system, ret->now);
    (void)system_read_text(session->system, "proc/sys/kernel/random/boot_id", ret->boot_id,
                           sizeof(ret->boot_id));
    return with_evidence ? add_evidence(session, ret) : STATUS_OK;
}

void export_facts_clear(struct export_facts *facts)
{
    hwfp_result_clear(&facts->result);
    hwfp_hash_clear(&facts->evidence);
}
