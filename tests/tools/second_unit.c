/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * second_unit FROM TO: makes TO, a captured tree of a second unit of the model that FROM is ("/",
 * or a tree). What the model has is copied byte by byte: BIOS, processors, sizes of memory, names
 * of devices; and so is what travels with a copied disk. What belongs to the unit is another one:
 * UUID, serial numbers, MAC addresses, serial numbers of the disks. A value that identifies nothing
 * stays as it is.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "evidence.h"
#include "hwfp.h"
#include "permanent_address.h"
#include "placeholder.h"
#include "system.h"
#include "tree.h"
#include "util.h"

#define FILE_MAX ((size_t)1 << 20)
#define UUID_SIZE 16

struct copy {
    struct hwfp_system *from;
    struct tree to;
};

/* ---- Other values of the same kind: a digit stays a digit, and the same value in two places
 *      stays the same value. ---- */

static char other_letter(char c)
{
    char base = c >= 'a' ? 'a' : 'A';
    int n = c - base;

    return (char)(base + (n < 6 ? (n + 2) % 6 : 6 + (n - 6 + 7) % 20));
}

static void other_text(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] >= '0' && text[i] <= '9')
            text[i] = (char)('0' + (text[i] - '0' + 3) % 10);
        else if (ascii_alnum(text[i]))
            text[i] = other_letter(text[i]);
}

/* The same for hexadecimal digits alone: the i of an instance id says what it is. */
static void other_hex(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (ascii_alnum(text[i]) && ascii_lower(text[i]) <= 'f')
            other_text(text + i, 1);
}

static bool identifies_nothing(enum hwfp_component component, const char *text, size_t size)
{
    char value[EVIDENCE_VALUE_MAX];

    copy_text(value, size < sizeof(value) ? size + 1 : sizeof(value), text);
    for (char *c = value; *c; c++)
        *c = ascii_lower(*c);
    return placeholder_value(component, trim(value));
}

/* ---- Files. ---- */

/* The bytes, with a NUL behind them, or NULL where they cannot be read. The caller frees them. */
static char *read_file(const struct copy *copy, const char *path, size_t *ret_size)
{
    char *bytes = calloc(FILE_MAX + 1, 1);
    ssize_t n = bytes ? system_read(copy->from, path, bytes, FILE_MAX) : -1;

    if (n < 0) {
        free(bytes);
        return NULL;
    }
    *ret_size = (size_t)n;
    return bytes;
}

/* Copies a file that is there; what is behind the first `keep` bytes becomes another value. */
static void copy_other(struct copy *copy, const char *path, const char *to, size_t keep)
{
    size_t size = 0;
    CLEANUP_FREE char *bytes = read_file(copy, path, &size);

    if (!bytes)
        return;
    if (size > keep)
        other_text(bytes + keep, size - keep);
    tree_bytes(&copy->to, to, bytes, size, 0444);
}

static void copy_same(struct copy *copy, const char *path, const char *to)
{
    copy_other(copy, path, to, SIZE_MAX);
}

/* A serial number, unless it identifies nothing; of a long one the last eight characters. */
static void copy_serial(struct copy *copy, const char *path, enum hwfp_component component)
{
    size_t size = 0;
    CLEANUP_FREE char *bytes = read_file(copy, path, &size);
    size_t n = bytes ? strlen(bytes) : 0;

    if (!bytes)
        return;
    if (!identifies_nothing(component, bytes, n))
        other_text(bytes + (n > 8 ? n - 8 : 0), n > 8 ? 8 : n);
    tree_bytes(&copy->to, path, bytes, size, 0444);
}

/* ---- Firmware. ---- */

static void print_uuid(const uint8_t *uuid, const uint8_t order[UUID_SIZE], char ret[37])
{
    static const uint8_t hyphen[UUID_SIZE] = {[4] = 1, [6] = 1, [8] = 1, [10] = 1};
    char *at = ret;

    for (size_t i = 0; i < UUID_SIZE; i++)
        at += sprintf(at, "%s%02x", hyphen[i] ? "-" : "", uuid[order[i]]);
}

