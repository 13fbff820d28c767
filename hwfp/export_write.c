/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "export.h"
#include "util.h"

static int write_and_rename(int fd, const char *fresh, const char *path, const char *text)
{
    int r = write_all(fd, text, strlen(text));

    /* mkostemp(3) makes it 0600; collectors are seldom root. */
    if (r == 0 && fchmod(fd, 0644) < 0)
        r = -errno;
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (r == 0 && rename(fresh, path) < 0)
        r = -errno;
    return r;
}

/* What takes its place would be a device for everybody, or the end of somebody's link. */
static int check_replaceable(const char *path, char **ret_error)
{
    struct stat st;

    if (lstat(path, &st) < 0 || S_ISREG(st.st_mode))
        return 0; /* what else is wrong is told by whoever writes */
    return fail(ret_error, -EINVAL, "%s is not a regular file", path);
}

int export_write(const char *path, const char *text, char **ret_error)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    CLEANUP_FREE char *fresh = NULL;
    CLEANUP_CLOSE int fd = -1;
    int r = check_replaceable(path, ret_error);

    if (r < 0)
        return r;
    if (!*name)
        return fail(ret_error, -EINVAL, "'%s' does not name a file", path);
    /* Hidden, and with another ending: no collector takes it for what it waits for. */
    if (asprintf(&fresh, "%.*s.%s.XXXXXX", (int)(name - path), path, name) < 0) {
        fresh = NULL;
        return fail(ret_error, -ENOMEM, "no memory");
    }
    fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0)
        return fail(ret_error, -errno, "%s cannot be written: %s", path, strerror(errno));
    r = write_and_rename(fd, fresh, path, text);
    if (r < 0)
        (void)unlink(fresh);
    return r < 0 ? fail(ret_error, r, "%s cannot be written: %s", path, strerror(-r)) : 0;
}
