/* SPDX-License-Identifier: BSD-2-Clause */
/* The generation id of a virtual machine, from QEMU's fw_cfg: the kernel's own driver for it shows
 * nothing to programs. */
#include <errno.h>
#include <string.h>

#include "evidence.h"

#define GENERATION_ID "sys/firmware/qemu_fw_cfg/by_name/etc/vmgenid_guid/raw"
#define OFFSET 40 /* where the GUID stands in that page (QEMU, docs/specs/vmgenid) */

int source_generation_id(const struct hwfp_system *system, uint8_t ret[GENERATION_ID_SIZE])
{
    static const uint8_t none[GENERATION_ID_SIZE];
    uint8_t page[OFFSET + GENERATION_ID_SIZE];
    ssize_t n = system_read(system, GENERATION_ID, page, sizeof(page));

    if (n < 0)
        return (int)n;
    if ((size_t)n < sizeof(page))
        return -EBADMSG;
    if (memcmp(page + OFFSET, none, sizeof(none)) == 0)
        return -ENOENT;
    memcpy(ret, page + OFFSET, GENERATION_ID_SIZE);
    return 0;
}
