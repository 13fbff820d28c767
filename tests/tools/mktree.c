/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a captured tree, which `hwfp --root` reads, out of facts about a sample machine. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "machine.h"
#include "util.h"

static const char usage[] =
    "usage: mktree [-f] DIR FACTS [NAME=VALUE ...]\n"
    "Makes DIR, the tree of the machine that the file FACTS describes (\"-\": nothing).\n"
    "NAME=VALUE replaces all lines of that name, NAME= removes them.\n"
    "-f  DIR may hold a tree already: its hardware is replaced, the rest stays\n";

struct options {
    bool force;
    const char *path, *facts;
    char *const *overrides;
    size_t n_overrides;
};

static bool parse_arguments(int argc, char **argv, struct options *ret)
{
    int option;

    *ret = (struct options){0};
    while ((option = getopt(argc, argv, "+f")) != -1) {
        if (option != 'f')
            return false;
        ret->force = true;
    }
    if (argc - optind < 2)
        return false;
    ret->path = argv[optind];
    ret->facts = argv[optind + 1];
    ret->overrides = argv + optind + 2;
    ret->n_overrides = (size_t)(argc - optind - 2);
    return true;
}

/* Without -f nothing is ever removed; and the running system's own tree is never replaced. */
static void check_folder(struct tree *tree, bool force)
{
    CLEANUP_FREE char *real = realpath(tree->path, NULL);
    CLEANUP_CLOSEDIR DIR *folder = opendir(tree->path);
    size_t entries = 0;

    if (real && strcmp(real, "/") == 0)
        tree_fail(tree, "%s: is the running system", tree->path);
    while (folder && readdir(folder))
        entries++;
    if (entries > 2 && !force) /* more than "." and ".." */
        tree_fail(tree, "%s: is not empty (see -f)", tree->path);
}

static int make(const struct options *options, const struct facts *facts, char **ret_error)
{
    struct tree tree = tree_open(options->path);
    int r = 0;

    if (!tree.error)
        check_folder(&tree, options->force);
    machine_remove(&tree);
    machine_write(&tree, facts);
    if (tree.error)
        r = fail(ret_error, -EINVAL, "%s", tree.error);
    tree_close(&tree);
    return r;
}

int main(int argc, char **argv)
{
    struct options options;
    struct facts facts = {0};
    CLEANUP_FREE char *error = NULL;
    int r = 0;

    if (!parse_arguments(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    if (strcmp(options.facts, "-") != 0)
        r = facts_read(&facts, options.facts, &error);
    if (r == 0)
        r = facts_override(&facts, options.overrides, options.n_overrides, &error);
    if (r == 0)
        r = make(&options, &facts, &error);
    if (r < 0)
        (void)fprintf(stderr, "mktree: %s\n", error ? error : strerrordesc_np(-r));
    facts_clear(&facts);
    return r < 0 ? 1 : 0;
}
