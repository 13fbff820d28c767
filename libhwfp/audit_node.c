/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /run/hwfp/audit: a copy of the administrator's auditd.conf(5) in which the node's name is the
 * fingerprint, and a file with the option by which auditd(8) reads it. /etc/audit is only read.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "hwfp.h"
#include "system.h"
#include "util.h"

#define CONF "etc/audit/auditd.conf"
#define DIR_NAME "run/hwfp/audit"
#define CONF_SIZE_MAX (64 * 1024)

/* auditd takes no line twice, and its keywords in any case. */
static bool is_about_name(const char *line, size_t length)
{
    static const char *const keywords[] = {"name_format", "name"};
    size_t start = 0, end;

    while (start < length && isspace((unsigned char)line[start]))
        start++;
    for (end = start; end < length && line[end] != '=' && !isspace((unsigned char)line[end]);)
        end++;
    for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
        if (end - start == strlen(keywords[i]) &&
            strncasecmp(line + start, keywords[i], end - start) == 0)
            return true;
    return false;
}

static int write_conf(FILE *out, const char *conf, const char *fingerprint)
{
    (void)fputs("# Made by hwfp from /etc/audit/auditd.conf at each start of auditd.\n", out);
    for (const char *line = conf; *line;) {
        size_t length = strcspn(line, "\n");

        if (!is_about_name(line, length))
            (void)fprintf(out, "%.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    (void)fprintf(out, "name_format = user\nname = %s\n", fingerprint);
    return ferror(out) ? -EIO : 0;
}

/* Those that there are: of auditd's last start. */
static void remove_old(int dir)
{
    (void)unlinkat(dir, "options", 0);
    (void)unlinkat(dir, "auditd.conf", 0);
}

static int open_new(int dir, const char *name, FILE **ret)
{
    int r, fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);

    if (fd < 0)
        return -errno;
    *ret = fdopen(fd, "w");
    r = -errno;
    if (!*ret)
        (void)close(fd);
    return *ret ? 0 : r;
}

static int finish(FILE *out, int r)
{
    return fclose(out) != 0 && r == 0 ? -errno : r;
}

/* The options last: where they are, the configuration is whole. */
static int write_both(int dir, const char *conf, const char *fingerprint)
{
    FILE *out = NULL;
    int r = open_new(dir, "auditd.conf", &out);

    if (r == 0)
        r = finish(out, write_conf(out, conf, fingerprint));
    if (r == 0)
        r = open_new(dir, "options", &out);
    if (r == 0)
        r = finish(out, fputs("HWFP_AUDITD_OPTIONS=-c /" DIR_NAME "\n", out) < 0 ? -EIO : 0);
    return r;
}

static int open_dir(const struct hwfp_system *system, int *ret_dir)
{
    CLEANUP_CLOSE int parent = system_open(system, "run/hwfp", O_PATH | O_DIRECTORY);
    int dir;

    if (parent < 0)
        return parent;
    if (mkdirat(parent, "audit", 0750) < 0 && errno != EEXIST)
        return -errno;
    dir = openat(parent, "audit", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    remove_old(dir);
    *ret_dir = dir;
    return 0;
}

static int read_conf(const struct hwfp_system *system, char **ret_conf, char **ret_error)
{
    CLEANUP_CLOSE int fd = system_open(system, CONF, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    size_t size = 0;
    int r = fd < 0 ? fd : read_all(fd, CONF_SIZE_MAX, ret_conf, &size);

    return r < 0 ? fail(ret_error, r, "/%s cannot be read: %s", CONF, strerror(-r)) : 0;
}

int hwfp_audit_node(const struct hwfp_system *system, char **ret_error)
{
    CLEANUP_FREE char *conf = NULL;
    CLEANUP_CLOSE int dir = -1;
    struct hwfp_published published;
    int r = open_dir(system, &dir);

    if (r < 0)
        return fail(ret_error, r, "/%s cannot be made: %s", DIR_NAME, strerror(-r));
    r = hwfp_published_read(system, &published, ret_error);
    if (r < 0)
        return r;
    if (!*published.fingerprint)
        return fail(ret_error, -ENODATA, "this machine has no fingerprint: the verdict is %s",
                    hwfp_verdict_name(published.verdict));
    r = read_conf(system, &conf, ret_error);
    if (r < 0 || !conf)
        return r;
    r = write_both(dir, conf, published.fingerprint);
    if (r < 0)
        remove_old(dir);
    return r < 0 ? fail(ret_error, r, "/%s cannot be written: %s", DIR_NAME, strerror(-r)) : 0;
}
