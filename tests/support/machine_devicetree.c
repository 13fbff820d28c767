/* SPDX-License-Identifier: BSD-2-Clause */
/* /sys/firmware/devicetree: each property is a file that holds its bytes, a text with its NUL. */
#include <string.h>

#include "machine.h"
#include "util.h"

#define BASE "sys/firmware/devicetree/base"

/* Texts with "|" between them, each with its NUL. */
static void write_list(struct tree *tree, const char *path, const char *texts)
{
    char list[256];
    size_t n;

    copy_text(list, sizeof(list), texts);
    n = strlen(list) + 1;
    for (char *bar = list; (bar = strchr(bar, '|'));)
        *bar++ = '\0';
    tree_bytes(tree, path, list, n, 0444);
}

void machine_devicetree(struct tree *tree, const struct facts *facts)
{
    const char *serial = facts_value(facts, "devicetree.serial");
    const char *model = facts_value(facts, "devicetree.model");
    const char *uuid = facts_value(facts, "devicetree.vm-uuid");
    const char *compatible = facts_value(facts, "devicetree.compatible");

    if (serial)
        tree_bytes(tree, BASE "/serial-number", serial, strlen(serial) + 1, 0444);
    if (model)
        tree_bytes(tree, BASE "/model", model, strlen(model) + 1, 0444);
    if (uuid)
        tree_bytes(tree, BASE "/vm,uuid", uuid, strlen(uuid) + 1, 0444);
    if (compatible)
        write_list(tree, BASE "/compatible", compatible);
    if (serial || model || uuid || compatible)
        tree_link(tree, "proc/device-tree", "/" BASE);
}
