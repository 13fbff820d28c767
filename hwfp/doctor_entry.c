/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hwfp doctor: could you still get in if this machine were judged different now? Each way back in
 * is looked at by itself. A way counts where someone can come in by it and then do something about
 * it: be root, or become it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "doctor_entry.h"
#include "util.h"

/* ---- The console. ---- */

static bool has_getty(const struct doctor *d, const char *template, const char *line)
{
    char unit[HWFP_UNIT_NAME_SIZE];

    (void)snprintf(unit, sizeof(unit), "%s@%s.service", template, line);
    return doctor_unit_enabled(d, unit);
}

/* systemd-getty-generator(8) makes one for each console= of the kernel, in a folder of this boot.
 */
static bool has_generated_getty(const struct doctor *d, const char *line)
{
    return doctor_exists(d, "run/systemd/generator/getty.target.wants/serial-getty@%s.service",
                         line);
}

static bool has_any_getty(const struct doctor *d, const char *line)
{
    return has_getty(d, "serial-getty", line) || has_getty(d, "getty", line) ||
           has_generated_getty(d, line);
}

static bool has_terminal(const struct doctor *d)
{
    bool open = false;

    for (unsigned i = 1; i <= 6 && !open; i++) {
        char name[8];

        (void)snprintf(name, sizeof(name), "tty%u", i);
        open = has_getty(d, "getty", name);
    }
    for (size_t i = 0; i < d->config->n_console_lines && !open; i++)
        open = has_any_getty(d, d->config->console_lines[i]);
    return open;
}

static void check_lines(struct entry *e)
{
    const struct hwfp_config *config = e->d->config;

    for (size_t i = 0; i < config->n_console_lines; i++) {
        if (has_any_getty(e->d, config->console_lines[i]))
            continue;
        doctor_say(e->d, entry_doubt(e), "no getty is enabled on the listed line %s",
                   config->console_lines[i]);
        doctor_mend(e->d,
                    "%ssystemctl enable serial-getty@%s.service, or take it out of console_lines",
                    e->d->within, config->console_lines[i]);
    }
}

static bool check_terminal(struct entry *e)
{
    const struct someone who = find_someone(e, comes_at_terminal);
    enum way open;
    char way[128];

    (void)snprintf(way, sizeof(way), "%.64s gets in at the console, by password",
                   who.account ? who.account->name : "nobody");
    open = tell_way(e, &who, way);
    if (open == WAY_SHUT) {
        doctor_say(e->d, entry_doubt(e),
                   "the console is exempt, but root has no password, and nobody else can become "
                   "root there");
        doctor_mend(e->d, "%spasswd root, or someone who may use sudo into exempt_users",
                    e->d->within);
    }
    return open == WAY_OPEN;
}

static bool check_console(struct entry *e)
{
    if (e->d->config->console == HWFP_MODE_FLAG)
        check_lines(e);
    if (e->d->config->console != HWFP_MODE_FLAG) {
        doctor_say(e->d, DOCTOR_OK, "the console is not exempt (console = deny)");
    } else if (!e->terminal) {
        doctor_say(e->d, entry_doubt(e), "the console is exempt, but no getty is enabled there");
        doctor_mend(e->d, "%ssystemctl enable getty@tty1.service", e->d->within);
    } else {
        return check_terminal(e);
    }
    return false;
}

/* ---- Recovery codes. ---- */

/* How many are left, or why they are of no use. */
static bool count_codes(struct entry *e)
{
    struct doctor *d = e->d;
    CLEANUP_FREE char *error = NULL;
    struct hwfp_recovery recovery = {0};
    int r = hwfp_recovery_status(d->system, &recovery, &error);

    if (r == -ENOENT)
        return false;
    if (r < 0 || recovery.left == 0) {
        CLEANUP_FREE char *sentence = r < 0 ? doctor_sentence(d, error) : NULL;

        doctor_say(d, entry_doubt(e), "%s",
                   r == 0     ? "all recovery codes are spent"
                   : sentence ? sentence
                              : "the recovery codes cannot be read");
        doctor_mend(d, "%s recovery --again", d->hwfp);
    } else if (recovery.locked) {
        doctor_say(d, entry_doubt(e),
                   "recovery codes are locked for 15 minutes after %u wrong ones",
                   recovery.failures);
    } else {
        doctor_say(d, DOCTOR_OK, "%u recovery code%s left", recovery.left,
                   recovery.left == 1 ? " is" : "s are");
    }
    return r == 0 && recovery.left > 0;
}

