/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp.conf(5): every key, every error, every kind of unsafe file, and what follows from it. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hwfp.h"
#include "util.h" /* before cmocka.h, which makes a macro of fail() */

#include <cmocka.h>

#define MAIN_FILE "etc/hwfp/hwfp.conf"
#define FOLDER "etc/hwfp/hwfp.conf.d"

struct tree {
    char path[32];
    int fd;
    struct hwfp_system *system;
    struct hwfp_config config;
    char *error;
};

static void make_folder(const struct tree *t, const char *name, mode_t mode)
{
    assert_int_equal(mkdirat(t->fd, name, mode), 0);
    assert_int_equal(fchmodat(t->fd, name, mode, 0), 0);
}

static void write_bytes(const struct tree *t, const char *name, const char *bytes, size_t size)
{
    CLEANUP_CLOSE int fd = openat(t->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0644), 0);
    assert_int_equal(write_all(fd, bytes, size), 0);
}

static void write_file(const struct tree *t, const char *name, const char *text)
{
    write_bytes(t, name, text, strlen(text));
}

static int setup(void **state)
{
    struct tree *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    strcpy(t->path, "/tmp/hwfp-config-XXXXXX");
    assert_non_null(mkdtemp(t->path));
    t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(t->fd >= 0);
    make_folder(t, "etc", 0755);
    make_folder(t, "proc", 0755);
    make_folder(t, "etc/hwfp", 0755);
    make_folder(t, FOLDER, 0755);
    assert_int_equal(hwfp_system_open(t->path, &t->system, &t->error), 0);
    *state = t;
    return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    struct tree *t = *state;

    hwfp_config_clear(&t->config);
    free(t->error);
    (void)hwfp_system_free(t->system);
    (void)close(t->fd);
    (void)nftw(t->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(t);
    return 0;
}

static int load_path(struct tree *t, const char *path)
{
    hwfp_config_clear(&t->config);
    free(t->error);
    t->error = NULL;
    return hwfp_config_load(t->system, path, &t->config, &t->error);
}

static int load(struct tree *t)
{
    return load_path(t, NULL);
}

static int load_text(struct tree *t, const char *text)
{
    write_file(t, MAIN_FILE, text);
    return load(t);
}

static void assert_error(const struct tree *t, const char *part)
{
    assert_non_null(t->error);
    if (!strstr(t->error, part))
        fail_msg("'%s' is not in: %s", part, t->error);
}

/* All settings that could permit something are as they are without a configuration. */
static void assert_defaults_but_mode(const struct hwfp_config *c)
{
    assert_int_equal(c->policy, HWFP_POLICY_HARDWARE);
    assert_int_equal(c->uncertain, HWFP_MODE_FLAG);
    assert_int_equal(c->unenrolled, HWFP_MODE_DENY);
    assert_int_equal(c->error, HWFP_MODE_DENY);
    assert_int_equal(c->min_strength, HWFP_STRENGTH_NONE);
    assert_int_equal(c->settle, 30);
    assert_int_equal(c->ignore, 0);
    assert_int_equal(c->n_exempt_users, 0);
    assert_int_equal(c->n_exempt_services, 0);
    assert_int_equal(c->n_console_services, 0);
    assert_int_equal(c->n_console_lines, 0);
}

static void assert_closed(struct tree *t, int expected, int result, const char *part)
{
    assert_int_equal(result, expected);
    assert_error(t, part);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    assert_string_equal(t->config.mode_from, "an error in the configuration");
    assert_defaults_but_mode(&t->config);
    assert_int_equal(t->config.console, HWFP_MODE_DENY);
}

/* ---- What is missing. ---- */

static void missing_is_no_error(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load(t), 0);
    assert_null(t->error);
    assert_int_equal(t->config.mode, HWFP_MODE_FLAG);
    assert_string_equal(t->config.mode_from, "the default");
    assert_defaults_but_mode(&t->config);
    assert_int_equal(t->config.console, HWFP_MODE_FLAG);
    assert_int_equal(unlinkat(t->fd, FOLDER, AT_REMOVEDIR), 0);
    assert_int_equal(load(t), 0);
    assert_int_equal(unlinkat(t->fd, "etc/hwfp", AT_REMOVEDIR), 0);
    assert_int_equal(load(t), 0);
    assert_int_equal(unlinkat(t->fd, "etc", AT_REMOVEDIR), 0);
    assert_int_equal(load(t), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_FLAG);
}

static void empty_file(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, ""), 0);
    assert_int_equal(load_text(t, "\n\n   \n# mode = deny\n; mode = deny\n\t# indented\n"), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_FLAG);
}

/* ---- Each key, flipped alone. ---- */

struct flip {
    const char *line;
    size_t offset; /* of an int-sized member of struct hwfp_config */
    unsigned value;
};

/* clang-format 14 and 19 format braces in a macro differently. */
/* clang-format off */
#define FLIP(line, member, value) {line, offsetof(struct hwfp_config, member), value}
/* clang-format on */

