/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of components; runs the sources; makes the hardware hash. To add a source: write
 * source_NAME.c, declare it in evidence.h, and add its row to `sources` (and its components, if
 * they are new, to enum hwfp_component and `components`).
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "digest.h"
#include "evidence.h"
#include "hash.h"
#include "placeholder.h"
#include "util.h"

static const struct {
    const char *name;
    enum hwfp_class class;
} components[HWFP_COMPONENTS] = {
    [HWFP_SYSTEM_UUID] = {"system-uuid", HWFP_CHASSIS},
    [HWFP_SYSTEM_SERIAL] = {"system-serial", HWFP_CHASSIS},
    [HWFP_BOARD_SERIAL] = {"board-serial", HWFP_CHASSIS},
    [HWFP_CHASSIS_SERIAL] = {"chassis-serial", HWFP_CHASSIS},
    [HWFP_DEVICETREE_SERIAL] = {"devicetree-serial", HWFP_CHASSIS},
    [HWFP_SOC_SERIAL] = {"soc-serial", HWFP_CHASSIS},
    [HWFP_OEM_KEY] = {"oem-key", HWFP_CHASSIS},
    [HWFP_CLOUD_INSTANCE] = {"cloud-instance", HWFP_CHASSIS},
    [HWFP_ASSET_TAG] = {"asset-tag", HWFP_CHASSIS},
    [HWFP_DISK_SERIAL] = {"disk-serial", HWFP_PART},
    [HWFP_NIC_MAC] = {"nic-mac", HWFP_PART},
    [HWFP_NIC_MAC_SOFT] = {"nic-mac-soft", HWFP_PART},
    [HWFP_DIMM_SERIAL] = {"dimm-serial", HWFP_PART},
    [HWFP_CPU_SERIAL] = {"cpu-serial", HWFP_PART},
    [HWFP_EFI_TOKEN] = {"efi-token", HWFP_PART},
    [HWFP_SYSTEM_MODEL] = {"system-model", HWFP_MODEL},
    [HWFP_BOARD_MODEL] = {"board-model", HWFP_MODEL},
    [HWFP_DEVICETREE_MODEL] = {"devicetree-model", HWFP_MODEL},
    [HWFP_BIOS_VERSION] = {"bios-version", HWFP_MODEL},
    [HWFP_CPU_MODEL] = {"cpu-model", HWFP_MODEL},
    [HWFP_MEMORY_LAYOUT] = {"memory-layout", HWFP_MODEL},
    [HWFP_MACHINE_ID] = {"machine-id", HWFP_IMAGE},
    [HWFP_HOSTNAME] = {"hostname", HWFP_IMAGE},
    [HWFP_FILESYSTEM_UUID] = {"filesystem-uuid", HWFP_IMAGE},
    [HWFP_IP_ADDRESS] = {"ip-address", HWFP_PLACE},
};

/* In the order of their running: all need to know whether this is a virtual machine; source_uuid
 * and source_cpu stand in for what source_smbios and source_devicetree did not find. */
static const struct {
    void (*read)(const struct hwfp_system *system, struct evidence *e);
    bool of_the_host; /* inside a container it speaks of another system's hardware */
} sources[] = {
    {source_platform, false},  {source_smbios, true}, {source_uuid, true}, {source_firmware, true},
    {source_devicetree, true}, {source_cpu, false},   {source_disk, true}, {source_nic, false},
    {source_os, false},        {source_place, false},
};

const char *hwfp_component_name(enum hwfp_component c)
{
    return (unsigned)c < HWFP_COMPONENTS ? components[c].name : "unknown";
}

enum hwfp_class hwfp_component_class(enum hwfp_component c)
{
    return (unsigned)c < HWFP_COMPONENTS ? components[c].class : HWFP_PLACE;
}

int hwfp_component_parse(const char *name, enum hwfp_component *ret)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (strcmp(components[c].name, name) == 0) {
            *ret = (enum hwfp_component)c;
            return 0;
        }
    return -EINVAL;
}

static void collect(const struct hwfp_system *system, struct evidence *e)
{
    e->container = source_os_in_container(system);
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
        if (!e->container || !sources[i].of_the_host)
            sources[i].read(system, e);
}

/* Lower case, trimmed, runs of white space made one space: firmware, kernels and drivers differ in
 * how they pad and spell the same serial number. */