static bool gives_code(const struct entry *e, const struct account *a)
{
    return gives_code_by_ssh(e, a) || gives_code_at_terminal(e, a);
}

/* The first code lets in; to become root may take a second one. */
static bool tell_use(struct entry *e, const struct someone *who, const char *way)
{
    enum way open;

    if (who->account && who->rise.how == RISES_BY_CODE && e->codes == 1) {
        doctor_say(e->d, entry_doubt(e),
                   "%s, and is the last one: to become root by %s takes another", way,
                   who->rise.by);
        doctor_mend(e->d, "%s recovery --again", e->d->hwfp);
        return false;
    }
    open = tell_way(e, who, way);
    if (open == WAY_SHUT) {
        doctor_say(e->d, entry_doubt(e), "%s, but nobody can be root or become it there", way);
        doctor_mend(e->d,
                    "a line for pam_hwfp.so with recovery in the auth type of sudo, or a password "
                    "for root at the console");
    }
    return open == WAY_OPEN;
}

static bool check_use(struct entry *e)
{
    const struct someone who = find_someone(e, gives_code);
    const struct account *a = who.account;
    bool ssh = a && gives_code_by_ssh(e, a), terminal = a && gives_code_at_terminal(e, a);
    char way[128];

    (void)snprintf(way, sizeof(way), "a recovery code %s%.64s%s", a ? "lets " : "is asked for",
                   a ? a->name : "",
                   ssh && terminal ? " in, by ssh or login"
                   : ssh           ? " in, by ssh"
                   : terminal      ? " in, by login"
                                   : "");
    return tell_use(e, &who, way);
}

static bool check_codes(struct entry *e)
{
    if (!count_codes(e))
        return false;
    if ((e->ssh.converses && doctor_asks_for_code(e->d, "sshd")) ||
        doctor_asks_for_code(e->d, "login"))
        return check_use(e);
    doctor_say(e->d, entry_doubt(e), "neither sshd nor login asks for a recovery code");
    doctor_mend(e->d, "a line for pam_hwfp.so in auth, see pam_hwfp(8)");
    return false;
}

/* ---- All together. ---- */

/* Units that wait for the verdict do not start on a copy: none of them may be a way in. */
static void check_gated(struct entry *e)
{
    struct doctor *d = e->d;
    static const char *const units[] = {
        "ssh.service",        "sshd.service",           "ssh.socket",  "getty@.service",
        "getty@tty1.service", "systemd-logind.service", "getty.target"};

    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        if (doctor_exists(d, "etc/systemd/system/%s.d/50-hwfp.conf", units[i])) {
            doctor_say(d, entry_doubt(e),
                       "%s is gated: it does not start on a machine that is refused", units[i]);
            doctor_mend(d, "%s ungate %s", d->hwfp, units[i]);
        }
}

static void conclude(struct doctor *d, bool open, bool perhaps)
{
    if (d->config->mode != HWFP_MODE_DENY) {
        doctor_say(d, DOCTOR_OK, "in mode %s everybody gets in, whatever the machine%s",
                   hwfp_mode_name(d->config->mode),
                   open || perhaps ? ""
                                   : "; in mode deny only the kernel command line would be left");
    } else if (open) {
        doctor_say(d, DOCTOR_OK,
                   "you could still get in if this machine were judged different now");
    } else if (perhaps) {
        doctor_say(
            d, DOCTOR_WARNING,
            "whether you could get in if this machine were judged different now cannot be told");
    } else {
        doctor_say(d, DOCTOR_PROBLEM,
                   "if this machine were judged different now, only hwfp.mode=flag on the kernel "
                   "command line would let you in");
    }
    doctor_mend(d, "exempt_users in %s/etc/hwfp/hwfp.conf, or a password for root at the console",
                d->root);
}

void doctor_entry(struct doctor *d)
{
    struct entry e = {.d = d, .terminal = has_terminal(d), .codes = doctor_codes_left(d)};
    int r = accounts_read(d->system, &e.accounts);
    bool users, services, console, codes;

    if (r < 0)
        doctor_say(d, DOCTOR_WARNING, "%s/etc/passwd cannot be read: %s", d->root, strerror(-r));
    doctor_ssh(d, &e.ssh);
    users = doctor_exempt_users(&e);
    services = doctor_exempt_services(&e);
    console = check_console(&e);
    codes = check_codes(&e);
    check_gated(&e);
    conclude(d, users || services || console || codes, e.perhaps);
    accounts_clear(&e.accounts);
}