static const struct flip flips[] = {
    FLIP("mode = off", mode, HWFP_MODE_OFF),
    FLIP("mode = flag", mode, HWFP_MODE_FLAG),
    FLIP("mode = deny", mode, HWFP_MODE_DENY),
    FLIP("policy = ssm", policy, HWFP_POLICY_SSM),
    FLIP("policy = hardware", policy, HWFP_POLICY_HARDWARE),
    FLIP("uncertain = deny", uncertain, HWFP_MODE_DENY),
    FLIP("uncertain = flag", uncertain, HWFP_MODE_FLAG),
    FLIP("unenrolled = flag", unenrolled, HWFP_MODE_FLAG),
    FLIP("unenrolled = deny", unenrolled, HWFP_MODE_DENY),
    FLIP("error = flag", error, HWFP_MODE_FLAG),
    FLIP("error = deny", error, HWFP_MODE_DENY),
    FLIP("console = deny", console, HWFP_MODE_DENY),
    FLIP("console = flag", console, HWFP_MODE_FLAG),
    FLIP("min_strength = none", min_strength, HWFP_STRENGTH_NONE),
    FLIP("min_strength = weak", min_strength, HWFP_STRENGTH_WEAK),
    FLIP("min_strength = fair", min_strength, HWFP_STRENGTH_FAIR),
    FLIP("min_strength = strong", min_strength, HWFP_STRENGTH_STRONG),
    FLIP("settle = 0", settle, 0),
    FLIP("settle = 600", settle, 600),
    FLIP("settle = 007", settle, 7),
    FLIP("ignore = system-uuid", ignore, 1 << HWFP_SYSTEM_UUID),
    FLIP("ignore = ip-address", ignore, 1 << HWFP_IP_ADDRESS),
    FLIP("mode=deny", mode, HWFP_MODE_DENY),
    FLIP("mode : deny", mode, HWFP_MODE_DENY),
    FLIP("mode\t=\tdeny  ", mode, HWFP_MODE_DENY),
    FLIP("mode = deny ; a comment", mode, HWFP_MODE_DENY),
    FLIP("mode = deny # a comment", mode, HWFP_MODE_DENY),
    FLIP("mode = flag\t#mode = deny", mode, HWFP_MODE_FLAG),
    FLIP("settle = 7 # mode = deny ; and more", settle, 7),
};

static void each_key(void **state)
{
    struct tree *t = *state;

    for (size_t i = 0; i < ARRAY_SIZE(flips); i++) {
        unsigned value;

        if (load_text(t, flips[i].line) != 0)
            fail_msg("%s: %s", flips[i].line, t->error);
        assert_null(t->error);
        memcpy(&value, (const char *)&t->config + flips[i].offset, sizeof(value));
        if (value != flips[i].value)
            fail_msg("%s: %u", flips[i].line, value);
    }
}

/* With the member that the line sets put back, all is as without a configuration. */
static void each_key_moves_nothing_else(void **state)
{
    struct tree *t = *state;

    for (size_t i = 0; i < ARRAY_SIZE(flips); i++) {
        struct hwfp_config defaults;
        char *member = (char *)&t->config + flips[i].offset;

        write_file(t, MAIN_FILE, "");
        assert_int_equal(hwfp_config_load(t->system, NULL, &defaults, NULL), 0);
        assert_int_equal(load_text(t, flips[i].line), 0);
        memcpy(member, (char *)&defaults + flips[i].offset, sizeof(unsigned));
        assert_int_equal(t->config.mode, HWFP_MODE_FLAG);
        assert_defaults_but_mode(&t->config);
    }
}

static void mode_tells_where_it_is_from(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, "policy = ssm\n"), 0);
    assert_string_equal(t->config.mode_from, "the default");
    assert_int_equal(load_text(t, "mode = flag\n"), 0);
    assert_string_equal(t->config.mode_from, "the configuration");
}

static void lists(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t,
                               "exempt_users = root, alice,bob\n"
                               "exempt_users = CORP\\carol dave@example.org\n"
                               "exempt_services = # two\n    cron, # a = b\n\n    # the timers\n"
                               "\tsystemd-user ; and mallory\n"
                               "ignore = system-uuid, nic-mac # not its NICs\nignore = nic-mac\n"),
                     0);
    assert_int_equal(t->config.n_exempt_users, 5);
    assert_string_equal(t->config.exempt_users[0], "root");
    assert_string_equal(t->config.exempt_users[3], "CORP\\carol");
    assert_string_equal(t->config.exempt_users[4], "dave@example.org");
    assert_int_equal(t->config.n_exempt_services, 2);
    assert_string_equal(t->config.exempt_services[1], "systemd-user");
    assert_int_equal(t->config.ignore, 1 << HWFP_SYSTEM_UUID | 1 << HWFP_NIC_MAC);
}

static void exemption(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, "exempt_users = root\nexempt_services = cron\n"), 0);
    assert_true(hwfp_config_exempt(&t->config, "root", NULL));
    assert_true(hwfp_config_exempt(&t->config, NULL, "cron"));
    assert_true(hwfp_config_exempt(&t->config, "alice", "cron"));
    assert_true(hwfp_config_exempt(&t->config, "root", "sshd"));
    assert_false(hwfp_config_exempt(&t->config, "alice", "sshd"));
    assert_false(hwfp_config_exempt(&t->config, "cron", "root"));
    assert_false(hwfp_config_exempt(&t->config, "Root", NULL));
    assert_false(hwfp_config_exempt(&t->config, "roo", NULL));
    assert_false(hwfp_config_exempt(&t->config, "", ""));
    assert_false(hwfp_config_exempt(&t->config, NULL, NULL));
}

/* ---- The console. ---- */

static bool lets_in(const struct tree *t, const char *service, const char *tty, const char *rhost)
{
    return hwfp_config_exempt_console(&t->config, service, tty, rhost);
}

/* What was set before must not stand where a line was meant to take it back. */
static void a_bad_error_line_closes(void **state)
{
    static const char *const bad[] = {"error = deyn", "Error = deny", "errors = deny", "error deny",
                                      "error ="};
    struct tree *t = *state;
    CLEANUP_FREE char *text = NULL;

    assert_int_equal(load_text(t, "mode = deny\nerror = flag\ncolour = blue\n"), -EINVAL);
    assert_int_equal(t->config.error, HWFP_MODE_FLAG);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        free(text);
        assert_true(asprintf(&text, "mode = deny\nerror = flag\n%s\n", bad[i]) > 0);
        assert_int_equal(load_text(t, text), -EINVAL);
        assert_int_equal(t->config.error, HWFP_MODE_DENY);
    }
}

