/* SPDX-License-Identifier: BSD-2-Clause */
/* pam_hwfp.so in real Linux-PAM stacks: every phase, verdict and mode, what the user is told, what
 * is logged, and what the session's environment holds. tests/pam/run.sh prepares and runs it. */
#include "stack.h"

#define CONFIG "/etc/hwfp/hwfp.conf"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define TEST_USER 60991 /* hwfptest of tests/chamber */

static const char *module; /* path of pam_hwfp.so */
static int log_socket = -1;
static char enrolled[HWFP_FINGERPRINT_SIZE];

/* ---- Circumstances. ---- */

/* A clean start: machine A, a vault enrolled on it, no published verdict, an empty log. */
static void start_on(char machine)
{
    shell("rm -rf /var/lib/hwfp /run/hwfp && cp -a /var/lib/hwfp.enrolled /var/lib/hwfp");
    put_on(machine);
    log_drain(log_socket, NULL);
}

static void configure(const char *lines)
{
    write_file(CONFIG, "%s\n", lines);
}

static void configure_mode(enum hwfp_mode mode)
{
    write_file(CONFIG, "mode = %s\n", hwfp_mode_name(mode));
}

/* What brings each verdict about. */
static void cause(enum hwfp_verdict verdict)
{
    char machine = 'A';

    if (verdict == HWFP_DIFFERENT)
        machine = 'B';
    else if (verdict == HWFP_UNCERTAIN)
        machine = 'U';
    start_on(machine);
    if (verdict == HWFP_UNENROLLED)
        shell("rm -rf /var/lib/hwfp");
    if (verdict == HWFP_ERROR)
        shell("for f in $(find /var/lib/hwfp -type f); do echo damaged >$f; done");
}

/*
 * A service that tells every return code of the module apart: success ends the stack, what is
 * ignored falls through to pam_debug, which says PAM_USER_UNKNOWN (in the session and setcred
 * phases PAM_SERVICE_ERR), and anything else is the stack's own return code.
 */
static void service_named(const char *name, const char *arguments)
{
    char path[64];
    const char *const phases[] = {"auth", "account", "session"};
    FILE *f;

    (void)snprintf(path, sizeof(path), CONFDIR "/%s", name);
    f = fopen(path, "we");
    assert_non_null(f);
    for (size_t i = 0; i < ARRAY_SIZE(phases); i++)
        (void)fprintf(f,
                      "%s [success=done ignore=ignore default=die] %s %s\n"
                      "%s required pam_debug.so auth=user_unknown cred=service_err "
                      "acct=user_unknown open_session=service_err\n",
                      phases[i], module, arguments, phases[i]);
    assert_int_equal(fclose(f), 0);
}

static void service(const char *arguments)
{
    service_named("probe", arguments);
}

static struct seen attempt(const struct attempt *a)
{
    struct attempt whole = *a;
    struct seen seen = {0};

    if (!whole.service)
        whole.service = "probe";
    if (whole.as)
        go_as_user(&whole, &seen);
    else
        go(&whole, &seen);
    log_drain(log_socket, seen.log);
    return seen;
}

static struct seen enter_phase(enum phase phase)
{
    return attempt(&(struct attempt){.phase = phase});
}

/* ---- What must come out. ---- */

enum expected { OFF, PASS, FLAGGED, REFUSED };

static int expected_rc(enum phase phase, enum expected e)
{
    static const int table[][4] = {
        /*            off               pass              flagged           refused */
        [AUTH] = {PAM_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_AUTH_ERR},
        [SETCRED] = {PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_CRED_ERR},
        [ACCOUNT] = {PAM_USER_UNKNOWN, PAM_SUCCESS, PAM_SUCCESS, PAM_PERM_DENIED},
        [SESSION] = {PAM_SERVICE_ERR, PAM_SUCCESS, PAM_SUCCESS, PAM_SESSION_ERR},
    };

    return table[phase][e];
}

static void check_told(enum phase phase, enum expected e, const struct seen *s)
{
    if (e == REFUSED && phase != SETCRED)
        assert_memory_equal(s->told, "error: ", 7);
    else if (e == FLAGGED && phase == SESSION)
        assert_memory_equal(s->told, "info: ", 6);
    else
        assert_string_equal(s->told, "");
}

static void check_log(enum phase phase, enum expected e, const struct seen *s)
{
    if (e == REFUSED) {
        assert_non_null(strstr(s->log, "event=login outcome=refused user=hwfptest "
                                       "service=probe rhost=192.0.2.7 override="));
        assert_memory_equal(s->log, "<85>", 4); /* LOG_AUTHPRIV | LOG_NOTICE */
    } else if (e == FLAGGED && (phase == ACCOUNT || phase == SESSION)) {
        assert_non_null(strstr(s->log, "event=login outcome=flagged user=hwfptest "
                                       "service=probe rhost=192.0.2.7 override="));
    } else {
        assert_string_equal(s->log, "");
    }
}

