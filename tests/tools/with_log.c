/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * with_log FILE COMMAND [ARGUMENT...]
 * Runs COMMAND with a log daemon of its own: whatever reaches /dev/log meanwhile goes to FILE, a
 * line each. For use inside tests/chamber, whose /dev is private. Its exit status is COMMAND's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_RUN 125 /* the exit status when COMMAND could not be run */

static int complain(const char *what)
{
    (void)fprintf(stderr, "with_log: %s: %s\n", what, strerror(errno));
    return NOT_RUN;
}

static int listen_for_lines(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    (void)unlink(address.sun_path);
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        chmod(address.sun_path, 0666) < 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void take_lines(int fd, FILE *to)
{
    char line[8192];
    ssize_t n;

    while ((n = recv(fd, line, sizeof(line), 0)) >= 0)
        (void)fprintf(to, "%.*s\n", (int)n, line);
    (void)fflush(to);
}

/* The children are told of through a descriptor, so that one poll() waits for both. */
static int watch_children(sigset_t *ret_before)
{
    sigset_t children;

    (void)sigemptyset(&children);
    (void)sigaddset(&children, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &children, ret_before) < 0)
        return -1;
    return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int status_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int serve_until_end(pid_t command, int log, int children, FILE *to)
{
    struct pollfd ready[] = {{.fd = log, .events = POLLIN}, {.fd = children, .events = POLLIN}};
    struct signalfd_siginfo told;
    int status = 0;

    for (;;) {
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return complain("poll");
        take_lines(log, to);
        if (read(children, &told, sizeof(told)) < 0 && errno != EAGAIN)
            return complain("signalfd");
        if (waitpid(command, &status, WNOHANG) == command)
            break;
    }
    take_lines(log, to);
    return status_of(status);
}

int main(int argc, char **argv)
{
    FILE *to = argc > 2 ? fopen(argv[1], "ae") : NULL;
    int log, children;
    sigset_t before;
    pid_t command;

    if (!to)
        return complain("usage: with_log FILE COMMAND [ARGUMENT...]");
    log = listen_for_lines();
    if (log < 0)
        return complain("/dev/log");
    children = watch_children(&before);
    command = children < 0 ? -1 : fork();
    if (command < 0)
        return complain("fork");
    if (command == 0) {
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        (void)execvp(argv[2], argv + 2);
        _exit(complain(argv[2]));
    }
    return serve_until_end(command, log, children, to);
}
