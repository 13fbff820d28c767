/* SPDX-License-Identifier: BSD-2-Clause */
/* The command: what a subcommand is given, and what it is made of. */
#ifndef HWFP_COMMAND_H
#define HWFP_COMMAND_H

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdbool.h>

#include "hwfp.h"
#include "screen.h"

#define COMMAND_OPTIONS_MAX 8         /* options of one subcommand */
#define COMMAND_ARGUMENTS_ANY INT_MAX /* as many as the kernel lets through */

/* Exit statuses beside the verdicts' own. */
enum status { STATUS_OK = 0, STATUS_REFUSED = 1, STATUS_USAGE = 2, STATUS_ERROR = 5 };

struct session {
    const char *root, *config_file; /* --root, --config; NULL: not given */
    bool json, quiet;
    /* The subcommand's own options, in their order: NULL when not given, else the value, which is
     * "" for an option without one. */
    const char *option[COMMAND_OPTIONS_MAX];
    struct screen screen;
    struct hwfp_system *system;
    struct hwfp_config config;
    char *config_error; /* NULL, or what is wrong with the configuration */
};

struct command_option {
    const char *name;
    const char *argument; /* what it takes, as in the usage, or NULL */
    const char *help;
};

struct subcommand {
    int (*run)(struct session *session, int argc, char **argv); /* gives the exit status */
    int min_arguments, max_arguments;
    struct command_option options[COMMAND_OPTIONS_MAX];
    bool one_option;  /* they exclude one another */
    const char *help; /* what `hwfp COMMAND --help` adds to the usage: lines */
};

extern const struct subcommand cmd_status, cmd_enroll, cmd_check, cmd_diff, cmd_accept, cmd_rotate,
    cmd_forget, cmd_history, cmd_threshold, cmd_ssm, cmd_simulate, cmd_seal, cmd_gate, cmd_ungate,
    cmd_export, cmd_duplicates, cmd_doctor, cmd_recovery;

/* ---- nearest.c: what was meant by a word that is mistyped. ---- */

struct nearest {
    const char *word;
    const char *name;  /* the candidate that is nearest so far, or NULL where none is near */
    unsigned distance; /* of that one, or the most that still counts as near */
};

struct nearest nearest_to(const char *word);
void nearest_try(struct nearest *nearest, const char *name);

/* ---- version.c ---- */

/* hwfp's version; then the libraries that it was built with, and those that it runs with. */
void print_version(void);

/* ---- session.c ---- */

/* Opens the system and reads its configuration. STATUS_OK, or the exit status after a message. A
 * bad configuration is no failure here: see config_error. */
int session_open(struct session *session);
void session_close(struct session *session);

/* Tells an error, on standard error and, with --json, as an object; gives `status` back. */
int session_fail(const struct session *session, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for what a function of the core returned: its sentence, or else its errno's. What is
 * refused (-EBUSY, -EEXIST, -ENOENT, -ERANGE) is STATUS_REFUSED; a fingerprint that nothing on
 * record has (-ENXIO) is STATUS_USAGE. Frees `error`. */
int session_failed(const struct session *session, int negative_errno, char *error);

/* The same for what needs a vault: where there is none, the sentence says what makes one. */
int session_failed_vault(const struct session *session, int negative_errno, char *error);

/* STATUS_OK, or STATUS_ERROR after a message where the configuration is bad. */
int session_need_config(const struct session *session);

/* A similarity threshold of the command line: STATUS_OK, or STATUS_USAGE with a sentence said. */
int session_need_threshold(const struct session *session, const char *text, int *ret_threshold);

/* Prints a JSON object on one line, unless quiet, and deletes it. NULL means no memory. */
int session_print_json(const struct session *session, cJSON *object);

/* {"schema": 1, "fingerprint": ...}, to which a subcommand adds. NULL: no memory. */
cJSON *session_new_json(const char *fingerprint);

/* ---- record.c: changes in the audit log. ---- */

/* What was in force before a change; "" and 0 where that is not known. */
struct record {
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    int threshold;
};

/* What it was changed to; NULL and 0 where the event has no such thing. */
struct change {
    const char *fingerprint;
    int threshold;
};

/* To be called before a change, of which it tells where it is made to a damaged vault's previous
 * generation; and after it, with what the core returned. */
void record_before(const struct session *session, struct record *ret);
void record_change(const struct session *session, const struct record *before,
                   enum hwfp_audit_event event, const struct change *change, int r);

/* The new fingerprint that the gate gave, if it did. */
void record_rotation(const struct session *session, const struct hwfp_result *result);

#endif