static void check_variables(enum phase phase, enum expected e, enum hwfp_verdict v,
                            const struct seen *s)
{
    if (phase != SESSION || e == OFF || e == REFUSED) {
        assert_string_equal(s->fingerprint, "-");
        assert_string_equal(s->verdict, "-");
        assert_string_equal(s->similarity, "-");
        return;
    }
    assert_string_equal(s->verdict, hwfp_verdict_name(v));
    if (v == HWFP_SAME || v == HWFP_UNCERTAIN)
        assert_string_equal(s->fingerprint, enrolled);
    else
        assert_string_not_equal(s->fingerprint, enrolled);
    if (v == HWFP_UNENROLLED)
        assert_string_equal(s->fingerprint, "");
    if (v == HWFP_DIFFERENT)
        assert_int_equal(strlen(s->fingerprint), HWFP_FINGERPRINT_SIZE - 1);
    if (v == HWFP_SAME)
        assert_string_equal(s->similarity, "100");
}

static void check(enum phase phase, enum expected e, enum hwfp_verdict v, const struct seen *s)
{
    assert_int_equal(s->rc, expected_rc(phase, e));
    check_told(phase, e, s);
    check_log(phase, e, s);
    check_variables(phase, e, v, s);
}

/* ---- Every phase x every verdict x every mode. ---- */

struct cell {
    enum phase phase;
    enum hwfp_verdict verdict;
    enum hwfp_mode mode;
};

static enum expected expected_of(const struct cell *c)
{
    if (c->mode == HWFP_MODE_OFF)
        return OFF;
    if (c->verdict == HWFP_SAME)
        return PASS;
    if (c->mode == HWFP_MODE_FLAG || c->verdict == HWFP_UNCERTAIN)
        return FLAGGED;
    return REFUSED;
}

static void test_cell(void **state)
{
    const struct cell *c = *state;
    struct seen s;

    cause(c->verdict);
    configure_mode(c->mode);
    service("");
    s = enter_phase(c->phase);
    check(c->phase, expected_of(c), c->verdict, &s);
}

/* ---- The settings for what is not simply different. ---- */

static void test_uncertain_denied(void **state)
{
    struct seen s;

    (void)state;
    cause(HWFP_UNCERTAIN);
    configure("mode = deny\nuncertain = deny");
    service("");
    s = enter_phase(ACCOUNT);
    check(ACCOUNT, REFUSED, HWFP_UNCERTAIN, &s);
    assert_non_null(strstr(s.told, "(uncertain)"));
}

static void test_unenrolled_flagged(void **state)
{
    struct seen s;

    (void)state;
    cause(HWFP_UNENROLLED);
    configure("mode = deny\nunenrolled = flag");
    service("");
    s = enter_phase(SESSION);
    check(SESSION, FLAGGED, HWFP_UNENROLLED, &s);
}

/* From the installation to the next boot: the outcome is the same, and nobody is told. */
static void test_awaiting_enrolment(void **state)
{
    struct seen s;

    (void)state;
    cause(HWFP_UNENROLLED);
    shell("install -d -m 0700 /var/lib/hwfp && install -m 0600 /dev/null /var/lib/hwfp/ticket");
    configure("mode = flag");
    service("");
    s = enter_phase(ACCOUNT);
    check(ACCOUNT, FLAGGED, HWFP_UNENROLLED, &s);
    assert_memory_equal(s.log, "<86>", 4); /* LOG_AUTHPRIV | LOG_INFO */
    assert_non_null(strstr(s.log, "the next boot enrols"));
    s = enter_phase(SESSION);
    assert_int_equal(s.rc, expected_rc(SESSION, FLAGGED));
    check_variables(SESSION, FLAGGED, HWFP_UNENROLLED, &s);
    assert_string_equal(s.told, "");
    assert_string_equal(s.log, "");
    configure("mode = deny\nunenrolled = flag");
    s = enter_phase(SESSION);
    check(SESSION, FLAGGED, HWFP_UNENROLLED, &s);
    configure("mode = deny");
    for (enum phase p = AUTH; p <= SESSION; p++) {
        s = enter_phase(p);
        check(p, REFUSED, HWFP_UNENROLLED, &s);
        assert_true(p == SETCRED || strstr(s.told, "at its next boot"));
    }
}

static void test_error_flagged(void **state)
{
    struct seen s;

    (void)state;
    cause(HWFP_ERROR);
    configure("mode = deny\nerror = flag");
    service("");
    s = enter_phase(ACCOUNT);
    check(ACCOUNT, FLAGGED, HWFP_ERROR, &s);
}