static void at_the_console(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, "mode = deny\n"), 0);
    assert_true(lets_in(t, "login", "tty1", NULL));
    assert_true(lets_in(t, "login", "/dev/tty1", ""));
    assert_false(lets_in(t, "login", "tty1", "192.0.2.7"));
    assert_false(lets_in(t, "login", "tty1", "localhost"));
    assert_false(lets_in(t, "login", NULL, NULL));
    assert_false(lets_in(t, "login", "", NULL));
    assert_false(lets_in(t, NULL, "tty1", NULL));
    assert_false(lets_in(t, "", "tty1", NULL));
    assert_false(lets_in(t, "Login", "tty1", NULL));
}

static void virtual_terminals(void **state)
{
    static const char *const no[] = {
        "tty",           "tty0",       "tty01", "tty64",   "tty100",
        "tty4294967297", "tty1a",      "tty1 ", "tty-1",   "tty+1",
        "pts/1",         "/dev/pts/1", ":0",    "ssh",     "cron",
        "console",       "TTY1",       "vc/1",  "/tty1",   "/dev//dev/tty1",
        "dev/tty1",      "ttyS0",      "ttyp1", "../tty1",
    };
    struct tree *t = *state;

    assert_int_equal(load_text(t, ""), 0);
    assert_true(lets_in(t, "login", "tty9", NULL));
    assert_true(lets_in(t, "login", "tty10", NULL));
    assert_true(lets_in(t, "login", "/dev/tty63", NULL));
    for (size_t i = 0; i < ARRAY_SIZE(no); i++)
        if (lets_in(t, "login", no[i], NULL))
            fail_msg("let in on %s", no[i]);
}

static void listed_lines(void **state)
{
    static const char *const yes[] = {"ttyS0", "/dev/ttyS0", "ttyAMA0",
                                      "hvc0",  "console",    "ttysclp0"};
    static const char *const no[] = {"tty1", "tty0", "tty",   "ttyp0", "/dev/ttyef", "pts/0",
                                     "ptmx", "ssh",  "/dev/", ":0",    "/tty/S0",    "../ttyS0"};
    struct tree *t = *state;
    char line[64];

    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        (void)snprintf(line, sizeof(line), "console_lines = %s\n", yes[i]);
        assert_int_equal(load_text(t, line), 0);
        assert_true(lets_in(t, "login", yes[i], NULL));
        assert_false(lets_in(t, "login", "ttyS1", NULL));
        assert_false(lets_in(t, "login", yes[i], "192.0.2.7"));
        assert_true(lets_in(t, "login", "tty1", NULL));
    }
    for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
        (void)snprintf(line, sizeof(line), "console_lines = %s\n", no[i]);
        if (load_text(t, line) != -EINVAL || t->config.n_console_lines != 0)
            fail_msg("listed: %s", no[i]);
    }
}

static void console_services(void **state)
{
    static const char *const never[] = {"cron", "crond",  "atd",  "su",      "su-l",
                                        "sudo", "sudo-i", "sshd", "runuser", "systemd-user"};
    struct tree *t = *state;
    char line[64];

    assert_int_equal(load_text(t, "console_services = gdm-password\nconsole_lines = ttyS0\n"), 0);
    assert_true(lets_in(t, "gdm-password", "/dev/tty2", NULL));
    assert_true(lets_in(t, "gdm-password", "ttyS0", NULL));
    assert_true(lets_in(t, "login", "tty2", NULL));
    assert_false(lets_in(t, "gdm-password", ":0", NULL));
    assert_false(lets_in(t, "gdm", "tty2", NULL));
    for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
        char *list[] = {(char *)never[i]};
        const struct hwfp_config config = {
            .console = HWFP_MODE_FLAG, .n_console_services = 1, .console_services = list};

        (void)snprintf(line, sizeof(line), "console_services = %s\n", never[i]);
        assert_int_equal(load_text(t, line), -EINVAL);
        assert_false(lets_in(t, never[i], "tty1", NULL));
        /* However it came to be listed. */
        assert_false(hwfp_config_exempt_console(&config, never[i], "tty1", NULL));
    }
}

static void console_deny(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, "console = deny\nconsole_lines = ttyS0\n"), 0);
    assert_false(lets_in(t, "login", "tty1", NULL));
    assert_false(lets_in(t, "login", "ttyS0", NULL));
    hwfp_config_clear(&t->config);
    assert_false(lets_in(t, "login", "tty1", NULL));
}

/* A mistake where the exemption was to be taken away must not leave it; one elsewhere does not
 * touch it. */
static void console_that_cannot_be_known_is_deny(void **state)
{
    static const char *const bad[] = {"console = denny", "console",           "Console = deny",
                                      "console deny",    "console_off = yes", "console = deny#now",
                                      "  console = deny"};
    struct tree *t = *state;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (load_text(t, bad[i]) != -EINVAL || lets_in(t, "login", "tty1", NULL))
            fail_msg("obeyed: %s", bad[i]);
    assert_int_equal(load_text(t, "settle = soon\n"), -EINVAL);
    assert_true(lets_in(t, "login", "tty1", NULL));
}

