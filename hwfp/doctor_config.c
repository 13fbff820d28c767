/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: the configuration, and what overrides it. */
#include <errno.h>
#include <string.h>

#include "doctor.h"
#include "util.h"

static void check_mode(struct doctor *d)
{
    const char *from = d->config->mode_from ? d->config->mode_from : "the configuration";

    switch (d->config->mode) {
    case HWFP_MODE_OFF:
        doctor_say(d, DOCTOR_WARNING, "the mode is off, set by %s: nothing is checked", from);
        doctor_mend(d,
                    "mode = flag or mode = deny in %s/etc/hwfp/hwfp.conf, and no hwfp.mode=off on "
                    "the kernel command line",
                    d->root);
        break;
    case HWFP_MODE_FLAG:
        doctor_say(d, DOCTOR_OK, "the mode is flag, set by %s: a copy is let in, on record", from);
        break;
    case HWFP_MODE_DENY:
        if (!d->session->config_error)
            doctor_say(d, DOCTOR_OK, "the mode is deny, set by %s: a copy is refused", from);
        break;
    }
}

/* Where the mode is not what the files say, someone is in the middle of a repair, or forgot it. */
static void check_override(struct doctor *d)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_config overridden = {0};
    int r;

    if (!hwfp_system_is_live(d->system))
        return;
    r = hwfp_config_apply_cmdline(d->system, &overridden, &error);
    if (r > 0) {
        doctor_say(d, DOCTOR_WARNING, "the kernel command line sets the mode %s for this boot",
                   hwfp_mode_name(overridden.mode));
        doctor_mend(d, "boot without hwfp.mode= once the machine is accepted");
    } else if (r < 0) {
        doctor_say(d, DOCTOR_WARNING, "%s", error ? error : "the kernel command line is not known");
        doctor_mend(d, "boot with another value, or without hwfp.mode=");
    }
}

/* What the verdict error leads to. */
static const char *follows(const struct doctor *d)
{
    enum hwfp_action action = hwfp_config_action(d->config, HWFP_ERROR);

    if (d->config->mode == HWFP_MODE_OFF)
        return "nothing is checked";
    if (action == HWFP_ALLOW_FLAGGED)
        return "until this is corrected every login is let in, those on a copy, too";
    return d->config->console == HWFP_MODE_FLAG
               ? "until this is corrected every login is refused but those of exempt users and "
                 "services, and at the console"
               : "until this is corrected every login is refused but those of exempt users and "
                 "services";
}

/* A file that --config names is the caller's own, and not below the root. */
static void check_error(struct doctor *d)
{
    const char *error = d->session->config_error;
    CLEANUP_FREE char *sentence =
        error && d->session->config_file ? strdup(error) : doctor_sentence(d, error);

    if (!error)
        return;
    doctor_say(d, DOCTOR_PROBLEM, "%s: every verdict is error, and %s", sentence ? sentence : error,
               follows(d));
    doctor_mend(d, "correct it, see hwfp.conf(5), ERRORS");
}

static void check_fleet_key(struct doctor *d)
{
    CLEANUP_FREE char *error = NULL, *sentence = NULL;
    const char *file = d->config->fleet_key_file;
    struct hwfp_key key;
    int r = hwfp_fleet_key_read(d->system, d->config, &key, &error);

    explicit_bzero(&key, sizeof(key));
    if (r == 0 || !file)
        return;
    sentence = doctor_sentence(d, error);
    doctor_say(d, DOCTOR_PROBLEM, "%s: hwfp export inventory fails",
               sentence ? sentence : "the key of the fleet cannot be read");
    if (r == -ENOENT)
        doctor_mend(
            d, "put the fleet's key into %s%s, or take fleet_key_file out of the configuration",
            d->root, file);
    else if (r == -EPERM)
        doctor_mend(d, "chown root:root %s%s, and chmod 0600", d->root, file);
}

void doctor_config(struct doctor *d)
{
    check_error(d);
    check_mode(d);
    check_override(d);
    check_fleet_key(d);
}
