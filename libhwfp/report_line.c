/* SPDX-License-Identifier: BSD-2-Clause */
/* A result as one line for a log: names, numbers and fingerprints, nothing that was read from the
 * hardware. */
#include <string.h>

#include "report.h"
#include "util.h"

static const char *or_none(const char *text)
{
    return *text ? text : "none";
}

bool report_changed(const struct hwfp_result *result, enum hwfp_component c)
{
    enum hwfp_match match = result->comparison.component[c].match;

    return hwfp_component_class(c) <= HWFP_MODEL &&
           (match == HWFP_MATCH_NONE || match == HWFP_MATCH_SOME);
}

uint32_t hwfp_result_changed(const struct hwfp_result *result)
{
    uint32_t changed = 0;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (report_changed(result, (enum hwfp_component)c))
            changed |= 1U << c;
    return changed;
}

void report_print_changed(FILE *out, const struct hwfp_result *result)
{
    const char *separator = "";

    (void)fputs(" changed=", out);
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        if (report_changed(result, c)) {
            (void)fprintf(out, "%s%s", separator, hwfp_component_name(c));
            separator = ",";
        }
    if (!*separator)
        (void)fputs("none", out);
}

/* What a path or a firmware may have put into a sentence must neither end it nor the line. */
static void print_reason(FILE *out, const char *reason)
{
    CLEANUP_FREE char *clean = report_clean(reason);

    for (char *c = clean; c && *c; c++)
        if (*c == '"' || *c == '\\')
            *c = '\'';
    (void)fprintf(out, " reason=\"%s\"", clean ? clean : "");
}

static void print_line(FILE *out, const struct hwfp_result *r)
{
    (void)fprintf(out, "verdict=%s similarity=%d threshold=%d", hwfp_verdict_name(r->verdict),
                  r->similarity, r->threshold);
    (void)fprintf(out, " mode=%s policy=%s strength=%s", hwfp_mode_name(r->mode),
                  hwfp_policy_name(r->policy), hwfp_strength_name(r->strength));
    (void)fprintf(out, " fingerprint=%s previous=%s rotated=%s", or_none(r->fingerprint),
                  or_none(r->previous_fingerprint), r->rotated ? "yes" : "no");
    report_print_changed(out, r);
    /* Seldom true, and of interest only then. */
    (void)fprintf(out, "%s%s%s", r->unsaved ? " unsaved=yes" : "", r->drifted ? " drifted=yes" : "",
                  r->from_published ? " published=yes" : "");
    print_reason(out, r->reason);
}

char *hwfp_report_line(const struct hwfp_result *result)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    print_line(out, result);
    return text_finish(out, &text);
}
