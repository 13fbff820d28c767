/* SPDX-License-Identifier: BSD-2-Clause */
/* A change of the vault: locked, whole or not at all; and the ticket that allows the first one. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "digest.h"
#include "system.h"
#include "util.h"
#include "vault.h"

#define LOCKS_MAX ((size_t)256 * 1024) /* of /proc/locks */

/* 0: not to be told. proc_locks(5): "1: FLOCK  ADVISORY  WRITE 1234 fe:00:131 0 EOF". */
static int find_holder(int lock)
{
    CLEANUP_FREE char *text = NULL;
    CLEANUP_CLOSE int fd = open("/proc/locks", O_RDONLY | O_CLOEXEC);
    char file[64];
    struct stat st;
    size_t size = 0;
    int pid = 0;

    if (fd < 0 || fstat(lock, &st) < 0 || read_all(fd, LOCKS_MAX, &text, &size) < 0)
        return 0;
    (void)snprintf(file, sizeof(file), " %02x:%02x:%ju ", major(st.st_dev), minor(st.st_dev),
                   (uintmax_t)st.st_ino);
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;)
        if (strstr(line, file) && sscanf(line, "%*d: FLOCK ADVISORY WRITE %9d", &pid) == 1)
            return pid;
    return 0;
}

/* Whoever it is may have been stopped by a user who had started it: su, say. */
static int tell_holder(const struct vault_change *change, char **ret_error)
{
    int pid = change->live ? find_holder(change->lock) : 0;

    if (pid > 0)
        return fail(ret_error, -EWOULDBLOCK, "another process, %d, holds /%s/lock", pid, VAULT_DIR);
    return fail(ret_error, -EWOULDBLOCK, "another process holds /%s/lock", VAULT_DIR);
}

static int take_lock(struct vault_change *change, char **ret_error)
{
    int r;

    change->lock = openat(change->dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (change->lock < 0)
        return fail(ret_error, -errno, "/%s/lock cannot be opened: %s", VAULT_DIR, strerror(errno));
    r = lock_bounded(change->lock, VAULT_LOCK_MS);
    if (r == -EWOULDBLOCK)
        return tell_holder(change, ret_error);
    return r < 0 ? fail(ret_error, r, "/%s/lock: %s", VAULT_DIR, strerror(-r)) : 0;
}

/* A file that cannot be used is evidence: it is put aside under a name of its own, not overwritten.
 */
static int put_aside(int dir, const char *name, char **ret_error)
{
    char aside[96];

    (void)snprintf(aside, sizeof(aside), "%s.damaged-%lld", name, (long long)time(NULL));
    if (renameat(dir, name, dir, aside) < 0 && errno != ENOENT)
        return fail(ret_error, -errno, "/%s/%s cannot be put aside: %s", VAULT_DIR, name,
                    strerror(errno));
    return 0;
}

static int put_all_aside(int dir, char **ret_error)
{
    static const char *const names[] = {"vault", "vault.old", "key"};
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++)
        r = put_aside(dir, names[i], ret_error);
    return r < 0 ? r : -ENOENT;
}

int vault_lock(const struct hwfp_system *system, bool create, struct vault_change *ret,
               char **ret_error)
{
    struct vault_change change = {.dir = -1, .lock = -1, .live = system->live};
    int r = vault_dir_open(system, create, &change.dir, ret_error);

    if (r == 0)
        r = take_lock(&change, ret_error);
    if (r < 0)
        vault_end(&change);
    *ret = change;
    return r;
}

int vault_begin(const struct hwfp_system *system, unsigned flags, struct vault_change *ret,
                char **ret_error)
{
    CLEANUP_FREE char *error = NULL;
    struct vault_change change;
    int r = vault_lock(system, flags & VAULT_CREATE, &change, &error);

    if (r == 0)
        r = vault_load_dir(change.dir, change.live, &change.vault, &error);
    if ((r == -ENOKEY || r == -EBADMSG) && flags & VAULT_START_OVER)
        r = put_all_aside(change.dir, &error);
    *ret = change;
    if (r == 0 || (r == -ENOENT && flags & VAULT_CREATE && change.lock >= 0))
        return 0;
    vault_end(ret);
    return fail(ret_error, r, "%s", error ? error : strerror(-r));
}