static void normalise(const char *value, char ret[EVIDENCE_VALUE_MAX])
{
    size_t n = 0;
    bool gap = false;

    for (; *value && n < EVIDENCE_VALUE_MAX - 2; value++) {
        unsigned char c = (unsigned char)*value;

        if (c <= ' ' || c == 0x7f) {
            gap = n > 0;
            continue;
        }
        if (gap)
            ret[n++] = ' ';
        gap = false;
        ret[n++] = ascii_lower((char)c);
    }
    ret[n] = '\0';
}

/* The last two letters or digits, of values long enough that two characters give nothing away. */
static void make_label(const char *value, char ret[HWFP_LABEL_SIZE])
{
    size_t n = strlen(value), kept = 0;

    memset(ret, 0, HWFP_LABEL_SIZE);
    if (n < 6)
        return;
    while (n > 0 && kept < HWFP_LABEL_SIZE - 1) {
        char c = value[--n];

        if (ascii_alnum(c))
            ret[HWFP_LABEL_SIZE - 2 - kept++] = c;
    }
    if (kept == 1)
        memmove(ret, ret + 1, HWFP_LABEL_SIZE - 1);
}

static int compare_digests(const void *a, const void *b)
{
    const struct hwfp_item *first = a, *second = b;

    return memcmp(first->digest, second->digest, HWFP_DIGEST_SIZE);
}

/* Ascending and none twice, so that the order in which a kernel names its devices does not matter.
 */
static void sort_items(struct hwfp_items *set)
{
    size_t kept = 0;

    if (set->n > 1)
        qsort(set->items, set->n, sizeof(*set->items), compare_digests);
    for (size_t i = 0; i < set->n; i++)
        if (i == 0 || compare_digests(&set->items[kept - 1], &set->items[i]) != 0)
            set->items[kept++] = set->items[i];
    set->n = kept;
}

static size_t hex_digits(const char *value, char *ret, size_t size)
{
    size_t n = 0;

    for (; *value && n + 1 < size; value++)
        if (isxdigit((unsigned char)*value))
            ret[n++] = *value;
    ret[n] = '\0';
    return n;
}

/* The other byte order of a UUID (SMBIOS 7.2.1): the first three fields swapped. */
static void swap_uuid(const uint8_t from[16], uint8_t to[16])
{
    static const unsigned char order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

    for (size_t i = 0; i < sizeof(order); i++)
        to[i] = from[order[i]];
}

/* The UUID in both byte orders; false where there is none. */
static bool read_uuid(const struct evidence *e, uint8_t ret[2][16])
{
    const struct evidence_values *uuid = &e->component[HWFP_SYSTEM_UUID];
    char value[EVIDENCE_VALUE_MAX], digits[33];

    if (uuid->n == 0)
        return false;
    normalise(uuid->values[0], value);
    if (placeholder_value(HWFP_SYSTEM_UUID, value) ||
        hex_digits(value, digits, sizeof(digits)) != 32 || hex_decode(digits, ret[0], 16) < 0)
        return false;
    swap_uuid(ret[0], ret[1]);
    return true;
}

/* Many hypervisors print the UUID again as a serial number: "VMware-56 4d ...", "ec2...",
 * "GoogleCloud-...". */
static bool copies_uuid(const char *value, const struct evidence *e)
{
    char digits[EVIDENCE_VALUE_MAX];
    uint8_t uuid[2][16], last[16];
    size_t n = hex_digits(value, digits, sizeof(digits));

    return n >= 32 && read_uuid(e, uuid) && hex_decode(digits + n - 32, last, 16) == 0 &&
           (memcmp(last, uuid[0], 16) == 0 || memcmp(last, uuid[1], 16) == 0);
}

/* Dell scatters the seven characters of a service tag over the UUID, and sets the highest bit of
 * the first: 4c4c4544-0051-5810-8032-b7c04f4d3532 is 7QX2M52. */
static bool is_dells_tag(const char *tag, const uint8_t uuid[16])
{
    static const unsigned char place[7] = {10, 5, 6, 9, 13, 14, 15};

    if (memcmp(uuid, "LLED", 4) != 0 || strlen(tag) != ARRAY_SIZE(place))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(place); i++)
        if (ascii_lower((char)(uuid[place[i]] & 0x7f)) != tag[i])
            return false;
    return true;
}

/* HPE and others write the serial number's characters into the UUID. */
static bool uuid_spells(const char *serial, const uint8_t uuid[16])
{
    size_t n = strlen(serial);

    for (size_t at = 0; n >= 6 && at + n <= 16; at++) {
        size_t i = 0;

        while (i < n && ascii_lower((char)uuid[at + i]) == serial[i])
            i++;
        if (i == n)
            return true;
    }
    return false;
}

