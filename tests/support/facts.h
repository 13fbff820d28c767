/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts about a sample machine: "name = value" lines, some of them repeatable, some with fields
 * separated by "|". tests/facts/ has examples, facts.c the names. */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>

#define FACT_FIELDS_MAX 8

struct fact {
    char *name, *value;
    char *cut;                          /* the value again, cut into the fields */
    size_t n_fields;                    /* at least 1 */
    const char *field[FACT_FIELDS_MAX]; /* trimmed; "" beyond n_fields */
};

struct facts {
    size_t n;
    struct fact *all;
};

/* Adds the lines of a file. 0, or a negative errno and a sentence that names file and line. */
int facts_read(struct facts *facts, const char *path, char **ret_error);

/* Adds one. -EINVAL: no such name, too many fields, or a second value of a name that has one. */
int facts_add(struct facts *facts, const char *name, const char *value, char **ret_error);

/* Applies n "NAME=VALUE" arguments: each name's lines are replaced by the arguments of that name,
 * of which an empty one adds nothing. */
int facts_override(struct facts *facts, char *const *arguments, size_t n, char **ret_error);

/* Removes the facts of a name whose first field is `first`; NULL: all of the name. */
void facts_remove(struct facts *facts, const char *name, const char *first);

/* The value of a name that is not repeatable; NULL when there is none. */
const char *facts_value(const struct facts *facts, const char *name);
/* The same; "" when there is none. */
const char *facts_text(const struct facts *facts, const char *name);

/* The next fact of a name after `previous` (NULL: the first), or NULL. */
const struct fact *facts_next(const struct facts *facts, const char *name,
                              const struct fact *previous);
size_t facts_count(const struct facts *facts, const char *name);

/* True if one of the fields from `first` on is exactly `option`. */
bool fact_has_option(const struct fact *fact, size_t first, const char *option);
/* The text behind "NAME=" in one of these fields, or NULL. */
const char *fact_option(const struct fact *fact, size_t first, const char *name);

void facts_clear(struct facts *facts);

#endif
