/* SPDX-License-Identifier: BSD-2-Clause */
/* A scenario: a machine before, and what happens to it step by step, with the verdict that each
 * step must get and why. tests/scenarios/README.md has the format. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "facts.h"
#include "hwfp.h"

struct step_change {
    char operation; /* '=' replace all of the name, '+' add or replace one, '-' remove one */
    char *name, *value;
};

struct step {
    char *title;
    char *machine; /* NULL: the one of the step before */
    enum hwfp_verdict expected;
    bool has_expected;
    bool accept;    /* the administrator accepts what the check found */
    bool same_boot; /* it happens without a reboot */
    size_t n_changes;
    struct step_change *changes;
};

struct scenario {
    char *kind, *name; /* the file's folder, and its name without ".scenario" */
    char *why;
    char *agent;    /* NULL, or what amazon-ssm-agent itself was measured to do with this pair */
    char *config;   /* NULL, or the lines of the configuration */
    bool held_out;  /* decided by a hash of kind and name */
    size_t n_steps; /* the first is the machine that is enrolled */
    struct step *steps;
};

/* 0, or a negative errno and a sentence that names file and line. */
int scenario_read(const char *path, struct scenario *ret, char **ret_error);
void scenario_clear(struct scenario *scenario);

/* The facts after step `number`, from those before it (empty for the first). A disk that gets into
 * another machine takes along what the operating system keeps on it. */
int scenario_step(const struct scenario *scenario, size_t number, const char *machines,
                  struct facts *facts, char **ret_error);

#endif
