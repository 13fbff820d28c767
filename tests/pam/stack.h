/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A workshop for tests of whole PAM stacks: puts the system on one machine or another, writes
 * service files, goes through one phase of a real Linux-PAM stack, and keeps everything that can
 * be seen of it. To be used as root inside tests/chamber only: it mounts over /sys and /proc.
 */
#ifndef HWFP_TESTS_PAM_STACK_H
#define HWFP_TESTS_PAM_STACK_H

#include <errno.h>
#include <fcntl.h>
#include <security/pam_appl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "hwfp.h"
#include "util.h" /* before cmocka.h, whose macro fail() hides the function */

#include <cmocka.h>

#define CONFDIR "/tmp/pam.d"
#define TEXT_MAX 8192

/* Which part of the stack an application enters. */
enum phase { AUTH, SETCRED, ACCOUNT, SESSION };

/* How one login is made. */
struct attempt {
    enum phase phase;
    const char *service; /* a file of CONFDIR */
    const char *user;
    const char *tty, *rhost; /* rhost: NULL is 192.0.2.7, "-" is none */
    int flags;
    bool mute; /* the application has no conversation */
    uid_t as;  /* not 0: in a process of this user */
};

/* Everything that can be seen of it. Plain, so that a child process can hand it over. */
struct seen {
    int rc;
    char told[TEXT_MAX];  /* to the user, a line each, "error: " or "info: " first */
    char log[TEXT_MAX];   /* in the log, a line each */
    char fingerprint[64]; /* the session's variables; "-" where there is none */
    char verdict[64];
    char similarity[64];
};

static inline void add_line(char *text, const char *prefix, const char *line)
{
    size_t used = strlen(text);

    (void)snprintf(text + used, TEXT_MAX - used, "%s%s\n", prefix, line);
}

static inline void write_file(const char *path, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void write_file(const char *path, const char *format, ...)
{
    FILE *f = fopen(path, "we");
    va_list args;
    int closed;

    assert_non_null(f);
    va_start(args, format);
    (void)vfprintf(f, format, args);
    va_end(args);
    closed = fclose(f);
    assert_int_equal(closed, 0);
    assert_int_equal(chmod(path, 0644), 0);
}

static inline void shell(const char *command)
{
    assert_int_equal(system(command), 0);
}

/* ---- Machines. ---- */

static inline void mount_over(const char *from, const char *path)
{
    if (mount(from, path, "none", MS_BIND, NULL) < 0)
        fail_msg("cannot mount %s over %s: %s", from, path, strerror(errno));
}

static inline void unmount(const char *path)
{
    assert_int_equal(umount2(path, MNT_DETACH), 0);
}

static inline const char *tree_of(char machine)
{
    const char name[] = {'H', 'W', 'F', 'P', '_', 'T', 'E',     'S', 'T',
                         '_', 'T', 'R', 'E', 'E', '_', machine, '\0'};
    const char *tree = getenv(name);

    if (!tree)
        fail_msg("%s is not set: run tests/pam/run.sh", name);
    return tree;
}

/* The hardware is now that of HWFP_TEST_TREE_<machine>. */
static inline void put_on(char machine)
{
    char path[512];

    (void)umount2("/proc/cpuinfo", MNT_DETACH);
    (void)umount2("/sys", MNT_DETACH);
    (void)snprintf(path, sizeof(path), "%s/sys", tree_of(machine));
    mount_over(path, "/sys");
    (void)snprintf(path, sizeof(path), "%s/proc/cpuinfo", tree_of(machine));
    if (access(path, F_OK) == 0)
        mount_over(path, "/proc/cpuinfo");
}

/* ---- The log: a socket of our own where syslog(3) looks for one. ---- */

static inline int log_open(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    (void)unlink(address.sun_path);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(chmod(address.sun_path, 0666), 0);
    return fd;
}

/* A datagram is there once syslog(3) has returned: there is nothing to wait for. */
static inline void log_drain(int fd, char *text)
{
    char line[2048];
    ssize_t n;

    while ((n = recv(fd, line, sizeof(line) - 1, 0)) >= 0) {
        line[n] = '\0';
        if (text)
            add_line(text, "", line);
    }
}

/* ---- One login. ---- */

/* Answers questions with the scratch users' password, and keeps what hwfp said. */
static inline int converse(int n, const struct pam_message **messages,
                           struct pam_response **ret_responses, void *data)
{
    struct seen *seen = data;
    struct pam_response *responses = calloc((size_t)n, sizeof(*responses));

    if (!responses)
        return PAM_BUF_ERR;
    for (int i = 0; i < n; i++) {
        const struct pam_message *m = messages[i];

        if (m->msg_style == PAM_PROMPT_ECHO_OFF || m->msg_style == PAM_PROMPT_ECHO_ON)
            responses[i].resp = strdup("hwfptest");
        else if (strstr(m->msg, "hwfp"))
            add_line(seen->told, m->msg_style == PAM_ERROR_MSG ? "error: " : "info: ", m->msg);
    }
    *ret_responses = responses;
    return PAM_SUCCESS;
}

static inline int enter(pam_handle_t *pamh, const struct attempt *a)
{
    switch (a->phase) {
    case AUTH:
        return pam_authenticate(pamh, a->flags);
    case SETCRED:
        return pam_setcred(pamh, a->flags ? a->flags : (int)PAM_ESTABLISH_CRED);
    case ACCOUNT:
        return pam_acct_mgmt(pamh, a->flags);
    case SESSION:
        break;
    }
    return pam_open_session(pamh, a->flags);
}

static inline void keep_variable(pam_handle_t *pamh, const char *name, char to[64])
{
    const char *value = pam_getenv(pamh, name);

    copy_text(to, 64, value ? value : "-");
}

static inline void go(const struct attempt *a, struct seen *seen)
{
    const struct pam_conv conversation = {.conv = a->mute ? NULL : converse, .appdata_ptr = seen};
    const char *user = a->user ? a->user : "hwfptest";
    pam_handle_t *pamh = NULL;

    assert_int_equal(pam_start_confdir(a->service, user, &conversation, CONFDIR, &pamh),
                     PAM_SUCCESS);
    if (!a->rhost || strcmp(a->rhost, "-") != 0)
        (void)pam_set_item(pamh, PAM_RHOST, a->rhost ? a->rhost : "192.0.2.7");
    if (a->tty)
        (void)pam_set_item(pamh, PAM_TTY, a->tty);
    seen->rc = enter(pamh, a);
    keep_variable(pamh, "HWFP_FINGERPRINT", seen->fingerprint);
    keep_variable(pamh, "HWFP_VERDICT", seen->verdict);
    keep_variable(pamh, "HWFP_SIMILARITY", seen->similarity);
    assert_int_equal(pam_end(pamh, seen->rc), PAM_SUCCESS);
}

/* In a child, which becomes that user for good: the module itself must never fork. */
static inline void go_as_user(const struct attempt *a, struct seen *seen)
{
    CLEANUP_FREE char *bytes = NULL;
    size_t size = 0;
    int ends[2], status = 0;
    pid_t child;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (setgid(a->as) == 0 && setuid(a->as) == 0) {
            go(a, seen);
            _exit(write_all(ends[1], seen, sizeof(*seen)) == 0 ? 0 : 1);
        }
        _exit(2);
    }
    (void)close(ends[1]);
    assert_int_equal(read_all(ends[0], sizeof(*seen), &bytes, &size), 0);
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(size, sizeof(*seen));
    memcpy(seen, bytes, size);
}

#endif
