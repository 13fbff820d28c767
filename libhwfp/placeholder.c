/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values that identify nothing. Gathered from the tables of fwts, GLPI, OCS Inventory,
 * digitalrebar, osquery, rockstor, Talos and the kernel; a value stands here because some firmware
 * ships it on many machines.
 */
#include "placeholder.h"

#include <ctype.h>
#include <string.h>

#include "util.h"

/* Both byte orders of a UUID are in the table where the firmware is known to write either. */
static const char *const uuids[] = {
    "03000200-0400-0500-0006-000700080009",
    "00020003-0004-0005-0006-000700080009",
    "03020100-0504-0706-0809-0a0b0c0d0e0f",
    "00010203-0405-0607-0809-0a0b0c0d0e0f",
    "10000000-0000-8000-0040-000000000000",
    "00000010-0000-0080-0040-000000000000",
    "6ab5b300-538d-1014-9fb5-b0684d007b53",
    "00b3b56a-8d53-1410-9fb5-b0684d007b53",
    "5c4606fa-192f-453a-b299-7b088c63bb9b",
    "fa06465c-2f19-3a45-b299-7b088c63bb9b",
    "00000000-0000-0000-0807-060504030201",
    /* Dell makes the UUID of the service tag: this of a blank one. */
    "4c4c4544-0000-2010-8020-80c04f202020",
    "44454c4c-0000-1020-8020-80c04f202020",
};

/* Serial numbers of systems, boards, chassis, DIMMs, device trees. */
static const char *const serials[] = {
    "system serial number",
    "base board serial number",
    "chassis serial number",
    "oem chassis serial number",
    "unspecified system serial number",
    "systemserialnumb",
    "mb-1234567890",
    "nb-1234567890",
    "nb-0123456789",
    "sys-1234567890",
    "sys-9876543210",
    "sn-12345",
    "sn-1234567890",
    "<cut out>",
    "empty",
    "[empty]",
    "na",
    "n/a",
    "none",
    "none1",
    "null",
    "(null string)",
    "(null)",
    "invalid",
    "not available",
    "not specified",
    "not provided",
    "not applicable",
    "notsupport",
    "not supported",
    "not supported by cpu",
    "oem_define1",
    "oem_define2",
    "oem_define3",
    "oem_serial",
    "oem",
    "o.e.m.",
    "sernum0",
    "sernum1",
    "sernum2",
    "sernum3",
    "sernum4",
    "sernum00",
    "sernum01",
    "sernum02",
    "sernum03",
    "tbd by odm",
    "to be defined by o.e.m",
    "to be defined by o.e.m.",
    "to be filled by o.e.m",
    "to be filled by o.e.m.",
    "unknow",
    "unknown",
    "undefined",
    "eval",
    "iatpass",
    "serial number xxxxxx",
    "default string",
    "default_string",
    "serial number",
    "no dimm",
    "blank",
    "<bad index>",
};

static const char *const asset_tags[] = {
    "a1_assettagnum0",
    "a1_assettagnum1",
    "a1_assettagnum2",
    "a1_assettagnum3",
    "assettagnum0",
    "assettagnum1",
    "assettagnum2",
    "assettagnum3",
    "assettagnum4",
    "atn12345678901234567",
    "abcdefghijklm",
    "asset-1234567890",
    "asset tag",
    "asset tracking",
    "base board asset tag",
    "chassis asset tag",
    "fill by oem",
    "no asset information",
    "no asset tag",
    "no enclosure asset tag",           /* Nutanix, Lenovo: the same idea in other words */
    "7783-7084-3265-9085-8269-3286-77", /* every Azure VM */
};

/* QEMU names a disk that was given no serial number by its position. */
static const char *const disks[] = {
    "wwn-0x5000000000000000", "naa.5000000000000000", "naa.0000000000000000",
    "vb1234_56789",           "eui.0000000000000000", "drive-scsi0-0-0-0",
};

static const char *const macs[] = {
    "fe:ff:ff:ff:ff:ff", "0a:00:27:00:00:00", "20:41:53:59:4e:ff", "02:00:4e:43:50:49",
    "00:a0:c6:00:00:00", "02:80:37:ec:02:00", "33:50:6f:45:30:30", "50:50:54:50:30:30",
    "24:b6:20:52:41:53", "00:0b:ca:fe:00:00", "44:45:53:54:00:00", "44:45:53:54:00:01",
};

