/* SPDX-License-Identifier: BSD-2-Clause */
/* The drop-in by which a unit of systemd requires hwfp-verified.target. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "system.h"
#include "util.h"

#define UNITS_DIR "etc/systemd/system"
#define DROP_IN "50-hwfp.conf"
#define FOLDER_SIZE (sizeof(UNITS_DIR) + HWFP_UNIT_NAME_SIZE + 3)
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const char text[] = "# Written by hwfp gate; hwfp ungate removes it.\n"
                           "[Unit]\n"
                           "Requires=hwfp-verified.target\n"
                           "After=hwfp-verified.target\n";

/* ---- The name. ---- */

static bool has_unit_type(const char *name)
{
    static const char *const types[] = {"service",   "socket", "target", "timer", "path", "mount",
                                        "automount", "swap",   "device", "slice", "scope"};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < ARRAY_SIZE(types); i++)
        if (strcmp(dot + 1, types[i]) == 0)
            return true;
    return false;
}

/* As systemd.unit(5) has it. A leading dot, which systemd would take, names no unit of anybody's.
 */
static bool is_unit_name(const char *name)
{
    return strlen(name) < HWFP_UNIT_NAME_SIZE && *name != '.' && *name != '@' &&
           name[strspn(name, LETTERS "0123456789:-_.\\@")] == '\0' && has_unit_type(name);
}

/* They would wait for themselves. */
static bool is_own(const char *name)
{
    static const char *const own[] = {"hwfp-boot.service", "hwfp-enroll.service",
                                      "hwfp-different.service", "hwfp-different.target",
                                      "hwfp-verified.target"};

    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        if (strcmp(name, own[i]) == 0)
            return true;
    return false;
}

/* The unit's whole name, and the folder of its drop-ins. */
static int parse_unit(const char *unit, char ret[HWFP_UNIT_NAME_SIZE], char ret_folder[FOLDER_SIZE],
                      char **ret_error)
{
    char name[HWFP_UNIT_NAME_SIZE];
    int n = snprintf(name, sizeof(name), "%s%s", unit, strchr(unit, '.') ? "" : ".service");

    if (n < 0 || (size_t)n >= sizeof(name) || *unit == '\0' || !is_unit_name(name))
        return fail(ret_error, -EINVAL,
                    "%s is not the name of a unit; expected one such as nginx.service", unit);
    if (is_own(name))
        return fail(ret_error, -EINVAL, "%s cannot wait for hwfp's own verdict", name);
    copy_text(ret, HWFP_UNIT_NAME_SIZE, name);
    (void)snprintf(ret_folder, FOLDER_SIZE, UNITS_DIR "/%s.d", name);
    return 0;
}

/* ---- The folder. ---- */

static int make_folder(const struct hwfp_system *system, const char *parent, const char *name)
{
    CLEANUP_CLOSE int fd = system_open(system, parent, O_PATH | O_DIRECTORY);

    if (fd < 0)
        return fd;
    return mkdirat(fd, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* A captured tree may lack any of them. */
static int make_folders(const struct hwfp_system *system, const char *folder)
{
    int r = make_folder(system, "", "etc");

    if (r == 0)
        r = make_folder(system, "etc", "systemd");
    if (r == 0)
        r = make_folder(system, "etc/systemd", "system");
    if (r == 0)
        r = make_folder(system, UNITS_DIR, folder + sizeof(UNITS_DIR));
    return r == 0 ? system_open(system, folder, O_RDONLY | O_DIRECTORY) : r;
}

static int write_drop_in(int dir)
{
    static const char fresh[] = DROP_IN ".new"; /* no *.conf: systemd does not read it */
    CLEANUP_CLOSE int fd = -1;
    int r;

    if (unlinkat(dir, fresh, 0) < 0 && errno != ENOENT)
        return -errno;
    fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    r = write_all(fd, text, sizeof(text) - 1);
    /* Readable by all, whatever the umask. */
    if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
        r = -errno;
    if (r == 0 && (renameat(dir, fresh, dir, DROP_IN) < 0 || fsync(dir) < 0))
        r = -errno;
    if (r < 0)
        (void)unlinkat(dir, fresh, 0);
    return r;
}

/* ---- */

int hwfp_gate_unit(const struct hwfp_system *system, const char *unit,
                   char ret_unit[HWFP_UNIT_NAME_SIZE], char **ret_error)
{
    char name[HWFP_UNIT_NAME_SIZE], folder[FOLDER_SIZE];
    CLEANUP_CLOSE int dir = -1;
    int r = parse_unit(unit, name, folder, ret_error);

    if (r < 0)
        return r;
    dir = make_folders(system, folder);
    r = dir < 0 ? dir : write_drop_in(dir);
    if (r < 0)
        return fail(ret_error, r, "/%s/%s cannot be written: %s", folder, DROP_IN, strerror(-r));
    copy_text(ret_unit, HWFP_UNIT_NAME_SIZE, name);
    return 0;
}

/* The folder stays where it holds anything else. */
static void remove_folder(const struct hwfp_system *system, const char *folder)
{
    CLEANUP_CLOSE int parent = system_open(system, UNITS_DIR, O_RDONLY | O_DIRECTORY);

    if (parent >= 0 && unlinkat(parent, folder + sizeof(UNITS_DIR), AT_REMOVEDIR) == 0)
        (void)fsync(parent);
}

int hwfp_ungate_unit(const struct hwfp_system *system, const char *unit,
                     char ret_unit[HWFP_UNIT_NAME_SIZE], char **ret_error)
{
    char name[HWFP_UNIT_NAME_SIZE], folder[FOLDER_SIZE];
    CLEANUP_CLOSE int dir = -1;
    int r = parse_unit(unit, name, folder, ret_error);

    if (r < 0)
        return r;
    dir = system_open(system, folder, O_RDONLY | O_DIRECTORY);
    r = dir < 0 ? dir : 0;
    if (r == 0 && (unlinkat(dir, DROP_IN, 0) < 0 || fsync(dir) < 0))
        r = -errno;
    if (r == -ENOENT)
        return fail(ret_error, r, "%s is not gated: there is no /%s/%s", name, folder, DROP_IN);
    if (r < 0)
        return fail(ret_error, r, "/%s/%s cannot be removed: %s", folder, DROP_IN, strerror(-r));
    remove_folder(system, folder);
    copy_text(ret_unit, HWFP_UNIT_NAME_SIZE, name);
    return 0;
}
