/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial numbers of the disks that belong to the machine, from /sys/block. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "evidence.h"
#include "util.h"

#define VPD_HEADER 4 /* bytes in front of a page's data (SPC-6, Unit Serial Number VPD page) */
#define VPD_UNIT_SERIAL 0x80

/* Block devices that are no disk, or whose medium is not the drive's. */
static const char *const excluded_names[] = {
    "loop", "ram", "zram", "dm-", "md", "nbd", "sr", "fd",
};

/*
 * Disks of SCSI and ATA, NVMe and virtio, for which `removable` says nothing: a disk in a hot-plug
 * bay stays where it is, and Linux 6.9 called internal SATA disks removable, too. Those on USB are
 * known by their path; what is left are card readers.
 */
static const char *const fixed_names[] = {"sd", "hd", "nvme", "vd"};

/*
 * Where a disk keeps its serial number; the first that has one is used. The order makes the value
 * independent of the kernel:
 *  - mmc: the CID, before the `serial` that is a part of it.
 *  - SCSI and ATA: the Unit Serial Number page, before the `serial` that new kernels make of it.
 *  - NVMe: the controller's serial, before the wwid: kernels learn by and by which drives have
 *    bogus namespace identifiers (NVME_QUIRK_BOGUS_NID), and then print another wwid for the drive.
 *  - virtio: `serial`.
 */
static const struct {
    const char *path;
    bool vpd;
} attributes[] = {
    {"device/cid", false}, {"device/vpd_pg80", true}, {"device/serial", false},
    {"serial", false},     {"wwid", false},           {"device/wwid", false},
};

static bool has_prefix_of(const char *name, const char *const *prefixes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* A USB bus is a folder named usb1, usb2, ... */
bool source_behind_usb(const char *path)
{
    const char *bus = path;

    while ((bus = strstr(bus, "/usb"))) {
        bus += strlen("/usb");
        if (isdigit((unsigned char)*bus))
            return true;
    }
    return false;
}

/* An NVMe drive that could have several paths is listed below /virtual/, and yet is a drive. */
static bool is_virtual(const char *target)
{
    return strstr(target, "/virtual/") && !strstr(target, "/virtual/nvme-subsystem/");
}

static void attribute_path(const char *name, const char *attribute, char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "sys/block/%s/%s", name, attribute);
}

static bool is_set(const struct hwfp_system *system, const char *name, const char *attribute)
{
    char path[PATH_MAX], value[8];

    attribute_path(name, attribute, path);
    return system_read_text(system, path, value, sizeof(value)) > 0 && strcmp(value, "1") == 0;
}

static bool belongs_to_machine(const struct hwfp_system *system, const char *name)
{
    char path[PATH_MAX], target[PATH_MAX];

    if (has_prefix_of(name, excluded_names, ARRAY_SIZE(excluded_names)) ||
        is_set(system, name, "hidden"))
        return false;
    if (!has_prefix_of(name, fixed_names, ARRAY_SIZE(fixed_names)) &&
        is_set(system, name, "removable"))
        return false;
    attribute_path(name, "", path);
    path[strlen(path) - 1] = '\0'; /* the link, not the folder behind it */
    if (system_readlink(system, path, target, sizeof(target)) > 0 &&
        (is_virtual(target) || source_behind_usb(target)))
        return false;
    attribute_path(name, "device", path);
    return system_exists(system, path);
}

/* The data of a Unit Serial Number page as text; empty where it is another page, or cut. */
static ssize_t read_vpd(const struct hwfp_system *system, const char *path, char *value,
                        size_t size)
{
    uint8_t page[VPD_HEADER + EVIDENCE_VALUE_MAX];
    ssize_t n = system_read(system, path, page, sizeof(page));
    size_t length, had;

    if (n < 0)
        return n;
    value[0] = '\0';
    if (n <= VPD_HEADER || page[1] != VPD_UNIT_SERIAL)
        return 0;
    had = (size_t)n - VPD_HEADER;
    length = (size_t)(page[2] << 8 | page[3]);
    if (length > had)
        length = had;
    if (length > size - 1)
        length = size - 1;
    memcpy(value, page + VPD_HEADER, length);
    value[length] = '\0';
    return (ssize_t)strlen(trim(value));
}

/* 1 when it added the disk's serial, 0 when the attribute is there but blank, else -errno. */
static int add_attribute(const struct hwfp_system *system, const char *name, size_t attribute,
                         struct evidence *e)
{
    char path[PATH_MAX], value[EVIDENCE_VALUE_MAX];
    ssize_t n;

    attribute_path(name, attributes[attribute].path, path);
    n = attributes[attribute].vpd ? read_vpd(system, path, value, sizeof(value))
                                  : system_read_text(system, path, value, sizeof(value));
    if (n == -EINVAL)
        return -ENODEV; /* the SCSI layer's word for a page that the disk does not have */
    if (n <= 0)
        return (int)n;
    evidence_add(e, HWFP_DISK_SERIAL, value);
    return 1;
}

static void add_disk(const struct hwfp_system *system, const char *name, struct evidence *e)
{
    bool blank = false;

    for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
        int r = add_attribute(system, name, i, e);

        if (r > 0)
            return;
        if (r == 0) {
            blank = true;
        } else if (!evidence_is_absent(r)) {
            /* The next attribute would give another value: unknown is better than wrong. */
            evidence_failed(e, HWFP_DISK_SERIAL, r);
            return;
        }
    }
    if (blank)
        evidence_add(e, HWFP_DISK_SERIAL, "blank"); /* a placeholder: see placeholder.c */
}

void source_disk(const struct hwfp_system *system, struct evidence *e)
{
    CLEANUP_CLOSEDIR DIR *folder = system_opendir(system, "sys/block");
    const struct dirent *entry;

    if (!folder) {
        evidence_failed(e, HWFP_DISK_SERIAL, -errno);
        return;
    }
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.' && belongs_to_machine(system, entry->d_name))
            add_disk(system, entry->d_name, e);
}
