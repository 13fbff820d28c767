/* SPDX-License-Identifier: BSD-2-Clause */
#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "system.h"
#include "util.h"

#define FILE_MAX (4 * 1024 * 1024)
#define FIELDS 7 /* of passwd(5) */
#define LINE_MAX_SIZE 4096

enum {
    PASSWD_NAME,
    PASSWD_PASSWORD,
    PASSWD_UID,
    PASSWD_GID,
    PASSWD_GECOS,
    PASSWD_HOME,
    PASSWD_SHELL
};
enum { SHADOW_NAME, SHADOW_PASSWORD };
enum { GROUP_NAME, GROUP_PASSWORD, GROUP_GID, GROUP_MEMBERS };

struct files {
    const struct hwfp_system *system;
    const char *shadow, *group; /* their texts, or NULL */
};

/* ---- Lines. ---- */

/* Takes the next line of passwd(5), shadow(5) or group(5), at `*next`, apart: `fields` are copied
 * to `line`, those that are not there are "". False at the end. */
static bool next_line(const char **next, char line[LINE_MAX_SIZE], const char *fields[FIELDS])
{
    size_t n = *next ? strcspn(*next, "\n") : 0;
    char *rest = line;

    if (!*next || !**next)
        return false;
    copy_text(line, n < LINE_MAX_SIZE ? n + 1 : LINE_MAX_SIZE, *next);
    *next += n + ((*next)[n] == '\n');
    for (size_t i = 0; i < FIELDS; i++) {
        const char *field = strsep(&rest, ":");

        fields[i] = field ? field : "";
    }
    return true;
}

static int read_text(const struct hwfp_system *system, const char *path, char **ret_text)
{
    CLEANUP_CLOSE int fd = system_open(system, path, O_RDONLY | O_NONBLOCK);
    size_t size;

    return fd < 0 ? fd : read_all(fd, FILE_MAX, ret_text, &size);
}

/* ---- One user. ---- */

static bool is_shell(const char *shell)
{
    const char *name = strrchr(shell, '/');

    name = name ? name + 1 : shell;
    return strcmp(name, "nologin") != 0 && strcmp(name, "false") != 0;
}

/* An empty password lets in without one; crypt(5) has no digest that starts with these. */
static bool can_be_given(const char *password)
{
    return *password != '*' && *password != '!';
}

static bool has_password(const struct files *f, const char *user, const char *in_passwd)
{
    const char *next = f->shadow, *fields[FIELDS];
    char line[LINE_MAX_SIZE];

    if (strcmp(in_passwd, "x") != 0)
        return can_be_given(in_passwd);
    while (next_line(&next, line, fields))
        if (strcmp(fields[SHADOW_NAME], user) == 0)
            return can_be_given(fields[SHADOW_PASSWORD]);
    return false;
}

static bool has_key(const struct hwfp_system *system, const char *home)
{
    char path[PATH_MAX];
    struct stat st;
    CLEANUP_CLOSE int fd = -1;

    (void)snprintf(path, sizeof(path), "%s/.ssh/authorized_keys", home);
    fd = system_open(system, path, O_PATH);
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

static bool is_member(const char *members, const char *user)
{
    size_t n = strlen(user);

    for (const char *m = members; *m; m += strcspn(m, ","), m += *m == ',')
        if (strncmp(m, user, n) == 0 && (m[n] == ',' || m[n] == '\0'))
            return true;
    return false;
}

/* NULL: no memory. */
static char *groups_of(const struct files *f, const char *user, const char *gid)
{
    const char *next = f->group, *fields[FIELDS];
    char line[LINE_MAX_SIZE], *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    (void)fputc('|', out);
    while (next_line(&next, line, fields))
        if (strcmp(fields[GROUP_GID], gid) == 0 || is_member(fields[GROUP_MEMBERS], user))
            (void)fprintf(out, "%s|", fields[GROUP_NAME]);
    return text_finish(out, &text);
}

static int add(struct accounts *accounts, const struct files *f, const char *fields[FIELDS])
{
    struct account *more = reallocarray(accounts->of, accounts->n + 1, sizeof(*more)), *a;

    if (!more)
        return -ENOMEM;
    accounts->of = more;
    a = &more[accounts->n++];
    *a = (struct account){
        .name = strdup(fields[PASSWD_NAME]),
        .groups = groups_of(f, fields[PASSWD_NAME], fields[PASSWD_GID]),
        .uid = strtoul(fields[PASSWD_UID], NULL, 10),
        .gid = strtoul(fields[PASSWD_GID], NULL, 10),
        .shell = is_shell(fields[PASSWD_SHELL]),
        .password = has_password(f, fields[PASSWD_NAME], fields[PASSWD_PASSWORD]),
        .key = has_key(f->system, fields[PASSWD_HOME]),
    };
    return a->name && a->groups ? 0 : -ENOMEM;
}

/* ---- All of them. ---- */

int accounts_read(const struct hwfp_system *system, struct accounts *ret)
{
    CLEANUP_FREE char *passwd = NULL, *shadow = NULL, *group = NULL;
    struct files f = {.system = system};
    const char *next, *fields[FIELDS];
    char line[LINE_MAX_SIZE];
    int r = read_text(system, "etc/passwd", &passwd);

    (void)read_text(system, "etc/shadow", &shadow);
    (void)read_text(system, "etc/group", &group);
    f.shadow = shadow, f.group = group;
    for (next = passwd; r == 0 && next_line(&next, line, fields);)
        if (*fields[PASSWD_UID])
            r = add(ret, &f, fields);
    return r;
}

void accounts_clear(struct accounts *accounts)
{
    for (size_t i = 0; i < accounts->n; i++) {
        free(accounts->of[i].name);
        free(accounts->of[i].groups);
    }
    free(accounts->of);
    *accounts = (struct accounts){.n = 0};
}

const struct account *accounts_find(const struct accounts *accounts, const char *name)
{
    for (size_t i = 0; i < accounts->n; i++)
        if (strcmp(accounts->of[i].name, name) == 0)
            return &accounts->of[i];
    return NULL;
}

bool account_is_in(const struct account *account, const char *group)
{
    size_t n = strlen(group);

    for (const char *g = strchr(account->groups, '|'); g && g[1]; g = strchr(g + 1, '|'))
        if (strncmp(g + 1, group, n) == 0 && g[n + 1] == '|')
            return true;
    return false;
}
