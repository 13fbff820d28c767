/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "duplicates.h"
#include "util.h"

static int read_file(struct session *session, struct duplicates *d, uint32_t file, const char *path,
                     struct progress *progress)
{
    bool standard = strcmp(path, "-") == 0;
    CLEANUP_FCLOSE FILE *opened = standard ? NULL : fopen(path, "re");
    FILE *stream = standard ? stdin : opened;

    if (!stream)
        return -errno;
    return duplicates_read(session, d, stream, file, path, progress);
}

static int read_files(struct session *session, struct duplicates *d, int argc, char **argv)
{
    struct progress progress;
    int status = STATUS_OK, r;

    progress_start(&progress, session, (uint32_t)argc);
    for (int i = 0; i < argc && status == STATUS_OK; i++) {
        r = read_file(session, d, (uint32_t)i, argv[i], &progress);
        if (r < 0)
            status = session_fail(session, STATUS_ERROR, "%s: %s", duplicates_file_name(argv[i]),
                                  strerror(-r));
    }
    if (status == STATUS_OK) {
        progress.last = 0; /* at once: what follows does not come back for a while */
        progress_show(&progress, "comparing %zu line%s", d->n_lines, d->n_lines == 1 ? "" : "s");
        r = duplicates_find(d);
        if (r < 0)
            status = session_fail(session, STATUS_ERROR, "%s", strerror(-r));
    }
    progress_end(&progress);
    return status;
}

static int run(struct session *session, int argc, char **argv)
{
    static char standard[] = "-";
    char *only[] = {standard};
    struct duplicates d = {0};
    char **files = argc > 0 ? argv : only;
    int status = read_files(session, &d, argc > 0 ? argc : 1, files);

    if (status == STATUS_OK)
        status = duplicates_show(session, &d, files);
    duplicates_clear(&d);
    return status;
}

const struct subcommand cmd_duplicates = {
    .run = run,
    .max_arguments = COMMAND_ARGUMENTS_ANY,
    .help = "Reads what hwfp export inventory wrote on many machines, from the files or from\n"
            "standard input, and tells which machines share a fingerprint, and, where they\n"
            "have a common fleet key, which share hardware evidence. See hwfp-duplicates(8).\n"
            "\n"
            "Exit status: 0 nothing is shared, 1 something is, 2 usage, 3 nothing is, as far\n"
            "as the good lines tell: there are bad ones, 5 error.\n",
};
