/* SPDX-License-Identifier: BSD-2-Clause */
/* What the control of a line makes of a module's return value, and where a stack goes by it. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "pam_stack.h"
#include "util.h"

/* pam.conf(5): what the four words stand for. */
static const char *in_brackets(const char *control)
{
    static const struct {
        const char *word, *brackets;
    } words[] = {
        {"required", "[success=ok new_authtok_reqd=ok ignore=ignore default=bad]"},
        {"requisite", "[success=ok new_authtok_reqd=ok ignore=ignore default=die]"},
        {"sufficient", "[success=done new_authtok_reqd=done default=ignore]"},
        {"optional", "[success=ok new_authtok_reqd=ok default=ignore]"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcasecmp(control, words[i].word) == 0)
            return words[i].brackets;
    return control;
}

/* The text after "NAME=" in brackets, or NULL. */
static const char *setting(const char *brackets, const char *name)
{
    size_t n = strlen(name);

    for (const char *c = brackets; *c; c++)
        if (strncasecmp(c, name, n) == 0 && c[n] == '=' && c > brackets && strchr("[ \t", c[-1]))
            return c + n + 1;
    return NULL;
}

static enum pam_action action_named(const char *word)
{
    static const struct {
        const char *word;
        enum pam_action action;
    } words[] = {{"ok", PAM_IS_OK},   {"done", PAM_IS_DONE},      {"bad", PAM_IS_BAD},
                 {"die", PAM_IS_DIE}, {"ignore", PAM_IS_IGNORED}, {"reset", PAM_IS_IGNORED}};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strncasecmp(word, words[i].word, strlen(words[i].word)) == 0)
            return words[i].action;
    return isdigit((unsigned char)*word) ? PAM_IS_JUMP : PAM_IS_BAD;
}

/* What the control says of a value, or NULL. */
static const char *word_for(const struct pam_line *line, const char *value)
{
    const char *brackets = in_brackets(line->control), *word = setting(brackets, value);

    return word ? word : setting(brackets, "default");
}

enum pam_action pam_line_action(const struct pam_line *line, const char *value)
{
    const char *word = word_for(line, value);

    return word ? action_named(word) : PAM_IS_BAD;
}

/* ---- The way through a stack. ---- */

static bool is_inside(const struct pam_line *line, const char *within)
{
    size_t n = strlen(within);

    return strncmp(line->within, within, n) == 0 &&
           (line->within[n] == '\0' || line->within[n] == '/');
}

/* The line behind all those of the substack `within`; of the stack as a whole, its end. */
static size_t end_of(const struct pam_stack *stack, size_t i, const char *within)
{
    while (i < stack->n && is_inside(&stack->lines[i], within))
        i++;
    return i;
}

/* A jump passes over lines of its own substack, each substack inside of it as one. */
static size_t jump(const struct pam_stack *stack, size_t from, unsigned long length)
{
    const char *within = stack->lines[from].within;
    size_t i = from + 1;

    for (; length > 0 && i < stack->n && is_inside(&stack->lines[i], within); length--) {
        const char *inner = stack->lines[i].within;

        i = strcmp(inner, within) == 0 ? i + 1 : end_of(stack, i, inner);
    }
    return i;
}

bool pam_stack_may_skip(const struct pam_stack *stack, size_t before, size_t index)
{
    const struct pam_line *line = &stack->lines[before];
    const char *brackets = in_brackets(line->control);
    size_t length = strlen(line->within);

    /* What a substack ends, or jumps to, is inside it. */
    if (strncmp(stack->lines[index].within, line->within, length) != 0)
        return false;
    for (const char *c = strchr(brackets, '='); c; c = strchr(c + 1, '=')) {
        enum pam_action action = action_named(c + 1);

        if (action == PAM_IS_DONE)
            return true;
        if (action == PAM_IS_JUMP && jump(stack, before, strtoul(c + 1, NULL, 10)) > index)
            return true;
    }
    return false;
}

static size_t step(const struct pam_stack *stack, size_t i, const char *value, bool *failed)
{
    const struct pam_line *line = &stack->lines[i];

    switch (pam_line_action(line, value)) {
    case PAM_IS_DIE:
        *failed = true;
        return end_of(stack, i, line->within);
    case PAM_IS_DONE:
        return *failed ? i + 1 : end_of(stack, i, line->within);
    case PAM_IS_JUMP:
        return jump(stack, i, strtoul(word_for(line, value), NULL, 10));
    case PAM_IS_BAD:
        *failed = true;
        return i + 1;
    default:
        return i + 1;
    }
}

bool pam_stack_reaches(const struct pam_stack *stack, size_t index, pam_value_function *value_of)
{
    bool failed = false;
    size_t i = 0;

    while (i < index)
        i = step(stack, i, value_of(&stack->lines[i]), &failed);
    return i == index;
}