static void other_line_ends(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, "policy = ssm\nmode = deny"), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    assert_int_equal(load_text(t, "policy = ssm\r\nmode = deny\r\n"), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    assert_int_equal(t->config.policy, HWFP_POLICY_SSM);
    assert_int_equal(load_text(t, "\xef\xbb\xbfmode = deny\n"), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    /* A byte order mark anywhere else is a mistake. */
    assert_int_equal(load_text(t, "\n\xef\xbb\xbfmode = deny\n"), -EINVAL);
}

/* ---- Bad lines. ---- */

struct bad {
    const char *text, *sentence;
};

#define PLACE "/etc/hwfp/hwfp.conf:"

static const struct bad bad_lines[] = {
    {"\npolicy = both\n", PLACE "2: invalid policy \"both\" (expected hardware or ssm)"},
    {"policy =\n", PLACE "1: invalid policy \"\" (expected hardware or ssm)"},
    {"uncertain = off\n", PLACE "1: invalid uncertain \"off\" (expected flag or deny)"},
    {"uncertain = x\n", PLACE "1: invalid uncertain \"x\" (expected flag or deny)"},
    {"unenrolled = off\n", PLACE "1: invalid unenrolled \"off\" (expected flag or deny)"},
    {"error = off\n", PLACE "1: invalid error \"off\" (expected flag or deny)"},
    {"error = Deny\n", PLACE "1: invalid error \"Deny\" (expected flag or deny)"},
    {"min_strength = best\n",
     PLACE "1: invalid min_strength \"best\" (expected none, weak, fair or strong)"},
    {"settle = 601\n",
     PLACE "1: invalid settle \"601\" (expected a number of seconds from 0 to 600"},
    {"settle = -1\n", PLACE "1: invalid settle \"-1\" (expected a number"},
    {"settle = 30s\n", PLACE "1: invalid settle \"30s\" (expected a number"},
    {"settle = 4294967296\n", PLACE "1: invalid settle \"4294967296\" (expected a number"},
    {"settle =\n", PLACE "1: invalid settle \"\" (expected a number"},
    {"ignore = system-uuid, sistem\n",
     PLACE "1: invalid ignore \"sistem\" (expected the name of a component"},
    {"exempt_users = root #\n    @wheel # me\n",
     PLACE "2: invalid exempt_users \"@wheel\" (expected a user name"},
    {"exempt_users = @wheel\n", PLACE "1: invalid exempt_users \"@wheel\" (expected a user name"},
    {"exempt_users = [x]\n", PLACE "1: invalid exempt_users \"[x]\" (expected a user name"},
    {"exempt_users = \"a\"\n", PLACE "1: invalid exempt_users \"\"a\"\" (expected a user name"},
    {"exempt_services = a=b\n",
     PLACE "1: invalid exempt_services \"a=b\" (expected the name of a PAM service"},
    {"exempt_users = a#b\n", PLACE "1: invalid exempt_users \"a#b\" (expected a user name"},
    {"policy = # ssm\n", PLACE "1: invalid policy \"\" (expected hardware or ssm)"},
    {"policy = ssm#\n", PLACE "1: invalid policy \"ssm#\" (expected hardware or ssm)"},
    {"policy # = ssm\n", PLACE "1: invalid line (expected key = value)"},
    {"console = off\n", PLACE "1: invalid console \"off\" (expected flag or deny)"},
    {"console_services = login su\n",
     PLACE "1: invalid console_services \"su\" (expected a PAM service of logins at the "
           "console, never"},
    {"console_lines = pts/0\n", PLACE "1: invalid console_lines \"pts/0\" (expected a serial line"},
    {"[main]\n", PLACE "1: invalid line (this file has no sections)"},
    {"colour = red\n", PLACE "1: unknown key \"colour\""},
    {"policy\n", PLACE "1: invalid line (expected key = value)"},
    {"\n\npolicy ssm", PLACE "3: invalid line (expected key = value)"},
    {"exempt_users = a\n policy = ssm\n", PLACE "2: an indented line continues the one above it"},
    {"policy = ssm\n hardware = 1\n", PLACE "2: an indented line continues the one above it"},
    {"policy = ssm\x01\n", PLACE "1: invalid policy \"ssm?\""},
    {"p\x1b[31m = x\n", PLACE "1: unknown key \"p?[31m\""},
    {"a = b\nc = d\ne = f\n", PLACE "1: unknown key \"a\" (and 2 more)"},
};

static void each_bad_line(void **state)
{
    struct tree *t = *state;

    for (size_t i = 0; i < ARRAY_SIZE(bad_lines); i++) {
        assert_int_equal(load_text(t, bad_lines[i].text), -EINVAL);
        assert_error(t, bad_lines[i].sentence);
        assert_ptr_equal(strstr(t->error, bad_lines[i].sentence), t->error);
        assert_int_equal(t->config.mode, HWFP_MODE_FLAG);
    }
}

static void good_lines_are_kept(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, "mode = deny\nbad\nerror = flag\nexempt_users = root\n"),
                     -EINVAL);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    assert_string_equal(t->config.mode_from, "the configuration");
    assert_int_equal(t->config.error, HWFP_MODE_FLAG);
    assert_true(hwfp_config_exempt(&t->config, "root", NULL));
}

/* Lines after a bad one that are indented belong to nobody. */
static void no_continuation_of_a_bad_line(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, "exempt_users = alice\n[users]\n    mallory\n"), -EINVAL);
    assert_int_equal(t->config.n_exempt_users, 1);
    assert_int_equal(load_text(t, "exempt_users = alice\nignore\n    mallory\n"), -EINVAL);
    assert_int_equal(t->config.n_exempt_users, 1);
    assert_int_equal(load_text(t, "[users]\nexempt_users = alice\n    bob\n"), -EINVAL);
    assert_int_equal(t->config.n_exempt_users, 2);
}

static const char *const bad_mode_lines[] = {
    "mode = denyy",
    "mode =",
    "mode = # deny",
    "mode = deny#now",
    "mode",
    "mode deny",
    "[mode = deny]\nmode deny",
    "\xef\xbb\xbfmode deny",
    "Mode = deny",
    "MODE = off",
    "policy = ssm\n  mode = deny",
    "  mode = deny",
};

/* What a bad mode line leaves: the mode that the good lines set. */
struct after_bad {
    const char *before, *after; /* good lines, around the bad one */
    enum hwfp_mode mode;
    const char *from;
};

