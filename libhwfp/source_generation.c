/* SPDX-License-Identifier: BSD-2-Clause */
/* What a hypervisor changes when it restores a snapshot of a virtual machine: the generation id,
 * from QEMU's fw_cfg, as the kernel's own driver for it shows nothing to programs; and the counter
 * in the VM clock device, which QEMU and Firecracker have. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "evidence.h"
#include "util.h"

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

/* The page that the device shares with the guest, little-endian (linux/vmclock-abi.h). */
#define VMCLOCK "dev/vmclock0"
#define VMCLOCK_MAGIC 0x4b4c4356 /* "VCLK" */
enum {
    VMCLOCK_AT_SEQUENCE = 12, /* odd while the hypervisor writes */
    VMCLOCK_AT_FLAGS = 24,
    VMCLOCK_AT_COUNTER = 104,
    VMCLOCK_SIZE = VMCLOCK_AT_COUNTER + 8,
    VMCLOCK_HAS_COUNTER = 1 << 8, /* of the flags */
};

static uint64_t number_at(const uint8_t *bytes, size_t size)
{
    uint64_t n = 0;

    while (size-- > 0)
        n = n << 8 | bytes[size];
    return n;
}

/* The device itself is only opened on the running system: an image may have any device under this
 * name. A captured tree has a copy of the page. */
static ssize_t read_clock(const struct hwfp_system *system, uint8_t page[VMCLOCK_SIZE])
{
    CLEANUP_CLOSE int fd = -1;
    struct stat st;
    ssize_t n;

    if (!system->live)
        return system_read(system, VMCLOCK, page, VMCLOCK_SIZE);
    fd = system_open(system, VMCLOCK, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISCHR(st.st_mode))
        return -ENODEV;
    n = read(fd, page, VMCLOCK_SIZE);
    return n < 0 ? -errno : n;
}

int source_generation_counter(const struct hwfp_system *system, uint64_t *ret)
{
    uint8_t page[VMCLOCK_SIZE] = {0};
    ssize_t n = read_clock(system, page);

    if (n < 0)
        return (int)n;
    if ((size_t)n < sizeof(page) || number_at(page, 4) != VMCLOCK_MAGIC)
        return -EBADMSG;
    if (!(number_at(page + VMCLOCK_AT_FLAGS, 8) & VMCLOCK_HAS_COUNTER))
        return -ENOENT;
    if (number_at(page + VMCLOCK_AT_SEQUENCE, 4) & 1)
        return -EAGAIN;
    *ret = number_at(page + VMCLOCK_AT_COUNTER, 8);
    return 0;
}
