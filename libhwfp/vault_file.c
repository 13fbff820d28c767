/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "system.h"
#include "util.h"
#include "vault.h"

/* Below a --root the files may belong to whoever captured the tree. */
static bool owner_is_safe(uid_t owner, bool live)
{
    return owner == 0 || (!live && owner == geteuid());
}

static int check_safe(const struct stat *st, bool live, const char *what, char **ret_error)
{
    if (!owner_is_safe(st->st_uid, live))
        return fail(ret_error, -EPERM, "/%s is owned by user %u; expected root", what,
                    (unsigned)st->st_uid);
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return fail(ret_error, -EPERM, "/%s has mode %04o; expected no write permission for others",
                    what, (unsigned)st->st_mode & 07777U);
    return 0;
}

/* Below a --root: an image may lack it, and its links must not lead out of it. */
static int make_parent(const struct hwfp_system *system)
{
    CLEANUP_CLOSE int var = -1;

    if (mkdirat(system->root, "var", 0755) < 0 && errno != EEXIST)
        return -errno;
    var = system_open(system, "var", O_PATH | O_DIRECTORY);
    if (var < 0)
        return var;
    return mkdirat(var, "lib", 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int make_dir(const struct hwfp_system *system)
{
    CLEANUP_CLOSE int parent = -1;
    int r = system->live ? 0 : make_parent(system);

    if (r < 0)
        return r;
    parent = system_open(system, "var/lib", O_PATH | O_DIRECTORY);
    if (parent < 0)
        return parent;
    if (mkdirat(parent, "hwfp", 0700) < 0)
        return errno == EEXIST ? 0 : -errno;
    /* Whatever the umask of the program that we are in. */
    return fchmodat(parent, "hwfp", 0700, 0) < 0 ? -errno : 0;
}

int vault_dir_open(const struct hwfp_system *system, bool create, int *ret_fd, char **ret_error)
{
    CLEANUP_CLOSE int parent = -1, fd = -1;
    struct stat st;
    int r = create ? make_dir(system) : 0;

    if (r < 0)
        return fail(ret_error, r, "/%s cannot be made: %s", VAULT_DIR, strerror(-r));
    parent = system_open(system, "var/lib", O_PATH | O_DIRECTORY);
    if (parent == -ENOENT)
        return fail(ret_error, parent, "there is no vault: /var/lib is missing");
    if (parent < 0)
        return fail(ret_error, parent, "/var/lib cannot be opened: %s", strerror(-parent));
    fd = openat(parent, "hwfp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
        return fail(ret_error, -EPERM, "/%s is not a folder of its own (a symbolic link?)",
                    VAULT_DIR);
    if (fd < 0 && errno == ENOENT)
        return fail(ret_error, -ENOENT, "there is no vault: /%s is missing", VAULT_DIR);
    if (fd < 0)
        return fail(ret_error, -errno, "/%s cannot be opened: %s", VAULT_DIR, strerror(errno));
    if (fstat(fd, &st) < 0)
        return fail(ret_error, -errno, "/%s: %s", VAULT_DIR, strerror(errno));
    r = check_safe(&st, system->live, VAULT_DIR, ret_error);
    if (r < 0)
        return r;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int vault_file_find(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int vault_file_read(int dir, const char *name, bool live, size_t max, char **ret_text,
                    size_t *ret_size, char **ret_error)
{
    CLEANUP_CLOSE int fd = -1;
    char what[128];
    struct stat st;
    int r;

    (void)snprintf(what, sizeof(what), VAULT_DIR "/%s", name);
    /* Not to hang on a FIFO that stands in the file's place. */
    fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == ELOOP)
        return fail(ret_error, -EPERM, "/%s is a symbolic link; expected a regular file", what);
    if (fd < 0)
        return fail(ret_error, -errno, "/%s cannot be opened: %s", what, strerror(errno));
    if (fstat(fd, &st) < 0)
        return fail(ret_error, -errno, "/%s: %s", what, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fail(ret_error, -EPERM, "/%s is not a regular file", what);
    r = check_safe(&st, live, what, ret_error);
    if (r < 0)
        return r;
    r = read_all(fd, max, ret_text, ret_size);
    if (r < 0)
        return fail(ret_error, r, "/%s cannot be read: %s", what, strerror(-r));
    return 0;
}

static int write_new(int dir, const char *name, const char *text, size_t size)
{
    CLEANUP_CLOSE int fd = -1;
    int r;

    if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
        return -errno;
    fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = write_all(fd, text, size);
    /* The caller's umask may have taken bits; the file must be readable by its owner at least. */
    if (r == 0 && fchmod(fd, 0600) < 0)
        r = -errno;
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    return r;
}

static int copy_file(int dir, const char *from, const char *to)
{
    CLEANUP_CLOSE int fd = openat(dir, from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;
    size_t size = 0;
    int r = fd < 0 ? -errno : read_all(fd, VAULT_SIZE_MAX, &text, &size);

    return r < 0 ? r : write_new(dir, to, text, size);
}

/* What link(2) says where a file system has no hard links. */
static bool has_no_links(int r)
{
    return r == -EPERM || r == -EOPNOTSUPP || r == -ENOSYS || r == -EMLINK;
}

/* Keeps the file that stands there as `old`, without a moment in which `name` is missing. When
 * there is none yet the text is written twice, so that the first generation has a second copy, too,
 * in blocks of its own.
 */
static int keep_old(int dir, const char *name, const char *old, const char *text, size_t size)
{
    char kept[128];
    int r;

    (void)snprintf(kept, sizeof(kept), "%s.link", old);
    (void)unlinkat(dir, kept, 0);
    r = linkat(dir, name, dir, kept, 0) < 0 ? -errno : 0;
    if (r == -ENOENT)
        r = write_new(dir, kept, text, size);
    else if (has_no_links(r))
        r = copy_file(dir, name, kept);
    if (r == 0 && renameat(dir, kept, dir, old) < 0)
        r = -errno;
    /* Also where both names are of one file already: then nothing was renamed. */
    (void)unlinkat(dir, kept, 0);
    return r;
}

int vault_file_replace(int dir, const char *name, const char *old, const char *text, size_t size,
                       char **ret_error)
{
    char fresh[128];
    int r;

    (void)snprintf(fresh, sizeof(fresh), "%s.new", name);
    r = write_new(dir, fresh, text, size);
    if (r == 0 && old)
        r = keep_old(dir, name, old, text, size);
    if (r == 0 && renameat(dir, fresh, dir, name) < 0)
        r = -errno;
    if (r < 0) {
        (void)unlinkat(dir, fresh, 0);
        return fail(ret_error, r, "/%s/%s cannot be written: %s", VAULT_DIR, name, strerror(-r));
    }
    if (fsync(dir) < 0)
        return fail(ret_error, -errno, "/%s cannot be synced: %s", VAULT_DIR, strerror(errno));
    return 0;
}

int vault_file_write(int dir, const char *name, const char *text, size_t size, char **ret_error)
{
    return vault_file_replace(dir, name, NULL, text, size, ret_error);
}