static const struct after_bad after_bad[] = {
    /* A mistake must not lock anybody out of a machine that was never in deny. */
    {"", "", HWFP_MODE_FLAG, "the default"},
    {"mode = flag\n", "", HWFP_MODE_FLAG, "the configuration"},
    /* Nor may it hide: in off nobody would see the error. */
    {"mode = off\n", "", HWFP_MODE_FLAG, "an error in the configuration"},
    {"mode = deny\nmode = off\n", "", HWFP_MODE_FLAG, "an error in the configuration"},
    /* And it lets nobody into one that is. */
    {"mode = deny\n", "", HWFP_MODE_DENY, "the configuration"},
    {"mode = flag\nmode = deny\n", "", HWFP_MODE_DENY, "the configuration"},
    /* A later line holds, as ever. */
    {"", "mode = deny\n", HWFP_MODE_DENY, "the configuration"},
    {"mode = deny\n", "mode = flag\n", HWFP_MODE_FLAG, "the configuration"},
    {"mode = deny\n", "mode = off\n", HWFP_MODE_OFF, "the configuration"},
    {"mode = off\n", "mode = deny\n", HWFP_MODE_DENY, "the configuration"},
};

static void a_bad_mode_line_sets_no_mode(void **state)
{
    struct tree *t = *state;

    for (size_t i = 0; i < ARRAY_SIZE(after_bad); i++)
        for (size_t k = 0; k < ARRAY_SIZE(bad_mode_lines); k++) {
            const struct after_bad *a = &after_bad[i];
            CLEANUP_FREE char *bad = NULL;

            assert_true(asprintf(&bad, "%s\n", bad_mode_lines[k]) > 0);
            write_file(t, MAIN_FILE, a->before);
            write_file(t, FOLDER "/50-bad.conf", bad);
            write_file(t, FOLDER "/60-later.conf", a->after);
            if (load(t) != -EINVAL || t->config.mode != a->mode ||
                strcmp(t->config.mode_from, a->from) != 0)
                fail_msg("%s, %s, %s: %s, from %s", a->before, bad, a->after,
                         hwfp_mode_name(t->config.mode), t->config.mode_from);
        }
}

/* The same in one file, and what the error then leads to. */
static void a_bad_mode_line_and_logins(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, "mode = dney\n"), -EINVAL);
    assert_error(t, PLACE "1: invalid mode \"dney\" (expected deny, flag or off)");
    assert_int_equal(hwfp_config_action(&t->config, HWFP_ERROR), HWFP_ALLOW_FLAGGED);
    assert_int_equal(load_text(t, "mode = deny\nmode = dney\n"), -EINVAL);
    assert_int_equal(hwfp_config_action(&t->config, HWFP_ERROR), HWFP_REFUSE);
    assert_int_equal(load_text(t, "mode = deny\nerror = flag\nmode = flga\n"), -EINVAL);
    assert_int_equal(hwfp_config_action(&t->config, HWFP_ERROR), HWFP_ALLOW_FLAGGED);
    assert_int_equal(hwfp_config_action(&t->config, HWFP_DIFFERENT), HWFP_REFUSE);
    assert_int_equal(load_text(t, "mode = off\nmode = of\n"), -EINVAL);
    assert_int_equal(hwfp_config_action(&t->config, HWFP_ERROR), HWFP_ALLOW_FLAGGED);
}

/* ---- Long lines. ---- */

static char *repeated(const char *before, char c, size_t n, const char *after)
{
    CLEANUP_FREE char *middle = calloc(n + 1, 1);
    char *text = NULL;

    assert_non_null(middle);
    memset(middle, c, n);
    assert_true(asprintf(&text, "%s%s%s", before, middle, after) > 0);
    return text;
}

