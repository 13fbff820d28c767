/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: a line of pam_hwfp.so's by itself: whether it can be obeyed, and what it is told. */
#include <dirent.h>
#include <string.h>

#include "doctor_pam.h"
#include "system.h"
#include "util.h"

/* ---- The module's file. ---- */

static bool is_below(const struct doctor *d, const char *folder)
{
    CLEANUP_CLOSEDIR DIR *dir = system_opendir(d->system, folder);
    const struct dirent *entry;

    if (doctor_exists(d, "%s/security/" MODULE, folder))
        return true;
    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.' &&
            doctor_exists(d, "%s/%s/security/" MODULE, folder, entry->d_name))
            return true;
    return false;
}

static bool module_exists(const struct doctor *d, const char *module)
{
    static const char *const folders[] = {"lib", "usr/lib", "lib64", "usr/lib64", "usr/local/lib"};

    if (*module == '/')
        return doctor_exists(d, "%s", module);
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (is_below(d, folders[i]))
            return true;
    return false;
}

static void check_module(struct doctor *d, const struct pam_line *line)
{
    if (module_exists(d, line->module))
        return;
    doctor_say(d, DOCTOR_PROBLEM,
               "%s%s:%u names %s, which is not installed: every login there is refused", d->root,
               line->file, line->number, line->module);
    doctor_mend(d, "install the package libpam-hwfp, or take the line away");
}

/* ---- Its arguments. ---- */

/* As take_argument() of the module has it. */
static bool is_argument(const char *word)
{
    enum hwfp_policy policy;
    enum hwfp_mode mode;

    if (strncmp(word, "mode=", 5) == 0)
        return hwfp_mode_parse(word + 5, &mode) == 0;
    if (strncmp(word, "policy=", 7) == 0)
        return hwfp_policy_parse(word + 7, &policy) == 0;
    return strcmp(word, "quiet") == 0 || strcmp(word, "debug") == 0 ||
           strcmp(word, "recovery") == 0;
}

static void check_arguments(struct doctor *d, const struct pam_line *line)
{
    CLEANUP_FREE char *words = strdup(line->arguments);
    char *rest = NULL;

    for (char *w = words ? strtok_r(words, " \t", &rest) : NULL; w;
         w = strtok_r(NULL, " \t", &rest)) {
        if (!is_argument(w)) {
            doctor_say(d, DOCTOR_PROBLEM, "%s%s:%u: %s does not know the argument %s", d->root,
                       line->file, line->number, MODULE, w);
            doctor_mend(d, "correct it, see pam_hwfp(8), OPTIONS");
        } else if (strncmp(w, "mode=", 5) == 0) {
            doctor_say(d, DOCTOR_OK, "%s%s:%u has a mode of its own, %s", d->root, line->file,
                       line->number, w + 5);
        }
    }
}

void doctor_line(struct doctor *d, const struct pam_line *line)
{
    check_module(d, line);
    check_arguments(d, line);
}

/* The last word of these that starts with `prefix`, as the module takes it, copied; or NULL. */
static char *last_argument(const struct pam_line *line, const char *prefix)
{
    CLEANUP_FREE char *words = strdup(line->arguments);
    char *rest = NULL, *last = NULL;

    for (char *w = words ? strtok_r(words, " \t", &rest) : NULL; w;
         w = strtok_r(NULL, " \t", &rest))
        if (strncmp(w, prefix, strlen(prefix)) == 0)
            last = w;
    return last ? strdup(last) : NULL;
}

bool doctor_line_has(const struct pam_line *line, const char *argument)
{
    CLEANUP_FREE char *word = last_argument(line, argument);

    return word && strcmp(word, argument) == 0;
}

bool doctor_line_gates(const struct pam_line *line)
{
    CLEANUP_FREE char *word = last_argument(line, "mode=");

    return !word || (strcmp(word, "mode=flag") != 0 && strcmp(word, "mode=off") != 0);
}

bool doctor_is_new(char **seen, char what, const struct pam_line *line)
{
    CLEANUP_FREE char *place = NULL;

    if (asprintf(&place, ";%c%s:%u;", what, line->file, line->number) < 0)
        place = NULL;
    if (!place || (*seen && strstr(*seen, place)))
        return false;
    sentence_add(seen, "%s", place);
    return true;
}
