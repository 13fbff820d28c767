/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: whether every way in asks pam_hwfp.so, before anything that could end the stack. */
#include <errno.h>
#include <string.h>

#include "doctor_pam.h"
#include "util.h"

/* By these a person comes in, or becomes another user. What goes past hwfp by another one may be
 * meant to: that is for the administrator to say. */
static const char *const ways_in[] = {
    "sshd",   "login",   "remote",       "other",   "su",   "su-l", "sudo",
    "sudo-i", "cockpit", "gdm-password", "lightdm", "sddm", "xdm",  "xrdp-sesman",
};

/* What the module returns where it refuses: pam_hwfp(8), RETURN VALUES. */
static const struct {
    const char *type, *refusal;
} types[] = {{"account", "perm_denied"}, {"session", "session_err"}};

#define IN_ACCOUNT (1U << 0)
#define IN_SESSION (1U << 1)
#define IN_BOTH (IN_ACCOUNT | IN_SESSION)

/* What has been found in all services so far. */
struct survey {
    struct doctor *d;
    char *seen;
    unsigned n;                   /* that ask in both */
    char *ungated, *by_root_only; /* lists of others, or NULL */
};

/* ---- One stack. ---- */

static void check_control(struct doctor *d, const struct pam_line *line, const char *refusal)
{
    enum pam_action refused = pam_line_action(line, refusal),
                    passed = pam_line_action(line, "success");

    if (refused != PAM_IS_DIE && refused != PAM_IS_BAD) {
        doctor_say(d, DOCTOR_PROBLEM,
                   "%s%s:%u: as \"%s\" a refusal of " MODULE " counts for nothing", d->root,
                   line->file, line->number, line->control);
    } else if (passed == PAM_IS_DONE || passed == PAM_IS_JUMP) {
        doctor_say(d, DOCTOR_PROBLEM,
                   "%s%s:%u: as \"%s\", " MODULE " passes over what stands behind it", d->root,
                   line->file, line->number, line->control);
    } else if (passed == PAM_IS_BAD || passed == PAM_IS_DIE) {
        doctor_say(d, DOCTOR_PROBLEM,
                   "%s%s:%u: as \"%s\", " MODULE " refuses on the right machine, too", d->root,
                   line->file, line->number, line->control);
    } else {
        return;
    }
    doctor_mend(d, "[success=ok ignore=ignore default=die] in its place");
}

static void check_order(struct doctor *d, const char *service, const char *type,
                        const struct pam_stack *stack, size_t index, char **seen)
{
    for (size_t i = 0; i < index; i++) {
        const struct pam_line *line = &stack->lines[i];

        if (!pam_stack_may_skip(stack, i, index))
            continue;
        if (!doctor_is_new(seen, 'o', line))
            return;
        doctor_say(d, DOCTOR_PROBLEM,
                   "%s, %s: %s at %s%s:%u can end the stack before " MODULE " is asked", service,
                   type, line->module, d->root, line->file, line->number);
        doctor_mend(d, "put the line of " MODULE " before it");
        return;
    }
}

static void check_lines(struct survey *s, const char *service, size_t type,
                        const struct pam_stack *stack)
{
    int first = pam_stack_find(stack, MODULE, 0);

    for (int i = first; i >= 0; i = pam_stack_find(stack, MODULE, (size_t)i + 1)) {
        if (!doctor_is_new(&s->seen, 'l', &stack->lines[i]))
            continue;
        doctor_line(s->d, &stack->lines[i]);
        check_control(s->d, &stack->lines[i], types[type].refusal);
    }
    if (first >= 0)
        check_order(s->d, service, types[type].type, stack, (size_t)first, &s->seen);
}

static void tell_trouble(struct survey *s, const char *trouble)
{
    CLEANUP_FREE char *sentence = doctor_sentence(s->d, trouble);

    if (s->seen && strstr(s->seen, trouble))
        return;
    sentence_add(&s->seen, "%s", trouble);
    doctor_say(s->d, DOCTOR_PROBLEM, "%s: PAM refuses the service",
               sentence ? sentence : "no memory");
}

/* Nobody comes in where the stack ends in pam_deny.so, whatever came before, or is empty. */
static bool refuses_all(const struct pam_stack *stack)
{
    int i = pam_stack_find(stack, "pam_deny.so", 0);
    enum pam_action action = i < 0 ? PAM_IS_IGNORED : pam_line_action(&stack->lines[i], "auth_err");

    if (action != PAM_IS_BAD && action != PAM_IS_DIE)
        return stack->n == 0;
    for (size_t before = 0; before < (size_t)i; before++)
        if (pam_stack_may_skip(stack, before, (size_t)i))
            return false;
    return true;
}

enum gating { GATED, SHUT, UNGATED };

static enum gating check_stack(struct survey *s, const char *service, size_t type)
{
    struct pam_stack stack = {0};
    enum gating gating = SHUT;
    int r = pam_stack_read(s->d->system, service, types[type].type, &stack);