static void limit_of_a_line(void **state)
{
    struct tree *t = *state;
    const char *key = "exempt_users=";
    CLEANUP_FREE char *longest = repeated(key, 'a', 197 - strlen(key), "\nmode=deny\n");
    CLEANUP_FREE char *longer = repeated(key, 'a', 198 - strlen(key), "\nmode=deny\n");
    CLEANUP_FREE char *last = repeated(key, 'a', 198 - strlen(key), "");
    CLEANUP_FREE char *comment = repeated("#", 'a', 1000, "\nmode=deny\n");

    assert_int_equal(load_text(t, longest), 0);
    assert_int_equal(strlen(t->config.exempt_users[0]), 197 - strlen(key));
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    assert_int_equal(load_text(t, longer), -EINVAL);
    assert_error(t, PLACE "1: this line is too long");
    assert_int_equal(t->config.n_exempt_users, 0);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    assert_string_equal(t->config.mode_from, "the configuration");
    assert_int_equal(load_text(t, last), -EINVAL);
    assert_int_equal(load_text(t, comment), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
}

/* The tail of a line that is cut in two must never become a line of its own. A comment behind a
 * value does not count, as no comment does. */
static void tail_is_no_line(void **state)
{
    struct tree *t = *state;
    CLEANUP_FREE char *text = repeated("policy = ssm ;", ' ', 185, "mode = off\n");
    CLEANUP_FREE char *mode = repeated("mode = deny #", 'x', 300, "\n");
    CLEANUP_FREE char *users = repeated("exempt_users = a,", ' ', 185, "mode = off\n");

    assert_int_equal(load_text(t, text), 0);
    assert_int_equal(t->config.policy, HWFP_POLICY_SSM);
    assert_int_equal(t->config.mode, HWFP_MODE_FLAG);
    assert_int_equal(load_text(t, mode), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    assert_int_equal(load_text(t, users), -EINVAL);
    assert_error(t, PLACE "1: this line is too long");
    assert_int_equal(t->config.mode, HWFP_MODE_FLAG);
    assert_int_equal(t->config.n_exempt_users, 0);
}

static void a_mebibyte(void **state)
{
    struct tree *t = *state;
    CLEANUP_FREE char *line = repeated("exempt_users = ", 'a', 1 << 20, "\n");
    CLEANUP_FREE char *most = repeated("policy = ssm\n#", 'a', 65536 - 14, "");
    CLEANUP_FREE char *more = repeated("policy = ssm\n#", 'a', 65537 - 14, "");

    assert_closed(t, -EPERM, load_text(t, line), "hwfp.conf: it is larger than 64 KiB");
    assert_int_equal(load_text(t, most), 0);
    assert_int_equal(t->config.policy, HWFP_POLICY_SSM);
    assert_closed(t, -EPERM, load_text(t, more), "hwfp.conf: it is larger than 64 KiB");
}

/* ---- Unsafe files. ---- */

/* Settings that permit much stand in a good drop-in file: they must not survive. */
static void write_permissive(struct tree *t)
{
    write_file(t, FOLDER "/10-permissive.conf",
               "mode = off\nerror = flag\nunenrolled = flag\npolicy = ssm\nsettle = 0\n"
               "ignore = system-uuid\nexempt_users = root\nexempt_services = sshd\n"
               "console = flag\nconsole_services = gdm-password\nconsole_lines = ttyS0\n");
    assert_int_equal(load(t), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_OFF);
}

static void nul_byte(void **state)
{
    struct tree *t = *state;

    write_permissive(t);
    write_bytes(t, MAIN_FILE, "mode = off\0\n", 12);
    assert_closed(t, -EPERM, load(t), "hwfp.conf: it holds a NUL byte");
}

static void not_a_regular_file(void **state)
{
    struct tree *t = *state;

    write_permissive(t);
    make_folder(t, MAIN_FILE, 0755);
    assert_closed(t, -EPERM, load(t), "hwfp.conf: it is not a regular file");
    assert_int_equal(unlinkat(t->fd, MAIN_FILE, AT_REMOVEDIR), 0);
    assert_int_equal(mkfifoat(t->fd, MAIN_FILE, 0600), 0);
    assert_closed(t, -EPERM, load(t), "hwfp.conf: it is not a regular file");
    assert_int_equal(unlinkat(t->fd, MAIN_FILE, 0), 0);
    write_file(t, "etc/hwfp/target", "mode = off\n");
    assert_int_equal(symlinkat("target", t->fd, MAIN_FILE), 0);
    assert_closed(t, -EPERM, load(t), "hwfp.conf: it is a symbolic link");
}

static void writable_by_others(void **state)
{
    struct tree *t = *state;

    write_permissive(t);
    write_file(t, MAIN_FILE, "mode = off\n");
    assert_int_equal(fchmodat(t->fd, MAIN_FILE, 0664, 0), 0);
    assert_closed(t, -EPERM, load(t), "hwfp.conf: it can be written by others");
    assert_int_equal(fchmodat(t->fd, MAIN_FILE, 0646, 0), 0);
    assert_closed(t, -EPERM, load(t), "hwfp.conf: it can be written by others");
    assert_int_equal(fchmodat(t->fd, MAIN_FILE, 0600, 0), 0);
    assert_int_equal(load(t), 0);
}

static void of_another_owner(void **state)
{
    struct tree *t = *state;

    if (geteuid() != 0)
        skip();
    write_permissive(t);
    write_file(t, MAIN_FILE, "mode = off\n");
    assert_int_equal(fchownat(t->fd, MAIN_FILE, 12345, 0, 0), 0);
    assert_closed(t, -EPERM, load(t), "hwfp.conf: it belongs neither to root nor to the caller");
    assert_int_equal(fchownat(t->fd, MAIN_FILE, 0, 12345, 0), 0);
    assert_int_equal(load(t), 0);
}

static void unsafe_folders(void **state)
{
    struct tree *t = *state;

    write_permissive(t);
    assert_int_equal(fchmodat(t->fd, FOLDER, 0775, 0), 0);
    assert_closed(t, -EPERM, load(t), "/etc/hwfp/hwfp.conf.d: it can be written by others");
    assert_int_equal(fchmodat(t->fd, FOLDER, 0755, 0), 0);
    assert_int_equal(fchmodat(t->fd, "etc/hwfp", 0777, 0), 0);
    assert_closed(t, -EPERM, load(t), "/etc/hwfp: it can be written by others");
    assert_int_equal(fchmodat(t->fd, "etc/hwfp", 0755, 0), 0);
    assert_int_equal(renameat(t->fd, FOLDER, t->fd, "etc/hwfp/elsewhere"), 0);
    assert_int_equal(symlinkat("elsewhere", t->fd, FOLDER), 0);
    assert_closed(t, -EPERM, load(t), "hwfp.conf.d: it is not a folder");
    assert_int_equal(unlinkat(t->fd, FOLDER, 0), 0);
    write_file(t, FOLDER, "mode = off\n");
    assert_closed(t, -EPERM, load(t), "hwfp.conf.d: it is not a folder");
}

static void unsafe_drop_ins(void **state)
{
    struct tree *t = *state;

    write_permissive(t);
    write_file(t, FOLDER "/20-bad.conf", "mode = off\n");
    assert_int_equal(fchmodat(t->fd, FOLDER "/20-bad.conf", 0666, 0), 0);
    assert_closed(t, -EPERM, load(t), "/etc/hwfp/hwfp.conf.d/20-bad.conf: it can be written");
    assert_int_equal(unlinkat(t->fd, FOLDER "/20-bad.conf", 0), 0);
    make_folder(t, FOLDER "/20-bad.conf", 0755);
    assert_closed(t, -EPERM, load(t), "20-bad.conf: it is not a regular file");
    assert_int_equal(unlinkat(t->fd, FOLDER "/20-bad.conf", AT_REMOVEDIR), 0);
    assert_int_equal(symlinkat("/dev/null", t->fd, FOLDER "/20-\n.conf"), 0);
    assert_closed(t, -EPERM, load(t), "20-?.conf: it is a symbolic link");
}

/* ---- Drop-in files. ---- */

static void drop_ins_in_order(void **state)
{
    struct tree *t = *state;

    write_file(t, MAIN_FILE, "mode = off\npolicy = ssm\nexempt_users = a\n");
    write_file(t, FOLDER "/b.conf", "mode = deny\nexempt_users = c\n");
    write_file(t, FOLDER "/Z.conf", "mode = flag\nexempt_users = b\n");
    write_file(t, FOLDER "/.hidden.conf", "not a configuration\n");
    write_file(t, FOLDER "/z.conf~", "mode = off\n");
    write_file(t, FOLDER "/z.confx", "mode = off\n");
    write_file(t, FOLDER "/README", "not a configuration\n");
    assert_int_equal(load(t), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    assert_int_equal(t->config.policy, HWFP_POLICY_SSM);
    assert_int_equal(t->config.n_exempt_users, 3);
    assert_string_equal(t->config.exempt_users[0], "a");
    assert_string_equal(t->config.exempt_users[1], "b");
    assert_string_equal(t->config.exempt_users[2], "c");
}

static void drop_in_without_a_main_file(void **state)
{
    struct tree *t = *state;

    write_file(t, FOLDER "/a.conf", "mode = deny\n\nx\n");
    assert_int_equal(load(t), -EINVAL);
    assert_error(t, "/etc/hwfp/hwfp.conf.d/a.conf:3: invalid line (expected key = value)");
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
}

/* ---- A file that the caller names. ---- */

static void named_file(void **state)
{
    struct tree *t = *state;
    CLEANUP_FREE char *path = NULL, *missing = NULL;

    assert_true(asprintf(&path, "%s/my.conf", t->path) > 0);
    assert_true(asprintf(&missing, "%s/none/my.conf", t->path) > 0);
    write_file(t, MAIN_FILE, "mode = off\n");
    write_file(t, "my.conf", "mode = deny\nerror = flag\n");
    assert_int_equal(load_path(t, path), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    make_folder(t, "my.conf.d", 0755);
    write_file(t, "my.conf.d/1.conf", "mode = flag\n");
    assert_int_equal(load_path(t, path), 0);
    assert_int_equal(t->config.mode, HWFP_MODE_FLAG);
    assert_int_equal(unlinkat(t->fd, "my.conf", 0), 0);
    assert_closed(t, -ENOENT, load_path(t, path), "my.conf: there is no such configuration file");
    assert_closed(t, -ENOENT, load_path(t, missing), "No such file or directory");
}

/* ---- The kernel command line. ---- */

static int apply(struct tree *t, const char *line)
{
    write_file(t, "proc/cmdline", line);
    assert_int_equal(load(t), 0);
    return hwfp_config_apply_cmdline(t->system, &t->config, &t->error);
}

static void kernel_command_line(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load(t), 0);
    assert_int_equal(hwfp_config_apply_cmdline(t->system, &t->config, &t->error), 0);
    assert_int_equal(apply(t, ""), 0);
    assert_int_equal(apply(t, "BOOT_IMAGE=/vmlinuz root=/dev/sda1 xhwfp.mode=off hwfp.modes=off\n"),
                     0);
    assert_int_equal(t->config.mode, HWFP_MODE_FLAG);
    assert_string_equal(t->config.mode_from, "the default");
    assert_int_equal(apply(t, "quiet hwfp.mode=off\n"), 1);
    assert_int_equal(t->config.mode, HWFP_MODE_OFF);
    assert_string_equal(t->config.mode_from, "the kernel command line");
    assert_int_equal(apply(t, "hwfp.mode=off\thwfp.mode=deny ro"), 1);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
    assert_int_equal(apply(t, "hwfp.mode=off hwfp.mode=of\n"), -EINVAL);
    assert_error(t, "/proc/cmdline: invalid hwfp.mode \"of\" (expected off, flag or deny)");
    assert_int_equal(t->config.mode, HWFP_MODE_FLAG);
    assert_int_equal(apply(t, "hwfp.mode="), -EINVAL);
}

/* ---- What a verdict leads to. ---- */

static const enum hwfp_verdict verdicts[] = {HWFP_SAME, HWFP_DIFFERENT, HWFP_UNCERTAIN,
                                             HWFP_UNENROLLED, HWFP_ERROR};

/* One row a combination of settings; the columns are the verdicts above.
 * a: allowed, f: allowed and flagged, r: refused. */
struct row {
    enum hwfp_mode mode, uncertain, unenrolled, error;
    const char *actions;
};

#define OFF HWFP_MODE_OFF
#define FLAG HWFP_MODE_FLAG
#define DENY HWFP_MODE_DENY

static const struct row rows[] = {
    {OFF, FLAG, FLAG, FLAG, "aaaaa"},  {OFF, FLAG, FLAG, DENY, "aaaaa"},
    {OFF, FLAG, DENY, FLAG, "aaaaa"},  {OFF, FLAG, DENY, DENY, "aaaaa"},
    {OFF, DENY, FLAG, FLAG, "aaaaa"},  {OFF, DENY, FLAG, DENY, "aaaaa"},
    {OFF, DENY, DENY, FLAG, "aaaaa"},  {OFF, DENY, DENY, DENY, "aaaaa"},
    {FLAG, FLAG, FLAG, FLAG, "affff"}, {FLAG, FLAG, FLAG, DENY, "affff"},
    {FLAG, FLAG, DENY, FLAG, "affff"}, {FLAG, FLAG, DENY, DENY, "affff"},
    {FLAG, DENY, FLAG, FLAG, "affff"}, {FLAG, DENY, FLAG, DENY, "affff"},
    {FLAG, DENY, DENY, FLAG, "affff"}, {FLAG, DENY, DENY, DENY, "affff"},
    {DENY, FLAG, FLAG, FLAG, "arfff"}, {DENY, FLAG, FLAG, DENY, "arffr"},
    {DENY, FLAG, DENY, FLAG, "arfrf"}, {DENY, FLAG, DENY, DENY, "arfrr"},
    {DENY, DENY, FLAG, FLAG, "arrff"}, {DENY, DENY, FLAG, DENY, "arrfr"},
    {DENY, DENY, DENY, FLAG, "arrrf"}, {DENY, DENY, DENY, DENY, "arrrr"},
};

static void actions(void **state)
{
    static const char letters[] = {
        [HWFP_ALLOW] = 'a', [HWFP_ALLOW_FLAGGED] = 'f', [HWFP_REFUSE] = 'r'};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct hwfp_config config = {.mode = rows[i].mode,
                                     .uncertain = rows[i].uncertain,
                                     .unenrolled = rows[i].unenrolled,
                                     .error = rows[i].error};

        for (size_t v = 0; v < ARRAY_SIZE(verdicts); v++)
            assert_int_equal(letters[hwfp_config_action(&config, verdicts[v])], rows[i].actions[v]);
    }
}

/* A value that is none of the verdicts can only come from a fault: it must not permit. */
static void no_verdict_is_refused(void **state)
{
    struct hwfp_config config = {.mode = HWFP_MODE_DENY};

    (void)state;
    /* NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): on purpose */
    assert_int_equal(hwfp_config_action(&config, (enum hwfp_verdict)2), HWFP_REFUSE);
}

static void clear_twice(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, "exempt_users = a b c\n"), 0);
    hwfp_config_clear(&t->config);
    hwfp_config_clear(&t->config);
    assert_null(t->config.exempt_users);
    assert_int_equal(t->config.mode, HWFP_MODE_DENY);
}

