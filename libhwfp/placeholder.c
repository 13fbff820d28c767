/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values that identify nothing. Most are known by their shape: a number that nobody drew at random,
 * and that a random one has in fewer than a few of 100,000 cases. The others are in tables,
 * gathered from those of fwts, GLPI, OCS Inventory, digitalrebar, osquery, rockstor, Talos, boot
 * loaders and the kernel; a value stands here because some firmware ships it on many machines.
 */
#include "placeholder.h"

#include <ctype.h>
#include <net/ethernet.h>
#include <netinet/ether.h>
#include <string.h>
#include <uuid/uuid.h>

#include "util.h"

/* Both byte orders of a UUID. */
static const char *const uuids[] = {
    "6ab5b300-538d-1014-9fb5-b0684d007b53",
    "00b3b56a-8d53-1410-9fb5-b0684d007b53",
    "5c4606fa-192f-453a-b299-7b088c63bb9b",
    "fa06465c-2f19-3a45-b299-7b088c63bb9b",
    /* Known to tools that read machine ids, of several vendors. */
    "890e2d14-cacd-45d1-ae66-bc80e8bfeb0f",
    "8e275844-178f-44a8-aceb-a7d7e5178c63",
    "dc698397-fa54-4cf2-82c8-b1b5307a6a7f",
    "8a95d198-7f46-11e5-bf8b-08002704d48e",
    "deadbeef-dead-beef-dead-beefdeadbeef",
    "11111111-2222-3333-4444-555555555555",
    /* Dell makes the UUID of the service tag: this of a blank one. */
    "4c4c4544-0000-2010-8020-80c04f202020",
    "44454c4c-0000-1020-8020-80c04f202020",
};

/* Serial numbers of systems, boards, chassis, DIMMs, device trees. */
static const char *const serials[] = {
    "systemserialnumb",
    "serialnumber",
    "default_string",
    ".pcie2",
    "empty",
    "[empty]",
    "na",
    "n/a",
    "none",
    "none1",
    "null",
    "(null)",
    "invalid",
    "notsupport",
    "oem_define1",
    "oem_define2",
    "oem_define3",
    "oem_serial",
    "oem",
    "sernum0",
    "sernum1",
    "sernum2",
    "sernum3",
    "sernum4",
    "sernum00",
    "sernum01",
    "sernum02",
    "sernum03",
    "notspecified",
    "unspecified",
    "standard",
    "serial",
    "sku",
    "nil",
    "type1productconfigid",
    "31415926", /* a hypervisor's default */
    "5ekpm18320000397",
    "unknow",
    "unknown",
    "undefined",
    "eval",
    "iatpass",
    "blank",
    "c3d9b8674f4b94f6", /* the serial-number that a boot loader of Rockchip's gives every board */
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
    "abcdefghijklm",
    "7783-7084-3265-9085-8269-3286-77", /* every Azure VM */
};

/* QEMU names a disk that was given no serial number by its position. */
static const char *const disks[] = {
    "wwn-0x5000000000000000", "naa.5000000000000000", "naa.0000000000000000",
    "vb1234_56789",           "eui.0000000000000000", "drive-scsi0-0-0-0",
};

