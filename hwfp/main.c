/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp(8): the administrator's command. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "util.h"

struct command {
    const char *name, *arguments, *description;
    const struct subcommand *sub;
};

static const struct command commands[] = {
    {"status", "", "tell which machine this is, and by what it is known", &cmd_status},
    {"check", "[--no-rotate]", "be the gate: compare, and rotate a copy", &cmd_check},
    {"diff", "[--all] [FINGERPRINT]", "show what differs from a machine on record", &cmd_diff},
    {"enroll", "[--again]", "put this machine on record as the trusted one", &cmd_enroll},
    {"accept", "[FINGERPRINT]", "trust this machine, or the one named", &cmd_accept},
    {"rotate", "", "give this machine a new fingerprint", &cmd_rotate},
    {"forget", "FINGERPRINT", "take a machine out of the vault", &cmd_forget},
    {"history", "", "list the machines on record and their events", &cmd_history},
    {"threshold", "[N]", "show or set the similarity threshold", &cmd_threshold},
    {"ssm", "[--adopt]", "tell what amazon-ssm-agent will do, or follow it", &cmd_ssm},
    {"simulate", "[--change LIST]", "show what would be if something changed", &cmd_simulate},
    {"seal", "[--yes]", "empty the vault for a template: each copy enrols", &cmd_seal},
    {"gate", "UNIT", "let a unit start only where the machine is verified", &cmd_gate},
    {"ungate", "UNIT", "let it start anywhere again", &cmd_ungate},
};

static const struct command_option global_options[] = {
    {"root", "DIR", "look at the system below DIR instead of the running one"},
    {"config", "FILE", "read FILE and FILE.d instead of /etc/hwfp/hwfp.conf"},
    {"json", NULL, "print one JSON object"},
    {"quiet", NULL, "print nothing on standard output"},
    {"help", NULL, "print the usage, of hwfp or of a command"},
    {"version", NULL, "print the version"},
};

enum global { OPTION_ROOT, OPTION_CONFIG, OPTION_JSON, OPTION_QUIET, OPTION_HELP, OPTION_VERSION };

#define OPTION_GLOBAL 0x100 /* added to enum global: what getopt_long(3) gives */
#define OPTION_OWN 0x200    /* added to the number of a subcommand's own option */
#define ARGUMENTS_MAX 16

struct command_line {
    struct option options[ARRAY_SIZE(global_options) + COMMAND_OPTIONS_MAX + 1];
    const struct command *command;
    int n_arguments;
    char *arguments[ARGUMENTS_MAX + 1];
    bool help, version;
};

static void print_options(FILE *out, const struct command_option *options, size_t max)
{
    for (size_t i = 0; i < max && options[i].name; i++) {
        char left[40];

        (void)snprintf(left, sizeof(left), "--%s%s%s", options[i].name,
                       options[i].argument ? " " : "",
                       options[i].argument ? options[i].argument : "");
        (void)fprintf(out, "  %-24s %s\n", left, options[i].help);
    }
}

static void print_usage(FILE *out)
{
    (void)fputs("Usage: hwfp [OPTIONS] COMMAND [ARGUMENTS]\n\n"
                "Is this operating system still on the machine it was enrolled on?\n\nCommands:\n",
                out);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        char left[48];

        (void)snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].arguments);
        (void)fprintf(out, "  %-28s %s\n", left, commands[i].description);
    }
    (void)fputs("\nOptions, before or after the command:\n", out);
    print_options(out, global_options, ARRAY_SIZE(global_options));
    (void)fputs("\nhwfp COMMAND --help tells more about one. See hwfp(8).\n", out);
}