static void test_broken_configuration(void **state)
{
    struct seen s;

    (void)state;
    start_on('A');
    configure("mode = deny\nno such line");
    service("");
    s = enter_phase(ACCOUNT);
    check(ACCOUNT, REFUSED, HWFP_ERROR, &s);
    assert_non_null(strstr(s.log, CONFIG));
    configure("mode = deny\nerror = flag\nno_such_name = 1");
    s = enter_phase(ACCOUNT);
    check(ACCOUNT, FLAGGED, HWFP_ERROR, &s);
}

static void test_unsafe_configuration(void **state)
{
    struct seen s;

    (void)state;
    start_on('A');
    configure("mode = off");
    assert_int_equal(chmod(CONFIG, 0666), 0);
    service("");
    s = enter_phase(ACCOUNT);
    check(ACCOUNT, REFUSED, HWFP_ERROR, &s);
}

/* ---- Exempt users and services. ---- */

static void expect_exempt(const char *lines)
{
    struct seen s;

    start_on('B');
    configure(lines);
    service("");
    s = enter_phase(ACCOUNT);
    assert_int_equal(s.rc, PAM_SUCCESS);
    assert_string_equal(s.told, "");
    assert_non_null(strstr(s.log, " outcome=exempt user=hwfptest"));
    s = enter_phase(SESSION);
    check_variables(SESSION, FLAGGED, HWFP_DIFFERENT, &s);
    assert_int_equal(s.rc, PAM_SUCCESS);
    assert_non_null(strstr(s.told, "info: "));
}

static void test_exempt_user(void **state)
{
    (void)state;
    expect_exempt("mode = deny\nexempt_users = root, hwfptest");
}

static void test_exempt_service(void **state)
{
    (void)state;
    expect_exempt("mode = deny\nexempt_services = probe");
}

static void test_others_not_exempt(void **state)
{
    struct seen s;

    (void)state;
    start_on('B');
    configure("mode = deny\nexempt_users = root\nexempt_services = probes");
    service("");
    s = enter_phase(ACCOUNT);
    check(ACCOUNT, REFUSED, HWFP_DIFFERENT, &s);
}

/* ---- The console. ---- */

#define NOWHERE "-" /* no remote host */

static const struct console_case {
    const char *name, *service, *tty, *rhost;
    bool let_in;
} console_cases[] = {
    {"virtual terminal", "login", "tty1", NOWHERE, true},
    {"virtual terminal, whole path", "login", "/dev/tty1", NOWHERE, true},
    {"empty remote host", "login", "/dev/tty63", "", true},
    {"listed line", "login", "/dev/ttyS0", NOWHERE, true},
    {"listed service", "kiosk", "tty7", NOWHERE, true},
    {"remote host", "login", "tty1", "192.0.2.7", false},
    {"remote host called localhost", "login", "tty1", "localhost", false},
    {"pseudo-terminal", "login", "/dev/pts/0", NOWHERE, false},
    {"line that is not listed", "login", "ttyS1", NOWHERE, false},
    {"tty0", "login", "tty0", NOWHERE, false},
    {"tty64", "login", "tty64", NOWHERE, false},
    {"no terminal", "login", NULL, NOWHERE, false},
    {"empty terminal", "login", "", NOWHERE, false},
    {"other service", "other-login", "tty1", NOWHERE, false},
    {"su on the console", "su", "/dev/tty1", NOWHERE, false},
    {"su -l on the console", "su-l", "tty1", NOWHERE, false},
    {"sudo on the console", "sudo", "/dev/tty1", NOWHERE, false},
    {"cron", "cron", "cron", NOWHERE, false},
    {"cron on the console", "cron", "tty1", NOWHERE, false},
    {"sshd", "sshd", "ssh", "192.0.2.7", false},
    {"user manager", "systemd-user", NULL, NOWHERE, false},
};

#define WITH_CONSOLE "mode = deny\nconsole_services = kiosk\nconsole_lines = ttyS0"

static struct seen at(const struct console_case *c, enum phase phase)
{
    return attempt(
        &(struct attempt){.phase = phase, .service = c->service, .tty = c->tty, .rhost = c->rhost});
}

