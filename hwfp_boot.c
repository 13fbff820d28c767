/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hwfp-boot: the gate, once at boot. It enrols where the one-use ticket allows it, publishes the
 * verdict under /run/hwfp, and rotates when the machine is different. It exits 0 whenever mode and
 * settings let the system pass, otherwise with the status of `hwfp check`.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "boot_record.h"
#include "hwfp.h"
#include "util.h"

#define EXIT_USAGE 2
#define STEP_MS 250
#define STEPS_PER_SECOND (1000 / STEP_MS)
#define QUIET_STEPS STEPS_PER_SECOND /* evidence that stays for a second is taken as complete */

static void usage(FILE *to)
{
    (void)fprintf(
        to,
        "Usage: hwfp-boot [--published VERDICT | --record | --audit-node | --help | --version]\n\n"
        "Checks this machine against the vault in /var/lib/hwfp, once at boot, and\n"
        "publishes the verdict in /run/hwfp/verdict. It takes no other arguments: what it\n"
        "does is set in /etc/hwfp/hwfp.conf and by hwfp.mode= on the kernel command line.\n"
        "With --published it checks nothing: it exits 0 if VERDICT is what was published\n"
        "in this boot, 1 if not; for a unit's ExecCondition=.\n"
        "With --record it puts what was published in this boot into the audit log; with\n"
        "--audit-node it makes the configuration by which auditd names every record's\n"
        "node by the fingerprint, in /run/hwfp/audit.\n\n"
        "Exit status: 0 the system may pass; 1 different, 3 uncertain, 4 unenrolled,\n"
        "5 error, where the mode is deny; 2 usage.\n");
}

/* Whether the verdict that was published in this boot is the one named: the exit status. */
static int is_published(const char *name)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_system *system = NULL;
    struct hwfp_published published;
    enum hwfp_verdict verdict;
    int r;

    if (hwfp_verdict_parse(name, &verdict) < 0) {
        (void)fprintf(stderr, "hwfp-boot: there is no verdict %s\n", name);
        return EXIT_USAGE;
    }
    r = hwfp_system_open(NULL, &system, &error);
    if (r == 0)
        r = hwfp_published_read(system, &published, &error);
    hwfp_system_free(system);
    /* Nothing published: mode off. */
    if (r < 0 && r != -ENOENT)
        (void)fprintf(stderr, "hwfp-boot: %s\n", error ? error : strerror(-r));
    return r == 0 && published.verdict == verdict ? 0 : 1;
}

/* getopt_long(3) has told of an option that there is not. */
static void refuse_arguments(int option, const char *superfluous)
{
    if (option != '?' && superfluous)
        (void)fprintf(stderr, "hwfp-boot: unexpected argument \"%s\"\n", superfluous);
    usage(stderr);
}

/* -1: go on; otherwise the exit status. */
static int parse_arguments(int argc, char **argv)
{
    static const struct option options[] = {
        {"published", required_argument, NULL, 'p'}, {"record", no_argument, NULL, 'r'},
        {"audit-node", no_argument, NULL, 'n'},      {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},         {0}};
    int option = getopt_long(argc, argv, "hV", options, NULL);

    if (option == 'p' && optind == argc)
        return is_published(optarg);
    if (option == 'r' && optind == argc)
        return boot_record();
    if (option == 'n' && optind == argc)
        return boot_audit_node();
    if (option == 'h')
        usage(stdout);
    else if (option == 'V')
        (void)printf("hwfp-boot %s\n", HWFP_VERSION);
    else if (option == -1 && optind == argc)
        return -1;
    else
        refuse_arguments(option, optind < argc ? argv[optind] : NULL);
    return option == 'h' || option == 'V' ? 0 : EXIT_USAGE;
}

/* A bad configuration is an error verdict, not a reason to stop: what is said here goes to the
 * journal, and the configuration that was left fails closed where it must. */
static bool load_config(const struct hwfp_system *system, struct hwfp_config *config)
{
    CLEANUP_FREE char *error = NULL, *cmdline_error = NULL;
    int r = hwfp_config_load(system, NULL, config, &error), overridden;

    if (r < 0)
        (void)fprintf(stderr, "hwfp-boot: %s\n", error ? error : strerror(-r));
    overridden = hwfp_config_apply_cmdline(system, config, &cmdline_error);
    if (overridden > 0)
        (void)fprintf(stderr, "hwfp-boot: mode is %s, by the kernel command line\n",
                      hwfp_mode_name(config->mode));
    else if (overridden < 0)
        (void)fprintf(stderr, "hwfp-boot: %s\n", cmdline_error ? cmdline_error : "hwfp.mode=?");
    return r == 0;
}

/* ---- Settling. ---- */

static bool may_settle(const struct hwfp_result *result)
{
    return result->could_settle &&
           (result->verdict == HWFP_DIFFERENT || result->verdict == HWFP_UNCERTAIN);
}

