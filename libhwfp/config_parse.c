/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines and keys of hwfp.conf(5).
 *
 * inih splits a line into key and value. Everything that decides whether a line is obeyed is done
 * here, because inih's limits and habits are compiled into the distribution's library or kept in
 * globals that belong to the process we live in.
 */
#include "config_parse.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <string.h>
#include <strings.h>

#include "config_console.h"
#include "util.h"

#define SETTLE_MAX 600

/* ---- The keys. ---- */

static int set_mode(struct hwfp_config *config, const char *value)
{
    int r = hwfp_mode_parse(value, &config->mode);

    if (r == 0)
        config->mode_from = "the configuration";
    return r;
}

static int set_policy(struct hwfp_config *config, const char *value)
{
    return hwfp_policy_parse(value, &config->policy);
}

static int parse_flag_or_deny(const char *value, enum hwfp_mode *ret)
{
    enum hwfp_mode mode;

    if (hwfp_mode_parse(value, &mode) < 0 || mode == HWFP_MODE_OFF)
        return -EINVAL;
    *ret = mode;
    return 0;
}

static int set_uncertain(struct hwfp_config *config, const char *value)
{
    return parse_flag_or_deny(value, &config->uncertain);
}

static int set_unenrolled(struct hwfp_config *config, const char *value)
{
    return parse_flag_or_deny(value, &config->unenrolled);
}

static int set_error(struct hwfp_config *config, const char *value)
{
    return parse_flag_or_deny(value, &config->error);
}

static int set_console(struct hwfp_config *config, const char *value)
{
    return parse_flag_or_deny(value, &config->console);
}

static int set_min_strength(struct hwfp_config *config, const char *value)
{
    return hwfp_strength_parse(value, &config->min_strength);
}

static int set_settle(struct hwfp_config *config, const char *value)
{
    size_t n = strlen(value);
    unsigned seconds = 0;

    if (n == 0 || n > 3 || strspn(value, "0123456789") != n)
        return -EINVAL;
    for (size_t i = 0; i < n; i++)
        seconds = seconds * 10 + (unsigned)(value[i] - '0');
    if (seconds > SETTLE_MAX)
        return -EINVAL;
    config->settle = seconds;
    return 0;
}

static int set_ignore(struct hwfp_config *config, const char *value)
{
    enum hwfp_component component;

    if (hwfp_component_parse(value, &component) < 0)
        return -EINVAL;
    config->ignore |= UINT32_C(1) << component;
    return 0;
}

/* Refuses what can only be a mistake: "# a comment", "mode = deny" that is indented and so
 * continues the line above, a group. Each would otherwise be an exemption for somebody. */
static bool is_name(const char *word)
{
    if (strchr("@%-", word[0]))
        return false;
    for (const char *c = word; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("#;=:[]\"'", *c))
            return false;
    return true;
}

static int add_name(char ***names, size_t *n, const char *name)
{
    char **more, *copy;

    if (!is_name(name))
        return -EINVAL;
    more = reallocarray(*names, *n + 1, sizeof(*more));
    if (!more)
        return -ENOMEM;
    *names = more;
    copy = strdup(name);
    if (!copy)
        return -ENOMEM;
    more[(*n)++] = copy;
    return 0;
}

static int add_exempt_user(struct hwfp_config *config, const char *value)
{
    return add_name(&config->exempt_users, &config->n_exempt_users, value);
}

static int add_exempt_service(struct hwfp_config *config, const char *value)
{
    return add_name(&config->exempt_services, &config->n_exempt_services, value);
}

static int add_console_service(struct hwfp_config *config, const char *value)
{
    if (!config_console_service(value))
        return -EINVAL;
    return add_name(&config->console_services, &config->n_console_services, value);
}

static int add_console_line(struct hwfp_config *config, const char *value)
{
    const char *name = config_console_line(value);

    return name ? add_name(&config->console_lines, &config->n_console_lines, name) : -EINVAL;
}

