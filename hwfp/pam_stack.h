/* SPDX-License-Identifier: BSD-2-Clause */
/* The stack of one type of a PAM service, as pam.conf(5) has it: the lines in the order in which
 * Linux-PAM goes through them, those of included files among them. */
#ifndef HWFP_PAM_STACK_H
#define HWFP_PAM_STACK_H

#include "hwfp.h"

#define PAM_WITHIN_MAX 64

/* Where Linux-PAM looks for a service, and for what one includes: the administrator's file, or else
 * the vendor's. */
#define PAM_FOLDERS "/etc/pam.d", "/usr/lib/pam.d"

struct pam_line {
    char *file; /* whose line it is, from the root on: "/etc/pam.d/sshd" */
    unsigned number;
    char *control, *module, *arguments; /* as written, arguments joined by blanks */
    char within[PAM_WITHIN_MAX];        /* the substacks it is in: "", "/3", "/3/7" */
};

struct pam_stack {
    size_t n;
    struct pam_line *lines;
    char *trouble; /* NULL, or why Linux-PAM cannot use the service, in a sentence */
};

/* What a module's return value leads to; the jumps are told by their length. */
enum pam_action { PAM_IS_IGNORED, PAM_IS_OK, PAM_IS_DONE, PAM_IS_BAD, PAM_IS_DIE, PAM_IS_JUMP };

/*
 * As Linux-PAM reads it: from /etc/pam.d, or else from /usr/lib/pam.d; where there is no such
 * service, or nothing of this type in it, "other" takes its place. -ENOENT: there is none either.
 * Zero-initialise; clear.
 */
int pam_stack_read(const struct hwfp_system *system, const char *service, const char *type,
                   struct pam_stack *ret);
void pam_stack_clear(struct pam_stack *stack);

/* The first line of this module from `from` on, or -1. */
int pam_stack_find(const struct pam_stack *stack, const char *module, size_t from);

/* The module of the line, whatever its folder. */
bool pam_line_is(const struct pam_line *line, const char *module);

/* ---- pam_services.c ---- */

/* There is a file of this service. */
bool pam_service_exists(const struct hwfp_system *system, const char *service);

/* The services that have a file, by their names: copies that an editor or a package left, and what
 * is there for others to include, are left out. Ends with NULL; pam_services_free(). -ENOMEM. */
int pam_services_list(const struct hwfp_system *system, char ***ret_names);
void pam_services_free(char **names);

/* ---- pam_control.c ---- */

/* What `value`, as pam.conf(5) names it ("success"), leads to. */
enum pam_action pam_line_action(const struct pam_line *line, const char *value);

/* True if some return value of the line at `before` ends the stack, or jumps, so that the one at
 * `index` is not asked, and nothing has failed. */
bool pam_stack_may_skip(const struct pam_stack *stack, size_t before, size_t index);

/* True if Linux-PAM comes to the line at `index` where each module before it returns the value that
 * the function gives for its line. */
typedef const char *pam_value_function(const struct pam_line *line);
bool pam_stack_reaches(const struct pam_stack *stack, size_t index, pam_value_function *value_of);

#endif
