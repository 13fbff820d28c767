/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp.conf(5): which files are read, what makes them fit to be obeyed, and what they lead to. */
#include "hwfp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "config_parse.h"
#include "system.h"
#include "util.h"

#define CONFIG_FOLDER "etc/hwfp"
#define CONFIG_NAME "hwfp.conf"
#define CONFIG_SIZE_MAX 65536
#define CMDLINE_SIZE_MAX 8192 /* the longest COMMAND_LINE_SIZE of any Linux port is 4096 */
#define SETTLE_DEFAULT 30

/* ---- The files. ---- */

struct loader {
    const struct hwfp_system *system;
    struct config_parse p;
};

/* What makes a file or a folder unfit to be obeyed, or NULL. */
static const char *unsafe_because(const struct hwfp_system *system, const struct stat *st)
{
    if (st->st_uid != 0 && (system->live || st->st_uid != geteuid()))
        return system->live ? "it does not belong to root"
                            : "it belongs neither to root nor to the caller";
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return "it can be written by others than its owner";
    return NULL;
}

static const char *unsafe_file(const struct hwfp_system *system, const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return "it is not a regular file";
    if (st->st_size > CONFIG_SIZE_MAX)
        return "it is larger than 64 KiB";
    return unsafe_because(system, st);
}

static void read_file(struct loader *l, int fd)
{
    CLEANUP_FREE char *text = NULL;
    size_t size = 0;
    int r = read_all(fd, CONFIG_SIZE_MAX, &text, &size);

    if (r == -EFBIG)
        config_parse_file_error(&l->p, -EPERM, "it is larger than 64 KiB");
    else if (r < 0)
        config_parse_file_error(&l->p, r, strerrordesc_np(-r));
    else if (memchr(text, '\0', size))
        config_parse_file_error(&l->p, -EPERM, "it holds a NUL byte");
    else
        config_parse_text(&l->p, text, size);
}

/* 0 as long as the question is answered, errors included; -ENOENT when there is no such file. */
static int load_file(struct loader *l, int folder, const char *name)
{
    CLEANUP_CLOSE int fd =
        openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    const char *unsafe;
    struct stat st;

    if (fd < 0 && errno == ENOENT)
        return -ENOENT;
    if (fd < 0 && errno == ELOOP)
        config_parse_file_error(&l->p, -EPERM, "it is a symbolic link");
    else if (fd < 0 || fstat(fd, &st) < 0)
        config_parse_file_error(&l->p, -errno, strerrordesc_np(errno));
    else if ((unsafe = unsafe_file(l->system, &st)))
        config_parse_file_error(&l->p, -EPERM, unsafe);
    else
        read_file(l, fd);
    return 0;
}

static int is_drop_in(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);

    return n > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 5, ".conf") == 0;
}

/* alphasort(3) would depend on the locale of the process. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_drop_in(struct loader *l, int folder, const char *folder_name, const char *name)
{
    CLEANUP_FREE char *label = NULL;

    if (asprintf(&label, "%s/%s", folder_name, name) < 0)
        label = NULL;
    l->p.file = label ? label : name;
    if (load_file(l, folder, name) == -ENOENT)
        config_parse_file_error(&l->p, -ENOENT, "it went away while the configuration was read");
    l->p.file = folder_name;
}

static void load_entries(struct loader *l, int folder)
{
    const char *folder_name = l->p.file;
    struct dirent **entries = NULL;
    int n = scandirat(folder, ".", &entries, is_drop_in, by_bytes);

    if (n < 0)
        config_parse_file_error(&l->p, -errno, strerrordesc_np(errno));
    for (int i = 0; i < n; i++) {
        load_drop_in(l, folder, folder_name, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static bool folder_is_safe(struct loader *l, int fd)
{
    const char *unsafe;
    struct stat st;

    if (fstat(fd, &st) < 0)
        config_parse_file_error(&l->p, -errno, strerrordesc_np(errno));
    else if ((unsafe = unsafe_because(l->system, &st)))
        config_parse_file_error(&l->p, -EPERM, unsafe);
    else
        return true;
    return false;
}

static void load_drop_ins(struct loader *l, int folder, const char *name)
{
    CLEANUP_CLOSE int fd =
        openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return;
    if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
        config_parse_file_error(&l->p, -EPERM, "it is not a folder");
    else if (fd < 0)
        config_parse_file_error(&l->p, -errno, strerrordesc_np(errno));
    else if (folder_is_safe(l, fd))
        load_entries(l, fd);
}

/* The file and its drop-in folder, `name` and `name`.d in `folder`; `label` is the file's name for
 * people. */
static void load_both(struct loader *l, int folder, const char *name, const char *label,
                      bool must_exist)
{
    CLEANUP_FREE char *drop_ins = NULL, *drop_ins_label = NULL;

    l->p.file = label;
    if (load_file(l, folder, name) == -ENOENT && must_exist)
        config_parse_file_error(&l->p, -ENOENT, "there is no such configuration file");
    if (asprintf(&drop_ins, "%s.d", name) < 0)
        drop_ins = NULL;
    if (asprintf(&drop_ins_label, "%s.d", label) < 0)
        drop_ins_label = NULL;
    if (!drop_ins || !drop_ins_label) {
        config_parse_file_error(&l->p, -ENOMEM, "no memory");
        return;
    }
    l->p.file = drop_ins_label;
    load_drop_ins(l, folder, drop_ins);
}

static void load_standard(struct loader *l)
{
    CLEANUP_CLOSE int fd = system_open(l->system, CONFIG_FOLDER, O_RDONLY | O_DIRECTORY);

    l->p.file = "/" CONFIG_FOLDER;
    if (fd == -ENOENT)
        return;
    if (fd < 0)
        config_parse_file_error(&l->p, fd, strerrordesc_np(-fd));
    else if (folder_is_safe(l, fd))
        load_both(l, fd, CONFIG_NAME, "/" CONFIG_FOLDER "/" CONFIG_NAME, false);
}

