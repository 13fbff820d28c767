/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading files below the system that is looked at. Paths are relative to its root, without a
 * leading slash. Nothing else in libhwfp opens a file by name, the vault and /run/hwfp excepted,
 * which start from hwfp_system_opendir(). */
#ifndef HWFP_SYSTEM_H
#define HWFP_SYSTEM_H

#include <dirent.h>
#include <stdint.h>
#include <sys/types.h>

#include "hwfp.h"

struct hwfp_system {
    int root;  /* O_PATH descriptor of the root folder */
    bool live; /* the root is "/" */
};

/* openat() below the root with these flags and O_CLOEXEC | O_NOCTTY. A descriptor or a negative
 * errno; -EISDIR where a file was meant and a folder is there is left to read(2). */
int system_open(const struct hwfp_system *system, const char *path, int flags);

/* Opens a folder for reading its entries. NULL with errno set. */
DIR *system_opendir(const struct hwfp_system *system, const char *path);

/* Reads at most `size` bytes of a file. The number of bytes, or a negative errno. A longer file is
 * cut at `size`; one that is exactly `size` long cannot be told from it. Never blocks on a FIFO. */
ssize_t system_read(const struct hwfp_system *system, const char *path, void *buffer, size_t size);

/* The same for text: at most size - 1 bytes, NUL-terminated, cut at the first NUL, white space
 * trimmed from both ends. The length, or a negative errno. */
ssize_t system_read_text(const struct hwfp_system *system, const char *path, char *buffer,
                         size_t size);

/* The target of a symbolic link, NUL-terminated. The length, or a negative errno. */
ssize_t system_readlink(const struct hwfp_system *system, const char *path, char *buffer,
                        size_t size);

bool system_exists(const struct hwfp_system *system, const char *path);

#endif