static int set_fleet_key_file(struct hwfp_config *config, const char *value)
{
    char *copy;

    if (value[0] != '/')
        return -EINVAL;
    copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    free(config->fleet_key_file);
    config->fleet_key_file = copy;
    return 0;
}

struct key {
    const char *name;
    bool list; /* the setter is called once for each word */
    int (*set)(struct hwfp_config *config, const char *value);
    const char *expected;
};

static const struct key keys[] = {
    {"mode", false, set_mode, "deny, flag or off"},
    {"policy", false, set_policy, "hardware or ssm"},
    {"uncertain", false, set_uncertain, "flag or deny"},
    {"unenrolled", false, set_unenrolled, "flag or deny"},
    {"error", false, set_error, "flag or deny"},
    {"console", false, set_console, "flag or deny"},
    {"min_strength", false, set_min_strength, "none, weak, fair or strong"},
    {"settle", false, set_settle, "a number of seconds from 0 to 600"},
    {"ignore", true, set_ignore, "the name of a component"},
    {"exempt_users", true, add_exempt_user, "a user name"},
    {"exempt_services", true, add_exempt_service, "the name of a PAM service"},
    {"console_services", true, add_console_service,
     "a PAM service of logins at the console, never cron, su, sudo or sshd"},
    {"console_lines", true, add_console_line,
     "a serial line such as ttyS0; virtual terminals need no listing"},
    {"fleet_key_file", false, set_fleet_key_file, "an absolute path"},
};

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

/* ---- Errors: all are counted, the first is told. ---- */

static void note(struct config_parse *p, int negative_errno)
{
    if (p->errors++ == 0)
        p->result = negative_errno;
}

/*
 * A bad line that was meant to set what decides whom to let in. `error` and the console then count
 * as never set: deny. The mode stays as the last good line set it: a mistake must neither let a
 * copy into a machine in deny, nor lock anybody out of one that was never in deny. The mode off is
 * the exception, because nobody would see the error there.
 */
static void note_unknown(struct config_parse *p, const char *line)
{
    if (strncasecmp(line, "mode", strlen("mode")) == 0 && p->config->mode == HWFP_MODE_OFF) {
        p->config->mode = HWFP_MODE_FLAG;
        p->config->mode_from = "an error in the configuration";
    }
    p->error_unknown = p->error_unknown || strncasecmp(line, "error", strlen("error")) == 0;
    p->console_unknown = p->console_unknown || strncasecmp(line, "console", strlen("console")) == 0;
}

/* A file as a whole: nothing that was read elsewhere may then permit anything. */
void config_parse_file_error(struct config_parse *p, int negative_errno, const char *what)
{
    note(p, negative_errno);
    p->unsafe = true;
    (void)fail(&p->sentence, negative_errno, "%s: %s", p->file, what);
}

static void line_error(struct config_parse *p, unsigned line, const char *what)
{
    note(p, -EINVAL);
    (void)fail(&p->sentence, -EINVAL, "%s:%u: %s", p->file, line, what);
}

static void value_error(struct config_parse *p, unsigned line, const struct key *key,
                        const char *value)
{
    /* A bad word of a list exempts nobody. */
    if (!key->list)
        note_unknown(p, key->name);
    note(p, -EINVAL);
    (void)fail(&p->sentence, -EINVAL, "%s:%u: invalid %s \"%.40s\" (expected %s)", p->file, line,
               key->name, value, key->expected);
}

static void key_error(struct config_parse *p, unsigned line, const char *name)
{
    note_unknown(p, name);
    note(p, -EINVAL);
    (void)fail(&p->sentence, -EINVAL, "%s:%u: unknown key \"%.40s\"", p->file, line, name);
}

/* ---- The lines of one file. ---- */

struct lines {
    struct config_parse *p;
    const char *next, *end;
    unsigned number;     /* of the line that inih has */
    const char *pending; /* that line, if inih must make a key of it and has not yet */
    size_t pending_size;
    bool skip; /* indented lines: the one that they continue was bad */
};

