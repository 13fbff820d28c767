/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "doctor.h"
#include "report.h"
#include "util.h"

#define SCREEN_WIDTH 80 /* where the terminal does not tell its own */
#define TEXT_MIN 20     /* columns, however narrow it is */

static const struct {
    const char *name;
    void (*check)(struct doctor *d);
} subjects[] = {
    {"files", doctor_files},     {"configuration", doctor_config},
    {"machine", doctor_machine}, {"units", doctor_units},
    {"pam", doctor_pam},         {"sshd", doctor_sshd},
    {"way in", doctor_entry},
};

static const char *const level_names[] = {
    [DOCTOR_OK] = "ok", [DOCTOR_WARNING] = "warning", [DOCTOR_PROBLEM] = "problem"};

/* With --quiet, what is all right is left out. */
static bool is_shown(const struct doctor *d, const struct doctor_finding *f)
{
    return !d->session->quiet || f->level != DOCTOR_OK;
}

/* ---- For people. ---- */

static void add_head(struct table *table, const struct doctor_finding *f)
{
    static const enum style styles[] = {
        [DOCTOR_OK] = STYLE_GOOD, [DOCTOR_WARNING] = STYLE_DOUBT, [DOCTOR_PROBLEM] = STYLE_BAD};

    table_add(table, styles[f->level], "%s", level_names[f->level]);
    table_add(table, STYLE_PLAIN, "%s", f->subject);
}

/* A line each, so that grep(1) finds all of it. */
static void add_row(struct table *table, const struct doctor_finding *f)
{
    add_head(table, f);
    table_add(table, STYLE_PLAIN, "%s%s%s", f->what, f->mend ? "; to mend it: " : "",
              f->mend ? f->mend : "");
}

