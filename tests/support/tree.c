/* SPDX-License-Identifier: BSD-2-Clause */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

#define REMOVE_DESCRIPTORS 16

struct tree tree_open(const char *path)
{
    struct tree tree = {.path = strdup(path), .root = -1};

    if (!tree.path)
        tree_fail(&tree, "out of memory");
    else if (mkdir(path, 0755) < 0 && errno != EEXIST)
        tree_fail(&tree, "%s: cannot be made: %s", path, strerrordesc_np(errno));
    else if ((tree.root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        tree_fail(&tree, "%s: cannot be opened: %s", path, strerrordesc_np(errno));
    return tree;
}

void tree_close(struct tree *tree)
{
    if (tree->root >= 0)
        (void)close(tree->root);
    free(tree->path);
    free(tree->error);
    *tree = (struct tree){.root = -1};
}

void tree_fail(struct tree *tree, const char *format, ...)
{
    va_list args;

    if (tree->error)
        return;
    va_start(args, format);
    if (vasprintf(&tree->error, format, args) < 0)
        tree->error = strdup("out of memory");
    va_end(args);
}

static void fail_at(struct tree *tree, const char *path)
{
    tree_fail(tree, "%s/%s: cannot be made: %s", tree->path, path, strerrordesc_np(errno));
}

static void make_folders(struct tree *tree, const char *path, size_t length)
{
    char part[PATH_MAX];

    for (size_t i = 1; i <= length && i < sizeof(part); i++) {
        if (path[i] != '/' && i != length)
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdirat(tree->root, part, 0755) < 0 && errno != EEXIST) {
            fail_at(tree, part);
            return;
        }
    }
}

static void make_parents(struct tree *tree, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct stat st;
    char parent[PATH_MAX];

    if (!slash)
        return;
    copy_text(parent, sizeof(parent), path);
    parent[slash - path] = '\0';
    if (fstatat(tree->root, parent, &st, 0) < 0) /* mostly it is there */
        make_folders(tree, path, (size_t)(slash - path));
}

void tree_folder(struct tree *tree, const char *path)
{
    if (!tree->error)
        make_folders(tree, path, strlen(path));
}

void tree_bytes(struct tree *tree, const char *path, const void *bytes, size_t size, mode_t mode)
{
    CLEANUP_CLOSE int fd = -1;

    if (tree->error)
        return;
    make_parents(tree, path);
    /* A file that is there already may be one that its owner may not write. */
    (void)unlinkat(tree->root, path, 0);
    fd = openat(tree->root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 || write_all(fd, bytes, size) < 0)
        fail_at(tree, path);
}

void tree_text(struct tree *tree, const char *path, const char *format, ...)
{
    CLEANUP_FREE char *text = NULL;
    va_list args;
    int n;

    va_start(args, format);
    n = vasprintf(&text, format, args);
    va_end(args);
    if (n >= 0) {
        tree_bytes(tree, path, text, (size_t)n, 0644);
        return;
    }
    text = NULL;
    tree_fail(tree, "out of memory");
}

void tree_link(struct tree *tree, const char *path, const char *target)
{
    if (tree->error)
        return;
    make_parents(tree, path);
    if (symlinkat(target, tree->root, path) < 0)
        fail_at(tree, path);
}

void tree_relative_link(struct tree *tree, const char *folder, const char *name, const char *to)
{
    char path[PATH_MAX], target[PATH_MAX] = "../";
    size_t common = strcspn(to, "/") + 1, length = strlen(target);

    for (const char *slash = strchr(folder + common, '/'); slash; slash = strchr(slash + 1, '/'))
        length += (size_t)snprintf(target + length, sizeof(target) - length, "../");
    (void)snprintf(target + length, sizeof(target) - length, "%s", to + common);
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    tree_link(tree, path, target);
}

void tree_attribute(struct tree *tree, const char *folder, const char *name, const char *value)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    tree_text(tree, path, "%s\n", value);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

void tree_remove(struct tree *tree, const char *path)
{
    char whole[PATH_MAX];

    if (tree->error)
        return;
    (void)snprintf(whole, sizeof(whole), "%s/%s", tree->path, path);
    if (nftw(whole, remove_one, REMOVE_DESCRIPTORS, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT &&
        errno != ENOTDIR)
        tree_fail(tree, "%s: cannot be removed: %s", whole, strerrordesc_np(errno));
}
