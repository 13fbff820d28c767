/* SPDX-License-Identifier: BSD-2-Clause */
#include "sshd_config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "system.h"
#include "util.h"

#define FILE_MAX (1024 * 1024)
#define DEPTH_MAX 16  /* as sshd has it */
#define FILES_MAX 256 /* that include each other, say */

struct reader {
    const struct hwfp_system *system;
    struct sshd_setting *settings;
    size_t n;
    unsigned depth, files;
    bool in_match;
    bool
        included_in_match; /* the file is included by a Match block, which `Match all` cannot end */
};

static int read_file(struct reader *r, const char *file);

/* ---- Include. ---- */

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* A Match block ends with the file it is in, and an Include inside of one is part of it. */
static void include_file(struct reader *r, const char *file)
{
    bool in_match = r->in_match, outer = r->included_in_match;

    r->included_in_match = in_match;
    (void)read_file(r, file);
    r->included_in_match = outer;
    r->in_match = in_match;
}

/* Only the last part of a path may be a pattern here, as in every sshd_config that one meets. */
static void include_matching(struct reader *r, const char *path)
{
    const char *slash = strrchr(path, '/');
    CLEANUP_FREE char *folder = strndup(path, (size_t)(slash - path));
    CLEANUP_CLOSE int fd = folder ? system_open(r->system, folder, O_RDONLY | O_DIRECTORY) : -1;
    struct dirent **entries = NULL;
    int n = fd < 0 ? 0 : scandirat(fd, ".", &entries, NULL, by_bytes);
    char file[PATH_MAX];

    for (int i = 0; i < n; i++) {
        (void)snprintf(file, sizeof(file), "%s/%s", folder, entries[i]->d_name);
        if (fnmatch(slash + 1, entries[i]->d_name, FNM_PERIOD) == 0 && r->files++ < FILES_MAX)
            include_file(r, file);
        free(entries[i]);
    }
    free(entries);
}

static void include(struct reader *r, char *patterns)
{
    char path[PATH_MAX], *rest = NULL;

    if (r->depth >= DEPTH_MAX)
        return;
    r->depth++;
    for (char *p = strtok_r(patterns, " \t\"", &rest); p; p = strtok_r(NULL, " \t\"", &rest)) {
        (void)snprintf(path, sizeof(path), "%s%s", *p == '/' ? "" : "/etc/ssh/", p);
        include_matching(r, path);
    }
    r->depth--;
}

/* ---- Lines. ---- */

static void set(struct reader *r, struct sshd_setting *s, const char *file, unsigned number,
                const char *value)
{
    bool yes = strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0;

    if (!r->in_match) {
        if (!s->given) {
            s->yes = yes;
            copy_text(s->value, sizeof(s->value), value);
        }
        s->given = true;
    } else if (!s->depends) {
        sentence_add(&s->depends, "%s:%u", file, number);
        s->depends_yes = yes;
    }
}

static void take_line(struct reader *r, const char *file, unsigned number, char *line)
{
    size_t n = strcspn(line, " \t=");
    char *value = line + n + strspn(line + n, " \t=\"");

    if (!line[n])
        return;
    line[n] = '\0';
    if (strcasecmp(line, "Include") == 0)
        include(r, value);
    else if (strcasecmp(line, "Match") == 0)
        r->in_match = r->included_in_match || strncasecmp(value, "all", 3) != 0 || value[3] != '\0';
    value[strcspn(value, " \t\"#")] = '\0';
    for (size_t i = 0; i < r->n; i++) {
        struct sshd_setting *s = &r->settings[i];

        if (strcasecmp(line, s->keyword) == 0 || (s->alias && strcasecmp(line, s->alias) == 0))
            set(r, s, file, number, value);
    }
}

static int read_file(struct reader *r, const char *file)
{
    CLEANUP_CLOSE int fd = system_open(r->system, file, O_RDONLY | O_NONBLOCK);
    CLEANUP_FREE char *text = NULL;
    size_t size = 0;
    char *next;
    unsigned number = 0;
    int result = fd < 0 ? fd : read_all(fd, FILE_MAX, &text, &size);

    next = text;
    while (result == 0 && next) {
        char *line = strsep(&next, "\n");

        number++;
        line = trim(line);
        if (*line && *line != '#')
            take_line(r, file, number, line);
    }
    return result;
}

int sshd_config_read(const struct hwfp_system *system, struct sshd_setting *settings, size_t n)
{
    struct reader r = {.system = system, .settings = settings, .n = n};

    return read_file(&r, "/etc/ssh/sshd_config");
}