    if (r < 0)
        doctor_say(s->d, DOCTOR_PROBLEM, "the PAM service %s cannot be read: %s", service,
                   strerror(-r));
    if (stack.trouble)
        tell_trouble(s, stack.trouble);
    check_lines(s, service, type, &stack);
    if (pam_stack_find(&stack, MODULE, 0) >= 0)
        gating = GATED;
    else if (r == 0 && !stack.trouble && !refuses_all(&stack))
        gating = UNGATED;
    pam_stack_clear(&stack);
    return gating;
}

/* ---- One service. ---- */

static bool is_way_in(const char *service)
{
    for (size_t i = 0; i < ARRAY_SIZE(ways_in); i++)
        if (strcmp(service, ways_in[i]) == 0)
            return true;
    return false;
}

/* runuser(1), say: the only way through auth is to be root. */
static bool is_for_root_only(const struct doctor *d, const char *service)
{
    struct pam_stack stack = {0};
    bool only = pam_stack_read(d->system, service, "auth", &stack) == 0 && stack.n > 0;

    for (size_t i = 0; i < stack.n; i++)
        only = only && (pam_line_is(&stack.lines[i], "pam_rootok.so") ||
                        pam_line_is(&stack.lines[i], "pam_deny.so"));
    pam_stack_clear(&stack);
    return only;
}

static void list(char **names, const char *service, const char *where)
{
    CLEANUP_FREE char *before = *names;

    if (asprintf(names, "%s%s%s%s", before ? before : "", before ? ", " : "", service, where) < 0)
        *names = NULL;
}

static void tell_ungated(struct survey *s, const char *service, unsigned missing)
{
    if (is_way_in(service)) {
        doctor_say(s->d, DOCTOR_PROBLEM, "%s, %s: " MODULE " is not asked", service,
                   missing == IN_BOTH      ? "account and session"
                   : missing == IN_ACCOUNT ? "account"
                                           : "session");
        doctor_mend(
            s->d,
            "%spam-auth-update --enable hwfp, or its line before all others of %s/etc/pam.d/%s",
            s->d->within, s->d->root, service);
    } else if (is_for_root_only(s->d, service)) {
        list(&s->by_root_only, service, "");
    } else if (!hwfp_config_exempt(s->d->config, NULL, service)) {
        list(&s->ungated, service,
             missing == IN_BOTH      ? ""
             : missing == IN_ACCOUNT ? " (account)"
                                     : " (session)");
    }
}

static void check_service(struct survey *s, const char *service)
{
    unsigned missing = 0, gated = 0;

    for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
        enum gating gating = check_stack(s, service, t);

        missing |= (unsigned)(gating == UNGATED) << t;
        gated |= (unsigned)(gating == GATED) << t;
    }
    doctor_auth(s->d, service, &s->seen);
    if (missing)
        tell_ungated(s, service, missing);
    s->n += gated == IN_BOTH;
}

/* ---- All of them. ---- */

static bool any_asks(const struct doctor *d, char *const *services)
{
    bool found = false;

    for (; *services && !found; services++)
        for (size_t t = 0; t < ARRAY_SIZE(types) && !found; t++) {
            struct pam_stack stack = {0};

            found = pam_stack_read(d->system, *services, types[t].type, &stack) == 0 &&
                    pam_stack_find(&stack, MODULE, 0) >= 0;
            pam_stack_clear(&stack);
        }
    return found;
}

static void survey(struct survey *s, char *const *services)
{
    unsigned before = doctor_wrong(s->d);

    for (; *services; services++)
        check_service(s, *services);
    if (doctor_wrong(s->d) == before)
        doctor_say(s->d, DOCTOR_OK,
                   "%u services ask " MODULE " in account and session, where nothing can skip it",
                   s->n);
    if (s->by_root_only)
        doctor_say(s->d, DOCTOR_OK, "what only root can use does not ask it: %s", s->by_root_only);
    if (!s->ungated)
        return;
    doctor_say(s->d, DOCTOR_WARNING, MODULE " is not asked by %s: a copy goes past hwfp there",
               s->ungated);
    doctor_mend(s->d,
                "its lines into these services, see pam_hwfp(8), EXAMPLES; or, if that is meant to "
                "be so, exempt_services");
}

void doctor_pam(struct doctor *d)
{
    struct survey s = {.d = d};
    char **services = NULL;

    if (pam_services_list(d->system, &services) < 0) {
        d->no_memory = true;
        return;
    }
    if (any_asks(d, services)) {
        survey(&s, services);
    } else {
        doctor_say(d, DOCTOR_PROBLEM, "no service asks " MODULE ": no login is refused or flagged");
        doctor_mend(d, "install the package libpam-hwfp, or %spam-auth-update --enable hwfp",
                    d->within);
    }
    pam_services_free(services);
    free(s.seen);
    free(s.ungated);
    free(s.by_root_only);
}
