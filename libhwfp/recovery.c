/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes: made, used once, counted, removed. Each change under the vault's lock. */
#include "recovery.h"

#include <errno.h>
#include <string.h>

#include "digest.h"
#include "system.h"
#include "util.h"
#include "vault.h"

/* The vault's folder and its key, with or without the lock; the vault itself may be damaged. */
struct place {
    struct vault_change folder;
    struct hwfp_key key;
};

static void leave(struct place *place)
{
    explicit_bzero(&place->key, sizeof(place->key));
    vault_end(&place->folder);
}

static int enter(const struct hwfp_system *system, bool lock, struct place *ret, char **ret_error)
{
    struct place place = {.folder = {.dir = -1, .lock = -1, .live = system->live}};
    int r;

    if (lock)
        r = vault_lock(system, false, &place.folder, ret_error);
    else
        r = vault_dir_open(system, false, &place.folder.dir, ret_error);
    if (r == 0)
        r = vault_key_read(place.folder.dir, system->live, &place.key, ret_error);
    if (r < 0)
        leave(&place);
    else
        *ret = place;
    return r;
}

static int read_codes(const struct place *place, struct recovery *ret, char **ret_error)
{
    return recovery_read(place->folder.dir, place->folder.live, &place->key, ret, ret_error);
}

static int write_codes(const struct place *place, const struct recovery *recovery, char **ret_error)
{
    return recovery_write(place->folder.dir, &place->key, recovery, ret_error);
}

static unsigned count(const struct recovery *recovery)
{
    unsigned n = 0;

    for (size_t i = 0; i < HWFP_RECOVERY_CODES; i++)
        n += *recovery->digests[i] != '\0';
    return n;
}

/* A clock that went back ends the lock-out: it must not last for years. What it then allows is one
 * more try, which is counted, too. */
static bool is_locked(const struct recovery *recovery, time_t now)
{
    return recovery->failures >= RECOVERY_FAILURES_MAX && now >= recovery->failed &&
           now - recovery->failed < RECOVERY_LOCKED_FOR;
}

static void tell_status(const struct recovery *recovery, struct hwfp_recovery *ret)
{
    *ret = (struct hwfp_recovery){
        .made = recovery->made,
        .left = count(recovery),
        .failures = recovery->failures,
        .locked = is_locked(recovery, time(NULL)),
        .locked_until = recovery->failed + RECOVERY_LOCKED_FOR,
    };
}

/* ---- Make. ---- */

static int make_code(unsigned number, char ret_digest[RECOVERY_DIGEST_SIZE],
                     char ret_text[HWFP_RECOVERY_CODE_SIZE])
{
    char symbols[RECOVERY_SYMBOLS + 1] = "";
    unsigned same;
    int r = recovery_code_make(number, ret_text);

    if (r == 0)
        r = recovery_code_read(ret_text, symbols, &same);
    if (r == 0)
        r = recovery_digest_new(symbols, ret_digest);
    explicit_bzero(symbols, sizeof(symbols));
    return r;
}

/* Codes that may still be of use are not replaced by mistake. */
static int may_make(const struct place *place, char **ret_error)
{
    struct recovery old = {0};
    CLEANUP_FREE char *error = NULL;
    int r = read_codes(place, &old, &error);

    if (r == -ENOENT || (r == 0 && count(&old) == 0))
        return 0;
    if (r < 0)
        return fail(ret_error, r, "%s", error ? error : strerror(-r));
    return fail(ret_error, -EEXIST, "there are %u recovery codes already", count(&old));
}

static int make_all(char ret_codes[HWFP_RECOVERY_CODES][HWFP_RECOVERY_CODE_SIZE],
                    struct recovery *recovery, char **ret_error)
{
    int r = 0;

    for (unsigned i = 0; r == 0 && i < HWFP_RECOVERY_CODES; i++)
        r = make_code(i, recovery->digests[i], ret_codes[i]);
    return r < 0 ? fail(ret_error, r, "no recovery codes can be made: %s", strerror(-r)) : 0;
}

/* Keeps the new codes, or, for NULL, tells whether they could be kept. */
static int keep(const struct hwfp_system *system, bool again, const struct recovery *recovery,
                char **ret_error)
{
    struct place place;
    int r = enter(system, true, &place, ret_error);

    if (r < 0)
        return r;
    if (!again)
        r = may_make(&place, ret_error);
    if (r == 0 && recovery)
        r = write_codes(&place, recovery, ret_error);
    leave(&place);
    return r;
}

/* Ten digests are a second or two: no lock is held meanwhile. */
int hwfp_recovery_make(const struct hwfp_system *system, bool again,
                       char ret_codes[HWFP_RECOVERY_CODES][HWFP_RECOVERY_CODE_SIZE],
                       char **ret_error)
{
    struct recovery recovery = {.made = time(NULL)};
    int r = keep(system, again, NULL, ret_error);

    if (r < 0)
        return r;
    r = make_all(ret_codes, &recovery, ret_error);
    if (r == 0)
        r = keep(system, again, &recovery, ret_error);
    if (r < 0)
        explicit_bzero(ret_codes, (size_t)HWFP_RECOVERY_CODES * HWFP_RECOVERY_CODE_SIZE);
    return r;
}

/* ---- Use. ---- */

/* A code as somebody typed it: its number, and what its digest would be if it were right. */
struct attempt {
    unsigned number;
    char digest[RECOVERY_DIGEST_SIZE]; /* "": it cannot be right */
};

