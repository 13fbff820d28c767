/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a command, and writes how many KiB of memory it had at most into a file (getrusage(2)). */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int report(const char *path)
{
    struct rusage usage;
    FILE *out = fopen(path, "we");

    if (!out || getrusage(RUSAGE_CHILDREN, &usage) < 0 ||
        fprintf(out, "%ld\n", usage.ru_maxrss) < 0) {
        perror(path);
        return 125;
    }
    return fclose(out) == 0 ? 0 : 125;
}

int main(int argc, char **argv)
{
    int status = 0;
    pid_t child;

    if (argc < 3) {
        (void)fputs("usage: max_rss FILE COMMAND [ARGUMENT...]\n", stderr);
        return 125;
    }
    child = fork();
    if (child == 0) {
        (void)execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(125);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || report(argv[1]) != 0)
        return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