static const char *const macs[] = {
    /* Gathered by GLPI and OCS: bridges, modems, drivers of tunnels and dongles. */
    "fe:ff:ff:ff:ff:ff", "0a:00:27:00:00:00", "20:41:53:59:4e:ff",
    "02:00:4e:43:50:49", "00:a0:c6:00:00:00", "02:80:37:ec:02:00",
    "33:50:6f:45:30:30", "50:50:54:50:30:30", "24:b6:20:52:41:53",
    "00:0b:ca:fe:00:00", "44:45:53:54:00:00", "44:45:53:54:00:01",
    "e2:e6:16:20:0a:35", "d2:0a:2d:a0:04:be", "d2:6b:25:2f:2c:e7",
    "88:88:88:88:87:88", /* Intel's integrated NIC before it is programmed */
    "00:03:7f:ba:db:ad", /* Qualcomm's switches */
    "be:3a:f2:b6:05:9f", /* the USB NIC of Supermicro's management controller */
    "5c:bb:f6:9e:ee:fa", /* WSL, bridged */
    "00:0a:35:00:01:22", /* Xilinx: the example of its device trees */
    "00:0a:35:00:1e:53", /* likewise, of its PetaLinux */
    "00:07:ed:ff:ed:15", /* Altera's development kits */
    "00:04:9f:04:d2:35", /* training boards with Freescale's i.MX */
    "00:e0:0c:00:00:fd", /* Freescale's evaluation boards in U-Boot: the first port, */
    "00:e0:0c:00:01:fd", /* the second, */
    "00:e0:0c:00:02:fd", /* the third, */
    "00:e0:0c:00:03:fd", /* and the fourth */
    "00:15:18:01:81:31", /* Amlogic's boot loader */
    "00:40:5c:26:0a:5b", /* Samsung's evaluation boards in U-Boot */
    "08:00:3e:26:0a:5b", /* likewise, the older ones */
    "00:00:23:34:45:66", /* HiSilicon's boot loader */
    "00:55:7b:b5:7d:f7", /* MediaTek's and SigmaStar's boot loader */
    "00:55:7b:b5:7d:f8", /* its second port */
    "08:00:27:00:01:93", /* Nuvoton's NUC980 boards */
    "f0:ad:4e:03:64:7f", /* Globalscale's ESPRESSObin, by its boot loader */
    "00:00:11:22:33:45", /* boot loaders' environments: the second port, */
    "00:00:11:22:33:46", /* and the third */
    "0c:5b:8f:27:9a:64", /* Huawei's sticks, each of them */
    "00:11:22:00:17:d0", /* routers whose calibration data was never written */
    "00:11:22:00:17:cd", /* likewise */
    "00:02:03:04:ff:ff", /* likewise, their WLAN */
    "00:0e:c6:87:72:01", /* ASIX, before it is programmed */
    "00:0e:c6:81:79:01", /* likewise */
    "00:50:43:02:00:00", /* Marvell's boot loaders */
    "00:50:43:02:02:00", /* likewise */
    "00:0a:f5:89:89:fd", /* Qualcomm's WLAN, by its configuration file */
    "00:0a:f5:89:89:fc", /* likewise */
    "00:08:dc:01:02:03", /* WIZnet: the example of its drivers */
    "00:04:9f:01:02:03", /* Freescale: likewise */
    "00:90:4c:11:22:33", /* Broadcom's WLAN before it is programmed */
    "00:90:4c:c5:12:38", /* Broadcom's WLAN: the template of its NVRAM */
    "00:e0:4c:87:00:00", /* Realtek's WLAN before it is programmed */
    "00:e0:4c:86:70:01", /* Realtek's network processors */
    "00:e0:4c:07:68:02", /* likewise, their WLAN */
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

/* Whether value[n] goes on from value[n - 1] as on a keyboard: behind 9 comes 0 again, or a; behind
 * 90 a. */
static bool goes_on(const char *value, size_t n, int step)
{
    char from = value[n - 1], to = value[n];

    if (step > 0 && from == '9')
        return to == '0' || to == 'a';
    if (step > 0 && from == '0' && to == 'a')
        return n > 1 && value[n - 2] == '9';
    if (step < 0 && from == '0')
        return to == '9';
    return ascii_alnum(from) && ascii_alnum(to) && to == from + step;
}

/* The length of the run up or down that begins here, with a digit: "1234567890ab", "3210987". */
static size_t run_length(const char *value, int step)
{
    size_t n = 1;

    if (!isdigit((unsigned char)value[0]))
        return 0;
    while (value[n] && goes_on(value, n, step))
        n++;
    return n;
}

#define RUN_ALONE 5 /* digits in a row, and no others in the value but a few letters */
#define RUN_LETTERS_MAX 4
#define RUN_MOSTLY 7    /* characters in a row, if they are two thirds of the value */
#define RUN_ANYWHERE 10 /* no chance, whatever stands around them */

static size_t count_alnum(const char *value)
{
    size_t n = 0;

    for (; *value; value++)
        n += ascii_alnum(*value);
    return n;
}

static size_t count_digits(const char *value)
{
    size_t n = 0;

    for (; *value; value++)
        n += isdigit((unsigned char)*value) != 0;
    return n;
}

/* "bsn12345678901234567", "123456789000", "sn-12345", "9876543210": mostly a run, or a long one. A
 * real number may have a short one in it. */
static bool has_run(const char *value)
{
    size_t all = count_alnum(value), digits = count_digits(value);
    bool is_hex = !value[strspn(value, "0123456789abcdef")];

    for (const char *p = value; *p; p++)
        for (int step = -1; step <= 1; step += 2) {
            size_t length = run_length(p, step);

            if (length >= RUN_ANYWHERE || (length >= RUN_MOSTLY && 3 * length >= 2 * all) ||
                (length >= RUN_ALONE && digits <= length && all - length <= RUN_LETTERS_MAX &&
                 (all == length || !is_hex)))
                return true;
        }
    return false;
}

/* ---- Words where a number should be. ---- */

static bool ends_with(const char *value, const char *end)
{
    size_t n = strlen(value), m = strlen(end);

    return n >= m && strcmp(value + n - m, end) == 0;
}

/* "to be filled by o.e.m.", "type2 - board serial number", "not specified", "<cut out>". */
static bool is_words(const char *value)
{
    static const char *const parts[] = {"to be filled", "to be set",       "to be defined",
                                        "o.e.m",        "serial number x", "sn-123456"};

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        if (strstr(value, parts[i]))
            return true;
    return ends_with(value, "serial number") || ends_with(value, "asset tag") ||
           (strchr(value, ' ') && !value[strcspn(value, "0123456789")]);
}

static bool zero_hex(const char *value)
{
    return value[0] == '0' && value[1] == 'x' && value[2] &&
           strspn(value + 2, "0") == strlen(value + 2);
}

/* "fefefefe", "5a5a5a5a5a5a": and nothing else in the value. */
static bool is_one_byte(const char *value)
{
    return !value[strspn(value, "0123456789abcdef-: ")] && one_byte(value);
}

static bool number_placeholder(const char *value)
{
    return one_character(value) || zero_hex(value) || is_one_byte(value) || has_run(value) ||
           is_words(value) || IN_TABLE(serials, value);
}

/* ---- UUIDs. ---- */

static bool mac_bytes_placeholder(const uint8_t mac[6]);

static const uint8_t no_bytes[16];

#define UUID_DISTINCT 4   /* bytes that are not zero, at the least */
#define UUID_STEPS 4      /* equal ones, one after the other, are no chance */
#define UUID_RUN_DIGITS 8 /* in order: likewise */
#define SERIAL_LEAST 3    /* letters and digits: "-64" is an error code */

/* In one byte order: too few bytes that differ, bytes in steps, or digits in order. */
static bool is_made_up(const uint8_t *bytes)
{
    bool seen[256] = {true}; /* zeros fill */
    size_t distinct = 0, steps = 0, up = 1, down = 1;
    uint8_t last = 0, step = 0, digit = 0;

    for (size_t i = 0; i < 16; i++) {
        uint8_t byte = bytes[i], now = (uint8_t)(byte - last);

        if (byte == 0)
            continue;
        distinct += !seen[byte];
        seen[byte] = true;
        /* Equal ones are no steps: a vendor may make the UUID of a number with many zeros. */
        steps = last == 0 || now == 0 ? 0 : steps > 0 && now == step ? steps + 1 : 1;
        if (steps >= UUID_STEPS)
            return true;
        step = now;
        last = byte;
    }
    for (size_t i = 0; i < 32; i++) {
        uint8_t now = i % 2 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4;

        up = i > 0 && now == (digit + 1) % 16 ? up + 1 : 1;
        down = i > 0 && digit == (now + 1) % 16 ? down + 1 : 1;
        if (up >= UUID_RUN_DIGITS || down >= UUID_RUN_DIGITS)
            return true;
        digit = now;
    }
    return distinct < UUID_DISTINCT;
}

static bool is_uuid(const char *value)
{
    uuid_t uuid;

    return uuid_parse(value, uuid) == 0;
}

static bool uuid_placeholder(const char *value)
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t swapped[16];
    uuid_t uuid;

    if (one_byte(value) || IN_TABLE(uuids, value))
        return true;
    if (uuid_parse(value, uuid) < 0)
        return false;
    /* Some vendors put a NIC's address behind zeros: as good as the address is. */
    if (memcmp(uuid, no_bytes, 10) == 0)
        return mac_bytes_placeholder(uuid + 10);
    for (size_t i = 0; i < sizeof(swapped); i++)
        swapped[i] = uuid[order[i]];
    return is_made_up(uuid) || is_made_up(swapped);
}