static void print_command_usage(const struct command *command)
{
    const struct subcommand *sub = command->sub;

    (void)printf("Usage: hwfp [OPTIONS] %s%s%s\n\n%c%s.\n", command->name,
                 *command->arguments ? " " : "", command->arguments,
                 toupper((unsigned char)command->description[0]), command->description + 1);
    if (sub->options[0].name) {
        (void)puts("\nOptions:");
        print_options(stdout, sub->options, COMMAND_OPTIONS_MAX);
    }
    (void)printf("\n%s", sub->help);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static size_t add_options(struct command_line *line, size_t n, const struct command_option *options,
                          size_t max, int base)
{
    for (size_t i = 0; i < max && options[i].name; i++)
        line->options[n++] =
            (struct option){.name = options[i].name,
                            .has_arg = options[i].argument ? required_argument : no_argument,
                            .val = base + (int)i};
    line->options[n] = (struct option){0};
    return n;
}

static int usage_error(const struct session *s, const char *what, const char *word)
{
    return session_fail(s, STATUS_USAGE, "%s%s%s, see hwfp --help", what, *word ? " " : "", word);
}

static int take_word(struct session *s, struct command_line *line, char *word)
{
    if (!line->command) {
        line->command = find_command(word);
        if (!line->command)
            return usage_error(s, "there is no command", word);
        (void)add_options(line, ARRAY_SIZE(global_options), line->command->sub->options,
                          COMMAND_OPTIONS_MAX, OPTION_OWN);
        return STATUS_OK;
    }
    if (line->n_arguments >= line->command->sub->max_arguments ||
        line->n_arguments >= ARGUMENTS_MAX)
        return usage_error(s, "there is no use for", word);
    line->arguments[line->n_arguments++] = word;
    return STATUS_OK;
}

static void take_global(struct session *s, struct command_line *line, enum global option)
{
    switch (option) {
    case OPTION_ROOT:
        s->root = optarg;
        break;
    case OPTION_CONFIG:
        s->config_file = optarg;
        break;
    case OPTION_JSON:
        s->json = true;
        break;
    case OPTION_QUIET:
        s->quiet = s->screen.quiet = true;
        break;
    case OPTION_HELP:
        line->help = true;
        break;
    case OPTION_VERSION:
        line->version = true;
        break;
    }
}

static int take_option(struct session *s, struct command_line *line, int option, const char *word)
{
    if (option == '?')
        return usage_error(s, "there is no option", word);
    if (option == ':')
        return usage_error(s, "something must follow", word);
    if (option & OPTION_OWN)
        s->option[option - OPTION_OWN] = optarg ? optarg : "";
    else
        take_global(s, line, (enum global)(option - OPTION_GLOBAL));
    return STATUS_OK;
}

/* `hwfp threshold -1`: a number below zero is a word, no option. */
static bool is_number(const char *word)
{
    return word[0] == '-' && isdigit((unsigned char)word[1]);
}

/* Options may stand before the command, after it, and among its arguments. */
static int parse(struct session *s, struct command_line *line, int argc, char **argv)
{
    bool words_only = false;
    int status = STATUS_OK;

    opterr = 0;
    (void)add_options(line, 0, global_options, ARRAY_SIZE(global_options), OPTION_GLOBAL);
    while (status == STATUS_OK && optind < argc) {
        char *word = argv[optind];
        int option =
            words_only || is_number(word) ? -1 : getopt_long(argc, argv, "+:", line->options, NULL);

        if (option != -1) {
            status = take_option(s, line, option, word);
        } else if (!words_only && strcmp(word, "--") == 0) {
            words_only = true;
        } else {
            status = take_word(s, line, word);
            optind++;
        }
    }
    return status;
}

/* --json is obeyed for errors in what stands before it, too. */
static bool is_given(int argc, char **argv, const char *option)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], option) == 0)
            return true;
    return false;
}

static int run(struct session *s, struct command_line *line)
{
    int status;

    if (line->n_arguments < line->command->sub->min_arguments)
        return usage_error(s, "something must follow", line->command->name);
    status = session_open(s);
    if (status == STATUS_OK)
        status = line->command->sub->run(s, line->n_arguments, line->arguments);
    session_close(s);
    return status;
}

static int dispatch(struct session *s, struct command_line *line)
{
    if (line->version)
        (void)puts("hwfp " HWFP_VERSION);
    else if (line->help && line->command)
        print_command_usage(line->command);
    else if (line->help)
        print_usage(stdout);
    else if (line->command)
        return run(s, line);
    else {
        print_usage(stderr);
        return STATUS_USAGE;
    }
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    struct session session = {.json = is_given(argc, argv, "--json")};
    struct command_line line = {0};
    int status;

    /* Only people are shown more than ASCII; programs need not wait for the locale's files. */
    if (isatty(STDOUT_FILENO))
        (void)setlocale(LC_CTYPE, "");
    screen_open(&session.screen, false);
    status = parse(&session, &line, argc, argv);
    if (status == STATUS_OK)
        status = dispatch(&session, &line);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        screen_error(&session.screen, "cannot write to standard output: %s", strerror(errno));
        status = STATUS_ERROR;
    }
    return status;
}