static void check_at(const struct console_case *c)
{
    static const int refusals[] = {[AUTH] = PAM_AUTH_ERR,
                                   [SETCRED] = PAM_CRED_ERR,
                                   [ACCOUNT] = PAM_PERM_DENIED,
                                   [SESSION] = PAM_SESSION_ERR};

    for (enum phase p = AUTH; p <= SESSION; p++) {
        const struct seen s = at(c, p);

        if (s.rc != (c->let_in ? expected_rc(p, FLAGGED) : refusals[p]))
            fail_msg("%s: phase %d gives %d", c->name, p, s.rc);
        if (c->let_in && p == ACCOUNT)
            assert_non_null(strstr(s.log, " outcome=console user="));
        if (c->let_in && p == SESSION) /* by another handle, and yet of the same login */
            assert_null(strstr(s.log, "event="));
        check_variables(p, c->let_in ? FLAGGED : REFUSED, HWFP_DIFFERENT, &s);
    }
}

static void test_console(void **state)
{
    (void)state;
    start_on('B');
    configure(WITH_CONSOLE);
    for (size_t i = 0; i < ARRAY_SIZE(console_cases); i++) {
        service_named(console_cases[i].service, "");
        check_at(&console_cases[i]);
    }
}

/* Every verdict that would be refused, and told to the user at the session's start. */
static void test_console_whatever_is_wrong(void **state)
{
    static const enum hwfp_verdict verdicts[] = {HWFP_DIFFERENT, HWFP_UNENROLLED, HWFP_ERROR};
    struct seen s;

    (void)state;
    service_named("login", "");
    for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
        cause(verdicts[i]);
        configure(WITH_CONSOLE);
        s = at(&console_cases[0], SESSION);
        assert_int_equal(s.rc, PAM_SUCCESS);
        assert_string_equal(s.verdict, hwfp_verdict_name(verdicts[i]));
        assert_memory_equal(s.told, "info: ", 6);
    }
}

static void test_console_denied(void **state)
{
    static const char *const configurations[] = {"mode = deny\nconsole = deny",
                                                 "mode = deny\nconsole = denny",
                                                 "mode = deny\nConsole = deny"};

    (void)state;
    start_on('B');
    service_named("login", "");
    for (size_t i = 0; i < ARRAY_SIZE(configurations); i++) {
        configure(configurations[i]);
        assert_int_equal(at(&console_cases[0], ACCOUNT).rc, PAM_PERM_DENIED);
        assert_int_equal(at(&console_cases[0], SESSION).rc, PAM_SESSION_ERR);
    }
    configure(WITH_CONSOLE);
    assert_int_equal(chmod(CONFIG, 0666), 0);
    assert_int_equal(at(&console_cases[0], ACCOUNT).rc, PAM_PERM_DENIED);
    assert_int_equal(at(&console_cases[0], SESSION).rc, PAM_SESSION_ERR);
}

/* A machine that is the same is not flagged there, either. */
static void test_console_of_the_same(void **state)
{
    struct seen s;

    (void)state;
    start_on('A');
    configure(WITH_CONSOLE);
    service_named("login", "");
    s = at(&console_cases[0], SESSION);
    assert_int_equal(s.rc, PAM_SUCCESS);
    assert_string_equal(s.log, "");
    assert_string_equal(s.told, "");
}

/* ---- Kernel command line over module arguments over configuration. ---- */

static void test_argument_over_configuration(void **state)
{
    struct seen s;

    (void)state;
    start_on('B');
    configure("mode = off");
    service("mode=deny");
    s = enter_phase(ACCOUNT);
    check(ACCOUNT, REFUSED, HWFP_DIFFERENT, &s);
    configure("mode = deny");
    service("mode=flag");
    s = enter_phase(ACCOUNT);
    check(ACCOUNT, FLAGGED, HWFP_DIFFERENT, &s);
    service("mode=off");
    s = enter_phase(SESSION);
    check(SESSION, OFF, HWFP_DIFFERENT, &s);
}

static struct seen with_command_line(const char *line, enum phase phase)
{
    struct seen s;

    write_file("/tmp/cmdline", "%s\n", line);
    mount_over("/tmp/cmdline", "/proc/cmdline");
    s = enter_phase(phase);
    unmount("/proc/cmdline");
    return s;
}

static void test_kernel_command_line(void **state)
{
    struct seen s;

    (void)state;
    start_on('B');
    configure("mode = deny");
    service("mode=deny");
    s = with_command_line("quiet hwfp.mode=deny hwfp.mode=flag ro", SESSION);
    assert_int_equal(s.rc, PAM_SUCCESS);
    assert_non_null(strstr(s.log, "the kernel command line sets mode flag instead of deny"));
    assert_string_equal(s.verdict, "different");
    s = with_command_line("hwfp.mode=off", ACCOUNT);
    assert_int_equal(s.rc, expected_rc(ACCOUNT, OFF));
    assert_non_null(strstr(s.log, "sets mode off instead of deny"));
    service("mode=flag");
    s = with_command_line("hwfp.mode=deny", ACCOUNT);
    assert_int_equal(s.rc, PAM_PERM_DENIED);
}

