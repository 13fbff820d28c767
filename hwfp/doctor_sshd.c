/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: whether sshd asks PAM at all, and whether PAM can ask for a recovery code there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "doctor.h"
#include "sshd_config.h"

enum { USE_PAM, INTERACTIVE, PASSWORD, KEY, ROOT, SETTINGS };

struct settings {
    struct sshd_setting of[SETTINGS];
};

static int read_settings(const struct doctor *d, struct settings *ret)
{
    *ret = (struct settings){{
        [USE_PAM] = {.keyword = "UsePAM"},
        [INTERACTIVE] = {.keyword = "KbdInteractiveAuthentication",
                         .alias = "ChallengeResponseAuthentication",
                         .yes = true},
        [PASSWORD] = {.keyword = "PasswordAuthentication", .yes = true},
        [KEY] = {.keyword = "PubkeyAuthentication", .yes = true},
        [ROOT] = {.keyword = "PermitRootLogin"},
    }};
    return sshd_config_read(d->system, ret->of, SETTINGS);
}

static void clear(struct settings *s)
{
    for (size_t i = 0; i < SETTINGS; i++)
        free(s->of[i].depends);
}

static bool has_sshd(const struct doctor *d)
{
    return doctor_exists(d, "usr/sbin/sshd");
}

/* Root by key: forced-commands-only is for programs. */
static bool permits_root_key(const struct sshd_setting *s)
{
    return s->yes || !s->given || strcasecmp(s->value, "prohibit-password") == 0 ||
           strcasecmp(s->value, "without-password") == 0;
}

void doctor_ssh(const struct doctor *d, struct doctor_ssh *ret)
{
    struct settings s;

    *ret = (struct doctor_ssh){.key = false};
    if (!has_sshd(d) || read_settings(d, &s) < 0)
        return;
    ret->key = s.of[KEY].yes;
    ret->converses = s.of[USE_PAM].yes && s.of[INTERACTIVE].yes;
    ret->password = s.of[PASSWORD].yes || ret->converses;
    ret->root_key = ret->key && permits_root_key(&s.of[ROOT]);
    ret->root_password = ret->password && s.of[ROOT].yes;
    clear(&s);
}

static void check_pam(struct doctor *d, const struct sshd_setting *s)
{
    if (s->yes) {
        doctor_say(d, DOCTOR_OK, "sshd asks PAM (UsePAM yes)");
        return;
    }
    doctor_say(d, DOCTOR_PROBLEM, "sshd does not ask PAM: by ssh everybody gets past hwfp");
    doctor_mend(d, "UsePAM yes in %s/etc/ssh/sshd_config, before any Match", d->root);
}

/* Debian's sshd_config switches it off; that is of interest only where there is a code to give. */
static void check_interactive(struct doctor *d, const struct sshd_setting *s)
{
    if (s->yes) {
        doctor_say(d, DOCTOR_OK,
                   "sshd can ask for a recovery code (KbdInteractiveAuthentication yes)");
    } else if (doctor_codes_left(d) == 0) {
        doctor_say(d, DOCTOR_OK,
                   "KbdInteractiveAuthentication is off; there are no recovery codes "
                   "that sshd would have to ask for");
    } else {
        doctor_say(d, DOCTOR_WARNING,
                   "KbdInteractiveAuthentication is off: no recovery code can be given by ssh");
        doctor_mend(d, "KbdInteractiveAuthentication yes in %s/etc/ssh/sshd_config", d->root);
    }
    if (s->depends && s->depends_yes != s->yes)
        doctor_say(d, DOCTOR_OK, "for some logins it is %s: %s%s", s->depends_yes ? "on" : "off",
                   d->root, s->depends);
}

void doctor_sshd(struct doctor *d)
{
    struct settings s;
    int r;

    if (!has_sshd(d)) {
        doctor_say(d, DOCTOR_OK, "sshd is not installed");
        return;
    }
    r = read_settings(d, &s);
    if (r < 0) {
        doctor_say(d, DOCTOR_WARNING, "%s/etc/ssh/sshd_config cannot be read: %s", d->root,
                   strerror(-r));
    } else {
        check_pam(d, &s.of[USE_PAM]);
        check_interactive(d, &s.of[INTERACTIVE]);
    }
    clear(&s);
}