static bool in_table(const char *const *table, size_t n, const char *value)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(table[i], value) == 0)
            return true;
    return false;
}
#define IN_TABLE(table, value) in_table(table, ARRAY_SIZE(table), value)

/* "0000", "xxxxxxxx", "00000000-0000-...", "00:00:00:00:00:00", "........": one character over and
 * over, whatever separates it. A single character on its own is no serial number either. */
static bool one_character(const char *value)
{
    char only = '\0';

    for (; *value; value++) {
        if (!ascii_alnum(*value))
            continue;
        if (only && *value != only)
            return false;
        only = *value;
    }
    return true;
}

/* "fefefefe-fefe-...", "01010101-...", "0a0a0a0a-...": one byte over and over. */
static bool one_byte(const char *value)
{
    char pair[2] = {0};
    size_t n = 0;

    for (; *value; value++) {
        if (!isxdigit((unsigned char)*value))
            continue;
        if (n < 2)
            pair[n] = *value;
        else if (pair[n % 2] != *value)
            return false;
        n++;
    }
    return n >= 8;
}

/* "012345678", "123456789", "0123456789abcdef", "9876543210": a run up or down the keyboard, of
 * five characters or more. After 9 comes 0 again, or a. */
static bool ascending(const char *value, int step)
{
    size_t n = strlen(value);

    if (n < 5)
        return false;
    for (size_t i = 1; i < n; i++) {
        int from = (unsigned char)value[i - 1], to = (unsigned char)value[i];
        bool wraps = step > 0 ? from == '9' && (to == '0' || to == 'a') : from == '0' && to == '9';

        if (to != from + step && !wraps)
            return false;
        if (!ascii_alnum((char)to))
            return false;
    }
    return isdigit((unsigned char)value[0]);
}

static bool zero_hex(const char *value)
{
    return value[0] == '0' && value[1] == 'x' && value[2] &&
           strspn(value + 2, "0") == strlen(value + 2);
}

static bool serial_placeholder(const char *value)
{
    return one_character(value) || zero_hex(value) || ascending(value, 1) || ascending(value, -1) ||
           IN_TABLE(serials, value);
}

/* QEMU's default names of IDE, SATA and SCSI disks ("QM00001"), and the same behind the kernel's
 * "t10.ATA     QEMU HARDDISK  QM00001". */
static bool qemu_disk(const char *value)
{
    const char *qm = strstr(value, "qm0000");

    return qm && isdigit((unsigned char)qm[6]) && qm[7] == '\0' &&
           (qm == value || strstr(value, "qemu"));
}

/* Google names disks by their position, and makes MAC addresses (42:01:...) of IP addresses. */
static bool google_disk(const char *value)
{
    static const char prefix[] = "persistent-disk-";

    return strncmp(value, prefix, strlen(prefix)) == 0 &&
           strspn(value + strlen(prefix), "0123456789") == strlen(value + strlen(prefix));
}

static bool mac_placeholder(const char *value)
{
    return one_character(value) || strncmp(value, "42:01:", 6) == 0 ||
           strncmp(value, "00:50:56:c0:", 12) == 0 || IN_TABLE(macs, value);
}

bool placeholder_value(enum hwfp_component c, const char *value)
{
    switch (c) {
    case HWFP_SYSTEM_UUID:
        return one_byte(value) || IN_TABLE(uuids, value);
    case HWFP_SYSTEM_SERIAL:
    case HWFP_BOARD_SERIAL:
    case HWFP_CHASSIS_SERIAL:
    case HWFP_DEVICETREE_SERIAL:
    case HWFP_DIMM_SERIAL:
        return serial_placeholder(value) || IN_TABLE(asset_tags, value) || IN_TABLE(uuids, value);
    case HWFP_ASSET_TAG:
        return serial_placeholder(value) || IN_TABLE(asset_tags, value);
    case HWFP_DISK_SERIAL:
        return serial_placeholder(value) || qemu_disk(value) || google_disk(value) ||
               IN_TABLE(disks, value);
    case HWFP_NIC_MAC:
        return mac_placeholder(value);
    default:
        return false;
    }
}
