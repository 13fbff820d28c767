/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: units of systemd, as they lie on the disk, and whether hwfp-boot ran in this boot.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "system.h"
#include "util.h"

/* systemd.unit(5), UNIT FILE LOAD PATH: those that a package or an administrator writes to, the
 * first one first. */
static const char *const folders[] = {"etc/systemd/system", "run/systemd/system",
                                      "usr/local/lib/systemd/system", "usr/lib/systemd/system",
                                      "lib/systemd/system"};

/* ---- One unit. ---- */

static bool is_installed(const struct doctor *d, const char *unit)
{
    /* usr/lib is lib, where the one is a link to the other. */
    for (size_t i = 2; i < ARRAY_SIZE(folders); i++)
        if (doctor_exists(d, "%s/%s", folders[i], unit))
            return true;
    return doctor_exists(d, "%s/%s", folders[0], unit);
}

/* systemctl mask: a link to /dev/null, which an image may lack, or an empty file. */
static bool is_masked(const struct doctor *d, const char *unit)
{
    char path[PATH_MAX], target[PATH_MAX];
    struct stat st;

    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folders[i], unit);
        if (system_readlink(d->system, path, target, sizeof(target)) > 0 &&
            strcmp(target, "/dev/null") == 0)
            return true;
        if (doctor_stat(d, path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
            return true;
    }
    return false;
}

static bool is_wants(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && (strcmp(dot, ".wants") == 0 || strcmp(dot, ".requires") == 0);
}

static bool is_wanted_in(const struct doctor *d, const char *folder, const char *unit)
{
    CLEANUP_CLOSEDIR DIR *dir = system_opendir(d->system, folder);
    const struct dirent *entry;
    char path[PATH_MAX];
    struct stat st;

    while (dir && (entry = readdir(dir))) {
        if (!is_wants(entry->d_name))
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s/%s", folder, entry->d_name, unit);
        if (doctor_stat(d, path, &st) == 0)
            return true;
    }
    return false;
}

bool doctor_unit_enabled(const struct doctor *d, const char *unit)
{
    if (is_masked(d, unit))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (is_wanted_in(d, folders[i], unit))
            return true;
    return false;
}

/* ---- hwfp's own. ---- */

static const struct own_unit {
    const char *name;
    bool enabled; /* must be, or else it is only there for others to require */
    enum doctor_level level;
    const char *without; /* what is so without it */
} own_units[] = {
    {"hwfp-boot.service", true, DOCTOR_PROBLEM, "no verdict is published at boot"},
    {"hwfp-enroll.service", true, DOCTOR_WARNING, "no first boot enrols"},
    {"hwfp-record.service", true, DOCTOR_WARNING,
     "the boot's verdict is not put into the audit log"},
    {"hwfp-different.service", true, DOCTOR_WARNING, "hwfp-different.target is never reached"},
    {"hwfp-verified.target", false, DOCTOR_WARNING, "no unit can wait for the verdict"},
    {"hwfp-different.target", false, DOCTOR_WARNING, "nothing can be done on a copy alone"},
};

static void check_own_unit(struct doctor *d, const struct own_unit *u)
{
    if (is_masked(d, u->name)) {
        doctor_say(d, u->level, "%s is masked: %s", u->name, u->without);
        doctor_mend(d, "%ssystemctl unmask %s", d->within, u->name);
    } else if (!is_installed(d, u->name)) {
        doctor_say(d, u->level, "%s is not installed: %s", u->name, u->without);
        doctor_mend(d, "install the package hwfp again");
    } else if (u->enabled && !doctor_unit_enabled(d, u->name)) {
        doctor_say(d, u->level, "%s is not enabled: %s", u->name, u->without);
        doctor_mend(d, "%ssystemctl enable %s", d->within, u->name);
    }
}

static void check_own_units(struct doctor *d)
{
    unsigned before = doctor_wrong(d);

    for (size_t i = 0; i < ARRAY_SIZE(own_units); i++)
        check_own_unit(d, &own_units[i]);
    if (doctor_wrong(d) == before)
        doctor_say(d, DOCTOR_OK, "hwfp's units are installed, and enabled where they should be");
}

/* ---- This boot. ---- */

/* Not a restart of its unit: each unit that requires hwfp-verified.target would stop with it. */
#define PUBLISH "/usr/libexec/hwfp/hwfp-boot"

/* Screen lockers and units that wait go by it, whatever a login would be told now. */
static void tell_published(struct doctor *d, const struct hwfp_published *published)
{
    const char *then = hwfp_verdict_name(published->verdict);

    if (!d->judged || published->verdict == d->verdict) {
        doctor_say(d, DOCTOR_OK, "a verdict was published in this boot: %s", then);
        return;
    }
    doctor_say(d, DOCTOR_WARNING,
               "the verdict that was published in this boot is %s, and now it is %s", then,
               hwfp_verdict_name(d->verdict));
    doctor_mend(d, "%s publishes it anew", PUBLISH);
}

static void check_published(struct doctor *d)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_published published = {0};
    int r;

    if (!hwfp_system_is_live(d->system) || d->config->mode == HWFP_MODE_OFF)
        return;
    r = hwfp_published_read(d->system, &published, &error);
    if (r == 0) {
        tell_published(d, &published);
        return;
    }
    /* A first boot is still to come, and has been told of. */
    if (r == -ENOENT && doctor_exists(d, "var/lib/hwfp/ticket") &&
        !doctor_exists(d, "var/lib/hwfp/vault"))
        return;
    if (r == -ENOENT)
        doctor_say(d, DOCTOR_WARNING,
                   "no verdict was published in this boot: for screen lockers and others without "
                   "privilege it is error");
    else
        doctor_say(d, DOCTOR_PROBLEM, "%s", error ? error : "the published verdict cannot be read");
    doctor_mend(d, "%s publishes one", PUBLISH);
}

void doctor_units(struct doctor *d)
{
    if (!doctor_exists(d, "usr/lib/systemd/system") && !doctor_exists(d, "lib/systemd/system")) {
        doctor_say(d, DOCTOR_WARNING, "there is no systemd: nothing runs hwfp-boot at boot");
        doctor_mend(d, "run hwfp-boot once at each boot, after /var is mounted");
        return;
    }
    check_own_units(d);
    check_published(d);
}