static void error_is_optional(void **state)
{
    struct tree *t = *state;

    write_file(t, MAIN_FILE, "bad\n");
    assert_int_equal(hwfp_config_load(t->system, NULL, &t->config, NULL), -EINVAL);
}

/* The last one holds, like every value; and it is freed with the rest. */
static void fleet_key_file(void **state)
{
    struct tree *t = *state;

    assert_int_equal(load_text(t, ""), 0);
    assert_null(t->config.fleet_key_file);
    assert_int_equal(
        load_text(t, "fleet_key_file = /etc/a\nfleet_key_file = /etc/hwfp/fleet.key\n"), 0);
    assert_string_equal(t->config.fleet_key_file, "/etc/hwfp/fleet.key");
    assert_int_equal(load_text(t, "fleet_key_file = fleet.key\n"), -EINVAL);
    assert_error(t, "invalid fleet_key_file \"fleet.key\" (expected an absolute path)");
    assert_int_equal(load_text(t, "fleet_key_file =\n"), -EINVAL);
}

static int read_fleet_key(struct tree *t, const char *text, mode_t mode, struct hwfp_key *ret)
{
    write_file(t, "etc/hwfp/fleet.key", text);
    assert_int_equal(fchmodat(t->fd, "etc/hwfp/fleet.key", mode, 0), 0);
    assert_int_equal(load_text(t, "fleet_key_file = /etc/hwfp/fleet.key\n"), 0);
    return hwfp_fleet_key_read(t->system, &t->config, ret, &t->error);
}

