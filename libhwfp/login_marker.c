/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one phase of a login has to tell a later one. sshd authenticates in one process, and opens
 * the session in another; both are of one kernel session, which no other login shares. Only root
 * can write there, and so vouch for a login.
 *
 *     /run/hwfp/recovered/SESSION-ID: a recovery code let it in
 *
 *     /run/hwfp/said/SESSION-ID: the log has a line of it
 *
 * Each is one line:
 *
 *     hwfp-recovered 1 DIGEST UNTIL
 *
 * The digest is of all that must be the same later on; UNTIL is in seconds of CLOCK_BOOTTIME, which
 * nobody turns back.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "digest.h"
#include "system.h"
#include "util.h"
#include "verdict.h"

#define GOOD_FOR 120 /* seconds: whoever has to change a password on the way types it twice */
#define LINE_MAX_SIZE 160
#define FRESH ".new"     /* what is added to the name until all of it is written */
#define OPENED ".opened" /* what is added to the name once a session was opened */

/* What is marked, and for whom. */
struct claim {
    const char *kind; /* the folder's name */
    const struct hwfp_login *login;
    const char *text; /* what must be the same beside it, or NULL */
};

struct marker {
    const char *kind;
    int dir; /* its folder, or -1 */
    bool live;
    char name[32], opened[40], digest[2 * DIGEST_FULL + 1];
};

static long long now(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_BOOTTIME, &t);
    return (long long)t.tv_sec;
}

/* With its final NUL, so that two fields cannot pass for one another. */
static void add_field(uint8_t digest[DIGEST_FULL], const char *field)
{
    const char *text = field ? field : "";

    digest_plain(digest, DIGEST_FULL, text, strlen(text) + 1, digest);
}

static bool is_ours(int fd, bool folder, bool live)
{
    struct stat st;

    return fstat(fd, &st) == 0 && (folder ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode)) &&
           (st.st_uid == 0 || (!live && st.st_uid == geteuid())) &&
           !(st.st_mode & (S_IRWXG | S_IRWXO));
}