static bool serial_placeholder(const char *value)
{
    return number_placeholder(value) || count_alnum(value) < SERIAL_LEAST ||
           IN_TABLE(asset_tags, value) || (is_uuid(value) && uuid_placeholder(value));
}

/* QEMU's default names of IDE, SATA and SCSI disks ("QM00001"), and the same behind the kernel's
 * "t10.ATA     QEMU HARDDISK  QM00001". */
static bool qemu_disk(const char *value)
{
    const char *qm = strstr(value, "qm0000");

    return qm && isdigit((unsigned char)qm[6]) && qm[7] == '\0' &&
           (qm == value || strstr(value, "qemu"));
}

/* Google names disks by their position. */
static bool google_disk(const char *value)
{
    static const char prefix[] = "persistent-disk-";

    return strncmp(value, prefix, strlen(prefix)) == 0 &&
           strspn(value + strlen(prefix), "0123456789") == strlen(value + strlen(prefix));
}

/* ---- MAC addresses. ---- */

static const char *const mac_prefixes[] = {
    "00:50:56:c0:",    /* VMware's own adapters on a host */
    "42:01:",          /* Google: the other four bytes are the IP address */
    "52:54:00:12:34:", /* QEMU: the first NIC has 56 */
    "02:42:",          /* Docker before version 28: likewise */
    "00:e0:4c:81:86:", /* Realtek's WLAN, with the chip's number in the place of the unit's: 8186,
                        */
    "00:e0:4c:81:92:", /* 8192, */
    "00:e0:4c:81:96:", /* and 8196 */
    "00:0c:43:28:80:", /* Ralink and MediaTek, likewise: 2880, */
    "00:0c:43:30:52:", /* 3052, */
    "00:0c:43:76:20:", /* 7620, */
    "00:0c:43:76:28:", /* 7628, */
    "00:0c:43:e1:76:", /* and 7628 once more */
};