static void fleet_key(void **state)
{
    static const char secret[] = "0123456789abcdef0123456789abcdef";
    struct tree *t = *state;
    struct hwfp_key key = {{0}}, again = {{0}}, none = {{0}};

    assert_int_equal(load_text(t, ""), 0);
    assert_int_equal(hwfp_fleet_key_read(t->system, &t->config, &key, &t->error), -ENOENT);
    assert_null(t->error);
    assert_int_equal(read_fleet_key(t, secret, 0600, &key), 0);
    assert_memory_not_equal(&key, &none, sizeof(key));
    assert_int_equal(read_fleet_key(t, " 0123456789abcdef0123456789abcdef\r\n\n", 0400, &again), 0);
    assert_memory_equal(&key, &again, sizeof(key));
    assert_int_equal(read_fleet_key(t, secret + 1, 0600, &none), -EINVAL);
    assert_error(t, "31 bytes; expected 32");
    assert_int_equal(read_fleet_key(t, secret, 0604, &none), -EPERM);
    assert_error(t, "mode 0604; expected 0600");
    assert_int_equal(unlinkat(t->fd, "etc/hwfp/fleet.key", 0), 0);
    make_folder(t, "etc/hwfp/fleet.key", 0700);
    assert_int_equal(load_text(t, "fleet_key_file = /etc/hwfp/fleet.key\n"), 0);
    assert_int_equal(hwfp_fleet_key_read(t->system, &t->config, &none, &t->error), -EPERM);
    assert_error(t, "not a regular file");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(missing_is_no_error),
        TEST(empty_file),
        TEST(each_key),
        TEST(each_key_moves_nothing_else),
        TEST(mode_tells_where_it_is_from),
        TEST(lists),
        TEST(exemption),
        TEST(a_bad_error_line_closes),
        TEST(at_the_console),
        TEST(virtual_terminals),
        TEST(listed_lines),
        TEST(console_services),
        TEST(console_deny),
        TEST(console_that_cannot_be_known_is_deny),
        TEST(other_line_ends),
        TEST(each_bad_line),
        TEST(good_lines_are_kept),
        TEST(no_continuation_of_a_bad_line),
        TEST(a_bad_mode_line_sets_no_mode),
        TEST(a_bad_mode_line_and_logins),
        TEST(limit_of_a_line),
        TEST(tail_is_no_line),
        TEST(a_mebibyte),
        TEST(nul_byte),
        TEST(not_a_regular_file),
        TEST(writable_by_others),
        TEST(of_another_owner),
        TEST(unsafe_folders),
        TEST(unsafe_drop_ins),
        TEST(drop_ins_in_order),
        TEST(drop_in_without_a_main_file),
        TEST(named_file),
        TEST(kernel_command_line),
        TEST(fleet_key_file),
        TEST(fleet_key),
        cmocka_unit_test(actions),
        cmocka_unit_test(no_verdict_is_refused),
        TEST(clear_twice),
        TEST(error_is_optional),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
