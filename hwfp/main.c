/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp(8): the administrator's command. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "util.h"

struct command {
    const char *name, *argument, *description;
    const struct subcommand *sub;
};

/* Carried out by dispatch(): it needs the table below, and no system. */
static const struct subcommand cmd_help = {
    .max_arguments = 1,
    .help = "Exit status: 0 printed, 2 usage.\n",
};

static const struct command commands[] = {
    {"status", NULL, "tell which machine this is, and by what it is known", &cmd_status},
    {"check", NULL, "be the gate: compare, and rotate a copy", &cmd_check},
    {"diff", "FINGERPRINT", "show what differs from a machine on record", &cmd_diff},
    {"enroll", NULL, "put this machine on record as the trusted one", &cmd_enroll},
    {"accept", "FINGERPRINT", "trust this machine, or the one named", &cmd_accept},
    {"rotate", NULL, "give this machine a new fingerprint", &cmd_rotate},
    {"forget", "FINGERPRINT", "take a machine out of the vault", &cmd_forget},
    {"history", NULL, "list the machines on record and their events", &cmd_history},
    {"threshold", "N", "show or set the similarity threshold", &cmd_threshold},
    {"ssm", NULL, "tell what amazon-ssm-agent will do, or follow it", &cmd_ssm},
    {"simulate", NULL, "show what would be if something changed", &cmd_simulate},
    {"recovery", NULL, "make one-time codes for getting in", &cmd_recovery},
    {"seal", NULL, "empty the vault for a template: each copy enrols", &cmd_seal},
    {"gate", "UNIT", "let a unit start only where the machine is verified", &cmd_gate},
    {"ungate", "UNIT", "let it start anywhere again", &cmd_ungate},
    {"doctor", NULL, "look for what is wrong, and how to mend it", &cmd_doctor},
    {"export", "FORMAT", "tell monitoring and inventories", &cmd_export},
    {"duplicates", "FILE", "find who shares what in inventories", &cmd_duplicates},
    {"help", "COMMAND", "print the usage of hwfp or of a command", &cmd_help},
};

static const struct command_option global_options[] = {
    {"root", "DIR", "look at the system below DIR, not the running one"},
    {"config", "FILE", "read FILE and FILE.d instead of /etc/hwfp/hwfp.conf"},
    {"json", NULL, "print one JSON object"},
    {"quiet", NULL, "print nothing on standard output"},
    {"help", NULL, "print the usage, of hwfp or of a command"},
    {"version", NULL, "print the version, and what hwfp was built with"},
};

/* In the order of global_options; 0: it has no short form. */
static const char global_short[] = {0, 0, 0, 0, 'h', 'V'};

enum global { OPTION_ROOT, OPTION_CONFIG, OPTION_JSON, OPTION_QUIET, OPTION_HELP, OPTION_VERSION };

#define OPTION_GLOBAL 0x100 /* added to enum global: what getopt_long(3) gives */
#define OPTION_OWN 0x200    /* added to the number of a subcommand's own option */

struct command_line {
    struct option options[ARRAY_SIZE(global_options) + COMMAND_OPTIONS_MAX + 1];
    const struct command *command;
    int n_arguments;
    char **arguments; /* with room for every word of the command line */
    bool help, version;
};

static void print_option(FILE *out, const char *before, const struct command_option *option)
{
    char left[40];

    (void)snprintf(left, sizeof(left), "%s--%s%s%s", before, option->name,
                   option->argument ? " " : "", option->argument ? option->argument : "");
    (void)fprintf(out, "  %-24s %s\n", left, option->help);
}

static void print_global_options(FILE *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(global_options); i++) {
        char before[] = "    ";

        if (global_short[i])
            (void)snprintf(before, sizeof(before), "-%c, ", global_short[i]);
        print_option(out, before, &global_options[i]);
    }
}

/* " UNIT", " [FINGERPRINT]", " [FILE...]", or nothing. */
static void spell_argument(const struct command *command, char *text, size_t size)
{
    bool optional = command->sub->min_arguments == 0;
    const char *more = command->sub->max_arguments > 1 ? "..." : "";

    copy_text(text, size, "");
    if (command->argument)
        (void)snprintf(text, size, optional ? " [%s%s]" : " %s%s", command->argument, more);
}