static void test_unknown_on_kernel_command_line(void **state)
{
    struct seen s;

    (void)state;
    start_on('B');
    configure("mode = deny");
    service("");
    s = with_command_line("hwfp.mode=banana", ACCOUNT);
    assert_int_equal(s.rc, PAM_PERM_DENIED);
    assert_non_null(strstr(s.log, "kernel command line ignored: "));
}

static void test_way_in_past_a_bad_argument(void **state)
{
    struct seen s;

    (void)state;
    start_on('A');
    configure("mode = flag");
    service("mode=banana");
    s = with_command_line("hwfp.mode=off", ACCOUNT);
    assert_int_equal(s.rc, expected_rc(ACCOUNT, OFF));
}

static void test_policy_argument(void **state)
{
    struct seen s;

    (void)state;
    start_on('B');
    configure("mode = flag");
    service("policy=ssm debug");
    s = enter_phase(SESSION);
    assert_int_equal(s.rc, PAM_SUCCESS);
    assert_non_null(strstr(s.log, "policy=ssm"));
}

/* ---- Mistakes in the arguments. ---- */

static void test_unknown_argument(void **state)
{
    struct seen s;

    (void)state;
    start_on('A');
    configure("mode = deny");
    service("denny");
    s = enter_phase(ACCOUNT);
    assert_int_equal(s.rc, PAM_SUCCESS);
    assert_memory_equal(s.log, "<83>", 4); /* LOG_AUTHPRIV | LOG_ERR */
    assert_non_null(strstr(s.log, "\"denny\""));
}

static void test_bad_value_fails_closed(void **state)
{
    static const char *const bad[] = {
        "mode=banana",       "mode=",    "policy=banana", "mode=flag policy=",
        "policy= mode=flag", "mode=Deny"};
    struct seen s;

    (void)state;
    start_on('A');
    configure("mode = flag");
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        service(bad[i]);
        s = enter_phase(ACCOUNT);
        assert_int_equal(s.rc, PAM_PERM_DENIED);
        assert_non_null(strstr(s.told, "(error)"));
        assert_memory_equal(s.log, "<83>", 4);
    }
    configure("mode = flag\nerror = flag");
    s = enter_phase(ACCOUNT);
    assert_int_equal(s.rc, PAM_SUCCESS);
    assert_non_null(strstr(s.log, " outcome=flagged user="));
}

/* ---- Nobody to talk to. ---- */

static void expect_untold(const char *arguments, int flags, bool mute)
{
    for (enum phase p = AUTH; p <= SESSION; p++) {
        struct attempt a = {.phase = p, .flags = flags, .mute = mute};
        struct seen s;

        if (p == SETCRED && flags)
            a.flags |= (int)PAM_ESTABLISH_CRED;
        start_on('B');
        configure("mode = deny");
        service(arguments);
        s = attempt(&a);
        assert_int_equal(s.rc, expected_rc(p, REFUSED));
        assert_string_equal(s.told, "");
        assert_non_null(strstr(s.log, " outcome=refused "));
        assert_null(strstr(s.log, "conversation")); /* libpam's complaint */
    }
}

static void test_no_conversation(void **state)
{
    (void)state;
    expect_untold("", 0, true);
}

static void test_silent(void **state)
{
    (void)state;
    expect_untold("", (int)PAM_SILENT, false);
}

static void test_quiet(void **state)
{
    struct seen s;

    (void)state;
    expect_untold("quiet", 0, false);
    configure("mode = flag");
    s = enter_phase(SESSION);
    assert_int_equal(s.rc, PAM_SUCCESS);
    assert_string_equal(s.told, "");
}

static void test_debug(void **state)
{
    struct seen s;

    (void)state;
    start_on('A');
    configure("mode = deny");
    service("debug");
    s = enter_phase(ACCOUNT);
    assert_int_equal(s.rc, PAM_SUCCESS);
    assert_memory_equal(s.log, "<87>", 4); /* LOG_AUTHPRIV | LOG_DEBUG */
}

/* ---- The user's sentences. ---- */

static void expect_one_sentence(enum hwfp_verdict verdict, const struct seen *s)
{
    char in_brackets[32];

    (void)snprintf(in_brackets, sizeof(in_brackets), "(%s)", hwfp_verdict_name(verdict));
    assert_non_null(strstr(s->told, in_brackets));
    assert_ptr_equal(strchr(s->told, '\n') + 1, strchr(s->told, '\0'));
}