static uint8_t other_nibble(unsigned n)
{
    return (uint8_t)(n < 10 ? (n + 3) % 10 : 10 + (n - 10 + 2) % 6);
}

static void other_uuid(uint8_t *uuid)
{
    static const uint8_t plain[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    static const uint8_t swapped[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    char text[2][37];

    print_uuid(uuid, plain, text[0]);
    print_uuid(uuid, swapped, text[1]);
    if (placeholder_value(HWFP_SYSTEM_UUID, text[0]) ||
        placeholder_value(HWFP_SYSTEM_UUID, text[1]))
        return;
    for (size_t i = 0; i < UUID_SIZE; i++)
        uuid[i] = (uint8_t)(other_nibble(uuid[i] >> 4) << 4 | other_nibble(uuid[i] & 0xf));
}

/* Where a structure has the number of a string that belongs to the unit (DSP0134, 7). */
static const struct {
    uint8_t type, offset;
    enum hwfp_component component;
} strings_of_a_unit[] = {
    {1, 0x07, HWFP_SYSTEM_SERIAL},  {2, 0x07, HWFP_BOARD_SERIAL}, {2, 0x08, HWFP_ASSET_TAG},
    {3, 0x07, HWFP_CHASSIS_SERIAL}, {3, 0x08, HWFP_ASSET_TAG},    {17, 0x18, HWFP_DIMM_SERIAL},
};

/* String number `number`, counted from 1; the strings begin at `text` and end before `end`. */
static void other_string(char *text, const char *end, unsigned number,
                         enum hwfp_component component)
{
    size_t n;

    while (number > 1 && text < end && *text) {
        text += strnlen(text, (size_t)(end - text)) + 1;
        number--;
    }
    if (number != 1 || text >= end)
        return;
    n = strnlen(text, (size_t)(end - text));
    if (identifies_nothing(component, text, n))
        return;
    if (component == HWFP_ASSET_TAG)
        other_hex(text, n);
    else
        other_text(text, n);
}

static void other_structure(uint8_t *structure, size_t length, char *strings, const char *end)
{
    if (structure[0] == 1 && length >= 8 + UUID_SIZE)
        other_uuid(structure + 8);
    for (size_t i = 0; i < ARRAY_SIZE(strings_of_a_unit); i++)
        if (structure[0] == strings_of_a_unit[i].type && length > strings_of_a_unit[i].offset)
            other_string(strings, end, structure[strings_of_a_unit[i].offset],
                         strings_of_a_unit[i].component);
}

static void copy_table(struct copy *copy)
{
    static const char path[] = "sys/firmware/dmi/tables/DMI";
    size_t size = 0, at = 0, next;
    CLEANUP_FREE char *bytes = read_file(copy, path, &size);

    if (!bytes)
        return;
    while (at + 4 <= size) {
        uint8_t *structure = (uint8_t *)bytes + at;
        size_t length = structure[1];

        if (length < 4 || at + length >= size)
            break;
        /* Two NULs end the strings, and the structure where there are none. */
        for (next = at + length; next + 1 < size && (bytes[next] || bytes[next + 1]); next++)
            ;
        other_structure(structure, length, bytes + at + length, bytes + next + 1);
        at = next + 2;
    }
    tree_bytes(&copy->to, path, bytes, size, 0400);
}

/* What the kernel shows of the table to everybody. */
static void copy_fields(struct copy *copy)
{
    static const char *const same[] = {"sys_vendor", "product_name", "board_vendor",
                                       "board_name", "bios_vendor",  "bios_version",
                                       "bios_date",  "chassis_type", "product_version"};
    char path[PATH_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
        (void)snprintf(path, sizeof(path), "sys/class/dmi/id/%s", same[i]);
        copy_same(copy, path, path);
    }
    copy_serial(copy, "sys/class/dmi/id/product_uuid", HWFP_SYSTEM_UUID);
    copy_serial(copy, "sys/class/dmi/id/product_serial", HWFP_SYSTEM_SERIAL);
    copy_serial(copy, "sys/class/dmi/id/board_serial", HWFP_BOARD_SERIAL);
    copy_serial(copy, "sys/class/dmi/id/chassis_serial", HWFP_CHASSIS_SERIAL);
}

static void copy_cpuinfo(struct copy *copy)
{
    size_t size = 0;
    CLEANUP_FREE char *bytes = read_file(copy, "proc/cpuinfo", &size);
    char *serial = bytes ? strstr(bytes, "\nSerial\t\t: ") : NULL;

    if (!bytes)
        return;
    if (serial) {
        size_t n;

        serial += strlen("\nSerial\t\t: ");
        n = strcspn(serial, "\n");
        if (n > 8 && !identifies_nothing(HWFP_DEVICETREE_SERIAL, serial, n))
            other_text(serial + n - 8, 8);
    }
    tree_bytes(&copy->to, "proc/cpuinfo", bytes, size, 0444);
}

static void copy_firmware(struct copy *copy)
{
    static const char *const same[] = {
        "sys/firmware/dmi/tables/smbios_entry_point",
        "sys/firmware/devicetree/base/model",
        "proc/cmdline",
    };

    for (size_t i = 0; i < ARRAY_SIZE(same); i++)
        copy_same(copy, same[i], same[i]);
    copy_table(copy);
    copy_fields(copy);
    copy_serial(copy, "sys/firmware/devicetree/base/serial-number", HWFP_DEVICETREE_SERIAL);
    copy_cpuinfo(copy);
}

/* ---- Devices. ---- */

/* Calls `one` for each entry of a folder that is there. */
static void each_entry(struct copy *copy, const char *folder,
                       void (*one)(struct copy *copy, const char *name))
{
    CLEANUP_CLOSEDIR DIR *entries = system_opendir(copy->from, folder);
    const struct dirent *entry;

    while (entries && (entry = readdir(entries)))
        if (entry->d_name[0] != '.')
            one(copy, entry->d_name);
}

/* How much of an attribute of a disk is not its own: the type and length of a page (SPC-6), the
 * maker and the name of a card (its CID, before the serial number). */
static const struct {
    const char *name;
    size_t keep;
} disk_attributes[] = {
    {"removable", SIZE_MAX}, {"hidden", SIZE_MAX},   {"serial", 0},        {"wwid", 4},
    {"device/cid", 18},      {"device/vpd_pg80", 4}, {"device/serial", 0}, {"device/wwid", 4},
};

static void copy_disk(struct copy *copy, const char *name)
{
    char link[PATH_MAX], target[PATH_MAX], from[2 * PATH_MAX], to[2 * PATH_MAX];
    ssize_t n;

    (void)snprintf(link, sizeof(link), "sys/block/%.255s", name);
    n = system_readlink(copy->from, link, target, sizeof(target));
    /* The path tells whether it is a disk at all, and whether it is behind USB. */
    if (n > 0 && strncmp(target, "../", 3) == 0)
        (void)snprintf(to, sizeof(to), "sys/%.2048s", target + 3);
    else
        (void)snprintf(to, sizeof(to), "%s", link);
    (void)snprintf(from, sizeof(from), "%s/device", link);
    if (!system_exists(copy->from, from))
        return;
    n = (ssize_t)strlen(to);
    (void)snprintf(to + n, sizeof(to) - (size_t)n, "/device");
    tree_folder(&copy->to, to);
    for (size_t i = 0; i < ARRAY_SIZE(disk_attributes); i++) {
        (void)snprintf(from, sizeof(from), "%s/%s", link, disk_attributes[i].name);
        (void)snprintf(to + n, sizeof(to) - (size_t)n, "/%s", disk_attributes[i].name);
        copy_other(copy, from, to, disk_attributes[i].keep);
    }
    to[n] = '\0';
    if (strcmp(to, link) != 0)
        tree_link(&copy->to, link, target);
}

static bool nic_has(const struct copy *copy, const char *name, const char *attribute)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "sys/class/net/%.255s/%s", name, attribute);
    return system_exists(copy->from, path);
}