static int open_folder(const struct hwfp_system *system, const char *kind, bool make,
                       char **ret_error)
{
    CLEANUP_CLOSE int run = -1;
    int fd, r = 0;

    if (make)
        r = verdict_run_dir(system, &run, ret_error);
    else
        r = run = system_open(system, "run/hwfp", O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (r < 0)
        return r;
    if (make && mkdirat(run, kind, 0700) < 0 && errno != EEXIST)
        return fail(ret_error, -errno, "/run/hwfp/%s cannot be made: %s", kind, strerror(errno));
    fd = openat(run, kind, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(ret_error, -errno, "/run/hwfp/%s cannot be opened: %s", kind, strerror(errno));
    if (is_ours(fd, true, system->live))
        return fd;
    (void)close(fd);
    return fail(ret_error, -EPERM, "/run/hwfp/%s is not root's own with mode 0700", kind);
}

static int marker_open(const struct hwfp_system *system, const struct claim *claim, bool make,
                       struct marker *ret, char **ret_error)
{
    struct marker marker = {.kind = claim->kind, .live = system->live};
    char boot_id[VERDICT_BOOT_ID_SIZE];
    uint8_t digest[DIGEST_FULL] = {0};
    long session = (long)getsid(0);

    verdict_boot_id(system, boot_id);
    if (session <= 0 || strcmp(boot_id, "none") == 0)
        return fail(ret_error, -ENOENT, "this boot or this session cannot be told from others");
    (void)snprintf(marker.name, sizeof(marker.name), "%ld", session);
    (void)snprintf(marker.opened, sizeof(marker.opened), "%ld" OPENED, session);
    add_field(digest, boot_id);
    add_field(digest, marker.name);
    add_field(digest, claim->login->user);
    add_field(digest, claim->login->service);
    add_field(digest, claim->login->rhost);
    add_field(digest, claim->text);
    hex_encode(digest, sizeof(digest), marker.digest);
    marker.dir = open_folder(system, claim->kind, make, ret_error);
    if (marker.dir < 0)
        return marker.dir;
    *ret = marker;
    return 0;
}

/* ---- Reading. ---- */

/* A marker's digest; false where it is none, or its time is over. */
static bool read_marker(const struct marker *marker, const char *name,
                        char ret_digest[2 * DIGEST_FULL + 1])
{
    CLEANUP_CLOSE int fd =
        openat(marker->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;
    long long until = 0, t = now();
    size_t size = 0;

    return fd >= 0 && is_ours(fd, false, marker->live) &&
           read_all(fd, LINE_MAX_SIZE, &text, &size) == 0 &&
           sscanf(text, "hwfp-recovered 1 %64[0-9a-f] %18lld", ret_digest, &until) == 2 &&
           t < until && until - t <= GOOD_FOR;
}

static bool vouches(const struct marker *marker, const char *name)
{
    char digest[2 * DIGEST_FULL + 1] = "";

    return read_marker(marker, name, digest) && strcmp(digest, marker->digest) == 0;
}

/* ---- Writing. ---- */

/* Takes away what nobody came for: a program may ask for the account and open no session. */
static void sweep(const struct marker *marker)
{
    int fd = openat(marker->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_CLOSEDIR DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    char digest[2 * DIGEST_FULL + 1];
    struct dirent *entry;

    if (!folder && fd >= 0)
        (void)close(fd);
    while (folder && (entry = readdir(folder)))
        if (*entry->d_name != '.' && !strstr(entry->d_name, FRESH) &&
            !read_marker(marker, entry->d_name, digest))
            (void)unlinkat(marker->dir, entry->d_name, 0);
}

static int write_marker(const struct marker *marker)
{
    char line[LINE_MAX_SIZE], fresh[48];
    CLEANUP_CLOSE int fd = -1;
    int r, n = snprintf(line, sizeof(line), "hwfp-recovered 1 %s %lld\n", marker->digest,
                        now() + GOOD_FOR);

    (void)snprintf(fresh, sizeof(fresh), "%s" FRESH, marker->name);
    (void)unlinkat(marker->dir, fresh, 0);
    fd = openat(marker->dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = write_all(fd, line, (size_t)n);
    if (r == 0 && renameat(marker->dir, fresh, marker->dir, marker->name) < 0)
        r = -errno;
    if (r < 0)
        (void)unlinkat(marker->dir, fresh, 0);
    return r;
}

/* A new marker says nothing of a session that was opened by an earlier one. */
static int put_marker(const struct hwfp_system *system, const struct claim *claim, char **ret_error)
{
    struct marker marker = {.dir = -1};
    int r = marker_open(system, claim, true, &marker, ret_error);

    if (r < 0)
        return r;
    (void)unlinkat(marker.dir, marker.opened, 0);
    sweep(&marker);
    r = write_marker(&marker);
    (void)close(marker.dir);
    return r < 0 ? fail(ret_error, r, "/run/hwfp/%s/%s cannot be written: %s", claim->kind,
                        marker.name, strerror(-r))
                 : 0;
}

/* ---- Asking. ---- */

static bool is_found(const struct hwfp_system *system, const struct claim *claim, bool opened)
{
    struct marker marker = {.dir = -1};
    bool found;

    if (marker_open(system, claim, false, &marker, NULL) < 0)
        return false;
    found = vouches(&marker, opened ? marker.opened : marker.name);
    (void)close(marker.dir);
    return found;
}

/* Renaming, and removing, succeeds for one of many callers at once. What is not kept goes, whomever
 * it vouches for: it is of this session, and of what was before. */
static bool take_marker(const struct hwfp_system *system, const struct claim *claim, bool keep)
{
    struct marker marker = {.dir = -1};
    bool taken;

    if (marker_open(system, claim, false, &marker, NULL) < 0)
        return false;
    taken = vouches(&marker, marker.name);
    if (!keep)
        taken = unlinkat(marker.dir, marker.name, 0) == 0 && taken;
    else if (taken)
        taken = renameat(marker.dir, marker.name, marker.dir, marker.opened) == 0;
    (void)close(marker.dir);
    return taken;
}

/* ---- A recovery code let a login in. ---- */

static struct claim recovered(const struct hwfp_login *login)
{
    return (struct claim){.kind = "recovered", .login = login};
}

int hwfp_recovered_can_mark(const struct hwfp_system *system, const struct hwfp_login *login,
                            char **ret_error)
{
    const struct claim claim = recovered(login);
    struct marker marker = {.dir = -1};
    int r = marker_open(system, &claim, true, &marker, ret_error);

    if (r == 0)
        (void)close(marker.dir);
    return r;
}

int hwfp_recovered_mark(const struct hwfp_system *system, const struct hwfp_login *login,
                        char **ret_error)
{
    const struct claim claim = recovered(login);

    return put_marker(system, &claim, ret_error);
}

bool hwfp_recovered(const struct hwfp_system *system, const struct hwfp_login *login)
{
    const struct claim claim = recovered(login);

    return is_found(system, &claim, false);
}

bool hwfp_recovered_credentials(const struct hwfp_system *system, const struct hwfp_login *login)
{
    const struct claim claim = recovered(login);

    return is_found(system, &claim, false) || is_found(system, &claim, true);
}

bool hwfp_recovered_open(const struct hwfp_system *system, const struct hwfp_login *login)
{
    const struct claim claim = recovered(login);

    return take_marker(system, &claim, true);
}

/* ---- A login is in the log. ---- */

int hwfp_said_mark(const struct hwfp_system *system, const struct hwfp_login *login,
                   const char *text, char **ret_error)
{
    const struct claim claim = {.kind = "said", .login = login, .text = text};

    return put_marker(system, &claim, ret_error);
}

bool hwfp_said(const struct hwfp_system *system, const struct hwfp_login *login, const char *text)
{
    const struct claim claim = {.kind = "said", .login = login, .text = text};

    return take_marker(system, &claim, false);
}
