/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "util.h"

void machine_write(struct tree *tree, const struct facts *facts)
{
    machine_smbios(tree, facts);
    machine_firmware(tree, facts);
    machine_cpu(tree, facts);
    machine_devicetree(tree, facts);
    machine_disk(tree, facts);
    machine_nic(tree, facts);
    machine_os(tree, facts);
}

void machine_remove(struct tree *tree)
{
    static const char *const paths[] = {
        "sys",          "proc",       "etc/machine-id",    "etc/hostname",          "dev/disk",
        "dev/vmclock0", ".dockerenv", "run/.containerenv", "run/systemd/container",
    };

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
        tree_remove(tree, paths[i]);
}

unsigned long machine_number(struct tree *tree, const char *fact, const char *text,
                             unsigned long max)
{
    unsigned long number;
    char *end;

    errno = 0;
    number = strtoul(text, &end, 10);
    if (isdigit((unsigned char)*text) && !*end && errno == 0 && number <= max)
        return number;
    tree_fail(tree, "%s: \"%s\" is no number from 0 to %lu", fact, text, max);
    return 0;
}

static bool is_known_option(const char *text, const char *const *options)
{
    for (; *options; options++) {
        size_t n = strlen(*options);

        if ((*options)[n - 1] == '=' ? strncmp(text, *options, n) == 0
                                     : strcmp(text, *options) == 0)
            return true;
    }
    return false;
}

void machine_check_options(struct tree *tree, const struct fact *fact, size_t first,
                           const char *const *options)
{
    for (size_t i = first; i < fact->n_fields; i++)
        if (!is_known_option(fact->field[i], options))
            tree_fail(tree, "%s = %s: \"%s\" is no option of a %s", fact->name, fact->value,
                      fact->field[i], fact->name);
}
