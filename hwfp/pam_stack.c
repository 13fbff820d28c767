/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_stack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "system.h"
#include "util.h"

#define FILE_MAX (256 * 1024)
#define DEPTH_MAX 16  /* Linux-PAM's own limit of includes in includes is 16, too */
#define FILES_MAX 256 /* one that includes itself twice would be read 65536 times */

struct reader {
    const struct hwfp_system *system;
    const char *type;
    struct pam_stack *stack;
    unsigned depth, files, substacks;
    char within[PAM_WITHIN_MAX];
};

struct position {
    const char *file;
    unsigned number;
};

static const char *const folders[] = {PAM_FOLDERS};

static int read_named(struct reader *r, const char *name);

/* ---- Words. ---- */

/* Takes the next word out of a line: in [brackets], with "\]" for a bracket, or up to white space.
 * NULL at its end. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \t"), *end;

    if (!*word)
        return NULL;
    if (*word == '[') {
        for (end = word + 1; *end && (*end != ']' || end[-1] == '\\'); end++)
            ;
        end += *end == ']';
    } else {
        end = word + strcspn(word, " \t");
    }
    *rest = end + (*end != '\0');
    *end = '\0';
    return word;
}

static bool is_type(const struct reader *r, const char *word)
{
    return strcasecmp(*word == '-' ? word + 1 : word, r->type) == 0;
}

/* ---- Lines. ---- */

static int add_line(struct reader *r, const struct position *at, const char *control,
                    const char *module, const char *arguments)
{
    struct pam_stack *s = r->stack;
    struct pam_line *more = reallocarray(s->lines, s->n + 1, sizeof(*more)), *line;

    if (!more)
        return -ENOMEM;
    s->lines = more;
    line = &more[s->n++];
    *line = (struct pam_line){.number = at->number,
                              .file = strdup(at->file),
                              .control = strdup(control),
                              .module = strdup(module),
                              .arguments = strdup(arguments)};
    copy_text(line->within, sizeof(line->within), r->within);
    return line->file && line->control && line->module && line->arguments ? 0 : -ENOMEM;
}

static void trouble(struct reader *r, const struct position *at, const char *what, const char *word)
{
    if (!r->stack->trouble)
        sentence_add(&r->stack->trouble, "%s:%u: %s %s", at->file, at->number, what, word);
}

static int include(struct reader *r, const struct position *at, const char *name)
{
    int result;

    if (r->depth >= DEPTH_MAX || r->files++ >= FILES_MAX) {
        trouble(r, at, "there are includes in includes without end:", name);
        return 0;
    }
    r->depth++;
    result = read_named(r, name);
    r->depth--;
    if (result != -ENOENT)
        return result;
    trouble(r, at,
            *name == '/' ? "there is no file" : "neither /etc/pam.d nor /usr/lib/pam.d has a file",
            name);
    return 0;
}

static int include_substack(struct reader *r, const struct position *at, const char *name)
{
    size_t length = strlen(r->within);
    int result;

    (void)snprintf(r->within + length, sizeof(r->within) - length, "/%u", ++r->substacks);
    result = include(r, at, name);
    r->within[length] = '\0';
    return result;
}

/* A line without its comment. */
static int take_line(struct reader *r, const struct position *at, char *line)
{
    char *rest = line, *type = next_word(&rest), *control, *module;

    if (!type)
        return 0;
    if (strcasecmp(type, "@include") == 0) {
        module = next_word(&rest);
        return module ? include(r, at, module) : 0;
    }
    if (!is_type(r, type))
        return 0;
    control = next_word(&rest);
    module = control ? next_word(&rest) : NULL;
    if (!module)
        trouble(r, at, "there is no module on this line:", control ? control : type);
    else if (strcasecmp(control, "include") == 0)
        return include(r, at, module);
    else if (strcasecmp(control, "substack") == 0)
        return include_substack(r, at, module);
    else
        return add_line(r, at, control, module, trim(rest));
    return 0;
}

/* Ends a logical line: a backslash continues it on the next. Gives the start of the next one. */
static char *end_line(char *line, unsigned *number)
{
    char *end = line;

    while (*end && (*end != '\n' || (end > line && end[-1] == '\\'))) {
        if (*end == '\n') {
            *number += 1;
            end[-1] = *end = ' ';
        }
        end++;
    }
    if (!*end)
        return end;
    *number += 1;
    *end = '\0';
    return end + 1;
}

static int take_text(struct reader *r, const char *file, char *text)
{
    struct position at = {.file = file, .number = 1};
    unsigned number = 1;
    int result = 0;

    while (*text && result == 0) {
        char *next = end_line(text, &number);

        text[strcspn(text, "#")] = '\0';
        result = take_line(r, &at, trim(text));
        at.number = number;
        text = next;
    }
    return result;
}

static int read_file(struct reader *r, const char *file)
{
    CLEANUP_CLOSE int fd = system_open(r->system, file, O_RDONLY | O_NONBLOCK);
    CLEANUP_FREE char *text = NULL;
    size_t size = 0;
    int result = fd < 0 ? fd : read_all(fd, FILE_MAX, &text, &size);

    return result < 0 ? result : take_text(r, file, text);
}

/* -ENOENT: it is in no folder. */
static int read_named(struct reader *r, const char *name)
{
    int result = *name == '/' ? read_file(r, name) : -ENOENT;
    char file[PATH_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(folders) && *name != '/' && result == -ENOENT; i++) {
        (void)snprintf(file, sizeof(file), "%s/%s", folders[i], name);
        result = read_file(r, file);
    }
    return result;
}

int pam_stack_read(const struct hwfp_system *system, const char *service, const char *type,
                   struct pam_stack *ret)
{
    struct reader r = {.system = system, .type = type, .stack = ret};
    int result = read_named(&r, service), other;

    if (result == -ENOENT || (result == 0 && ret->n == 0 && !ret->trouble)) {
        other = read_named(&r, "other");
        if (other != -ENOENT)
            result = other;
    }
    return result;
}

void pam_stack_clear(struct pam_stack *stack)
{
    for (size_t i = 0; i < stack->n; i++) {
        free(stack->lines[i].file);
        free(stack->lines[i].control);
        free(stack->lines[i].module);
        free(stack->lines[i].arguments);
    }
    free(stack->lines);
    free(stack->trouble);
    *stack = (struct pam_stack){0};
}

bool pam_line_is(const struct pam_line *line, const char *module)
{
    const char *slash = strrchr(line->module, '/');

    return strcmp(slash ? slash + 1 : line->module, module) == 0;
}

int pam_stack_find(const struct pam_stack *stack, const char *module, size_t from)
{
    for (size_t i = from; i < stack->n; i++)
        if (pam_line_is(&stack->lines[i], module))
            return (int)i;
    return -1;
}
