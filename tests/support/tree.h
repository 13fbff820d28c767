/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing the files, folders and links of a captured tree. The first failure is kept as a sentence
 * and makes every later call do nothing, so that a caller checks once, at the end. Paths are
 * relative to the tree; folders that lead to them are made. */
#ifndef TREE_H
#define TREE_H

#include <stddef.h>
#include <sys/types.h>

struct tree {
    char *path;
    int root;
    char *error; /* NULL while all is well */
};

/* Makes the folder if need be. A tree with `error` set is still to be closed. */
struct tree tree_open(const char *path);
void tree_close(struct tree *tree);

void tree_fail(struct tree *tree, const char *format, ...) __attribute__((format(printf, 2, 3)));

void tree_folder(struct tree *tree, const char *path);
void tree_bytes(struct tree *tree, const char *path, const void *bytes, size_t size, mode_t mode);
void tree_text(struct tree *tree, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void tree_link(struct tree *tree, const char *path, const char *target);

/* The link folder/name to the folder `to`, relative as those of sysfs are; both are below the same
 * first folder. */
void tree_relative_link(struct tree *tree, const char *folder, const char *name, const char *to);

/* One file in a folder of the tree, as sysfs has it: `value` and a newline. */
void tree_attribute(struct tree *tree, const char *folder, const char *name, const char *value);

/* Removes a file, or a folder with all that is in it; no failure where it is not there. */
void tree_remove(struct tree *tree, const char *path);

#endif
