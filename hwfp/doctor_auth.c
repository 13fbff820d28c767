/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: who is asked for a recovery code, which should be those alone whose password was
 * right; and by which services someone gets past hwfp. */
#include <string.h>

#include "doctor_pam.h"
#include "util.h"

/* ---- The place of the line. ---- */

static bool checks_password(const struct pam_line *line)
{
    static const char *const modules[] = {
        "pam_unix.so",        "pam_sss.so",     "pam_ldap.so",    "pam_krb5.so",
        "pam_winbind.so",     "pam_userdb.so",  "pam_pwdfile.so", "pam_systemd_home.so",
        "pam_radius_auth.so", "pam_tacplus.so",
    };

    for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
        if (pam_line_is(line, modules[i]))
            return true;
    return false;
}

/* What modules say of someone who does not know the password, and of someone who does. Those that
 * are not known here are taken to have no opinion. */
static const char *of_stranger(const struct pam_line *line)
{
    if (checks_password(line) || pam_line_is(line, "pam_deny.so"))
        return "auth_err";
    return pam_line_is(line, "pam_permit.so") ? "success" : "ignore";
}

static const char *of_user(const struct pam_line *line)
{
    return checks_password(line) ? "success" : of_stranger(line);
}

static bool has_password(const struct pam_stack *stack)
{
    for (size_t i = 0; i < stack->n; i++)
        if (checks_password(&stack->lines[i]))
            return true;
    return false;
}

static bool may_ask(const struct pam_line *line)
{
    return doctor_line_gates(line) && !doctor_line_has(line, "quiet");
}

/* A line that is a gate may well stand first, as long as there is nothing that it could ask for. */
static void check_place(struct doctor *d, const char *service, const struct pam_stack *stack,
                        size_t index, char **seen)
{
    const struct pam_line *line = &stack->lines[index];
    bool codes = doctor_codes_left(d) > 0;

    if (!may_ask(line) || !has_password(stack) || !(codes || doctor_line_has(line, "recovery")) ||
        !pam_stack_reaches(stack, index, of_stranger) || !doctor_is_new(seen, 'a', line))
        return;
    doctor_say(d, codes ? DOCTOR_PROBLEM : DOCTOR_WARNING,
               "%s, auth: %s%s:%u asks for a recovery code where the password is wrong: strangers "
               "can lock the codes",
               service, d->root, line->file, line->number);
    doctor_mend(d,
                "put the line behind those that check the password, which end the stack where it "
                "is wrong, see pam_hwfp(8), RECOVERY CODES");
}

void doctor_auth(struct doctor *d, const char *service, char **seen)
{
    struct pam_stack stack = {0};

    (void)pam_stack_read(d->system, service, "auth", &stack);
    for (int i = pam_stack_find(&stack, MODULE, 0); i >= 0;
         i = pam_stack_find(&stack, MODULE, (size_t)i + 1)) {
        if (doctor_is_new(seen, 'l', &stack.lines[i]))
            doctor_line(d, &stack.lines[i]);
        check_place(d, service, &stack, (size_t)i, seen);
    }
    pam_stack_clear(&stack);
}

/* ---- Past hwfp. ---- */

bool doctor_asks_for_code(const struct doctor *d, const char *service)
{
    struct pam_stack stack = {0};
    bool asks = false;
    int i;

    if (pam_stack_read(d->system, service, "auth", &stack) == 0 && !stack.trouble)
        for (i = pam_stack_find(&stack, MODULE, 0); i >= 0 && !asks;
             i = pam_stack_find(&stack, MODULE, (size_t)i + 1))
            asks = may_ask(&stack.lines[i]) && pam_stack_reaches(&stack, (size_t)i, of_user);
    pam_stack_clear(&stack);
    return asks;
}

/* Where PAM cannot use the service, nobody gets past anything. A line that asks for codes is no
 * gate beside it. */
static bool gates(const struct doctor *d, const char *service, const char *type)
{
    struct pam_stack stack = {0};
    bool found = pam_stack_read(d->system, service, type, &stack) < 0 || stack.trouble;
    int i;

    for (i = pam_stack_find(&stack, MODULE, 0); i >= 0 && !found;
         i = pam_stack_find(&stack, MODULE, (size_t)i + 1))
        found = doctor_line_gates(&stack.lines[i]) &&
                (strcmp(type, "auth") != 0 || !doctor_line_has(&stack.lines[i], "recovery"));
    pam_stack_clear(&stack);
    return found;
}

enum passage doctor_passage(const struct doctor *d, const char *service, const char *user)
{
    if (hwfp_config_exempt(d->config, user, service) ||
        !(gates(d, service, "auth") || gates(d, service, "account") ||
          gates(d, service, "session")))
        return PASSES_FREELY;
    return doctor_asks_for_code(d, service) ? PASSES_BY_CODE : PASSES_NEVER;
}
