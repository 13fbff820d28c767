/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: what each subject's checks are given, and how they tell what they find. None of them
 * writes anything or runs anything. */
#ifndef HWFP_DOCTOR_H
#define HWFP_DOCTOR_H

#include <sys/stat.h>

#include "command.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_PROBLEM };

struct doctor_finding {
    enum doctor_level level;
    const char *subject;
    char *what, *mend; /* mend: NULL where there is nothing to do */
};

struct doctor {
    const struct session *session;
    const struct hwfp_system *system;
    const struct hwfp_config *config;
    const char *subject; /* of the checks that are running */
    /* What stands before a path, a command of hwfp's and another command, so that they mean the
     * system that is looked at: "", "hwfp" and "", or "DIR", "hwfp --root DIR" and "chroot DIR ".
     */
    char *root, *hwfp, *within;
    bool judged; /* today's verdict is known: */
    enum hwfp_verdict verdict;
    bool no_memory;
    unsigned count[DOCTOR_PROBLEM + 1];
    size_t n;
    struct doctor_finding *findings;
};

/* ---- doctor.c ---- */

/* Adds a finding: one sentence, without a full stop. */
void doctor_say(struct doctor *d, enum doctor_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* How to mend what was said last, where that is wrong. */
void doctor_mend(struct doctor *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A sentence of the core's, whose paths start at the root of the system that is looked at, as a
 * finding has it; NULL where there is none. The caller frees it. */
char *doctor_sentence(struct doctor *d, const char *sentence);

unsigned doctor_wrong(const struct doctor *d); /* warnings and problems so far */

/* Below the system's root, paths without a leading slash. Text: at most a megabyte, freed by the
 * caller; a negative errno. Stat: of the thing itself, where it is a symbolic link, too. */
int doctor_read(const struct doctor *d, const char *path, char **ret_text);
int doctor_stat(const struct doctor *d, const char *path, struct stat *ret);
bool doctor_exists(const struct doctor *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Recovery codes that were not used yet; 0 where they cannot be read, too. */
unsigned doctor_codes_left(const struct doctor *d);

/* ---- The subjects, a file each. ---- */

void doctor_files(struct doctor *d);
void doctor_config(struct doctor *d);
void doctor_machine(struct doctor *d);
void doctor_units(struct doctor *d);
void doctor_pam(struct doctor *d);
void doctor_sshd(struct doctor *d);
void doctor_entry(struct doctor *d);

/* ---- What more than one subject asks. ---- */

/* doctor_units.c: some target or service pulls the unit in, and nothing masks it. */
bool doctor_unit_enabled(const struct doctor *d, const char *unit);

/* doctor_auth.c: past hwfp on a machine that is refused, by a service, as a user of PAM's. */
enum passage { PASSES_NEVER, PASSES_BY_CODE, PASSES_FREELY };
enum passage doctor_passage(const struct doctor *d, const char *service, const char *user);

/* doctor_auth.c: whoever knows the password is asked for a recovery code by the service. */
bool doctor_asks_for_code(const struct doctor *d, const char *service);

/* doctor_sshd.c: what sshd lets in by, outside of all Match blocks. Nothing where there is no sshd.
 */
struct doctor_ssh {
    bool key, password;           /* others than root */
    bool root_key, root_password; /* root */
    bool converses; /* sshd asks PAM, and may put PAM's questions to whoever logs in */
};
void doctor_ssh(const struct doctor *d, struct doctor_ssh *ret);

#endif
