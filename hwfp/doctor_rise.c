/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sudo(8) asks PAM for the user himself, su(1) for root; each has a PAM stack of its own, which
 * asks the gate, and takes a recovery code of its own, if any.
 */
#include "doctor_entry.h"

#include "pam_stack.h"
#include "sudoers.h"

static bool is_installed(const struct doctor *d, const char *program)
{
    return doctor_exists(d, "usr/bin/%s", program) || doctor_exists(d, "bin/%s", program);
}

/* Where sudo asks for no password, it asks for no code either. */
static struct rise by_sudo(const struct doctor *d, const struct account *account)
{
    enum sudo_rule rule = is_installed(d, "sudo") ? sudoers_rule(d->system, account) : SUDO_NOTHING;
    enum passage passage = doctor_passage(d, "sudo", account->name);
    bool asked = rule == SUDO_BY_PASSWORD && account->password;
    struct rise rise = {RISES_NEVER, "sudo"};

    if (passage == PASSES_FREELY && (asked || rule == SUDO_NO_PASSWORD))
        rise.how = RISES_FREELY;
    else if (passage == PASSES_BY_CODE && asked)
        rise.how = RISES_BY_CODE;
    else if (passage != PASSES_NEVER && rule == SUDO_UNKNOWN)
        rise.how = RISES_PERHAPS;
    return rise;
}

/* pam_wheel(8) asks for a group that its arguments, or the system, name. */
static bool su_asks_for_group(const struct doctor *d)
{
    struct pam_stack stack = {0};
    bool asks = pam_stack_read(d->system, "su", "auth", &stack) == 0 &&
                pam_stack_find(&stack, "pam_wheel.so", 0) >= 0;

    pam_stack_clear(&stack);
    return asks;
}

static struct rise by_su(const struct doctor *d, const struct accounts *accounts)
{
    const struct account *root = accounts_find(accounts, "root");
    struct rise rise = {RISES_NEVER, "su"};
    enum passage passage;

    if (!is_installed(d, "su") || !root || !root->password)
        return rise;
    passage = doctor_passage(d, "su", "root");
    if (passage != PASSES_NEVER && su_asks_for_group(d))
        rise.how = RISES_PERHAPS;
    else if (passage == PASSES_FREELY)
        rise.how = RISES_FREELY;
    else if (passage == PASSES_BY_CODE)
        rise.how = RISES_BY_CODE;
    return rise;
}

struct rise doctor_rise(const struct doctor *d, const struct accounts *accounts,
                        const struct account *account)
{
    struct rise sudo, su;

    if (account->uid == 0)
        return (struct rise){RISES_FREELY, NULL};
    sudo = by_sudo(d, account);
    su = by_su(d, accounts);
    return su.how > sudo.how ? su : sudo;
}