static void test_each_verdict_has_its_sentence(void **state)
{
    static const enum hwfp_verdict all[] = {HWFP_DIFFERENT, HWFP_UNCERTAIN, HWFP_UNENROLLED,
                                            HWFP_ERROR};

    (void)state;
    service("");
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        struct seen s;

        cause(all[i]);
        configure("mode = deny\nuncertain = deny");
        s = enter_phase(ACCOUNT);
        expect_one_sentence(all[i], &s);
        assert_non_null(strstr(s.told, "login refused by hwfp"));
        assert_non_null(strstr(s.told, "Ask your administrator."));
        cause(all[i]);
        configure("mode = flag");
        s = enter_phase(SESSION);
        expect_one_sentence(all[i], &s);
    }
}

/* A name that came over the network must not forge a line, nor a field of one. */
static void test_log_cannot_be_forged(void **state)
{
    struct seen s;

    (void)state;
    start_on('B');
    configure("mode = deny");
    service("");
    s = attempt(&(struct attempt){.phase = ACCOUNT, .user = "x verdict=same\nfake \"line\""});
    assert_int_equal(s.rc, PAM_PERM_DENIED);
    assert_non_null(strstr(s.log, "user=x?verdict?same?fake??line? "));
    assert_ptr_equal(strchr(s.log, '\n') + 1, strchr(s.log, '\0'));
}

/* ---- A caller that may not read the hardware, such as a screen locker. ---- */

static void publish(void)
{
    struct hwfp_system *system = NULL;
    struct hwfp_config config = {0};
    struct hwfp_result result = {0};

    assert_int_equal(hwfp_system_open(NULL, &system, NULL), 0);
    assert_int_equal(hwfp_config_load(system, NULL, &config, NULL), 0);
    assert_int_equal(hwfp_gate(system, &config, HWFP_GATE_PUBLISH, &result), 0);
    hwfp_result_clear(&result);
    hwfp_config_clear(&config);
    hwfp_system_free(system);
}

static struct seen as_user(enum phase phase)
{
    return attempt(&(struct attempt){.phase = phase, .as = TEST_USER});
}

static void test_user_with_published_verdict(void **state)
{
    struct seen s;

    (void)state;
    start_on('A');
    configure("mode = deny");
    service("");
    publish();
    s = as_user(ACCOUNT);
    check(ACCOUNT, PASS, HWFP_SAME, &s);
    s = as_user(SESSION);
    check(SESSION, PASS, HWFP_SAME, &s);
    start_on('B');
    publish();
    s = as_user(ACCOUNT);
    check(ACCOUNT, REFUSED, HWFP_DIFFERENT, &s);
}

static void expect_no_verdict_for_user(void)
{
    struct seen s;

    configure("mode = deny");
    s = as_user(ACCOUNT);
    check(ACCOUNT, REFUSED, HWFP_ERROR, &s);
    assert_non_null(strstr(s.told, "(error)"));
    configure("mode = flag");
    s = as_user(SESSION);
    assert_int_equal(s.rc, PAM_SUCCESS);
    assert_string_equal(s.verdict, "error");
}

static void test_user_without_published_verdict(void **state)
{
    (void)state;
    start_on('A');
    service("");
    expect_no_verdict_for_user();
}

static void test_user_with_verdict_of_another_boot(void **state)
{
    (void)state;
    start_on('A');
    configure("mode = deny");
    service("");
    publish();
    write_file("/tmp/boot_id", "01234567-89ab-4cde-8f01-23456789abcd\n");
    mount_over("/tmp/boot_id", BOOT_ID);
    expect_no_verdict_for_user();
    unmount(BOOT_ID);
}

static void test_user_with_verdict_of_his_own(void **state)
{
    (void)state;
    start_on('A');
    configure("mode = deny");
    service("");
    publish();
    shell("chown hwfptest /run/hwfp/verdict");
    expect_no_verdict_for_user();
    shell("chown root /run/hwfp/verdict && chmod 0666 /run/hwfp/verdict");
    expect_no_verdict_for_user();
}

/* ---- Beside other modules. ---- */

static void account_stack(const char *first, const char *second)
{
    write_file(CONFDIR "/stack", "account %s\naccount %s\nsession required %s\n", first, second,
               module);
}

/* Why the module's line comes first: as Debian's common-account writes pam_unix's line, an expired
 * password ends the phase with `done`. */
static void test_expired_password(void **state)
{
    static const char debian[] = "[success=ok new_authtok_reqd=done default=bad] pam_unix.so";
    const struct attempt account = {.phase = ACCOUNT, .service = "stack", .user = "hwfpold"};
    const struct attempt session = {.phase = SESSION, .service = "stack", .user = "hwfpold"};
    char gate[512];

    (void)state;
    (void)snprintf(gate, sizeof(gate), "requisite %s", module);
    start_on('B');
    configure("mode = deny");
    account_stack(gate, debian);
    assert_int_equal(attempt(&account).rc, PAM_PERM_DENIED);
    account_stack(debian, gate);
    assert_int_equal(attempt(&account).rc, PAM_NEW_AUTHTOK_REQD); /* the gate was not asked... */
    assert_int_equal(attempt(&session).rc, PAM_SESSION_ERR);      /* ...and stands here again */
    start_on('A');
    account_stack(gate, debian);
    assert_int_equal(attempt(&account).rc, PAM_NEW_AUTHTOK_REQD);
}

