/* SPDX-License-Identifier: BSD-2-Clause */
/* Emptying the vault for a template (golden image). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "util.h"
#include "vault.h"

/* NAME, and what stands beside it while it is written or after it was put aside: NAME.new,
 * NAME.damaged-TIME. */
static bool belongs_to(const char *file, const char *name)
{
    size_t n = strlen(name);

    return strncmp(file, name, n) == 0 && (file[n] == '\0' || file[n] == '.');
}

static int remove_files(DIR *folder, const char *name, char **ret_error)
{
    struct dirent *entry;

    errno = 0;
    while ((entry = readdir(folder)) != NULL)
        if (belongs_to(entry->d_name, name) && unlinkat(dirfd(folder), entry->d_name, 0) < 0)
            return fail(ret_error, -errno, "/%s/%s cannot be removed: %s", VAULT_DIR, entry->d_name,
                        strerror(errno));
    return errno ? fail(ret_error, -errno, "/%s cannot be read: %s", VAULT_DIR, strerror(errno))
                 : 0;
}

/* Removed from the disk, too, before the next may go. */
static int remove_synced(int dir, const char *name, char **ret_error)
{
    int r, fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_CLOSEDIR DIR *folder = fd < 0 ? NULL : fdopendir(fd);

    if (!folder) {
        r = fail(ret_error, -errno, "/%s cannot be opened: %s", VAULT_DIR, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return r;
    }
    r = remove_files(folder, name, ret_error);
    if (r == 0 && fsync(dir) < 0)
        r = fail(ret_error, -errno, "/%s cannot be synced: %s", VAULT_DIR, strerror(errno));
    return r;
}

int vault_empty(const struct vault_change *change, char **ret_error)
{
    /* A ticket that is still there must not meet an empty vault before its time. The previous
     * generation goes before the vault: it may trust a machine that was forgotten since. The key
     * goes last, since a vault without its key is an error, which some let pass. */
    static const char *const names[] = {"ticket", "vault.old", "vault", "recovery", "key"};
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++)
        r = remove_synced(change->dir, names[i], ret_error);
    return r;
}

int vault_leave_ticket(const struct vault_change *change, char **ret_error)
{
    return vault_file_write(change->dir, "ticket", "", 0, ret_error);
}