/* A NIC that can be unplugged is no evidence, and stays with the first unit. */
static bool nic_is_removable(const struct copy *copy, const char *name)
{
    static const char *const attributes[] = {"device/removable", "device/../removable",
                                             "device/../../removable"};
    char path[PATH_MAX], value[16];

    for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
        (void)snprintf(path, sizeof(path), "sys/class/net/%.255s/%s", name, attributes[i]);
        if (system_read_text(copy->from, path, value, sizeof(value)) > 0 &&
            strcmp(value, "removable") == 0)
            return true;
    }
    return false;
}

/* The first three bytes of a MAC address are the maker's. */
#define OUI_SIZE (strlen("00:00:00:"))

static void copy_permanent(struct copy *copy, const char *folder, const struct ether_addr *address)
{
    const uint8_t *a = address->ether_addr_octet;
    char text[] = "00:00:00:00:00:00";

    (void)snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3],
                   a[4], a[5]);
    other_text(text + OUI_SIZE, strlen(text) - OUI_SIZE);
    tree_attribute(&copy->to, folder, "address", text);
    tree_attribute(&copy->to, folder, "addr_assign_type", "0");
}

static void copy_nic(struct copy *copy, const char *name)
{
    static const struct {
        const char *name;
        bool own;
    } attributes[] = {
        {"address", true}, {"bonding_slave/perm_hwaddr", true}, {"addr_assign_type", false}};
    char folder[PATH_MAX], path[2 * PATH_MAX];
    struct permanent_addresses known = {0};
    const struct ether_addr *address;

    if (!nic_has(copy, name, "device") || nic_has(copy, name, "device/physfn") ||
        nic_is_removable(copy, name))
        return;
    (void)snprintf(folder, sizeof(folder), "sys/class/net/%.255s", name);
    (void)snprintf(path, sizeof(path), "%s/device", folder);
    tree_folder(&copy->to, path);
    (void)snprintf(path, sizeof(path), "%s/type", folder);
    copy_same(copy, path, path);
    if (hwfp_system_is_live(copy->from))
        permanent_addresses_read(&known);
    address = permanent_addresses_find(&known, name);
    for (size_t i = 0; !address && i < ARRAY_SIZE(attributes); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, attributes[i].name);
        copy_other(copy, path, path, attributes[i].own ? OUI_SIZE : SIZE_MAX);
    }
    if (address)
        copy_permanent(copy, folder, address);
    permanent_addresses_clear(&known);
}

