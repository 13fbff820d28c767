/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <errno.h>
#include <ini.h>
#include <string.h>

#include "digest.h"
#include "util.h"

#define EXTENSION ".scenario"

struct reading {
    struct scenario *scenario;
    char *error;
};

/* A line that goes on below: inih gives every piece under the same name. */
static int append(char **text, const char *between, const char *more)
{
    char *longer = NULL;

    if (asprintf(&longer, "%s%s%s", *text ? *text : "", *text ? between : "", more) < 0)
        return -ENOMEM;
    free(*text);
    *text = longer;
    return 0;
}

static int take_top(struct reading *r, const char *name, const char *value)
{
    if (strcmp(name, "why") == 0)
        return append(&r->scenario->why, " ", value);
    if (strcmp(name, "agent") == 0)
        return append(&r->scenario->agent, " ", value);
    if (strcmp(name, "config") == 0)
        return append(&r->scenario->config, "\n", value);
    return fail(&r->error, -EINVAL, "%s: only why, agent and config stand before the first step",
                name);
}

static struct step *step_of(struct scenario *s, const char *section)
{
    struct step *larger;

    if (s->n_steps > 0 && strcmp(s->steps[s->n_steps - 1].title, section) == 0)
        return &s->steps[s->n_steps - 1];
    larger = reallocarray(s->steps, s->n_steps + 1, sizeof(*larger));
    if (!larger)
        return NULL;
    s->steps = larger;
    larger[s->n_steps] = (struct step){.title = strdup(section)};
    return larger[s->n_steps].title ? &larger[s->n_steps++] : NULL;
}

static int take_change(struct step *step, const char *name, const char *value)
{
    struct step_change *larger = reallocarray(step->changes, step->n_changes + 1, sizeof(*larger)),
                       *change;

    if (!larger)
        return -ENOMEM;
    step->changes = larger;
    change = &larger[step->n_changes++];
    *change = (struct step_change){.operation = *name == '+' || *name == '-' ? *name : '='};
    change->name = strdup(change->operation == '=' ? name : name + 1);
    change->value = strdup(value);
    return change->name && change->value ? 0 : -ENOMEM;
}

static int take_flag(struct reading *r, const char *name, const char *value, const char *yes,
                     bool *ret)
{
    if (strcmp(value, yes) != 0)
        return fail(&r->error, -EINVAL, "%s: only \"%s\" is known", name, yes);
    *ret = true;
    return 0;
}

static int take_expected(struct reading *r, struct step *step, const char *value)
{
    if (hwfp_verdict_parse(value, &step->expected) < 0)
        return fail(&r->error, -EINVAL, "expect: \"%s\" is no verdict", value);
    step->has_expected = true;
    return 0;
}

static int take_step(struct reading *r, const char *section, const char *name, const char *value)
{
    struct step *step = step_of(r->scenario, section);

    if (!step)
        return -ENOMEM;
    if (strcmp(name, "machine") == 0)
        return append(&step->machine, "", value);
    if (strcmp(name, "expect") == 0)
        return take_expected(r, step, value);
    if (strcmp(name, "accept") == 0)
        return take_flag(r, name, value, "yes", &step->accept);
    if (strcmp(name, "boot") == 0)
        return take_flag(r, name, value, "same", &step->same_boot);
    return take_change(step, name, value);
}

/* inih's handler: 0 is an error, whose line it counts. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;

    return (*section ? take_step(r, section, name, value) : take_top(r, name, value)) == 0;
}

static int check_complete(const struct scenario *s, const char *path, char **ret_error)
{
    if (!s->why)
        return fail(ret_error, -EINVAL, "%s: it does not say why", path);
    if (s->n_steps < 2 || !s->steps[0].machine)
        return fail(ret_error, -EINVAL, "%s: a machine before and a step after it are needed",
                    path);
    for (size_t i = 1; i < s->n_steps; i++)
        if (!s->steps[i].has_expected)
            return fail(ret_error, -EINVAL, "%s: [%s] expects nothing", path, s->steps[i].title);
    return 0;
}

/* By the name's hash, so that nobody chooses which ones are held out. */
static int name_it(struct scenario *s, const char *path)
{
    const char *name = strrchr(path, '/');
    const char *before = name ? memrchr(path, '/', (size_t)(name - path)) : NULL;
    const char *kind = before ? before + 1 : path;
    uint8_t digest[DIGEST_FULL];

    if (!name || strlen(name) <= strlen(EXTENSION))
        return -EINVAL;
    s->kind = strndup(kind, (size_t)(name - kind));
    s->name = strndup(name + 1, strlen(name + 1) - strlen(EXTENSION));
    if (!s->kind || !s->name)
        return -ENOMEM;
    digest_plain(s->kind, strlen(s->kind), s->name, strlen(s->name), digest);
    s->held_out = (digest[0] & 1) != 0;
    return 0;
}

