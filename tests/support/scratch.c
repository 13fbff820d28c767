/* SPDX-License-Identifier: BSD-2-Clause */
#include "scratch.h"

#include <err.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "machine.h"
#include "util.h"

#define OVERRIDES_MAX 32

static void write_machine(const char *path, const char *name, va_list overrides)
{
    CLEANUP_FREE char *file = NULL, *error = NULL;
    char *arguments[OVERRIDES_MAX];
    struct facts facts = {0};
    struct tree tree = tree_open(path);
    size_t n = 0;

    while (n < OVERRIDES_MAX && (arguments[n] = va_arg(overrides, char *)) != NULL)
        n++;
    if (asprintf(&file, "tests/facts/%s.facts", name) < 0)
        errx(1, "no memory");
    if (facts_read(&facts, file, &error) < 0 || facts_override(&facts, arguments, n, &error) < 0)
        errx(1, "%s", error ? error : file);
    machine_remove(&tree);
    machine_write(&tree, &facts);
    if (tree.error)
        errx(1, "%s", tree.error);
    facts_clear(&facts);
    tree_close(&tree);
}

struct scratch scratch_new(const char *facts, ...)
{
    struct scratch scratch = {.path = strdup("/tmp/hwfp-test-XXXXXX")};
    va_list overrides;

    if (!scratch.path || !mkdtemp(scratch.path))
        err(1, "/tmp/hwfp-test-XXXXXX");
    va_start(overrides, facts);
    write_machine(scratch.path, facts, overrides);
    va_end(overrides);
    if (hwfp_system_open(scratch.path, &scratch.system, NULL) < 0)
        errx(1, "%s cannot be opened", scratch.path);
    return scratch;
}

void scratch_change(struct scratch *scratch, const char *facts, ...)
{
    va_list overrides;

    va_start(overrides, facts);
    write_machine(scratch->path, facts, overrides);
    va_end(overrides);
}

void scratch_free(struct scratch *scratch)
{
    struct tree parent = tree_open("/tmp");

    scratch->system = hwfp_system_free(scratch->system);
    tree_remove(&parent, strrchr(scratch->path, '/') + 1);
    tree_close(&parent);
    free(scratch->path);
    scratch->path = NULL;
}

char *scratch_path(const struct scratch *scratch, const char *path)
{
    char *full = NULL;

    if (asprintf(&full, "%s/%s", scratch->path, path) < 0)
        errx(1, "no memory");
    return full;
}

void scratch_write(const struct scratch *scratch, const char *path, const char *text)
{
    CLEANUP_FREE char *full = scratch_path(scratch, path);
    CLEANUP_CLOSE int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write_all(fd, text, strlen(text)) < 0)
        err(1, "%s", full);
}

char *scratch_read(const struct scratch *scratch, const char *path, size_t *ret_size)
{
    CLEANUP_FREE char *full = scratch_path(scratch, path);
    CLEANUP_CLOSE int fd = open(full, O_RDONLY | O_CLOEXEC);
    char *text = NULL;
    size_t size = 0;

    if (fd < 0 || read_all(fd, 1 << 24, &text, &size) < 0)
        err(1, "%s", full);
    if (ret_size)
        *ret_size = size;
    return text;
}

bool scratch_exists(const struct scratch *scratch, const char *path)
{
    CLEANUP_FREE char *full = scratch_path(scratch, path);
    struct stat st;

    return lstat(full, &st) == 0;
}