/* The sanitizers' crypt_r() crashes where libcrypt was loaded after the program's start. */
#ifdef __has_feature
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* A right password on a copy: PAM_IGNORE lets pam_unix decide on A, PAM_AUTH_ERR refuses on B. */
static void test_password(void **state)
{
    const struct attempt a = {.phase = AUTH, .service = "password"};

    (void)state;
    if (SANITIZED)
        skip();
    configure("mode = deny");
    write_file(CONFDIR "/password", "auth requisite %s\nauth required pam_unix.so\n", module);
    start_on('A');
    assert_int_equal(attempt(&a).rc, PAM_SUCCESS);
    start_on('B');
    assert_int_equal(attempt(&a).rc, PAM_AUTH_ERR);
}

/* `sufficient` in the auth phase must not let anyone in because the hardware is right. */
static void test_no_opinion_is_no_success(void **state)
{
    const struct attempt a = {.phase = AUTH, .service = "lonely"};

    (void)state;
    start_on('A');
    configure("mode = deny");
    write_file(CONFDIR "/lonely", "auth sufficient %s\nauth required pam_deny.so\n", module);
    assert_int_equal(attempt(&a).rc, PAM_AUTH_ERR);
}

/* What the line behind the password does on a copy without recovery codes: nothing. */
static void test_line_for_recovery_codes(void **state)
{
    struct seen s;

    (void)state;
    start_on('B');
    configure("mode = deny");
    service("recovery");
    s = enter_phase(AUTH);
    check(AUTH, PASS, HWFP_DIFFERENT, &s);
    s = enter_phase(SETCRED);
    check(SETCRED, PASS, HWFP_DIFFERENT, &s);
    s = enter_phase(ACCOUNT);
    check(ACCOUNT, REFUSED, HWFP_DIFFERENT, &s);
    s = enter_phase(SESSION);
    check(SESSION, REFUSED, HWFP_DIFFERENT, &s);
}

/* In other modes it is not there at all, whatever the verdict. */
static void test_line_for_recovery_codes_flags_nothing(void **state)
{
    struct seen s;

    (void)state;
    service("recovery");
    for (enum hwfp_verdict v = HWFP_SAME; v <= HWFP_ERROR; v++) {
        cause(v);
        configure("mode = flag");
        s = enter_phase(AUTH);
        check(AUTH, FLAGGED, v, &s);
    }
}

static void test_credentials_are_given_back(void **state)
{
    struct seen s;

    (void)state;
    start_on('B');
    configure("mode = deny");
    service("");
    s = attempt(&(struct attempt){.phase = SETCRED, .flags = (int)PAM_DELETE_CRED});
    assert_int_equal(s.rc, PAM_SERVICE_ERR); /* ignored */
    assert_string_equal(s.log, "");
}

/* ---- The process that PAM runs in. ---- */

static int open_descriptors(void)
{
    CLEANUP_CLOSEDIR DIR *d = opendir("/proc/self/fd");
    int n = 0;

    assert_non_null(d);
    while (readdir(d))
        n++;
    return n;
}

static void test_nothing_is_left_open(void **state)
{
    int before;

    (void)state;
    configure("mode = flag");
    service("");
    start_on('B');
    (void)enter_phase(SESSION); /* the log's own socket stays open from here on */
    before = open_descriptors();
    for (enum hwfp_verdict v = HWFP_SAME; v <= HWFP_ERROR; v++) {
        cause(v);
        (void)enter_phase(ACCOUNT);
        (void)enter_phase(SESSION);
    }
    assert_int_equal(open_descriptors(), before);
}

/* The same copy keeps the fingerprint that it was given. */
static void test_rotates_once(void **state)
{
    struct seen first, second;

    (void)state;
    start_on('B');
    configure("mode = flag");
    service("");
    first = enter_phase(SESSION);
    second = enter_phase(SESSION);
    assert_string_equal(first.verdict, "different");
    assert_string_equal(first.fingerprint, second.fingerprint);
    put_on('A');
    second = enter_phase(SESSION);
    assert_string_equal(second.fingerprint, enrolled);
    assert_string_equal(second.verdict, "same");
}

/* ---- The run. ---- */

