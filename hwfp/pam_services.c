/* SPDX-License-Identifier: BSD-2-Clause */
/* The services that Linux-PAM has a file for. */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "pam_stack.h"
#include "system.h"
#include "util.h"

static const char *const folders[] = {PAM_FOLDERS};

/* No service is meant by these: hidden files, copies of editors and packages, and the parts that
 * distributions have their services include. */
static const char *const others[] = {
    ".*",
    "*~",
    "*.dpkg-*",
    "*.ucf-*",
    "*.pam-old",
    "*.rpmsave",
    "*.rpmnew",
    "*.rpmorig",
    "*.bak",
    "*.orig",
    "*.old",
    "*.sw?",
    "common-*",
    "system-auth",
    "system-auth-*",
    "password-auth",
    "password-auth-*",
    "postlogin",
    "postlogin-*",
    "fingerprint-auth",
    "smartcard-auth",
    "system-login",
    "system-local-login",
    "system-remote-login",
    "system-services",
};

static bool is_service(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (fnmatch(others[i], name, 0) == 0)
            return false;
    return true;
}

bool pam_service_exists(const struct hwfp_system *system, const char *service)
{
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        CLEANUP_FREE char *path = NULL;

        if (asprintf(&path, "%s/%s", folders[i], service) < 0)
            path = NULL;
        if (path && system_exists(system, path))
            return true;
    }
    return false;
}

struct names {
    size_t n;
    char **all; /* room for one more, and NULL */
};

static int add(struct names *names, const char *name)
{
    char **more = reallocarray(names->all, names->n + 2, sizeof(*more));

    if (more)
        names->all = more;
    if (!more || !(more[names->n] = strdup(name)))
        return -ENOMEM;
    more[++names->n] = NULL;
    return 0;
}

static bool has(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->all[i], name) == 0)
            return true;
    return false;
}

static int add_folder(struct names *names, const struct hwfp_system *system, const char *folder)
{
    CLEANUP_CLOSEDIR DIR *dir = system_opendir(system, folder);
    const struct dirent *entry;
    int r = 0;

    while (dir && r == 0 && (entry = readdir(dir)))
        if (is_service(entry->d_name) && !has(names, entry->d_name))
            r = add(names, entry->d_name);
    return r;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int pam_services_list(const struct hwfp_system *system, char ***ret_names)
{
    struct names names = {.all = calloc(1, sizeof(*names.all))};
    int r = names.all ? 0 : -ENOMEM;

    for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++)
        r = add_folder(&names, system, folders[i]);
    if (r < 0) {
        pam_services_free(names.all);
        return r;
    }
    qsort(names.all, names.n, sizeof(*names.all), by_bytes);
    *ret_names = names.all;
    return 0;
}

void pam_services_free(char **names)
{
    for (char **name = names; name && *name; name++)
        free(*name);
    free(names);
}
