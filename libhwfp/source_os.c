/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operating system itself carries along: machine-id, hostname, file systems; and whether
 * it runs in a container. */
#include <errno.h>
#include <string.h>

#include "evidence.h"
#include "util.h"

#define ENVIRON_MAX 16384

/* The inode of the PID namespace that the kernel starts with (PROC_PID_INIT_INO). */
#define INITIAL_PID_NAMESPACE "pid:[4026531836]"

static void add_machine_id(const struct hwfp_system *system, struct evidence *e)
{
    static const char *const paths[] = {"etc/machine-id", "var/lib/dbus/machine-id"};
    char value[EVIDENCE_VALUE_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        ssize_t n = system_read_text(system, paths[i], value, sizeof(value));

        /* "uninitialized": systemd's word for a first boot, see machine-id(5). */
        if (n > 0 && strcmp(value, "uninitialized") != 0) {
            evidence_add(e, HWFP_MACHINE_ID, value);
            return;
        }
        if (n < 0)
            evidence_failed(e, HWFP_MACHINE_ID, (int)n);
    }
}

/* hostname(5): one name, and comments. */
static void add_hostname(const struct hwfp_system *system, struct evidence *e)
{
    const char *path = system->live ? "proc/sys/kernel/hostname" : "etc/hostname";
    char text[4096], *rest = text, *line;
    ssize_t n = system_read_text(system, path, text, sizeof(text));

    if (n < 0) {
        evidence_failed(e, HWFP_HOSTNAME, (int)n);
        return;
    }
    while ((line = strsep(&rest, "\n"))) {
        line = trim(line);
        if (*line && *line != '#') {
            evidence_add(e, HWFP_HOSTNAME, line);
            return;
        }
    }
}

static void add_filesystems(const struct hwfp_system *system, struct evidence *e)
{
    CLEANUP_CLOSEDIR DIR *folder = system_opendir(system, "dev/disk/by-uuid");
    const struct dirent *entry;

    if (!folder) {
        evidence_failed(e, HWFP_FILESYSTEM_UUID, -errno);
        return;
    }
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            evidence_add(e, HWFP_FILESYSTEM_UUID, entry->d_name);
}

void source_os(const struct hwfp_system *system, struct evidence *e)
{
    add_machine_id(system, e);
    add_hostname(system, e);
    add_filesystems(system, e);
    e->container = source_os_in_container(system);
}

/* The container manager's name in the first process's environment; only root may read it. */
static bool init_says_container(const struct hwfp_system *system)
{
    static const char name[] = "container=";
    CLEANUP_FREE char *variables = malloc(ENVIRON_MAX + 1);
    ssize_t n = variables ? system_read(system, "proc/1/environ", variables, ENVIRON_MAX) : -1;

    if (n <= 0)
        return false;
    variables[n] = '\0';
    for (const char *v = variables; v < variables + n; v += strlen(v) + 1)
        if (strncmp(v, name, strlen(name)) == 0)
            return v[strlen(name)] != '\0';
    return false;
}

static bool in_initial_pid_namespace(const struct hwfp_system *system)
{
    char target[64];

    return system_readlink(system, "proc/self/ns/pid", target, sizeof(target)) > 0 &&
           strcmp(target, INITIAL_PID_NAMESPACE) == 0;
}

/* /.dockerenv stays in an image that was made from a container and now boots a machine. */
static bool is_docker(const struct hwfp_system *system)
{
    return system_exists(system, ".dockerenv") &&
           !(system->live && in_initial_pid_namespace(system));
}

bool source_os_in_container(const struct hwfp_system *system)
{
    return system_exists(system, "run/.containerenv") ||
           system_exists(system, "run/systemd/container") || is_docker(system) ||
           (system->live && init_says_container(system));
}