/* A file that the caller named is the caller's choice: it must be there, and the folder that it
 * stands in, which may well be /tmp, is not looked at. */
static void load_named(struct loader *l, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    CLEANUP_FREE char *folder = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
    CLEANUP_CLOSE int fd = -1;

    l->p.file = path;
    if (!folder) {
        config_parse_file_error(&l->p, -ENOMEM, "no memory");
        return;
    }
    fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        config_parse_file_error(&l->p, -errno, strerrordesc_np(errno));
    else
        load_both(l, fd, name, path, true);
}

static void set_defaults(struct hwfp_config *config)
{
    *config = (struct hwfp_config){
        .mode = HWFP_MODE_FLAG,
        .policy = HWFP_POLICY_HARDWARE,
        .uncertain = HWFP_MODE_FLAG,
        .unenrolled = HWFP_MODE_DENY,
        .error = HWFP_MODE_DENY,
        .console = HWFP_MODE_FLAG,
        .min_strength = HWFP_STRENGTH_NONE,
        .settle = SETTLE_DEFAULT,
        .mode_from = "the default",
    };
}

static void fail_closed(struct loader *l)
{
    if (l->p.unsafe) {
        hwfp_config_clear(l->p.config);
        set_defaults(l->p.config);
        l->p.config->mode = HWFP_MODE_DENY;
        l->p.config->mode_from = "an error in the configuration";
    }
    if (l->p.error_unknown)
        l->p.config->error = HWFP_MODE_DENY;
    if (l->p.unsafe || l->p.console_unknown)
        l->p.config->console = HWFP_MODE_DENY;
}

/* The sentence goes to logs and terminals, and quotes file names and values. */
static void hand_over(struct loader *l, char **ret_error)
{
    for (char *c = l->p.sentence; c && *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    if (l->p.sentence && l->p.errors > 1)
        (void)fail(ret_error, 0, "%s (and %u more)", l->p.sentence, l->p.errors - 1);
    else if (l->p.sentence)
        (void)fail(ret_error, 0, "%s", l->p.sentence);
    free(l->p.sentence);
}

int hwfp_config_load(const struct hwfp_system *system, const char *path,
                     struct hwfp_config *ret_config, char **ret_error)
{
    struct loader l = {.system = system, .p = {.config = ret_config}};

    set_defaults(ret_config);
    if (path)
        load_named(&l, path);
    else
        load_standard(&l);
    if (l.p.errors > 0)
        fail_closed(&l);
    hand_over(&l, ret_error);
    return l.p.result;
}

static void names_clear(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

void hwfp_config_clear(struct hwfp_config *config)
{
    names_clear(config->exempt_users, config->n_exempt_users);
    names_clear(config->exempt_services, config->n_exempt_services);
    names_clear(config->console_services, config->n_console_services);
    names_clear(config->console_lines, config->n_console_lines);
    free(config->fleet_key_file);
    *config = (struct hwfp_config){.mode = HWFP_MODE_DENY};
}

/* ---- The kernel command line. ---- */

int hwfp_config_apply_cmdline(const struct hwfp_system *system, struct hwfp_config *config,
                              char **ret_error)
{
    static const char option[] = "hwfp.mode=";
    char line[CMDLINE_SIZE_MAX], *rest = NULL;
    const char *value = NULL;

    /* Where there is none to read (a container, a sandbox), there is none to obey. */
    if (system_read_text(system, "proc/cmdline", line, sizeof(line)) < 0)
        return 0;
    for (char *w = strtok_r(line, " \t\n", &rest); w; w = strtok_r(NULL, " \t\n", &rest))
        if (strncmp(w, option, sizeof(option) - 1) == 0)
            value = w + sizeof(option) - 1;
    if (!value)
        return 0;
    if (hwfp_mode_parse(value, &config->mode) < 0)
        return fail(ret_error, -EINVAL,
                    "/proc/cmdline: invalid hwfp.mode \"%.40s\" (expected off, flag or deny)",
                    value);
    config->mode_from = "the kernel command line";
    return 1;
}

/* ---- What follows from it. ---- */

static enum hwfp_action action_of(enum hwfp_mode setting)
{
    return setting == HWFP_MODE_FLAG ? HWFP_ALLOW_FLAGGED : HWFP_REFUSE;
}

static enum hwfp_action action_in_deny(const struct hwfp_config *config, enum hwfp_verdict verdict)
{
    switch (verdict) {
    case HWFP_SAME:
        return HWFP_ALLOW;
    case HWFP_UNCERTAIN:
        return action_of(config->uncertain);
    case HWFP_UNENROLLED:
        return action_of(config->unenrolled);
    case HWFP_ERROR:
        return action_of(config->error);
    case HWFP_DIFFERENT:
    default:
        return HWFP_REFUSE;
    }
}

enum hwfp_action hwfp_config_action(const struct hwfp_config *config, enum hwfp_verdict verdict)
{
    if (config->mode == HWFP_MODE_OFF)
        return HWFP_ALLOW;
    if (config->mode == HWFP_MODE_FLAG)
        return verdict == HWFP_SAME ? HWFP_ALLOW : HWFP_ALLOW_FLAGGED;
    return action_in_deny(config, verdict);
}

static bool is_listed(char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; name && i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool hwfp_config_exempt(const struct hwfp_config *config, const char *user, const char *service)
{
    return is_listed(config->exempt_users, config->n_exempt_users, user) ||
           is_listed(config->exempt_services, config->n_exempt_services, service);
}
