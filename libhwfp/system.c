/* SPDX-License-Identifier: BSD-2-Clause */
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "util.h"

#define LINKS_MAX 40         /* as many symbolic links as the kernel follows in one path */
#define OPEN_TRIES_AT_ONCE 8 /* of openat2(2), one after the other */
#define OPEN_TRIES 200       /* all of them: a fifth of a second */

/* "/" by any other name ("//", "/.", a link to it) is the running system, too. */
static bool is_live_root(const char *root)
{
    CLEANUP_FREE char *real = realpath(root, NULL);

    return real && strcmp(real, "/") == 0;
}

int hwfp_system_open(const char *root, struct hwfp_system **ret_system, char **ret_error)
{
    const char *path = root ? root : "/";
    struct hwfp_system *system = calloc(1, sizeof(*system));

    if (!system)
        return fail(ret_error, -ENOMEM, "out of memory");
    system->live = is_live_root(path);
    system->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (system->root < 0) {
        int r = -errno;

        free(system);
        return fail(ret_error, r, "%s: cannot be used as the root folder: %s", path,
                    strerrordesc_np(-r));
    }
    *ret_system = system;
    return 0;
}

struct hwfp_system *hwfp_system_free(struct hwfp_system *system)
{
    if (system)
        (void)close(system->root);
    free(system);
    return NULL;
}

bool hwfp_system_is_live(const struct hwfp_system *system)
{
    return system->live;
}

/* ---- Without openat2(2): kernels before 5.6, emulators and sandboxes that do not know it. ---- */

struct walk {
    const struct hwfp_system *system;
    char done[PATH_MAX]; /* resolved: no link in it, no "..", no slash in front */
    char todo[PATH_MAX];
    unsigned links;
};

static void walk_up(struct walk *w)
{
    char *slash = strrchr(w->done, '/');

    *(slash ? slash : w->done) = '\0';
}

/* Puts a link's target in front of what remains; an absolute one starts at the root again. */
static int walk_link(struct walk *w, const char *target, const char *rest)
{
    char joined[PATH_MAX];
    int n = snprintf(joined, sizeof(joined), "%s/%s", target, rest);

    if (n < 0 || (size_t)n >= sizeof(joined))
        return -ENAMETOOLONG;
    if (++w->links > LINKS_MAX)
        return -ELOOP;
    if (*target == '/')
        w->done[0] = '\0';
    else
        walk_up(w);
    memcpy(w->todo, joined, (size_t)n + 1);
    return 0;
}

/* Takes one name of what remains. `last_too`: the last one is followed where it is a link. */
static int walk_step(struct walk *w, bool last_too)
{
    char target[PATH_MAX], *name = w->todo + strspn(w->todo, "/");
    size_t length = strcspn(name, "/"), had = strlen(w->done);
    const char *rest = name + length + strspn(name + length, "/");
    ssize_t n = -1;

    if (length == 2 && memcmp(name, "..", 2) == 0) {
        walk_up(w);
    } else if (length > 0 && !(length == 1 && *name == '.')) {
        if (had + length + 2 > sizeof(w->done))
            return -ENAMETOOLONG;
        if (had)
            w->done[had++] = '/';
        memcpy(w->done + had, name, length);
        w->done[had + length] = '\0';
        if (*rest || last_too)
            n = readlinkat(w->system->root, w->done, target, sizeof(target) - 1);
    }
    if (n >= 0) {
        target[n] = '\0';
        return walk_link(w, target, rest);
    }
    memmove(w->todo, rest, strlen(rest) + 1);
    return 0;
}

static int open_by_walking(const struct hwfp_system *system, const char *path, int flags)
{
    struct walk w = {.system = system};
    int r = 0;

    if (strlen(path) >= sizeof(w.todo))
        return -ENAMETOOLONG;
    memcpy(w.todo, path, strlen(path) + 1);
    while (r == 0 && w.todo[0])
        r = walk_step(&w, !(flags & O_NOFOLLOW));
    if (r < 0)
        return r;
    r = openat(system->root, w.done[0] ? w.done : ".", flags | O_NOFOLLOW);
    return r < 0 ? -errno : r;
}

