/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: what exempt users and services are worth on a machine that is refused. */
#include <stdio.h>
#include <string.h>

#include "doctor_entry.h"
#include "pam_stack.h"
#include "util.h"

/* ---- Exempt users. ---- */

static const char *lacks(const struct entry *e, const struct account *a)
{
    if (!a->shell)
        return "has no shell to work with";
    if (!a->password && !a->key)
        return "has neither a password nor an SSH key to log in with";
    if (!comes_by_ssh(e, a) && !comes_at_terminal(e, a))
        return "has nowhere to log in: sshd does not take what there is, nor does a getty";
    return NULL;
}

static bool is_root_then(struct entry *e, const struct account *a)
{
    const struct someone who = {a, doctor_rise(e->d, &e->accounts, a)};
    enum way open;
    char way[256];

    (void)snprintf(way, sizeof(way), "the exempt user %.64s gets in, by %s", a->name,
                   comes_by_what(e, a));
    open = tell_way(e, &who, way);
    if (open == WAY_SHUT) {
        doctor_say(e->d, DOCTOR_WARNING, "%s, but cannot become root there", way);
        doctor_mend(e->d, "a password for %s, and a rule for sudo, see sudoers(5)", a->name);
    }
    return open == WAY_OPEN;
}

static bool check_user(struct entry *e, const char *user)
{
    const struct account *a = accounts_find(&e->accounts, user);

    if (!a) {
        doctor_say(e->d, DOCTOR_WARNING, "the exempt user %s is not in %s/etc/passwd", user,
                   e->d->root);
        doctor_mend(e->d, "correct exempt_users, or make sure that %s can log in without a network",
                    user);
        return false;
    }
    if (!lacks(e, a))
        return is_root_then(e, a);
    doctor_say(e->d, DOCTOR_WARNING, "the exempt user %s %s", user, lacks(e, a));
    doctor_mend(e->d, "%spasswd %s, or name another user in exempt_users", e->d->within, user);
    return false;
}

bool doctor_exempt_users(struct entry *e)
{
    const struct hwfp_config *config = e->d->config;
    bool open = false;

    for (size_t i = 0; i < config->n_exempt_users; i++)
        open = check_user(e, config->exempt_users[i]) || open;
    return open;
}

/* ---- Exempt services. ---- */

/* Those by which a person comes in; su and sudo let nobody in who is not in already. */
static comes_function *comes_by(const char *service)
{
    static const struct {
        const char *service;
        comes_function *comes;
    } logins[] = {{"sshd", comes_by_ssh},        {"login", comes_at_terminal},
                  {"remote", comes_at_terminal}, {"gdm-password", comes_by_screen},
                  {"lightdm", comes_by_screen},  {"sddm", comes_by_screen},
                  {"xdm", comes_by_screen},      {"xrdp-sesman", comes_by_screen},
                  {"cockpit", comes_by_screen}};

    for (size_t i = 0; i < ARRAY_SIZE(logins); i++)
        if (strcmp(service, logins[i].service) == 0)
            return logins[i].comes;
    return NULL;
}

static bool check_login(struct entry *e, const char *service, comes_function *comes)
{
    const struct someone who = find_someone(e, comes);
    enum way open;
    char way[256];

    (void)snprintf(way, sizeof(way), "everybody gets in by the exempt service %.64s%s", service,
                   who.account && !who.rise.by ? ", root included" : "");
    open = tell_way(e, &who, way);
    if (open == WAY_SHUT) {
        doctor_say(e->d, entry_doubt(e), "%s, but nobody can be root or become it there", way);
        doctor_mend(e->d,
                    "someone who may use sudo into exempt_users, or sudo into exempt_services");
    }
    return open == WAY_OPEN;
}

static bool check_service(struct entry *e, const char *service)
{
    comes_function *comes = comes_by(service);

    if (!pam_service_exists(e->d->system, service)) {
        doctor_say(e->d, DOCTOR_WARNING,
                   "the exempt service %s has no file in %s/etc/pam.d or %s/usr/lib/pam.d", service,
                   e->d->root, e->d->root);
        doctor_mend(e->d, "correct exempt_services");
        return false;
    }
    return comes && check_login(e, service, comes);
}

bool doctor_exempt_services(struct entry *e)
{
    const struct hwfp_config *config = e->d->config;
    bool open = false;

    for (size_t i = 0; i < config->n_exempt_services; i++)
        open = check_service(e, config->exempt_services[i]) || open;
    return open;
}
