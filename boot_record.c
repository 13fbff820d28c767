/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hwfp-boot, once more: when auditd runs. The gate stands so early that its records would be lost,
 * so it sends none, and what it published is put on record by hwfp-record.service.
 */
#include "boot_record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "send_record.h"
#include "util.h"

static void say(const char *what, int r, const char *error)
{
    (void)fprintf(stderr, "hwfp-boot: %s: %s\n", what, error ? error : strerror(-r));
}

/* Nothing to send it to is no failure of the boot, but is told. */
static void send(const struct hwfp_audit *audit, bool success)
{
    int r = send_record(audit, success);

    if (r < 0)
        say("the audit log has no record of this", r, NULL);
}

static void send_verdict(const struct hwfp_published *p, const char *override)
{
    struct hwfp_result result = {.verdict = p->verdict,
                                 .similarity = p->similarity,
                                 .threshold = p->threshold,
                                 .mode = p->mode,
                                 .policy = p->policy,
                                 .strength = p->strength,
                                 .rotated = p->rotated};
    struct hwfp_audit audit = {.event = HWFP_AUDIT_BOOT, .result = &result, .override = override};

    copy_text(result.fingerprint, sizeof(result.fingerprint), p->fingerprint);
    copy_text(result.previous_fingerprint, sizeof(result.previous_fingerprint),
              p->previous_fingerprint);
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (p->changed & 1U << c)
            result.comparison.component[c].match = HWFP_MATCH_NONE;
    send(&audit, p->verdict == HWFP_SAME);
    audit = (struct hwfp_audit){.event = p->enrolled ? HWFP_AUDIT_ENROLL : HWFP_AUDIT_ROTATE,
                                .old_fingerprint = p->previous_fingerprint,
                                .fingerprint = p->fingerprint};
    if (p->enrolled || p->rotated)
        send(&audit, true);
}

/* The settings that the gate had, as far as they are good. */
struct settings {
    struct hwfp_config config;
    bool good;
    const char *override; /* NULL: the kernel command line overrides nothing */
};

static void load_settings(const struct hwfp_system *system, struct settings *ret)
{
    struct hwfp_audit audit = {.event = HWFP_AUDIT_OVERRIDE, .override = "kernel"};

    *ret = (struct settings){0};
    ret->good = hwfp_config_load(system, NULL, &ret->config, NULL) == 0;
    audit.old_mode = ret->config.mode;
    if (hwfp_config_apply_cmdline(system, &ret->config, NULL) > 0 &&
        ret->config.mode != audit.old_mode)
        ret->override = audit.override;
    audit.mode = ret->config.mode;
    if (ret->override)
        send(&audit, true);
}

/* Under a bad configuration the gate publishes nothing; its verdict was error all the same. */
static void send_error(const struct settings *settings)
{
    const struct hwfp_result result = {
        .verdict = HWFP_ERROR, .mode = settings->config.mode, .policy = settings->config.policy};
    const struct hwfp_audit audit = {
        .event = HWFP_AUDIT_BOOT, .result = &result, .override = settings->override};

    send(&audit, false);
}

/* What a restored memory snapshot would be noticed by, and what was not there yet at the gate. */
static void complete_facts(const struct hwfp_system *system, const struct hwfp_config *config)
{
    CLEANUP_FREE char *error = NULL;
    int r = hwfp_published_complete(system, config, &error);

    if (r < 0 && r != -ENOENT)
        say("nothing is added to the published verdict", r, error);
}

static int record_published(const struct hwfp_system *system, const struct settings *settings)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_published published = {0};
    int r = hwfp_published_read(system, &published, &error);

    if (r == 0) {
        send_verdict(&published, settings->override);
        complete_facts(system, &settings->config);
        return 0;
    }
    send_error(settings);
    if (!settings->good)
        return 0;
    say("the verdict of this boot is not on record", r, error);
    return HWFP_ERROR;
}

static int record(const struct hwfp_system *system)
{
    struct settings settings;
    int status;

    load_settings(system, &settings);
    status = settings.config.mode == HWFP_MODE_OFF ? 0 : record_published(system, &settings);
    hwfp_config_clear(&settings.config);
    return status;
}

static int audit_node(const struct hwfp_system *system)
{
    CLEANUP_FREE char *error = NULL;
    int r = hwfp_audit_node(system, &error);

    if (r < 0)
        say("auditd keeps its own configuration", r, error);
    return r < 0 ? HWFP_ERROR : 0;
}

static int on_system(int (*act)(const struct hwfp_system *system))
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_system *system = NULL;
    int status, r = hwfp_system_open(NULL, &system, &error);

    if (r < 0) {
        say("the system cannot be opened", r, error);
        return HWFP_ERROR;
    }
    status = act(system);
    hwfp_system_free(system);
    return status;
}

int boot_record(void)
{
    return on_system(record);
}

int boot_audit_node(void)
{
    return on_system(audit_node);
}