void vault_end(struct vault_change *change)
{
    change->vault = hwfp_vault_free(change->vault);
    if (change->lock >= 0)
        (void)close(change->lock);
    if (change->dir >= 0)
        (void)close(change->dir);
    change->lock = change->dir = -1;
}

static int format_vault(const struct hwfp_vault *vault, char **ret_text)
{
    CLEANUP_FREE char *body = NULL;
    char prefix[64], id_hex[2 * VAULT_KEY_ID_SIZE + 1], hmac_hex[2 * DIGEST_FULL + 1];
    uint8_t id[DIGEST_FULL], hmac[DIGEST_FULL];
    int r = vault_encode(vault, &body);

    if (r < 0)
        return r;
    vault_key_id(&vault->key, id);
    hex_encode(id, VAULT_KEY_ID_SIZE, id_hex);
    (void)snprintf(prefix, sizeof(prefix), "hwfp-vault %u %s ", VAULT_VERSION, id_hex);
    r = vault_checksum(&vault->key, prefix, body, hmac);
    if (r < 0)
        return r;
    hex_encode(hmac, sizeof(hmac), hmac_hex);
    return asprintf(ret_text, "%s%s\n%s", prefix, hmac_hex, body) < 0 ? -ENOMEM : 0;
}

/* A damaged vault does not become the previous generation. Where trust is taken away nothing may
 * bring it back: the previous generation is written anew, too, and first, so that the change is
 * made when the vault is, and is final then. */
static int write_generations(struct vault_change *change, const char *text, char **ret_error)
{
    bool damaged = change->vault->damage != NULL;
    int r = damaged ? put_aside(change->dir, "vault", ret_error) : 0;

    if (r == 0 && change->revokes)
        r = vault_file_write(change->dir, "vault.old", text, strlen(text), ret_error);
    if (r == 0)
        r = vault_file_replace(change->dir, "vault",
                               damaged || change->revokes ? NULL : "vault.old", text, strlen(text),
                               ret_error);
    return r;
}

int vault_save(struct vault_change *change, char **ret_error)
{
    CLEANUP_FREE char *text = NULL;
    int r;

    change->vault->generation++;
    r = format_vault(change->vault, &text);
    if (r < 0)
        return fail(ret_error, r, "the vault cannot be written: %s", strerror(-r));
    /* One that is larger could not be read again. */
    if (strlen(text) > VAULT_SIZE_MAX)
        return fail(ret_error, -EFBIG,
                    "the vault cannot be written: it has %zu bytes; expected %zu at most",
                    strlen(text), VAULT_SIZE_MAX);
    return write_generations(change, text, ret_error);
}

int vault_new(struct vault_change *change, char **ret_error)
{
    struct hwfp_vault *vault = calloc(1, sizeof(*vault));
    int r = vault ? vault_key_make(change->dir, change->live, &vault->key, ret_error) : -ENOMEM;

    if (r < 0) {
        hwfp_vault_free(vault);
        return r;
    }
    vault->threshold = HWFP_THRESHOLD_DEFAULT;
    hwfp_vault_free(change->vault);
    change->vault = vault;
    return 0;
}

/* ---- The ticket. ---- */

bool vault_has_ticket(const struct hwfp_system *system)
{
    CLEANUP_CLOSE int dir = -1;
    struct stat st;

    return vault_dir_open(system, false, &dir, NULL) == 0 &&
           fstatat(dir, "ticket", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           (st.st_uid == 0 || (!system->live && st.st_uid == geteuid()));
}

int vault_remove_ticket(const struct vault_change *change)
{
    if (unlinkat(change->dir, "ticket", 0) < 0 && errno != ENOENT)
        return -errno;
    return fsync(change->dir) < 0 ? -errno : 0;
}

void vault_use_up_ticket(const struct hwfp_system *system)
{
    struct vault_change change;

    if (!vault_has_ticket(system) || vault_begin(system, 0, &change, NULL) < 0)
        return;
    (void)vault_remove_ticket(&change);
    vault_end(&change);
}