/* The head, or nothing where there is none, stands before the first line only. */
static void add_wrapped(struct table *table, const struct doctor_finding *head, const char *text,
                        size_t width)
{
    while (*text) {
        size_t n = screen_fit(text, width);

        if (head) {
            add_head(table, head);
        } else {
            table_add(table, STYLE_PLAIN, "%s", "");
            table_add(table, STYLE_PLAIN, "%s", "");
        }
        head = NULL;
        table_add(table, STYLE_PLAIN, "%.*s", (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
}

static void add_rows(struct table *table, const struct doctor_finding *f, size_t width)
{
    CLEANUP_FREE char *mend = NULL;

    add_wrapped(table, f, f->what, width);
    if (f->mend && asprintf(&mend, "to mend it: %s", f->mend) < 0)
        mend = NULL;
    if (mend)
        add_wrapped(table, NULL, mend, width);
    else if (f->mend)
        table->no_memory = true;
}

/* Columns of the terminal that are left for the third column of the table; 0: there is none. */
static size_t text_width(const struct doctor *d)
{
    struct winsize size = {.ws_col = 0};
    size_t columns = SCREEN_WIDTH, level = 0, subject = 0;

    if (!isatty(STDOUT_FILENO))
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    for (size_t i = 0; i < d->n; i++) {
        const struct doctor_finding *f = &d->findings[i];

        if (is_shown(d, f) && strlen(level_names[f->level]) > level)
            level = strlen(level_names[f->level]);
        if (is_shown(d, f) && strlen(f->subject) > subject)
            subject = strlen(f->subject);
    }
    level += subject + 4;
    return columns > level + TEXT_MIN ? columns - level : TEXT_MIN;
}

static int show(const struct doctor *d)
{
    struct screen screen = d->session->screen;
    struct table table = {.columns = 3};
    size_t width = text_width(d);

    screen.quiet = false;
    for (size_t i = 0; i < d->n; i++) {
        if (is_shown(d, &d->findings[i]) && width > 0)
            add_rows(&table, &d->findings[i], width);
        else if (is_shown(d, &d->findings[i]))
            add_row(&table, &d->findings[i]);
    }
    table_print(&table, &screen);
    if (!d->session->quiet && doctor_wrong(d) == 0)
        screen_line(&screen, STYLE_GOOD, "Nothing to mend.");
    else if (!d->session->quiet)
        screen_line(&screen, STYLE_PLAIN, "Problems: %u, warnings: %u.", d->count[DOCTOR_PROBLEM],
                    d->count[DOCTOR_WARNING]);
    return STATUS_OK;
}

/* ---- For programs. ---- */

static bool add_finding(cJSON *findings, const struct doctor_finding *f)
{
    cJSON *object = cJSON_CreateObject();

    if (object && report_add_text(object, "level", level_names[f->level]) &&
        report_add_text(object, "subject", f->subject) &&
        report_add_text(object, "what", f->what) && report_add_text(object, "mend", f->mend) &&
        cJSON_AddItemToArray(findings, object))
        return true;
    cJSON_Delete(object);
    return false;
}

static bool fill(const struct doctor *d, cJSON *object)
{
    cJSON *findings;

    if (!object || !cJSON_AddNumberToObject(object, "problems", d->count[DOCTOR_PROBLEM]) ||
        !cJSON_AddNumberToObject(object, "warnings", d->count[DOCTOR_WARNING]))
        return false;
    findings = cJSON_AddArrayToObject(object, "findings");
    for (size_t i = 0; findings && i < d->n; i++)
        if (is_shown(d, &d->findings[i]) && !add_finding(findings, &d->findings[i]))
            return false;
    return findings != NULL;
}

static int show_json(const struct doctor *d)
{
    struct session loud = *d->session;
    cJSON *object = session_new_json(NULL);

    loud.quiet = false;
    if (!fill(d, object)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return session_print_json(&loud, object);
}

/* ---- */

static int examine(struct doctor *d)
{
    int status;

    for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
        d->subject = subjects[i].name;
        subjects[i].check(d);
    }
    if (d->no_memory)
        return session_fail(d->session, STATUS_ERROR, "no memory");
    status = d->session->json ? show_json(d) : show(d);
    if (status == STATUS_OK && d->count[DOCTOR_PROBLEM] > 0)
        status = STATUS_REFUSED;
    return status;
}

/* Where nothing but "/" is named, it is the running system. */
static bool name_root(struct doctor *d)
{
    const char *root = hwfp_system_is_live(d->system) ? "" : d->session->root;
    size_t n = strlen(root);

    while (n > 0 && root[n - 1] == '/')
        n--;
    d->root = strndup(root, n);
    if (asprintf(&d->hwfp, n > 0 ? "hwfp --root %s" : "hwfp", d->root) < 0)
        d->hwfp = NULL;
    if (asprintf(&d->within, "%s%s%s", n > 0 ? "chroot " : "", d->root, n > 0 ? " " : "") < 0)
        d->within = NULL;
    return d->root && d->hwfp && d->within;
}

static void clear(struct doctor *d)
{
    for (size_t i = 0; i < d->n; i++) {
        free(d->findings[i].what);
        free(d->findings[i].mend);
    }
    free(d->findings);
    free(d->root);
    free(d->hwfp);
    free(d->within);
}

static int run(struct session *session, int argc, char **argv)
{
    struct doctor d = {.session = session, .system = session->system, .config = &session->config};
    int status;

    (void)argc, (void)argv;
    if (hwfp_system_is_live(session->system) && geteuid() != 0)
        return session_fail(session, STATUS_ERROR,
                            "only root can read all that hwfp doctor looks at");
    status = name_root(&d) ? examine(&d) : session_fail(session, STATUS_ERROR, "no memory");
    clear(&d);
    return status;
}

const struct subcommand cmd_doctor = {
    .run = run,
    .help = "Looks at permissions, the configuration, the vault, units, PAM, sshd, and at\n"
            "whether you could still get in if this machine were judged different now. A\n"
            "line each: ok, warning or problem, and how to mend it. It writes nothing. With\n"
            "--quiet, only what is wrong.\n"
            "\n"
            "Exit status: 0 no problem (there may be warnings), 1 a problem, 2 usage, 5\n"
            "error.\n",
};