static int read_file(struct scenario *s, const char *path, char **ret_error)
{
    CLEANUP_FCLOSE FILE *file = fopen(path, "re");
    struct reading reading = {.scenario = s};
    int line, r;

    if (!file)
        return fail(ret_error, -errno, "%s: cannot be opened: %s", path, strerrordesc_np(errno));
    line = ini_parse_file(file, take_line, &reading);
    r = line == 0 ? check_complete(s, path, ret_error)
                  : fail(ret_error, -EINVAL, "%s:%d: %s", path, line,
                         reading.error ? reading.error : "expected NAME = VALUE");
    free(reading.error);
    return r;
}

int scenario_read(const char *path, struct scenario *ret, char **ret_error)
{
    struct scenario scenario = {0};
    int r = name_it(&scenario, path);

    if (r == 0)
        r = read_file(&scenario, path, ret_error);
    if (r < 0)
        scenario_clear(&scenario);
    else
        *ret = scenario;
    return r;
}

static void step_clear(struct step *step)
{
    for (size_t i = 0; i < step->n_changes; i++) {
        free(step->changes[i].name);
        free(step->changes[i].value);
    }
    free(step->changes);
    free(step->title);
    free(step->machine);
}

void scenario_clear(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->n_steps; i++)
        step_clear(&scenario->steps[i]);
    free(scenario->steps);
    free(scenario->kind);
    free(scenario->name);
    free(scenario->why);
    free(scenario->agent);
    free(scenario->config);
    *scenario = (struct scenario){0};
}

/* ---- From step to step. ---- */

static int take_along(const struct facts *from, struct facts *to, char **ret_error)
{
    static const char *const names[] = {"machine-id", "hostname", "fs-uuid"};
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        facts_remove(to, names[i], NULL);
        for (const struct fact *f = NULL; r == 0 && (f = facts_next(from, names[i], f));)
            r = facts_add(to, names[i], f->value, ret_error);
    }
    return r;
}

static int change_machine(const struct step *step, bool first, const char *machines,
                          struct facts *facts, char **ret_error)
{
    CLEANUP_FREE char *path = NULL;
    struct facts other = {0};
    int r;

    if (!step->machine)
        return 0;
    if (asprintf(&path, "%s/%s.facts", machines, step->machine) < 0)
        return fail(ret_error, -ENOMEM, "out of memory");
    r = facts_read(&other, path, ret_error);
    if (r == 0 && !first)
        r = take_along(facts, &other, ret_error);
    facts_clear(facts);
    *facts = other;
    return r;
}

/* Two values of one name in a step both count: only the first takes the place of the old ones. */
static bool first_of_name(const struct step *step, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (step->changes[k].operation == '=' &&
            strcmp(step->changes[k].name, step->changes[i].name) == 0)
            return false;
    return true;
}

static int apply_change(const struct step *step, size_t i, struct facts *facts, char **ret_error)
{
    const struct step_change *change = &step->changes[i];
    CLEANUP_FREE char *first = strdup(change->value);
    size_t before = facts->n;

    if (!first)
        return fail(ret_error, -ENOMEM, "out of memory");
    first[strcspn(first, "|")] = '\0';
    if (change->operation != '=')
        facts_remove(facts, change->name, trim(first));
    else if (first_of_name(step, i))
        facts_remove(facts, change->name, NULL);
    if (change->operation == '-' && facts->n == before)
        return fail(ret_error, -EINVAL, "-%s = %s: there is none to remove", change->name,
                    change->value);
    if (change->operation == '-' || !*change->value)
        return 0;
    return facts_add(facts, change->name, change->value, ret_error);
}

static int next_boot(size_t number, struct facts *facts, char **ret_error)
{
    char id[64];

    (void)snprintf(id, sizeof(id), "b0070000-0000-4000-8000-%012zu", number);
    facts_remove(facts, "boot-id", NULL);
    return facts_add(facts, "boot-id", id, ret_error);
}

int scenario_step(const struct scenario *scenario, size_t number, const char *machines,
                  struct facts *facts, char **ret_error)
{
    const struct step *step = &scenario->steps[number];
    int r = change_machine(step, number == 0, machines, facts, ret_error);

    for (size_t i = 0; r == 0 && i < step->n_changes; i++)
        r = apply_change(step, i, facts, ret_error);
    if (r == 0 && !step->same_boot)
        r = next_boot(number, facts, ret_error);
    return r;
}