static void set_word(struct lines *lines, const struct key *key, const char *word)
{
    int r = key->set(lines->p->config, word);

    if (r == -ENOMEM)
        config_parse_file_error(lines->p, r, "no memory");
    else if (r < 0)
        value_error(lines->p, lines->number, key, word);
}

static void set_list(struct lines *lines, const struct key *key, const char *value)
{
    CLEANUP_FREE char *words = strdup(value);
    char *rest = NULL;

    if (!words)
        config_parse_file_error(lines->p, -ENOMEM, "no memory");
    for (char *w = words ? strtok_r(words, ", \t", &rest) : NULL; w;
         w = strtok_r(NULL, ", \t", &rest))
        set_word(lines, key, w);
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct lines *lines = user;
    const struct key *key = find_key(name);

    (void)section;
    lines->pending = NULL;
    if (!key)
        key_error(lines->p, lines->number, name);
    else if (key->list)
        set_list(lines, key, value);
    else
        set_word(lines, key, value);
    return 1;
}

static size_t blank_before(const char *line, size_t size)
{
    size_t n = 0;

    while (n < size && isspace((unsigned char)line[n]))
        n++;
    return n;
}

static void bad_line(struct lines *lines, const char *line, size_t size, const char *what)
{
    note_unknown(lines->p, line + blank_before(line, size));
    lines->skip = true;
    line_error(lines->p, lines->number, what);
}

/* inih passes over a line that it makes nothing of, and says so only at the end. */
static void settle_pending(struct lines *lines)
{
    if (lines->pending)
        bad_line(lines, lines->pending, lines->pending_size, "invalid line (expected key = value)");
    lines->pending = NULL;
}

/* Why inih must not see a line, or NULL. `room` holds the line, its newline and a NUL. */
static const char *complaint(const char *line, size_t size, size_t blank, size_t room)
{
    if (size + 2 > room) /* inih would make two lines of it */
        return "this line is too long, the limit is 197 bytes";
    if (line[blank] == '[')
        return "invalid line (this file has no sections)";
    if (blank > 0 && (memchr(line, '=', size) || memchr(line, ':', size)))
        return "an indented line continues the one above it, a key must start its line";
    return NULL;
}

/* The size of a line up to the comment behind its value, if there is one: a blank, then # or ;. */
static size_t without_comment(const char *line, size_t size)
{
    for (size_t i = 1; i < size; i++)
        if ((line[i] == '#' || line[i] == ';') && isspace((unsigned char)line[i - 1]))
            return i;
    return size;
}

static bool line_is_good(struct lines *lines, const char *line, size_t size, size_t room)
{
    size_t blank = blank_before(line, size);
    const char *what;

    if (blank == size || line[blank] == '#' || line[blank] == ';')
        return false;
    if (blank == 0)
        lines->skip = false;
    else if (lines->skip)
        return false;
    what = complaint(line, size, blank, room);
    if (what)
        bad_line(lines, line, size, what);
    return !what;
}

/* The reader of ini_parse_stream(), after the manner of fgets(3). */
static char *read_line(char *buffer, int room, void *stream)
{
    struct lines *lines = stream;
    const char *line = lines->next;
    size_t size;

    settle_pending(lines);
    if (line == lines->end || room < 3)
        return NULL;
    lines->number++;
    size = (size_t)(strchrnul(line, '\n') - line);
    lines->next = line + size + (line + size < lines->end);
    size = without_comment(line, size);
    buffer[0] = '\0';
    if (line_is_good(lines, line, size, (size_t)room - 1)) {
        lines->pending = line;
        lines->pending_size = size;
        memcpy(buffer, line, size);
        buffer[size] = '\0';
    }
    return buffer;
}

void config_parse_text(struct config_parse *p, const char *text, size_t size)
{
    struct lines lines = {.p = p, .next = text, .end = text + size};

    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        lines.next += 3;
    (void)ini_parse_stream(read_line, &lines, on_key, &lines);
    settle_pending(&lines);
    /* Another part of the process may have told inih to stop early, or to refuse all lines. */
    if (lines.next != lines.end)
        config_parse_file_error(p, -EIO, "inih did not read this file to its end");
}
