/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a check costs, beside the five commands that amazon-ssm-agent runs for its hardware hash, in
 * one run: CPU time (user and system, the children's included) of
 *   A  the five commands, each a process
 *   B  `hwfp check`, a process
 *   C  the same check inside a process that is running already
 * in turn, so that a machine whose speed drifts does so for all three. Prints medians and ratios.
 * A benchmark is not a test: it judges nothing.
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "hwfp.h"
#include "util.h"

#define ROUNDS 101
#define CHECKS 20 /* in-process checks a round: one alone is too short for a clock */

extern char **environ;

static const char *const agent[][4] = {
    {"dmidecode", "-t", "processor", NULL},  {"dmidecode", "-t", "memory", NULL},
    {"dmidecode", "-t", "bios", NULL},       {"dmidecode", "-t", "system", NULL},
    {"ls", "-l", "/dev/disk/by-uuid", NULL},
};

static double seconds(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

/* The CPU time of a finished child. */
static double run(const char *const *arguments)
{
    posix_spawn_file_actions_t files;
    struct rusage usage;
    int status;
    pid_t pid;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, arguments[0], &files, NULL, (char *const *)arguments, environ) != 0)
        errx(1, "%s cannot be run", arguments[0]);
    if (wait4(pid, &status, 0, &usage) < 0)
        err(1, "wait4");
    posix_spawn_file_actions_destroy(&files);
    return seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
}

static double cpu_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double check_inside(const struct hwfp_system *system, const struct hwfp_config *config)
{
    double start = cpu_now();

    for (int i = 0; i < CHECKS; i++) {
        struct hwfp_result result;

        if (hwfp_gate(system, config, 0, &result) < 0 || result.verdict != HWFP_SAME)
            errx(1, "not the same: %s", result.reason ? result.reason : "?");
        hwfp_result_clear(&result);
    }
    return (cpu_now() - start) / CHECKS;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), by_value);
    return values[ROUNDS / 2];
}

static void compare(const char *hwfp, const struct hwfp_system *system,
                    const struct hwfp_config *config)
{
    const char *const check[] = {hwfp, "check", NULL};
    static double a[ROUNDS], b[ROUNDS], c[ROUNDS], ab[ROUNDS], ac[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        a[i] = 0;
        for (size_t k = 0; k < ARRAY_SIZE(agent); k++)
            a[i] += run(agent[k]);
        b[i] = run(check);
        c[i] = check_inside(system, config);
        ab[i] = a[i] / b[i];
        ac[i] = a[i] / c[i];
    }
    (void)printf("A  the agent's five commands      %8.0f us\n", median(a) * 1e6);
    (void)printf("B  hwfp check, a process          %8.0f us   A/B %5.1f\n", median(b) * 1e6,
                 median(ab));
    (void)printf("C  the check, inside a process    %8.0f us   A/C %5.1f\n", median(c) * 1e6,
                 median(ac));
    (void)printf("CPU time, medians of %d rounds in turn; the ratios are medians of the rounds'\n",
                 ROUNDS);
}

int main(int argc, char **argv)
{
    struct hwfp_system *system = NULL;
    struct hwfp_config config = {0};
    char *error = NULL;

    if (argc != 2)
        errx(2, "usage: bench HWFP (on an enrolled system, by root)");
    if (hwfp_system_open(NULL, &system, &error) < 0 ||
        hwfp_config_load(system, NULL, &config, &error) < 0)
        errx(1, "%s", error ? error : "?");
    compare(argv[1], system, &config);
    hwfp_config_clear(&config);
    hwfp_system_free(system);
    return 0;
}