/* Says at once what is no code, or a spent one's number. That tells nobody anything: each try is
 * counted, and PAM's delay after it is longer than a digest takes. */
static int make_attempt(const struct recovery *recovery, const char *typed, struct attempt *ret,
                        char **ret_error)
{
    char symbols[RECOVERY_SYMBOLS + 1] = "";
    int r = 0;

    *ret = (struct attempt){0};
    if (recovery_code_read(typed, symbols, &ret->number) == 0 && *recovery->digests[ret->number])
        r = recovery_digest(symbols, recovery->digests[ret->number], ret->digest);
    explicit_bzero(symbols, sizeof(symbols));
    return r < 0 ? fail(ret_error, r, "the recovery code cannot be checked: %s", strerror(-r)) : 0;
}

static bool is_right(const struct recovery *recovery, const struct attempt *attempt)
{
    return *attempt->digest &&
           digest_equal((const uint8_t *)attempt->digest,
                        (const uint8_t *)recovery->digests[attempt->number], RECOVERY_DIGEST_SIZE);
}

static void count_failure(struct recovery *recovery)
{
    recovery->failed = time(NULL);
    if (recovery->failures < RECOVERY_FAILURES_END)
        recovery->failures++;
}

static int read_unlocked_codes(const struct place *place, struct recovery *ret, char **ret_error)
{
    int r = read_codes(place, ret, ret_error);

    if (r == 0 && is_locked(ret, time(NULL)))
        r = fail(ret_error, -EBUSY, "recovery codes are locked after %u wrong ones in a row",
                 ret->failures);
    return r;
}

/* What is not on disk has not happened: an attempt counts, right or wrong, once it is written. */
static int settle(const struct place *place, const struct attempt *attempt,
                  struct recovery *recovery, char **ret_error)
{
    bool right;
    int r = read_unlocked_codes(place, recovery, ret_error);

    if (r < 0)
        return r;
    right = is_right(recovery, attempt);
    if (right) {
        memset(recovery->digests[attempt->number], 0, RECOVERY_DIGEST_SIZE);
        recovery->failures = 0;
    } else {
        count_failure(recovery);
    }
    r = write_codes(place, recovery, ret_error);
    if (r < 0 || right)
        return r;
    return fail(ret_error, -EKEYREJECTED, "a wrong recovery code, %u in a row", recovery->failures);
}

static int prepare_attempt(const struct hwfp_system *system, const char *code, struct attempt *ret,
                           char **ret_error)
{
    struct recovery recovery = {0};
    struct place place;
    int r = enter(system, false, &place, ret_error);

    if (r < 0)
        return r;
    r = read_unlocked_codes(&place, &recovery, ret_error);
    leave(&place);
    return r < 0 ? r : make_attempt(&recovery, code, ret, ret_error);
}

/* The digest takes long, and is made before the lock is taken: nobody else's login is to wait for
 * it. The codes may be others by then, or fewer; then the digest is none of theirs. */
int hwfp_recovery_use(const struct hwfp_system *system, const char *code,
                      struct hwfp_recovery *ret_recovery, char **ret_error)
{
    struct recovery recovery = {0};
    struct attempt attempt = {0};
    struct place place;
    int r = prepare_attempt(system, code, &attempt, ret_error);

    if (r < 0)
        return r;
    r = enter(system, true, &place, ret_error);
    if (r < 0)
        return r;
    r = settle(&place, &attempt, &recovery, ret_error);
    leave(&place);
    if (r == 0)
        tell_status(&recovery, ret_recovery);
    return r;
}

/* ---- Status, and removal. ---- */

static int no_codes(char **ret_error)
{
    return fail(ret_error, -ENOENT, "there are no recovery codes: /%s/%s is missing", VAULT_DIR,
                RECOVERY_FILE);
}

/* Without codes it does not matter whether there is a key to read them by. */
static int expect_file(const struct hwfp_system *system, char **ret_error)
{
    CLEANUP_CLOSE int dir = -1;
    int r = vault_dir_open(system, false, &dir, ret_error);

    if (r == 0 && vault_file_find(dir, RECOVERY_FILE) == -ENOENT)
        r = no_codes(ret_error);
    return r;
}

int hwfp_recovery_status(const struct hwfp_system *system, struct hwfp_recovery *ret_recovery,
                         char **ret_error)
{
    struct recovery recovery = {0};
    struct place place;
    int r = expect_file(system, ret_error);

    if (r < 0)
        return r;
    r = enter(system, false, &place, ret_error);
    if (r < 0)
        return r == -ENOENT ? -ENOKEY : r;
    r = read_codes(&place, &recovery, ret_error);
    leave(&place);
    if (r == 0)
        tell_status(&recovery, ret_recovery);
    return r;
}

int hwfp_recovery_remove(const struct hwfp_system *system, char **ret_error)
{
    struct vault_change folder;
    int r = vault_lock(system, false, &folder, ret_error);

    if (r < 0)
        return r;
    if (unlinkat(folder.dir, RECOVERY_FILE, 0) < 0)
        r = errno == ENOENT ? no_codes(ret_error) : -errno;
    else if (fsync(folder.dir) < 0)
        r = -errno;
    vault_end(&folder);
    return r < 0 ? fail(ret_error, r, "/%s/%s cannot be removed: %s", VAULT_DIR, RECOVERY_FILE,
                        strerror(-r))
                 : 0;
}
