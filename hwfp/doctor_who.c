/* SPDX-License-Identifier: BSD-2-Clause */
#include "doctor_entry.h"

#include <string.h>

enum doctor_level entry_doubt(const struct entry *e)
{
    return e->d->config->mode == HWFP_MODE_DENY ? DOCTOR_WARNING : DOCTOR_OK;
}

/* ---- Who comes in. ---- */

static bool has_key_for_ssh(const struct entry *e, const struct account *a)
{
    return a->key && (a->uid == 0 ? e->ssh.root_key : e->ssh.key);
}

static bool has_password_for_ssh(const struct entry *e, const struct account *a)
{
    return a->password && (a->uid == 0 ? e->ssh.root_password : e->ssh.password);
}

bool comes_at_terminal(const struct entry *e, const struct account *a)
{
    return a->shell && a->password && e->terminal;
}

bool comes_by_ssh(const struct entry *e, const struct account *a)
{
    return a->shell && (has_key_for_ssh(e, a) || has_password_for_ssh(e, a));
}

/* What display managers and their like show; few of them let root in. */
bool comes_by_screen(const struct entry *e, const struct account *a)
{
    (void)e;
    return a->shell && a->password && a->uid != 0;
}

/* A code is asked for by the method keyboard-interactive, behind the password. */
bool gives_code_by_ssh(const struct entry *e, const struct account *a)
{
    return e->ssh.converses && a->shell && has_password_for_ssh(e, a) &&
           doctor_asks_for_code(e->d, "sshd");
}

bool gives_code_at_terminal(const struct entry *e, const struct account *a)
{
    return comes_at_terminal(e, a) && doctor_asks_for_code(e->d, "login");
}

const char *comes_by_what(const struct entry *e, const struct account *a)
{
    bool password = comes_at_terminal(e, a) || has_password_for_ssh(e, a);

    return password && has_key_for_ssh(e, a) ? "password or SSH key"
           : password                        ? "password"
                                             : "SSH key";
}

/* ---- Who is root then. ---- */

struct someone find_someone(const struct entry *e, comes_function *comes)
{
    struct someone best = {NULL, {RISES_NEVER, NULL}};

    for (size_t i = 0; i < e->accounts.n && best.rise.how != RISES_FREELY; i++) {
        const struct account *a = &e->accounts.of[i];
        struct rise rise;

        if (!comes(e, a))
            continue;
        rise = doctor_rise(e->d, &e->accounts, a);
        if (!best.account || rise.how > best.rise.how)
            best = (struct someone){a, rise};
    }
    return best;
}

/* Whether someone can be root with this many codes. */
static bool rises(const struct rise *rise, unsigned codes)
{
    return rise->how == RISES_FREELY || (rise->how == RISES_BY_CODE && codes > 0);
}

static enum way tell_perhaps(struct entry *e, const struct someone *who, const char *way)
{
    doctor_say(e->d, entry_doubt(e), "%s; whether %s becomes root by %s there cannot be told", way,
               who->account->name, who->rise.by);
    doctor_mend(e->d, "try it; or a rule ALL=(ALL) ALL for %s, see sudoers(5)", who->account->name);
    e->perhaps = true;
    return WAY_PERHAPS;
}

enum way tell_way(struct entry *e, const struct someone *who, const char *way)
{
    if (!who->account)
        return WAY_SHUT;
    if (who->rise.how == RISES_PERHAPS)
        return tell_perhaps(e, who, way);
    if (!rises(&who->rise, e->codes))
        return WAY_SHUT;
    if (who->rise.by)
        doctor_say(e->d, DOCTOR_OK, "%s, and %s becomes root by %s%s", way, who->account->name,
                   who->rise.by,
                   who->rise.how == RISES_BY_CODE ? ", which takes a code of its own" : "");
    else
        doctor_say(e->d, DOCTOR_OK, "%s", way);
    return WAY_OPEN;
}
