/* SPDX-License-Identifier: BSD-2-Clause */
/* /run/hwfp/verdict: what root found in this boot, for those who may not read the hardware. */
#include "verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "boot_facts.h"
#include "system.h"
#include "util.h"
#include "verdict_text.h"

#define RUN_DIR "run/hwfp"
#define LOCK_MS 500

void verdict_boot_id(const struct hwfp_system *system, char ret[VERDICT_BOOT_ID_SIZE])
{
    if (system_read_text(system, "proc/sys/kernel/random/boot_id", ret, VERDICT_BOOT_ID_SIZE) <= 0)
        copy_text(ret, VERDICT_BOOT_ID_SIZE, "none");
}

/* ---- Writing. ---- */

int verdict_run_dir(const struct hwfp_system *system, int *ret_fd, char **ret_error)
{
    CLEANUP_CLOSE int parent = -1;
    int fd;

    if (!system->live && mkdirat(system->root, "run", 0755) < 0 && errno != EEXIST)
        return fail(ret_error, -errno, "/run cannot be made: %s", strerror(errno));
    parent = system_open(system, "run", O_PATH | O_DIRECTORY);
    if (parent < 0)
        return fail(ret_error, parent, "/run cannot be opened: %s", strerror(-parent));
    /* Readable by all, whatever the umask of the program that we are in. */
    if (mkdirat(parent, "hwfp", 0755) == 0 ? fchmodat(parent, "hwfp", 0755, 0) < 0
                                           : errno != EEXIST)
        return fail(ret_error, -errno, "/%s cannot be made: %s", RUN_DIR, strerror(errno));
    fd = openat(parent, "hwfp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(ret_error, -errno, "/%s cannot be opened: %s", RUN_DIR, strerror(errno));
    *ret_fd = fd;
    return 0;
}

/* On a file of root's own: a lock on the folder, which all may read, would be anybody's to hold. */
static int lock_run_dir(int dir)
{
    int lock = openat(dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    int r;

    if (lock < 0)
        return -errno;
    r = lock_bounded(lock, LOCK_MS);
    if (r == 0)
        return lock;
    (void)close(lock);
    return r;
}

/* *ret_lock: the descriptor that holds the lock, or a negative errno; both are the caller's. */
static int open_to_write(const struct hwfp_system *system, int *ret_dir, int *ret_lock,
                         char **ret_error)
{
    int r = verdict_run_dir(system, ret_dir, ret_error);

    if (r == 0)
        *ret_lock = lock_run_dir(*ret_dir);
    return r;
}

/* No fsync: /run is memory, and gone with the boot that it speaks of. */
static int write_verdict(const struct hwfp_system *system, int dir, const struct hwfp_published *p)
{
    char text[VERDICT_SIZE_MAX], boot_id[VERDICT_BOOT_ID_SIZE], fresh[64];
    CLEANUP_CLOSE int fd = -1;
    int n, r;

    verdict_boot_id(system, boot_id);
    n = verdict_format(p, boot_id, text);
    if (n < 0)
        return n;
    (void)snprintf(fresh, sizeof(fresh), "verdict.new-%d", (int)getpid());
    (void)unlinkat(dir, fresh, 0);
    fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    r = write_all(fd, text, (size_t)n);
    if (r == 0 && fchmod(fd, 0644) < 0)
        r = -errno;
    if (r == 0 && renameat(dir, fresh, dir, "verdict") < 0)
        r = -errno;
    if (r < 0)
        (void)unlinkat(dir, fresh, 0);
    return r;
}

int verdict_publish(const struct hwfp_system *system, const struct hwfp_published *published,
                    char **ret_error)
{
    CLEANUP_CLOSE int dir = -1, lock = -1;
    char id[VERDICT_BOOT_ID_SIZE];
    int r;

    verdict_boot_id(system, id);
    if (!system->live && strcmp(id, "none") == 0)
        return 0;
    r = open_to_write(system, &dir, &lock, ret_error);
    /* For order among writers only: whoever holds it for too long must not stop a verdict. */
    if (r == 0)
        r = write_verdict(system, dir, published);
    return r < 0 ? fail(ret_error, r, "/%s/verdict cannot be written: %s", RUN_DIR, strerror(-r))
                 : 0;
}

int verdict_remove(const struct hwfp_system *system, char **ret_error)
{
    CLEANUP_CLOSE int dir = system_open(system, RUN_DIR, O_PATH | O_DIRECTORY);
    int r = dir;

    if (dir >= 0)
        r = unlinkat(dir, "verdict", 0) < 0 ? -errno : 0;
    return r < 0 && r != -ENOENT
               ? fail(ret_error, r, "/%s/verdict cannot be removed: %s", RUN_DIR, strerror(-r))
               : 0;
}

/* ---- Reading. ---- */

static int open_verdict(const struct hwfp_system *system, int *ret_fd, char **ret_error)
{
    struct stat st;
    CLEANUP_CLOSE int fd =
        system_open(system, RUN_DIR "/verdict", O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

    if (fd == -ENOENT)
        return fail(ret_error, -ENOENT, "no verdict was published: /%s/verdict is missing",
                    RUN_DIR);
    if (fd < 0)
        return fail(ret_error, fd, "/%s/verdict cannot be opened: %s", RUN_DIR, strerror(-fd));
    if (fstat(fd, &st) < 0)
        return fail(ret_error, -errno, "/%s/verdict: %s", RUN_DIR, strerror(errno));
    if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && (system->live || st.st_uid != geteuid())) ||
        (st.st_mode & (S_IWGRP | S_IWOTH)))
        return fail(ret_error, -EPERM,
                    "/%s/verdict is not to be believed: expected a regular file of root's that "
                    "nobody else may write",
                    RUN_DIR);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int hwfp_published_read(const struct hwfp_system *system, struct hwfp_published *ret,
                        char **ret_error)
{
    struct hwfp_published published;
    char id[VERDICT_BOOT_ID_SIZE], written_in[VERDICT_BOOT_ID_SIZE];
    CLEANUP_FREE char *text = NULL;
    CLEANUP_CLOSE int fd = -1;
    size_t size = 0;
    int r = open_verdict(system, &fd, ret_error);

    if (r < 0)
        return r;
    r = read_all(fd, VERDICT_SIZE_MAX, &text, &size);
    if (r < 0)
        return fail(ret_error, r, "/%s/verdict cannot be read: %s", RUN_DIR, strerror(-r));
    r = verdict_parse(text, &published, written_in);
    if (r < 0)
        return fail(ret_error, r, "/%s/verdict is not as hwfp writes it", RUN_DIR);
    verdict_boot_id(system, id);
    if (strcmp(id, written_in) != 0)
        return fail(ret_error, -ESTALE, "/%s/verdict is of another boot", RUN_DIR);
    *ret = published;
    return 0;
}

/* ---- Facts that were not known yet. ---- */

int verdict_complete(const struct hwfp_system *system, const struct hwfp_boot_facts *now,
                     char **ret_error)
{
    CLEANUP_CLOSE int dir = -1, lock = -1;
    struct hwfp_published p;
    int r = hwfp_published_read(system, &p, ret_error);

    if (r < 0 || !boot_facts_complete(&p.boot, now))
        return r;
    r = open_to_write(system, &dir, &lock, ret_error);
    if (r == 0 && lock < 0)
        r = lock;
    /* Once more: another verdict may have been published meanwhile. */
    if (r == 0)
        r = hwfp_published_read(system, &p, ret_error);
    if (r == 0 && boot_facts_complete(&p.boot, now)) {
        r = write_verdict(system, dir, &p);
        r = r < 0 ? r : 1;
    }
    return r < 0 ? fail(ret_error, r, "/%s/verdict cannot be completed: %s", RUN_DIR, strerror(-r))
                 : r;
}

/* ---- Fingerprints that the vault could not take. ---- */

bool verdict_find_unsaved(const struct hwfp_system *system, const char *evidence,
                          char ret_fingerprint[HWFP_FINGERPRINT_SIZE])
{
    struct hwfp_published p = {0};
    char id[VERDICT_BOOT_ID_SIZE];

    if (hwfp_published_read(system, &p, NULL) < 0 || !p.unsaved || !*p.fingerprint)
        return false;
    /* A captured tree may know of no boot. */
    verdict_boot_id(system, id);
    if (strcmp(id, "none") == 0 && strcmp(p.evidence, evidence) != 0)
        return false;
    copy_text(ret_fingerprint, HWFP_FINGERPRINT_SIZE, p.fingerprint);
    return true;
}

int verdict_claim_unsaved(const struct hwfp_system *system, struct hwfp_published *published,
                          bool again, char **ret_error)
{
    CLEANUP_CLOSE int dir = -1, lock = -1;
    int r = open_to_write(system, &dir, &lock, ret_error);

    if (r == 0 && lock < 0)
        r = lock;
    if (r < 0)
        return fail(ret_error, r, "/%s/lock cannot be locked: %s", RUN_DIR, strerror(-r));
    if (again && verdict_find_unsaved(system, published->evidence, published->fingerprint))
        return 0;
    published->unsaved = true;
    r = write_verdict(system, dir, published);
    return r < 0 ? fail(ret_error, r, "/%s/verdict cannot be written: %s", RUN_DIR, strerror(-r))
                 : 0;
}