/* "00:02:03:04:05:06", "00:11:22:33:44:55", "00:12:34:56:78:9a": five bytes or more in equal steps,
 * as people type who need an address. */
static bool is_in_steps(const uint8_t mac[6])
{
    size_t equal = 0;
    uint8_t step = 0;

    for (size_t i = 1; i < 6; i++) {
        uint8_t now = (uint8_t)(mac[i] - mac[i - 1]);

        equal = now == 0 ? 0 : equal > 0 && now == step ? equal + 1 : 1;
        if (equal >= 4)
            return true;
        step = now;
    }
    return false;
}

static bool mac_bytes_placeholder(const uint8_t mac[6])
{
    bool seen[256] = {false};
    size_t distinct = 0;

    for (size_t i = 0; i < 6; i++) {
        distinct += !seen[mac[i]];
        seen[mac[i]] = true;
    }
    return distinct < 3 || (mac[3] == mac[4] && mac[4] == mac[5]) || is_in_steps(mac);
}

static bool mac_placeholder(const char *value)
{
    struct ether_addr address;

    for (size_t i = 0; i < ARRAY_SIZE(mac_prefixes); i++)
        if (strncmp(value, mac_prefixes[i], strlen(mac_prefixes[i])) == 0)
            return true;
    return one_character(value) || IN_TABLE(macs, value) ||
           (ether_aton_r(value, &address) && mac_bytes_placeholder(address.ether_addr_octet));
}

bool placeholder_value(enum hwfp_component c, const char *value)
{
    switch (c) {
    case HWFP_SYSTEM_UUID:
        return uuid_placeholder(value);
    case HWFP_SYSTEM_SERIAL:
    case HWFP_BOARD_SERIAL:
    case HWFP_CHASSIS_SERIAL:
    case HWFP_DEVICETREE_SERIAL:
    case HWFP_SOC_SERIAL:
    case HWFP_OEM_KEY:
    case HWFP_DIMM_SERIAL:
        return serial_placeholder(value);
    case HWFP_ASSET_TAG: /* a short one may be a company's own */
        return number_placeholder(value) || IN_TABLE(asset_tags, value);
    case HWFP_DISK_SERIAL: /* an administrator may name a virtual one in a few letters */
        return number_placeholder(value) || qemu_disk(value) || google_disk(value) ||
               IN_TABLE(disks, value);
    case HWFP_CPU_SERIAL:
    case HWFP_EFI_TOKEN:
        return one_character(value) || one_byte(value);
    case HWFP_NIC_MAC:
    case HWFP_NIC_MAC_SOFT:
        return mac_placeholder(value);
    default:
        return false;
    }
}
