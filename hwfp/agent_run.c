/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent_run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "system.h"
#include "util.h"

#define OUTPUT_MAX ((size_t)1024 * 1024)

static const char *const folders[] = {
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
};

/* ---- The environment. ---- */

static bool is_locale_variable(const char *line)
{
    return strncmp(line, "LANG=", 5) == 0 || strncmp(line, "LANGUAGE=", 9) == 0 ||
           strncmp(line, "LC_", 3) == 0;
}

/* NAME="value" to NAME=value, in place. */
static void unquote(char *line)
{
    char *value = strchr(line, '=');
    size_t n = value ? strlen(++value) : 0;

    if (n < 2 || (*value != '"' && *value != '\'') || value[n - 1] != *value)
        return;
    value[n - 1] = '\0';
    memmove(value, value + 1, n - 1);
}

static void make_path(char *path, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < ARRAY_SIZE(folders) && used < size; i++)
        used += (size_t)snprintf(path + used, size - used, "%s%s", i ? ":" : "PATH=", folders[i]);
}

static size_t add_locale(const struct hwfp_system *system, struct agent_environment *e, size_t n)
{
    char *rest = e->locale, *line;

    if (system_read_text(system, "etc/locale.conf", e->locale, sizeof(e->locale)) < 0 &&
        system_read_text(system, "etc/default/locale", e->locale, sizeof(e->locale)) < 0)
        return n;
    while (n < AGENT_VARIABLES_MAX && (line = strsep(&rest, "\n"))) {
        line = trim(line);
        if (!is_locale_variable(line))
            continue;
        unquote(line);
        e->variables[n++] = line;
    }
    return n;
}

void agent_environment_read(const struct hwfp_system *system, struct agent_environment *ret)
{
    *ret = (struct agent_environment){.no_locale = "LANG=C.UTF-8"}; /* systemd's own default */
    make_path(ret->path, sizeof(ret->path));
    ret->variables[0] = ret->path;
    if (add_locale(system, ret, 1) == 1)
        ret->variables[1] = ret->no_locale;
}

/* ---- Starting. ---- */

static int set_up(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int out)
{
    int r = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);

    if (r == 0)
        r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (r == 0)
        r = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (r == 0)
        r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP);
    return r;
}

static int spawn(const char *path, char *const argv[], char *const variables[], int out, pid_t *ret)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int r = posix_spawn_file_actions_init(&actions);

    if (r != 0)
        return -r;
    r = posix_spawnattr_init(&attributes);
    if (r == 0) {
        r = set_up(&actions, &attributes, out);
        if (r == 0)
            r = posix_spawn(ret, path, &actions, &attributes, argv, variables);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return -r;
}

/* As Go's LookPath. posix_spawnp(3) would search the caller's PATH. */
static int find_program(const char *name, char *path, size_t size)
{
    bool has_folder = strchr(name, '/') != NULL;

    for (size_t i = 0; i < (has_folder ? 1 : ARRAY_SIZE(folders)); i++) {
        (void)snprintf(path, size, "%s%s%s", has_folder ? "" : folders[i], has_folder ? "" : "/",
                       name);
        if (access(path, X_OK) == 0)
            return 0;
    }
    return -ENOENT;
}

/* ---- Waiting. ---- */

static int64_t now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int wait_readable(int fd, int64_t deadline)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    for (;;) {
        int64_t left = deadline - now_ms();
        int n = poll(&p, 1, left > 0 ? (int)left : 0);

        if (n > 0)
            return 0;
        if (n == 0)
            return -ETIMEDOUT;
        if (errno != EINTR)
            return -errno;
    }
}

static int fill(int fd, int64_t deadline, char *output, size_t *ret_size)
{
    size_t size = 0;

    while (size < OUTPUT_MAX) {
        int r = wait_readable(fd, deadline);
        ssize_t n = r < 0 ? 0 : read(fd, output + size, OUTPUT_MAX - size);

        if (r < 0)
            return r;
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0) {
            *ret_size = size;
            return 0;
        }
        size += n > 0 ? (size_t)n : 0;
    }
    return -EFBIG;
}

static int read_output(int fd, int64_t deadline, char **ret_output, size_t *ret_size)
{
    char *output = malloc(OUTPUT_MAX);
    int r = output ? fill(fd, deadline, output, ret_size) : -ENOMEM;

    if (r == 0)
        *ret_output = output;
    else
        free(output);
    return r;
}

/* One that has closed its output is about to end; yet it may not. */
static int wait_exit(pid_t pid, int64_t deadline)
{
    const struct timespec pause = {.tv_nsec = 2000000L};

    for (;;) {
        int status = 0;
        pid_t ended = waitpid(pid, &status, WNOHANG);

        if (ended == pid)
            return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
        if (ended < 0 && errno != EINTR)
            return -errno;
        if (now_ms() >= deadline)
            return -ETIMEDOUT;
        (void)nanosleep(&pause, NULL);
    }
}

static void kill_all(pid_t pid)
{
    (void)kill(-pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* Whatever it is that goes wrong, no child is left. */
static int wait_for(pid_t pid, int out, unsigned timeout_seconds, char **ret_output,
                    size_t *ret_size)
{
    int64_t deadline = now_ms() + (int64_t)timeout_seconds * 1000;
    int r = read_output(out, deadline, ret_output, ret_size);

    if (r == 0)
        r = wait_exit(pid, deadline);
    if (r < 0 && r != -ECHILD)
        kill_all(pid);
    return r;
}

int agent_run(char *const argv[], const struct agent_environment *environment,
              unsigned timeout_seconds, char **ret_output, size_t *ret_size)
{
    CLEANUP_FREE char *output = NULL;
    CLEANUP_CLOSE int out = -1;
    char path[PATH_MAX];
    size_t size = 0;
    int pipes[2], r = find_program(argv[0], path, sizeof(path));
    pid_t pid = -1;

    if (r < 0)
        return r;
    if (pipe2(pipes, O_CLOEXEC) < 0)
        return -errno;
    out = pipes[0];
    /* Whoever started us may have left it ignored: then no child could be waited for. */
    (void)signal(SIGCHLD, SIG_DFL);
    r = spawn(path, argv, environment->variables, pipes[1], &pid);
    (void)close(pipes[1]);
    if (r == 0)
        r = wait_for(pid, out, timeout_seconds, &output, &size);
    if (r == 0) {
        *ret_output = output;
        *ret_size = size;
        output = NULL;
    }
    return r;
}