static void copy_filesystem(struct copy *copy, const char *name)
{
    char path[PATH_MAX], target[PATH_MAX];

    (void)snprintf(path, sizeof(path), "dev/disk/by-uuid/%.255s", name);
    if (system_readlink(copy->from, path, target, sizeof(target)) > 0)
        tree_link(&copy->to, path, target);
}

int main(int argc, char **argv)
{
    struct copy copy = {0};
    CLEANUP_FREE char *error = NULL;
    int status = 0;

    if (argc != 3) {
        (void)fputs("usage: second_unit FROM TO\n", stderr);
        return 2;
    }
    if (hwfp_system_open(argv[1], &copy.from, &error) < 0) {
        (void)fprintf(stderr, "second_unit: %s\n", error ? error : argv[1]);
        return 1;
    }
    copy.to = tree_open(argv[2]);
    tree_folder(&copy.to, "sys/block");
    tree_folder(&copy.to, "sys/class/net");
    tree_folder(&copy.to, "proc");
    copy_firmware(&copy);
    each_entry(&copy, "sys/block", copy_disk);
    each_entry(&copy, "sys/class/net", copy_nic);
    each_entry(&copy, "dev/disk/by-uuid", copy_filesystem);
    if (copy.to.error) {
        (void)fprintf(stderr, "second_unit: %s\n", copy.to.error);
        status = 1;
    }
    tree_close(&copy.to);
    copy.from = hwfp_system_free(copy.from);
    return status;
}
