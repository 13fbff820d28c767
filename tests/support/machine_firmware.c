/* SPDX-License-Identifier: BSD-2-Clause */
/* What QEMU's fw_cfg shows beside the SMBIOS table (machine_smbios.c): the VM generation id. */
#include <string.h>
#include <uuid/uuid.h>

#include "machine.h"
#include "util.h"

#define PATH "sys/firmware/qemu_fw_cfg/by_name/etc/vmgenid_guid/raw"
#define PAGE 4096
#define OFFSET 40

/* fwcfg.vmgenid = UUID, or "short" for a page that is cut */
void machine_firmware(struct tree *tree, const struct facts *facts)
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    const char *id = facts_value(facts, "fwcfg.vmgenid");
    uint8_t page[PAGE] = {0};
    uuid_t uuid;

    if (!id)
        return;
    if (strcmp(id, "short") == 0) {
        tree_bytes(tree, PATH, page, OFFSET + 8, 0400);
        return;
    }
    if (uuid_parse(id, uuid) < 0)
        tree_fail(tree, "fwcfg.vmgenid: \"%s\" is neither a UUID nor \"short\"", id);
    for (size_t i = 0; i < sizeof(order); i++)
        page[OFFSET + i] = uuid[order[i]];
    tree_bytes(tree, PATH, page, sizeof(page), 0400);
}
