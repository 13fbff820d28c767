/* SPDX-License-Identifier: BSD-2-Clause */
/* /sys/firmware/devicetree: each property is a file that holds its bytes, a text with its NUL. */
#include <string.h>

#include "machine.h"

#define BASE "sys/firmware/devicetree/base"

void machine_devicetree(struct tree *tree, const struct facts *facts)
{
    const char *serial = facts_value(facts, "devicetree.serial");
    const char *model = facts_value(facts, "devicetree.model");

    if (serial)
        tree_bytes(tree, BASE "/serial-number", serial, strlen(serial) + 1, 0444);
    if (model)
        tree_bytes(tree, BASE "/model", model, strlen(model) + 1, 0444);
    if (serial || model)
        tree_link(tree, "proc/device-tree", "/" BASE);
}