static void tell_what_is_missing(const struct hwfp_result *result, unsigned seconds)
{
    (void)fprintf(stderr, "hwfp-boot: waiting at most %u s for", seconds);
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        enum hwfp_class class = hwfp_component_class((enum hwfp_component)c);
        unsigned was = result->comparison.component[c].recorded;
        unsigned is = result->comparison.component[c].current;

        if ((class == HWFP_CHASSIS || class == HWFP_PART) && is < was)
            (void)fprintf(stderr, " %s (%u of %u there)",
                          hwfp_component_name((enum hwfp_component)c), is, was);
    }
    (void)fputc('\n', stderr);
}

static void pause_step(void)
{
    const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};

    (void)nanosleep(&step, NULL);
}

/* Only where the verdict is bad because something on record is not there (yet). */
static void settle(const struct hwfp_system *system, const struct hwfp_config *config)
{
    struct hwfp_result result;
    bool told = false, waiting = true;

    for (unsigned step = 0; waiting && step < config->settle * STEPS_PER_SECOND; step++) {
        waiting =
            hwfp_gate(system, config, HWFP_GATE_READ_ONLY, &result) == 0 && may_settle(&result);
        if (waiting && !told)
            tell_what_is_missing(&result, config->settle);
        told = told || waiting;
        hwfp_result_clear(&result);
        if (waiting)
            pause_step();
    }
}

static unsigned count_items(const struct hwfp_hash *hash)
{
    unsigned n = 0;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        n += (unsigned)hash->component[c].n;
    return n;
}

static bool udev_is_busy(void)
{
    struct stat st;

    return stat("/run/udev/queue", &st) == 0;
}

/* A first boot enrols what it will be known by for years, so it waits until udev is idle and
 * nothing new has turned up for a second. */
static void settle_for_enrolment(const struct hwfp_system *system, const struct hwfp_config *config)
{
    unsigned quiet = 0, items = 0;

    (void)fprintf(stderr, "hwfp-boot: enrolling; waiting at most %u s for devices to appear\n",
                  config->settle);
    for (unsigned step = 0; quiet < QUIET_STEPS && step < config->settle * STEPS_PER_SECOND;
         step++) {
        struct hwfp_result result;
        unsigned now = 0;

        if (hwfp_gate(system, config, HWFP_GATE_READ_ONLY, &result) == 0)
            now = count_items(&result.hash);
        hwfp_result_clear(&result);
        quiet = now == items && !udev_is_busy() ? quiet + 1 : 0;
        items = now;
        pause_step();
    }
}

static bool will_enroll(const struct hwfp_system *system)
{
    struct hwfp_vault *vault = NULL;
    struct stat st;
    int r = hwfp_vault_load(system, &vault, NULL);

    hwfp_vault_free(vault);
    return r == -ENOENT && lstat("/var/lib/hwfp/ticket", &st) == 0;
}

/* ---- The verdict. ---- */

static void tell(const struct hwfp_result *result)
{
    CLEANUP_FREE char *line = hwfp_report_line(result);

    (void)fprintf(stderr, "hwfp-boot: event=boot %s\n",
                  line ? line : hwfp_verdict_name(result->verdict));
    if (result->problem)
        (void)fprintf(stderr, "hwfp-boot: %s\n", result->problem);
}

/* What to leave out, or how strong an identity must be, is not known then: nothing is enrolled,
 * recorded or published by guesses. */
static void look_without_config(const struct hwfp_system *system, const struct hwfp_config *config,
                                struct hwfp_result *ret)
{
    (void)hwfp_gate(system, config, HWFP_GATE_READ_ONLY, ret);
    ret->verdict = HWFP_ERROR;
    free(ret->reason);
    ret->reason = strdup("the configuration cannot be used");
}

static int check(const struct hwfp_system *system, const struct hwfp_config *config,
                 bool config_good)
{
    struct hwfp_result result;
    enum hwfp_verdict verdict;

    if (!config_good)
        look_without_config(system, config, &result);
    else if (will_enroll(system))
        settle_for_enrolment(system, config);
    else
        settle(system, config);
    if (config_good)
        (void)hwfp_gate(system, config, HWFP_GATE_PUBLISH | HWFP_GATE_ENROLL_TICKET, &result);
    tell(&result);
    verdict = result.verdict;
    hwfp_result_clear(&result);
    return hwfp_config_action(config, verdict) == HWFP_REFUSE ? (int)verdict : 0;
}

int main(int argc, char **argv)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_system *system = NULL;
    struct hwfp_config config = {0};
    int status = parse_arguments(argc, argv);

    if (status >= 0)
        return status;
    if (hwfp_system_open(NULL, &system, &error) < 0) {
        (void)fprintf(stderr, "hwfp-boot: %s\n", error ? error : "the system cannot be opened");
        return HWFP_ERROR;
    }
    if (geteuid() != 0) {
        (void)fprintf(stderr, "hwfp-boot: must be run by root\n");
        hwfp_system_free(system);
        return HWFP_ERROR;
    }
    bool config_good = load_config(system, &config);

    if (config.mode == HWFP_MODE_OFF)
        (void)fprintf(stderr, "hwfp-boot: mode is off: nothing is checked\n");
    status = config.mode == HWFP_MODE_OFF ? 0 : check(system, &config, config_good);
    hwfp_config_clear(&config);
    hwfp_system_free(system);
    return status;
}
