/* SPDX-License-Identifier: BSD-2-Clause */
/* A result as Prometheus reads it: names, numbers and fingerprints, nothing that was read from the
 * hardware. One label a metric, so that no series has a twin when something else changes. */
#include "hwfp.h"

#include <stdio.h>

#include "report.h"
#include "util.h"

static void head(FILE *out, const char *name, const char *help)
{
    (void)fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void number(FILE *out, const char *name, const char *help, long long value)
{
    head(out, name, help);
    (void)fprintf(out, "%s %lld\n", name, value);
}

/* A label's value: any UTF-8, with three escapes. */
static void label(FILE *out, const char *metric, const char *name, const char *value, int n)
{
    (void)fprintf(out, "%s{%s=\"", metric, name);
    for (const char *c = value; *c; c++)
        if (*c == '\n')
            (void)fputs("\\n", out);
        else
            (void)fprintf(out, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
    (void)fprintf(out, "\"} %d\n", n);
}

static void info(FILE *out, const struct hwfp_result *r)
{
    head(out, "hwfp_info", "The fingerprint of this machine.");
    if (*r->fingerprint)
        label(out, "hwfp_info", "fingerprint", r->fingerprint, 1);
    head(out, "hwfp_build_info", "The version of hwfp that made this file.");
    label(out, "hwfp_build_info", "version", HWFP_VERSION, 1);
}

/* One series a word, 1 for the one that holds. */
static void words(FILE *out, const struct hwfp_result *r)
{
    static const enum hwfp_verdict verdicts[] = {HWFP_SAME, HWFP_DIFFERENT, HWFP_UNCERTAIN,
                                                 HWFP_UNENROLLED, HWFP_ERROR};

    head(out, "hwfp_verdict", "1 for the verdict that holds, 0 for the others.");
    for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
        label(out, "hwfp_verdict", "verdict", hwfp_verdict_name(verdicts[i]),
              verdicts[i] == r->verdict);
    head(out, "hwfp_strength", "1 for the strength of the identity, 0 for the others.");
    for (enum hwfp_strength s = HWFP_STRENGTH_NONE; s <= HWFP_STRENGTH_STRONG; s++)
        label(out, "hwfp_strength", "strength", hwfp_strength_name(s), s == r->strength);
    head(out, "hwfp_mode", "1 for the mode in force, 0 for the others.");
    for (enum hwfp_mode m = HWFP_MODE_OFF; m <= HWFP_MODE_DENY; m++)
        label(out, "hwfp_mode", "mode", hwfp_mode_name(m), m == r->mode);
}

static long long changed(const struct hwfp_result *r)
{
    long long n = 0;

    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        n += report_changed(r, c);
    return n;
}

static void numbers(FILE *out, const struct hwfp_result *r)
{
    number(out, "hwfp_similarity", "Similarity to the trusted machine compared with, 0 to 100.",
           r->similarity);
    if (r->threshold != 0)
        number(out, "hwfp_similarity_threshold",
               "The similarity threshold, 1 to 100, or -1 for off.", r->threshold);
    number(out, "hwfp_fingerprint_unsaved",
           "1 if the fingerprint is not in the vault and is lost with this boot.", r->unsaved);
    if (r->from_published)
        return;
    number(out, "hwfp_changed_components",
           "Components of the hardware that differ from what is on record.", changed(r));
    head(out, "hwfp_machines", "Machines in the vault.");
    label(out, "hwfp_machines", "trust", "trusted", (int)r->n_trusted);
    label(out, "hwfp_machines", "trust", "quarantined", (int)r->n_quarantined);
}

static void moments(FILE *out, const struct hwfp_moments *m)
{
    if (m->checked > 0)
        number(out, "hwfp_last_check_timestamp_seconds",
               "When the hardware was last looked at, in seconds since the epoch.", m->checked);
    if (m->drifted > 0)
        number(out, "hwfp_last_drift_timestamp_seconds",
               "When the machine's record last followed a change, in seconds since the epoch.",
               m->drifted);
}

char *hwfp_report_metrics(const struct hwfp_result *result, const struct hwfp_moments *when)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    info(out, result);
    words(out, result);
    numbers(out, result);
    moments(out, when);
    return text_finish(out, &text);
}