static bool uuid_is_made_of(const char *serial, const struct evidence *e)
{
    uint8_t uuid[2][16];

    if (!read_uuid(e, uuid))
        return false;
    for (size_t i = 0; i < 2; i++)
        if (is_dells_tag(serial, uuid[i]) || uuid_spells(serial, uuid[i]))
            return true;
    return false;
}

/* A number without what only spells it: 0x, zeros in front, colons and hyphens. */
static const char *number_of(const char *value, char ret[EVIDENCE_VALUE_MAX])
{
    size_t n = 0;

    for (value += strncmp(value, "0x", 2) == 0 ? 2 : 0; *value; value++)
        if (*value != ':' && *value != '-')
            ret[n++] = *value;
    ret[n] = '\0';
    return ret + strspn(ret, "0");
}

/* The same number, in hexadecimal here and in decimal there, if it is not the same text. */
static bool is_same_number(const char *a, const char *b)
{
    char x[EVIDENCE_VALUE_MAX], y[EVIDENCE_VALUE_MAX];
    const char *a_number = number_of(a, x), *b_number = number_of(b, y);
    unsigned long long hex, decimal;
    char *end;

    if (strcmp(a_number, b_number) == 0)
        return true;
    for (int i = 0; i < 2; i++) {
        hex = strtoull(i ? a_number : b_number, &end, 16);
        if (*end == '\0' && hex > UINT16_MAX) {
            decimal = strtoull(i ? b_number : a_number, &end, 10);
            if (*end == '\0' && hex == decimal)
                return true;
        }
    }
    return false;
}

/* The first chassis component before `c` with the same number; HWFP_COMPONENTS: none. Two fields
 * with one number are one witness, and so are a UUID and what it is made of. */
static enum hwfp_component number_before(enum hwfp_component c, const char *value,
                                         const struct evidence *e)
{
    if (hwfp_component_class(c) != HWFP_CHASSIS || c == HWFP_SYSTEM_UUID)
        return HWFP_COMPONENTS;
    if (copies_uuid(value, e) || uuid_is_made_of(value, e))
        return HWFP_SYSTEM_UUID;
    for (enum hwfp_component o = HWFP_SYSTEM_SERIAL; o < c; o++) {
        const struct evidence_values *values = &e->component[o];
        char other[EVIDENCE_VALUE_MAX];

        for (size_t i = 0; i < values->n && hwfp_component_class(o) == HWFP_CHASSIS; i++) {
            normalise(values->values[i], other);
            if (is_same_number(value, other))
                return o;
        }
    }
    return HWFP_COMPONENTS;
}

/* The chassis component whose number ends in this address, or is it; HWFP_COMPONENTS: none. */
static enum hwfp_component number_around(const char *address, const struct evidence *e)
{
    char mac[EVIDENCE_VALUE_MAX], digits[EVIDENCE_VALUE_MAX], value[EVIDENCE_VALUE_MAX];

    if (hex_digits(address, mac, sizeof(mac)) != 12)
        return HWFP_COMPONENTS;
    for (enum hwfp_component c = HWFP_SYSTEM_UUID; c < HWFP_ASSET_TAG; c++)
        for (size_t i = 0; i < e->component[c].n; i++) {
            size_t n;

            normalise(e->component[c].values[i], value);
            n = hex_digits(value, digits, sizeof(digits));
            if ((n == 12 || n == 32) && strcmp(digits + n - 12, mac) == 0 &&
                !placeholder_value(c, value))
                return c;
        }
    return HWFP_COMPONENTS;
}

static bool is_address(enum hwfp_component c)
{
    return c == HWFP_NIC_MAC || c == HWFP_NIC_MAC_SOFT;
}

/* A vendor's default, or the port beside one: boot loaders number the ports of a board from it. */
static bool is_made_up_address(const char *value, const struct evidence *e)
{
    static const enum hwfp_component kinds[] = {HWFP_NIC_MAC, HWFP_NIC_MAC_SOFT};
    char other[EVIDENCE_VALUE_MAX];

    if (placeholder_value(HWFP_NIC_MAC, value))
        return true;
    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
        for (size_t i = 0; i < e->component[kinds[k]].n; i++) {
            normalise(e->component[kinds[k]].values[i], other);
            if (strlen(value) == strlen("00:11:22:33:44:55") &&
                strncmp(value, other, strlen("00:11:22:33:44:5")) == 0 &&
                placeholder_value(HWFP_NIC_MAC, other))
                return true;
        }
    return false;
}