/* ---- */

/* The kernel answers EAGAIN if anything on the machine was renamed or mounted while it followed a
 * "..", as it then cannot tell that the ".." stayed inside. Making a mount namespace keeps it doing
 * so for a fraction of a millisecond, in which any number of tries is in vain: the later ones wait.
 * What could not be opened in the end would pass for missing hardware. */
static int open_in_root(const struct hwfp_system *system, const char *path, int flags)
{
    const struct open_how how = {.flags = (uint64_t)(unsigned)flags, .resolve = RESOLVE_IN_ROOT};
    const struct timespec pause = {.tv_nsec = 1000000L};
    unsigned tries = 0;
    long fd;

    while ((fd = syscall(SYS_openat2, system->root, path, &how, sizeof(how))) < 0 &&
           (errno == EAGAIN || errno == EINTR) && ++tries < OPEN_TRIES) {
        if (tries >= OPEN_TRIES_AT_ONCE)
            (void)nanosleep(&pause, NULL);
    }
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return open_by_walking(system, path, flags);
    return fd < 0 ? -errno : (int)fd;
}

int system_open(const struct hwfp_system *system, const char *path, int flags)
{
    /* openat2(2) refuses O_PATH together with O_NOCTTY. */
    int all = flags | O_CLOEXEC | ((flags & O_PATH) ? 0 : O_NOCTTY);
    int fd;

    path += strspn(path, "/");
    if (!*path)
        path = ".";
    if (!system->live)
        return open_in_root(system, path, all);
    fd = openat(system->root, path, all);
    return fd < 0 ? -errno : fd;
}

DIR *system_opendir(const struct hwfp_system *system, const char *path)
{
    int fd = system_open(system, path, O_RDONLY | O_DIRECTORY);
    DIR *folder;

    if (fd < 0) {
        errno = -fd;
        return NULL;
    }
    folder = fdopendir(fd);
    if (!folder) {
        int error = errno;

        (void)close(fd);
        errno = error;
    }
    return folder;
}

/* Opens a regular file, as those of sysfs and procfs are; a FIFO or a device is refused. */
static int open_regular(const struct hwfp_system *system, const char *path)
{
    int fd = system_open(system, path, O_RDONLY | O_NONBLOCK), r = 0;
    struct stat st;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        r = -errno;
    else if (S_ISDIR(st.st_mode))
        r = -EISDIR;
    else if (!S_ISREG(st.st_mode))
        r = -EINVAL;
    if (r == 0)
        return fd;
    (void)close(fd);
    return r;
}

ssize_t system_read(const struct hwfp_system *system, const char *path, void *buffer, size_t size)
{
    CLEANUP_CLOSE int fd = open_regular(system, path);
    size_t had = 0;

    if (fd < 0)
        return fd;
    while (had < size) {
        ssize_t n = read(fd, (char *)buffer + had, size - had);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        had += (size_t)n;
    }
    return (ssize_t)had;
}

ssize_t system_read_text(const struct hwfp_system *system, const char *path, char *buffer,
                         size_t size)
{
    ssize_t n = system_read(system, path, buffer, size - 1);
    const char *text;
    size_t length;

    if (n < 0)
        return n;
    buffer[n] = '\0';
    text = trim(buffer);
    length = strlen(text);
    memmove(buffer, text, length + 1);
    return (ssize_t)length;
}

ssize_t system_readlink(const struct hwfp_system *system, const char *path, char *buffer,
                        size_t size)
{
    CLEANUP_CLOSE int fd = system_open(system, path, O_PATH | O_NOFOLLOW);
    ssize_t n;

    if (fd < 0)
        return fd;
    n = readlinkat(fd, "", buffer, size);
    if (n < 0)
        return errno == ENOENT ? -EINVAL : -errno; /* it is there, but is no link */
    if ((size_t)n >= size)
        return -ENAMETOOLONG;
    buffer[n] = '\0';
    return n;
}

bool system_exists(const struct hwfp_system *system, const char *path)
{
    CLEANUP_CLOSE int fd = system_open(system, path, O_PATH);

    return fd >= 0;
}