static void print_usage(FILE *out)
{
    (void)fputs("Usage: hwfp [OPTIONS] COMMAND [ARGUMENTS]\n\n"
                "Is this operating system still on the machine it was enrolled on?\n\nCommands:\n",
                out);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        char argument[32], left[48];

        spell_argument(&commands[i], argument, sizeof(argument));
        (void)snprintf(left, sizeof(left), "%s%s", commands[i].name, argument);
        (void)fprintf(out, "  %-20s  %s\n", left, commands[i].description);
    }
    (void)fputs("\nOptions, before or after the command:\n", out);
    print_global_options(out);
    (void)fputs("\nhwfp help COMMAND tells more about a command. See hwfp(8).\n", out);
}

static void print_own_options(const struct subcommand *sub)
{
    const char *between = sub->one_option ? " | " : "] [";

    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && sub->options[i].name; i++) {
        const struct command_option *o = &sub->options[i];

        (void)printf("%s--%s%s%s", i == 0 ? " [" : between, o->name, o->argument ? " " : "",
                     o->argument ? o->argument : "");
    }
    (void)printf("%s", sub->options[0].name ? "]" : "");
}

static void print_command_usage(const struct command *command)
{
    const struct subcommand *sub = command->sub;
    char argument[32];

    spell_argument(command, argument, sizeof(argument));
    (void)printf("Usage: hwfp [OPTIONS] %s", command->name);
    print_own_options(sub);
    (void)printf("%s\n\n%c%s.\n", argument, toupper((unsigned char)command->description[0]),
                 command->description + 1);
    if (sub->options[0].name) {
        (void)puts("\nOptions:");
        for (size_t i = 0; i < COMMAND_OPTIONS_MAX && sub->options[i].name; i++)
            print_option(stdout, "", &sub->options[i]);
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

/* Names the help that tells more: the command's, or hwfp's where that is NULL. */
__attribute__((format(printf, 3, 4))) static int
usage_error(const struct session *s, const struct command *command, const char *format, ...)
{
    CLEANUP_FREE char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return session_fail(s, STATUS_USAGE, "%s, see hwfp %s%s--help", text ? text : "no memory",
                        command ? command->name : "", command ? " " : "");
}

/* The command that was meant by a word that is none, or NULL. */
static const char *nearest_command(const char *word)
{
    struct nearest nearest = nearest_to(word);

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        nearest_try(&nearest, commands[i].name);
    return nearest.name;
}

/* The same for an option, whose name stands behind "--" and before "=". */
static const char *nearest_option(const struct command_line *line, const char *word)
{
    char name[32];
    struct nearest nearest;

    if (strncmp(word, "--", 2) != 0)
        return NULL;
    copy_text(name, sizeof(name), word + 2);
    name[strcspn(name, "=")] = '\0';
    nearest = nearest_to(name);
    for (size_t i = 0; line->options[i].name; i++)
        nearest_try(&nearest, line->options[i].name);
    return nearest.name;
}

static int unknown_command(const struct session *s, const char *word)
{
    const char *meant = nearest_command(word);

    return meant ? session_fail(s, STATUS_USAGE, "unknown command \"%s\" (did you mean \"%s\"?)",
                                word, meant)
                 : usage_error(s, NULL, "unknown command \"%s\"", word);
}

static int unknown_option(const struct session *s, const struct command_line *line,
                          const char *word)
{
    const char *meant = nearest_option(line, word);

    return meant ? session_fail(s, STATUS_USAGE, "unknown option \"%s\" (did you mean \"--%s\"?)",
                                word, meant)
                 : usage_error(s, line->command, "unknown option \"%s\"", word);
}

static int too_many(const struct session *s, const struct command *command, const char *word)
{
    return command->sub->max_arguments == 0
               ? usage_error(s, command, "%s takes no argument '%s'", command->name, word)
               : usage_error(s, command, "%s takes one %s, and no '%s' behind it", command->name,
                             command->argument, word);
}

static int take_word(struct session *s, struct command_line *line, char *word)
{
    if (!line->command) {
        line->command = find_command(word);
        if (!line->command)
            return unknown_command(s, word);
        (void)add_options(line, ARRAY_SIZE(global_options), line->command->sub->options,
                          COMMAND_OPTIONS_MAX, OPTION_OWN);
        return STATUS_OK;
    }
    if (line->n_arguments >= line->command->sub->max_arguments)
        return too_many(s, line->command, word);
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

/* A known one, which has no argument and should, or the other way round. */
static int misused_option(const struct session *s, const struct command_line *line, int option)
{
    const struct command *command = option >= OPTION_OWN ? line->command : NULL;
    const struct command_option *o = command ? &command->sub->options[option - OPTION_OWN]
                                             : &global_options[option - OPTION_GLOBAL];

    return o->argument ? usage_error(s, command, "--%s needs %s", o->name, o->argument)
                       : usage_error(s, command, "--%s takes no value", o->name);
}

static int take_option(struct session *s, struct command_line *line, int option, const char *word)
{
    if (option == ':' || (option == '?' && optopt >= OPTION_GLOBAL))
        return misused_option(s, line, optopt);
    if (option == '?')
        return unknown_option(s, line, word);
    for (size_t i = 0; i < ARRAY_SIZE(global_short); i++)
        if (option == global_short[i])
            option = OPTION_GLOBAL + (int)i;
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
        int option = words_only || is_number(word)
                         ? -1
                         : getopt_long(argc, argv, "+:hV", line->options, NULL);

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

/* --json is obeyed for errors in what stands before it, too; getopt_long(3) takes it short. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strlen(argv[i]) > 2 && strncmp(argv[i], "--json", strlen(argv[i])) == 0)
            return true;
    return false;
}

static int run(struct session *s, struct command_line *line)
{
    int status;

    if (line->n_arguments < line->command->sub->min_arguments)
        return usage_error(s, line->command, "%s needs %s", line->command->name,
                           line->command->argument);
    status = session_open(s);
    if (status == STATUS_OK)
        status = line->command->sub->run(s, line->n_arguments, line->arguments);
    session_close(s);
    return status;
}

static int no_command(const struct session *s)
{
    if (s->json)
        return usage_error(s, NULL, "a command must follow");
    print_usage(stderr);
    return STATUS_USAGE;
}

/* `hwfp help [COMMAND]` */
static int help(const struct session *s, const struct command_line *line)
{
    const char *name = line->n_arguments > 0 ? line->arguments[0] : NULL;
    const struct command *command = name ? find_command(name) : NULL;

    if (name && !command)
        return unknown_command(s, name);
    if (command)
        print_command_usage(command);
    else
        print_usage(stdout);
    return STATUS_OK;
}

static int dispatch(struct session *s, struct command_line *line)
{
    if (line->version)
        print_version();
    else if (line->help && line->command)
        print_command_usage(line->command);
    else if (line->help)
        print_usage(stdout);
    else if (line->command && line->command->sub == &cmd_help)
        return help(s, line);
    else if (line->command)
        return run(s, line);
    else
        return no_command(s);
    return STATUS_OK;
}

static int parse_and_run(struct session *s, int argc, char **argv)
{
    CLEANUP_FREE char **words = calloc((size_t)argc + 1, sizeof(*words));
    struct command_line line = {.arguments = words};
    int status;

    if (!words)
        return session_fail(s, STATUS_ERROR, "no memory");
    status = parse(s, &line, argc, argv);
    return status == STATUS_OK ? dispatch(s, &line) : status;
}

int main(int argc, char **argv)
{
    struct session session = {.json = wants_json(argc, argv)};
    int status;

    /* Only people are shown more than ASCII; programs need not wait for the locale's files. */
    if (isatty(STDOUT_FILENO))
        (void)setlocale(LC_CTYPE, "");
    screen_open(&session.screen, false);
    status = parse_and_run(&session, argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        screen_error(&session.screen, "cannot write to standard output: %s", strerror(errno));
        status = STATUS_ERROR;
    }
    return status;
}
