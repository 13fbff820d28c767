/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of audit records. Who sends it is the faces' business. Its rules are those of
 * auparse(3): no field named as one of the dictionary's with another meaning ("mode" is a file's,
 * "fp" a capability set), old-x beside x, and "?" for what is not known.
 */
#include <libaudit.h> /* the record types; nothing of the library is called here */
#include <string.h>
#include <uuid/uuid.h>

#include "report.h"
#include "util.h"

struct event {
    const char *op;
    int type;
    void (*print)(FILE *out, const struct hwfp_audit *audit);
};

/* As audit_value_needs_encoding(3) has it; and the quote that the kernel puts around the text. */
static bool needs_encoding(const char *value)
{
    for (const char *c = value; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\'')
            return true;
    return false;
}

static bool is_fingerprint(const char *value)
{
    uuid_t uuid;

    return strlen(value) == HWFP_FINGERPRINT_SIZE - 1 && uuid_parse(value, uuid) == 0;
}

/* A fingerprint as it is, and what somebody asked for instead as audit_encode_nv_string(3) writes
 * it: between quotes, or in hexadecimal digits. */
static void print_value(FILE *out, const char *name, const char *value)
{
    (void)fprintf(out, " %s=", name);
    if (!value || !*value)
        (void)fputs("?", out);
    else if (is_fingerprint(value))
        (void)fputs(value, out);
    else if (!needs_encoding(value))
        (void)fprintf(out, "\"%s\"", value);
    else
        for (const char *c = value; *c; c++)
            (void)fprintf(out, "%02X", (unsigned)(unsigned char)*c);
}

static void print_number(FILE *out, const char *name, int number)
{
    if (number == 0)
        (void)fprintf(out, " %s=?", name);
    else
        (void)fprintf(out, " %s=%d", name, number);
}

static void print_fingerprints(FILE *out, const struct hwfp_audit *audit)
{
    print_value(out, "old-fingerprint", audit->old_fingerprint);
    print_value(out, "fingerprint", audit->fingerprint);
}

static void print_fingerprint(FILE *out, const struct hwfp_audit *audit)
{
    print_value(out, "fingerprint", audit->fingerprint);
}

static void print_thresholds(FILE *out, const struct hwfp_audit *audit)
{
    print_number(out, "old-threshold", audit->old_threshold);
    print_number(out, "threshold", audit->threshold);
}

static void print_adopted(FILE *out, const struct hwfp_audit *audit)
{
    print_fingerprints(out, audit);
    print_thresholds(out, audit);
}

static void print_old_fingerprint(FILE *out, const struct hwfp_audit *audit)
{
    print_value(out, "old-fingerprint", audit->old_fingerprint);
}

static void print_override(FILE *out, const struct hwfp_audit *audit)
{
    (void)fprintf(out, " override=%s", audit->override ? audit->override : "none");
}

static void print_modes(FILE *out, const struct hwfp_audit *audit)
{
    print_override(out, audit);
    (void)fprintf(out, " old-hwfp-mode=%s hwfp-mode=%s", hwfp_mode_name(audit->old_mode),
                  hwfp_mode_name(audit->mode));
}

static void print_verdict(FILE *out, const struct hwfp_audit *audit)
{
    const struct hwfp_result *r = audit->result;

    (void)fprintf(out, " verdict=%s similarity=%d", hwfp_verdict_name(r->verdict), r->similarity);
    print_number(out, "threshold", r->threshold);
    (void)fprintf(out, " strength=%s policy=%s hwfp-mode=%s", hwfp_strength_name(r->strength),
                  hwfp_policy_name(r->policy), hwfp_mode_name(r->mode));
    print_override(out, audit);
    print_value(out, "old-fingerprint", r->previous_fingerprint);
    print_value(out, "fingerprint", r->fingerprint);
    (void)fprintf(out, " rotated=%s", r->rotated ? "yes" : "no");
    report_print_changed(out, r);
}

static void print_login(FILE *out, const struct hwfp_audit *audit)
{
    (void)fprintf(out, " outcome=%s", audit->outcome ? audit->outcome : "?");
    print_verdict(out, audit);
}

static const struct event events[] = {
    /* As for other decisions about devices; SYSTEM_BOOT would count as one more boot. */
    [HWFP_AUDIT_BOOT] = {"hwfp-boot", AUDIT_USER_DEVICE, print_verdict},
    [HWFP_AUDIT_LOGIN] = {"hwfp-login", AUDIT_ANOM_LOGIN_LOCATION, print_login},
    [HWFP_AUDIT_RECOVERY] = {"hwfp-recovery", AUDIT_ANOM_LOGIN_LOCATION, print_verdict},
    [HWFP_AUDIT_OVERRIDE] = {"hwfp-override", AUDIT_USYS_CONFIG, print_modes},
    [HWFP_AUDIT_ENROLL] = {"hwfp-enroll", AUDIT_USYS_CONFIG, print_fingerprints},
    [HWFP_AUDIT_ROTATE] = {"hwfp-rotate", AUDIT_USYS_CONFIG, print_fingerprints},
    [HWFP_AUDIT_ACCEPT] = {"hwfp-accept", AUDIT_USYS_CONFIG, print_fingerprints},
    [HWFP_AUDIT_FORGET] = {"hwfp-forget", AUDIT_USYS_CONFIG, print_fingerprint},
    [HWFP_AUDIT_ADOPT] = {"hwfp-adopt", AUDIT_USYS_CONFIG, print_adopted},
    [HWFP_AUDIT_SEAL] = {"hwfp-seal", AUDIT_USYS_CONFIG, print_old_fingerprint},
    [HWFP_AUDIT_THRESHOLD] = {"hwfp-threshold", AUDIT_USYS_CONFIG, print_thresholds},
};

int hwfp_audit_type(enum hwfp_audit_event event)
{
    return events[event].type;
}

char *hwfp_report_audit(const struct hwfp_audit *audit)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    (void)fprintf(out, "op=%s", events[audit->event].op);
    events[audit->event].print(out, audit);
    return text_finish(out, &text);
}
