/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "util.h"

#define ROUNDS 10 /* of changes that come while it exports; then the next one is another's */

enum { OUTPUT };

struct format {
    const char *name;
    bool with_evidence;
    char *(*print)(const struct session *session, const struct export_facts *facts);
};

static const struct format formats[] = {
    {"prometheus", false, export_prometheus},
    {"inventory", true, export_inventory},
    {"ansible", false, export_ansible},
    {"facter", false, export_facter},
    {"otel", false, export_otel},
    {"ecs", false, export_ecs},
};

static const struct format *find_format(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

static int put(const struct session *session, const char *text)
{
    const char *path = session->option[OUTPUT];
    char *error = NULL;

    if (path && export_write(path, text, &error) < 0) {
        (void)session_fail(session, STATUS_ERROR, "%s", error ? error : "no memory");
        free(error);
        return STATUS_ERROR;
    }
    if (!path && !session->quiet)
        (void)fputs(text, stdout);
    return STATUS_OK;
}

static int export(const struct session *session, const struct format *format)
{
    CLEANUP_FREE char *text = NULL;
    struct export_facts facts;
    int status = export_facts_gather(session, format->with_evidence, &facts);

    if (status == STATUS_OK) {
        text = format->print(session, &facts);
        status = text ? put(session, text) : session_fail(session, STATUS_ERROR, "no memory");
    }
    export_facts_clear(&facts);
    return status;
}

/* A path unit of systemd takes no notice of what changes while its service runs: what the file says
 * must be no older than the end of this. */
static int export_file(const struct session *session, const struct format *format)
{
    struct export_sources before, after;
    int status = STATUS_OK;
    bool changed = true;

    export_sources_look(session, &before);
    for (unsigned round = 0; status == STATUS_OK && changed && round < ROUNDS; round++) {
        status = export(session, format);
        export_sources_look(session, &after);
        changed = export_sources_differ(&before, &after);
        before = after;
    }
    return status;
}

static int run(struct session *session, int argc, char **argv)
{
    const struct format *format = find_format(argv[0]);

    (void)argc;
    if (!format)
        return session_fail(session, STATUS_USAGE, "there is no format %s, see hwfp export --help",
                            argv[0]);
    return session->option[OUTPUT] ? export_file(session, format) : export(session, format);
}

const struct subcommand cmd_export = {
    .run = run,
    .min_arguments = 1,
    .max_arguments = 1,
    .options = {[OUTPUT] = {"output", "FILE", "write FILE, whole or not at all"}},
    .help = "Formats:\n"
            "  prometheus  metrics for node_exporter's textfile collector\n"
            "  inventory   one JSON line for a log pipeline, and for hwfp duplicates\n"
            "  ansible     a local fact: /etc/ansible/facts.d/hwfp.fact\n"
            "  facter      an external fact: /etc/facter/facts.d/hwfp.json\n"
            "  otel        OTEL_RESOURCE_ATTRIBUTES; with --json a JSON object\n"
            "  ecs         an event in the Elastic Common Schema\n"
            "\n"
            "It writes nothing but FILE. A caller who is not root exports the verdict that\n"
            "was published. See hwfp-export(8).\n"
            "\n"
            "Exit status: 0 exported, whatever the verdict, 2 usage, 5 error.\n",
};