static int digest_component(enum hwfp_component c, const struct evidence *e,
                            const struct digest_key *key, struct hwfp_items *set)
{
    const struct evidence_values *from = &e->component[c];
    const char *name = hwfp_component_name(is_address(c) ? HWFP_NIC_MAC : c);
    bool placeholder = false, own_number = false;

    if (from->n > 0) {
        set->items = malloc(from->n * sizeof(*set->items));
        if (!set->items)
            return -ENOMEM;
    }
    for (size_t i = 0; i < from->n; i++) {
        char value[EVIDENCE_VALUE_MAX];
        uint8_t digest[DIGEST_FULL];
        enum hwfp_component before, around;
        struct hwfp_item item;

        normalise(from->values[i], value);
        if (is_address(c) ? is_made_up_address(value, e) : placeholder_value(c, value)) {
            placeholder = true;
            continue;
        }
        /* The component's name goes in first, so that one value in two fields is two digests. An
         * address has one digest wherever its interface is. */
        digest_hmac(key, name, strlen(name) + 1, value, strlen(value), digest);
        memcpy(item.digest, digest, sizeof(item.digest));
        make_label(value, item.label);
        around = is_address(c) ? number_around(value, e) : HWFP_COMPONENTS;
        item.within = around == HWFP_COMPONENTS ? 0 : (uint8_t)(around + 1);
        before = number_before(c, value, e);
        if (set->n == 0 || before < set->derived_from)
            set->derived_from = before;
        own_number = own_number || before == HWFP_COMPONENTS;
        set->items[set->n++] = item;
    }
    if (set->n == 0) {
        free(set->items);
        set->items = NULL;
    }
    sort_items(set);
    set->derived = set->n > 0 && !own_number;
    if (!set->derived)
        set->derived_from = 0;
    set->incomplete = set->n > 0 && from->unreadable;
    set->unnamed = set->n > 0 && placeholder;
    set->status = set->n > 0         ? HWFP_USABLE
                  : from->unreadable ? HWFP_UNREADABLE
                  : placeholder      ? HWFP_PLACEHOLDER
                                     : HWFP_ABSENT;
    return 0;
}

static bool is_ignored(uint32_t ignore, unsigned c)
{
    return (ignore & UINT32_C(1) << c) != 0;
}

/* A UUID that is not to be trusted makes nothing trustworthy, and stands for nothing. */
static void leave_out_uuid(const struct evidence *e, struct hwfp_hash *hash)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        struct hwfp_items *set = &hash->component[c];

        if (!set->derived || set->derived_from != HWFP_SYSTEM_UUID)
            continue;
        if (copies_uuid(e->component[c].values[0], e))
            items_clear(set);
        else
            set->derived = false;
    }
}

int hash_of_evidence(const struct evidence *e, const struct hwfp_key *key, uint32_t ignore,
                     struct hwfp_hash *ret_hash)
{
    struct hwfp_hash hash = {.collector = HWFP_COLLECTOR,
                             .virtual_machine = e->virtual_machine,
                             .container = e->container};
    struct digest_key *digest_key = NULL;
    int r = e->no_memory ? -ENOMEM : digest_key_new(key->bytes, sizeof(key->bytes), &digest_key);

    for (unsigned c = 0; r == 0 && c < HWFP_COMPONENTS; c++)
        if (!is_ignored(ignore, c))
            r = digest_component((enum hwfp_component)c, e, digest_key, &hash.component[c]);
    if (is_ignored(ignore, HWFP_SYSTEM_UUID))
        leave_out_uuid(e, &hash);
    digest_key_free(digest_key);
    if (r < 0)
        hwfp_hash_clear(&hash);
    else
        *ret_hash = hash;
    return r;
}

int hwfp_hash_collect(const struct hwfp_system *system, const struct hwfp_key *key, uint32_t ignore,
                      struct hwfp_hash *ret_hash)
{
    struct evidence e = {0};
    int r;

    collect(system, &e);
    r = hash_of_evidence(&e, key, ignore, ret_hash);
    evidence_clear(&e);
    return r;
}

int hash_collect_firmware_copy(const struct hwfp_system *system, const struct hwfp_key *key,
                               uint32_t ignore, struct hwfp_hash *ret_hash)
{
    struct evidence e = {0};
    int r;

    source_smbios_firmware_copy(system, &e);
    r = hash_of_evidence(&e, key, ignore, ret_hash);
    evidence_clear(&e);
    return r;
}