static int enroll(void)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_system *system = NULL;
    struct hwfp_config config = {0};
    int r = hwfp_system_open(NULL, &system, &error);

    if (r == 0)
        r = hwfp_config_load(system, NULL, &config, &error);
    if (r == 0)
        r = hwfp_enroll(system, &config, false, enrolled, &error);
    if (r < 0)
        print_error("# not enrolled: %s\n", error ? error : strerror(-r));
    hwfp_config_clear(&config);
    hwfp_system_free(system);
    return r;
}

static int prepare(void **state)
{
    (void)state;
    module = getenv("HWFP_TEST_MODULE");
    if (!module)
        return -1;
    shell("mkdir -p " CONFDIR " /etc/hwfp && rm -rf /var/lib/hwfp");
    write_file(CONFDIR "/other", "auth required pam_deny.so\naccount required pam_deny.so\n"
                                 "session required pam_deny.so\npassword required pam_deny.so\n");
    log_socket = log_open();
    put_on('A');
    configure("mode = flag");
    if (enroll() < 0)
        return -1;
    shell("cp -a /var/lib/hwfp /var/lib/hwfp.enrolled");
    return 0;
}

static const struct CMUnitTest single[] = {
    cmocka_unit_test(test_uncertain_denied),
    cmocka_unit_test(test_unenrolled_flagged),
    cmocka_unit_test(test_awaiting_enrolment),
    cmocka_unit_test(test_error_flagged),
    cmocka_unit_test(test_broken_configuration),
    cmocka_unit_test(test_unsafe_configuration),
    cmocka_unit_test(test_exempt_user),
    cmocka_unit_test(test_exempt_service),
    cmocka_unit_test(test_others_not_exempt),
    cmocka_unit_test(test_console),
    cmocka_unit_test(test_console_whatever_is_wrong),
    cmocka_unit_test(test_console_denied),
    cmocka_unit_test(test_console_of_the_same),
    cmocka_unit_test(test_argument_over_configuration),
    cmocka_unit_test(test_kernel_command_line),
    cmocka_unit_test(test_unknown_on_kernel_command_line),
    cmocka_unit_test(test_way_in_past_a_bad_argument),
    cmocka_unit_test(test_policy_argument),
    cmocka_unit_test(test_unknown_argument),
    cmocka_unit_test(test_bad_value_fails_closed),
    cmocka_unit_test(test_no_conversation),
    cmocka_unit_test(test_silent),
    cmocka_unit_test(test_quiet),
    cmocka_unit_test(test_debug),
    cmocka_unit_test(test_each_verdict_has_its_sentence),
    cmocka_unit_test(test_log_cannot_be_forged),
    cmocka_unit_test(test_user_with_published_verdict),
    cmocka_unit_test(test_user_without_published_verdict),
    cmocka_unit_test(test_user_with_verdict_of_another_boot),
    cmocka_unit_test(test_user_with_verdict_of_his_own),
    cmocka_unit_test(test_expired_password),
    cmocka_unit_test(test_password),
    cmocka_unit_test(test_no_opinion_is_no_success),
    cmocka_unit_test(test_line_for_recovery_codes),
    cmocka_unit_test(test_line_for_recovery_codes_flags_nothing),
    cmocka_unit_test(test_credentials_are_given_back),
    cmocka_unit_test(test_nothing_is_left_open),
    cmocka_unit_test(test_rotates_once),
};

#define PHASES 4U
#define VERDICTS 5U
#define MODES 3U
#define CELLS (PHASES * VERDICTS * MODES)

static void fill_cell(struct cell *c, char name[64], size_t i)
{
    static const char *const phases[] = {"auth", "setcred", "account", "session"};
    static const enum hwfp_verdict verdicts[VERDICTS] = {HWFP_SAME, HWFP_DIFFERENT, HWFP_UNCERTAIN,
                                                         HWFP_UNENROLLED, HWFP_ERROR};

    c->phase = (enum phase)(i / (VERDICTS * MODES));
    c->verdict = verdicts[i / MODES % VERDICTS];
    c->mode = (enum hwfp_mode)(i % MODES);
    (void)snprintf(name, 64, "%s, verdict %s, mode %s", phases[c->phase],
                   hwfp_verdict_name(c->verdict), hwfp_mode_name(c->mode));
}

int main(void)
{
    static struct cell cells[CELLS];
    static char names[CELLS][64];
    static struct CMUnitTest tests[CELLS + ARRAY_SIZE(single)];

    for (size_t i = 0; i < CELLS; i++) {
        fill_cell(&cells[i], names[i], i);
        tests[i] = (struct CMUnitTest){names[i], test_cell, NULL, NULL, &cells[i]};
    }
    memcpy(tests + CELLS, single, sizeof(single));
    return cmocka_run_group_tests(tests, prepare, NULL);
}
