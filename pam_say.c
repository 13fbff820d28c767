/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_say.h"

#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

#include "pam_record.h"
#include "util.h"

#define NOTE "hwfp_said_of_login" /* data of the PAM handle, from account to session */
#define ITEM_MAX 128              /* bytes of a user, service or host that go into a log line */

/* ---- In the log. ---- */

/* A user name comes from the network: it must neither end the line nor look like another field. */
static const char *plain(const char *from, char to[ITEM_MAX])
{
    copy_text(to, ITEM_MAX, from ? from : "");
    for (char *c = to; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '=' || *c == '"')
            *c = '?';
    return to;
}

static void log_line(const struct login *l, int priority, const char *outcome)
{
    CLEANUP_FREE char *line = hwfp_report_line(&l->result);
    char user[ITEM_MAX], service[ITEM_MAX], rhost[ITEM_MAX];

    pam_syslog(
        l->pamh, priority, "event=login outcome=%s user=%s service=%s rhost=%s override=%s %s",
        outcome, plain(l->user, user), plain(l->service, service), plain(l->rhost, rhost),
        l->override ? l->override : "none", line ? line : hwfp_verdict_name(l->result.verdict));
}

void say_code_used(const struct login *l, unsigned left)
{
    char user[ITEM_MAX], service[ITEM_MAX], rhost[ITEM_MAX];

    pam_syslog(l->pamh, LOG_NOTICE, "event=recovery user=%s service=%s rhost=%s codes_left=%u",
               plain(l->user, user), plain(l->service, service), plain(l->rhost, rhost), left);
}

void say_in_log(const struct login *l, enum outcome outcome)
{
    const char *name = login_outcome_name(outcome);

    if (login_awaits_enrolment(l, outcome)) {
        log_line(l, LOG_INFO, name);
    } else if (!login_is_well(outcome)) {
        log_line(l, LOG_NOTICE, name);
        record_login(l, name, outcome != REFUSED);
    } else if (l->debug) {
        log_line(l, LOG_DEBUG, name);
    }
    record_override(l);
    if (l->result.problem)
        pam_syslog(l->pamh, LOG_WARNING, "%s", l->result.problem);
}

/* What would be said of this login, but for the components that changed. */
static char *note_of(const struct login *l, enum outcome outcome)
{
    char *note = NULL;

    return asprintf(&note, "%s %s %s %s", login_outcome_name(outcome),
                    hwfp_verdict_name(l->result.verdict), l->result.fingerprint,
                    l->user ? l->user : "") < 0
               ? NULL
               : note;
}

/* By the handle, and, for a session that is opened in another process, by a marker. */
void say_once(const struct login *l, enum outcome outcome)
{
    const struct hwfp_login names = login_names(l);
    char *note = note_of(l, outcome);

    if (note && l->system && (!login_is_well(outcome) || l->override))
        (void)hwfp_said_mark(l->system, &names, note, NULL);
    login_keep(l, NOTE, note);
}

bool said_before(const struct login *l, enum outcome outcome)
{
    const struct hwfp_login names = login_names(l);
    CLEANUP_FREE char *now = note_of(l, outcome);
    const char *before = login_kept(l, NOTE);
    bool marked = now && l->system && hwfp_said(l->system, &names, now);

    /* Until the first boot one line a login is enough, whatever becomes of the handle. */
    if (login_awaits_enrolment(l, outcome))
        return true;
    return marked || (now && before && strcmp(before, now) == 0);
}

/* ---- To the user. ---- */

/* The two sentences that a user may read. An administrator finds the rest in the log. */
static const struct {
    enum hwfp_verdict verdict;
    const char *refused, *flagged;
} sentences[] = {
    {HWFP_DIFFERENT,
     "This system is not on the machine it was enrolled on (copy or changed hardware): "
     "login refused by hwfp (different). Ask your administrator.",
     "hwfp: this system is not on the machine it was enrolled on (different); "
     "this session is on record."},
    {HWFP_UNCERTAIN,
     "This system may not be on the machine it was enrolled on, the evidence points both ways: "
     "login refused by hwfp (uncertain). Ask your administrator.",
     "hwfp: this system may not be on the machine it was enrolled on (uncertain); "
     "this session is on record."},
    {HWFP_UNENROLLED,
     "This system was never enrolled on a machine, or its enrolment is gone: "
     "login refused by hwfp (unenrolled). Ask your administrator.",
     "hwfp: this system is not enrolled on a machine (unenrolled); this session is on record."},
    {HWFP_ERROR,
     "Whether this system is on the machine it was enrolled on could not be found out: "
     "login refused by hwfp (error). Ask your administrator.",
     "hwfp: whether this system is on the machine it was enrolled on could not be found out "
     "(error); this session is on record."},
};

static const char *sentence_for(enum hwfp_verdict verdict, bool refused)
{
    for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
        if (sentences[i].verdict == verdict)
            return refused ? sentences[i].refused : sentences[i].flagged;
    return refused ? "Login refused by hwfp. Ask your administrator."
                   : "hwfp: this session is on record.";
}

static bool has_conversation(const struct login *l)
{
    const struct pam_conv *conversation = (const struct pam_conv *)login_item(l->pamh, PAM_CONV);

    return conversation && conversation->conv;
}

/* PAM_SILENT keeps modules from saying things, not from asking what they need: sudo(8) sets it and
 * passes on pam_unix's question for the password. */
bool can_ask(const struct login *l)
{
    return l->ask && has_conversation(l);
}

/* Whether the user can be told changes nothing about the outcome: errors are of no interest. */
static void tell(const struct login *l, int style, const char *sentence)
{
    if (l->tell && has_conversation(l))
        (void)pam_prompt(l->pamh, style, NULL, "%s", sentence);
}

void tell_refused(const struct login *l)
{
    tell(l, PAM_ERROR_MSG,
         l->result.awaits_enrolment
             ? "This system is enrolled on its machine at its next boot, and not before: "
               "login refused by hwfp (unenrolled). Ask your administrator."
             : sentence_for(l->result.verdict, true));
}

void tell_flagged(const struct login *l)
{
    tell(l, PAM_TEXT_INFO, sentence_for(l->result.verdict, false));
}

/* ---- To the session. ---- */

static void put_variable(const struct login *l, const char *name, const char *value)
{
    CLEANUP_FREE char *assignment = NULL;

    if (asprintf(&assignment, "%s=%s", name, value) < 0)
        assignment = NULL;
    if (!assignment || pam_putenv(l->pamh, assignment) != PAM_SUCCESS)
        pam_syslog(l->pamh, LOG_WARNING, "%s cannot be put into the session's environment", name);
}

void put_variables(const struct login *l)
{
    char similarity[12];

    (void)snprintf(similarity, sizeof(similarity), "%d", l->result.similarity);
    put_variable(l, "HWFP_FINGERPRINT", l->result.fingerprint);
    put_variable(l, "HWFP_VERDICT", hwfp_verdict_name(l->result.verdict));
    put_variable(l, "HWFP_SIMILARITY", similarity);
}
