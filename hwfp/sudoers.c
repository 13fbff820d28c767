/* SPDX-License-Identifier: BSD-2-Clause */
#include "sudoers.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "system.h"
#include "util.h"

#define FILE_MAX (1024 * 1024)
#define DEPTH_MAX 16
#define FILES_MAX 256

struct reader {
    const struct hwfp_system *system;
    const struct account *account;
    enum sudo_rule rule;
    bool odd;         /* whose password is asked, and of which PAM service, is set otherwise */
    bool no_password; /* by default */
    unsigned depth, files;
};

static void read_file(struct reader *r, const char *file);

/* ---- Whom a line is about. ---- */

enum match { MATCH_NOT, MATCH_UNKNOWN, MATCH };

static bool is_alias(const char *word)
{
    return isupper((unsigned char)*word) &&
           word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

static enum match match_word(const struct account *a, const char *word)
{
    if (strcmp(word, "ALL") == 0 || strcmp(word, a->name) == 0)
        return MATCH;
    if (*word == '#')
        return strtoul(word + 1, NULL, 10) == a->uid ? MATCH : MATCH_NOT;
    if (strncmp(word, "%#", 2) == 0)
        return strtoul(word + 2, NULL, 10) == a->gid ? MATCH : MATCH_NOT;
    if (*word == '%')
        return account_is_in(a, word + 1) ? MATCH : MATCH_NOT;
    return *word == '+' || is_alias(word) ? MATCH_UNKNOWN : MATCH_NOT;
}

/* A list; the last word of it that is about the user holds. */
static enum match match_list(const struct account *a, char *list)
{
    enum match match = MATCH_NOT;
    char *rest = NULL;

    for (char *word = strtok_r(list, ", \t", &rest); word; word = strtok_r(NULL, ", \t", &rest)) {
        enum match m = match_word(a, *word == '!' ? word + 1 : word);

        if (m != MATCH_NOT)
            match = *word != '!' ? m : MATCH_NOT;
    }
    return match;
}

/* ---- What it lets them do. ---- */

/* Takes "(USERS:GROUPS)" off; false where root is not among the users. */
static bool take_runas(char **text)
{
    char *end = **text == '(' ? strchr(*text, ')') : NULL;
    bool root = false;
    char *rest = NULL;

    if (!end)
        return true;
    *end = '\0';
    (*text)[strcspn(*text, ":")] = '\0';
    for (char *w = strtok_r(*text + 1, ", \t", &rest); w; w = strtok_r(NULL, ", \t", &rest))
        root = root || strcmp(w, "ALL") == 0 || strcmp(w, "root") == 0;
    *text = end + 1 + strspn(end + 1, " \t");
    return root;
}

static bool allows_all(char *commands)
{
    char *rest = NULL;

    for (char *w = strtok_r(commands, ",: \t", &rest); w; w = strtok_r(NULL, ",: \t", &rest))
        if (strcmp(w, "ALL") == 0)
            return true;
    return false;
}

/* The last line that is about the user holds, but what is not known takes nothing away. */
static void take_rule(struct reader *r, char *who, const char *host, char *commands)
{
    enum match match = match_list(r->account, who);
    bool root = take_runas(&commands),
         no_password = r->no_password || strstr(commands, "NOPASSWD:");
    bool all = match == MATCH && root && strcmp(host, "ALL") == 0 && allows_all(commands);

    if (all)
        r->rule = no_password ? SUDO_NO_PASSWORD : SUDO_BY_PASSWORD;
    else if (match != MATCH_NOT && root && r->rule == SUDO_NOTHING)
        r->rule = SUDO_UNKNOWN;
}

/* ---- Lines. ---- */

static void take_defaults(struct reader *r, const char *line)
{
    static const char *const words[] = {"rootpw", "targetpw", "runaspw", "pam_service"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        const char *word = strstr(line, words[i]);

        r->odd = r->odd || (word && word[-1] != '!');
    }
    r->no_password = r->no_password || strstr(line, "!authenticate");
}

static int is_drop_in(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);

    return !strchr(entry->d_name, '.') && entry->d_name[n - 1] != '~';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_folder(struct reader *r, const char *folder)
{
    CLEANUP_CLOSE int fd = system_open(r->system, folder, O_RDONLY | O_DIRECTORY);
    struct dirent **entries = NULL;
    int n = fd < 0 ? 0 : scandirat(fd, ".", &entries, is_drop_in, by_bytes);

    for (int i = 0; i < n; i++) {
        CLEANUP_FREE char *file = NULL;

        if (asprintf(&file, "%s/%s", folder, entries[i]->d_name) < 0)
            file = NULL;
        if (file)
            read_file(r, file);
        free(entries[i]);
    }
    free(entries);
}

/* False where the line is none of these. */
static bool take_include(struct reader *r, const char *line)
{
    bool folder = strncmp(line + 1, "includedir", 10) == 0;
    const char *name = line + (folder ? 11 : 8);
    char path[PATH_MAX];

    if ((*line != '@' && *line != '#') || strncmp(line + 1, "include", 7) != 0)
        return false;
    name += strspn(name, " \t");
    (void)snprintf(path, sizeof(path), "%s%s", *name == '/' ? "" : "/etc/", name);
    if (folder)
        read_folder(r, path);
    else
        read_file(r, path);
    return true;
}

static bool is_alias_line(const char *line)
{
    size_t n = strcspn(line, " \t");

    return n > 6 && strncmp(line + n - 6, "_Alias", 6) == 0;
}

/* A number sign that a digit follows is part of a user's id. */
static void cut_comment(char *line)
{
    char *c = strchr(line, '#');

    while (c && isdigit((unsigned char)c[1]))
        c = strchr(c + 1, '#');
    if (c)
        *c = '\0';
}

/* Cuts the last word off, and gives it; NULL where it is the only one. */
static char *cut_last_word(char *text)
{
    char *word = strchr(text, '\0');

    while (word > text && !isblank((unsigned char)word[-1]))
        word--;
    if (word == text)
        return NULL;
    word[-1] = '\0';
    return word;
}

/* WHO HOST = COMMANDS */
static void take_line(struct reader *r, char *line)
{
    char *commands, *who, *host;

    cut_comment(line);
    if (strncmp(line, "Defaults", 8) == 0) {
        take_defaults(r, line);
        return;
    }
    commands = strchr(line, '=');
    if (!commands || is_alias_line(line))
        return;
    *commands = '\0';
    who = trim(line);
    host = cut_last_word(who);
    if (host)
        take_rule(r, who, host, trim(commands + 1));
}

static void take_text(struct reader *r, char *text)
{
    char *next = text, *line;

    for (char *c = strstr(text, "\\\n"); c; c = strstr(c, "\\\n"))
        c[0] = c[1] = ' ';
    while ((line = strsep(&next, "\n"))) {
        line = trim(line);
        if (*line && !take_include(r, line))
            take_line(r, line);
    }
}

static void read_file(struct reader *r, const char *file)
{
    CLEANUP_CLOSE int fd = system_open(r->system, file, O_RDONLY | O_NONBLOCK);
    CLEANUP_FREE char *text = NULL;
    size_t size = 0;

    if (fd < 0 || r->depth >= DEPTH_MAX || r->files++ >= FILES_MAX ||
        read_all(fd, FILE_MAX, &text, &size) < 0)
        return;
    r->depth++;
    take_text(r, text);
    r->depth--;
}

enum sudo_rule sudoers_rule(const struct hwfp_system *system, const struct account *account)
{
    struct reader r = {.system = system, .account = account};

    read_file(&r, "/etc/sudoers");
    return r.odd && r.rule != SUDO_NOTHING ? SUDO_UNKNOWN : r.rule;
}
