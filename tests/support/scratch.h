/* SPDX-License-Identifier: BSD-2-Clause */
/* Scratch systems for unit tests: a captured tree in a folder of its own, whose hardware can be
 * changed while its vault stays. A failure ends the test program: it has nothing to test with. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "hwfp.h"

struct scratch {
    char *path;
    struct hwfp_system *system;
};

/* tests/facts/NAME.facts with "NAME=VALUE" overrides; NULL ends them. Tests run from the top. */
struct scratch scratch_new(const char *facts, ...) __attribute__((sentinel));
void scratch_free(struct scratch *scratch);

/* Puts the same disk into another machine: the hardware is replaced, var/ and run/ stay. */
void scratch_change(struct scratch *scratch, const char *facts, ...) __attribute__((sentinel));

/* Files of the tree, by their path below it. */
void scratch_write(const struct scratch *scratch, const char *path, const char *text);
char *scratch_read(const struct scratch *scratch, const char *path, size_t *ret_size);
bool scratch_exists(const struct scratch *scratch, const char *path);
char *scratch_path(const struct scratch *scratch, const char *path);

#endif
