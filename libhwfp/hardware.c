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
    [HWFP_CLOUD_INSTANCE] = {"cloud-instance", HWFP_CHASSIS},
    [HWFP_ASSET_TAG] = {"asset-tag", HWFP_CHASSIS},
    [HWFP_DISK_SERIAL] = {"disk-serial", HWFP_PART},
    [HWFP_NIC_MAC] = {"nic-mac", HWFP_PART},
    [HWFP_DIMM_SERIAL] = {"dimm-serial", HWFP_PART},
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

/* In the order of their running: source_cpu stands in for what source_devicetree did not find. */
static const struct {
    void (*read)(const struct hwfp_system *system, struct evidence *e);
    bool of_the_host; /* inside a container it speaks of another system's hardware */
} sources[] = {
    {source_smbios, true}, {source_devicetree, true}, {source_cpu, false},   {source_disk, true},
    {source_nic, false},   {source_os, false},        {source_place, false},
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

/* Ascending, so that the order in which a kernel names its devices does not matter. */
static bool insert_item(struct hwfp_items *set, const struct hwfp_item *item)
{
    size_t at = 0;

    while (at < set->n && memcmp(set->items[at].digest, item->digest, HWFP_DIGEST_SIZE) < 0)
        at++;
    if (at < set->n && memcmp(set->items[at].digest, item->digest, HWFP_DIGEST_SIZE) == 0)
        return true;
    struct hwfp_item *larger = realloc(set->items, (set->n + 1) * sizeof(*larger));

    if (!larger)
        return false;
    memmove(larger + at + 1, larger + at, (set->n - at) * sizeof(*larger));
    larger[at] = *item;
    set->items = larger;
    set->n++;
    return true;
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

/* Swaps the first three fields of 32 hex digits: the other byte order of a UUID (SMBIOS 7.2.1). */
static void swap_uuid_digits(const char from[33], char to[33])
{
    static const unsigned char order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

    for (size_t i = 0; i < sizeof(order); i++) {
        to[2 * i] = from[(size_t)2 * order[i]];
        to[2 * i + 1] = from[(size_t)2 * order[i] + 1];
    }
    to[32] = '\0';
}

/* Many hypervisors print the UUID again as a serial number: "VMware-56 4d ...", "ec2...",
 * "GoogleCloud-...". Such a serial changes with the UUID and vouches for nothing on its own. */
static bool derived_from_uuid(const char *value, const char *uuid)
{
    char digits[EVIDENCE_VALUE_MAX], as_read[33], swapped[33];
    size_t n = hex_digits(value, digits, sizeof(digits));

    if (n < 32 || hex_digits(uuid, as_read, sizeof(as_read)) != 32)
        return false;
    swap_uuid_digits(as_read, swapped);
    return strcmp(digits + n - 32, as_read) == 0 || strcmp(digits + n - 32, swapped) == 0;
}

static bool is_derived(enum hwfp_component c, const char *value, const struct evidence *e)
{
    const struct evidence_values *uuid = &e->component[HWFP_SYSTEM_UUID];
    char normal[EVIDENCE_VALUE_MAX];

    if (hwfp_component_class(c) != HWFP_CHASSIS || c == HWFP_SYSTEM_UUID || uuid->n == 0)
        return false;
    normalise(uuid->values[0], normal);
    return derived_from_uuid(value, normal);
}

static int digest_component(enum hwfp_component c, const struct evidence *e,
                            const struct digest_key *key, struct hwfp_items *set)
{
    const struct evidence_values *from = &e->component[c];
    const char *name = hwfp_component_name(c);
    bool placeholder = false;

    for (size_t i = 0; i < from->n; i++) {
        char value[EVIDENCE_VALUE_MAX];
        uint8_t digest[DIGEST_FULL];
        struct hwfp_item item;

        normalise(from->values[i], value);
        if (placeholder_value(c, value)) {
            placeholder = true;
            continue;
        }
        /* The component's name goes in first, so that one value in two fields is two digests. */
        digest_hmac(key, name, strlen(name) + 1, value, strlen(value), digest);
        memcpy(item.digest, digest, sizeof(item.digest));
        make_label(value, item.label);
        set->derived = set->derived || is_derived(c, value, e);
        if (!insert_item(set, &item))
            return -ENOMEM;
    }
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

/* A UUID that is not to be trusted makes nothing trustworthy. */
static void leave_out_derived(struct hwfp_hash *hash)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (hash->component[c].derived)
            items_clear(&hash->component[c]);
}

static int digest_evidence(const struct evidence *e, const struct hwfp_key *key, uint32_t ignore,
                           struct hwfp_hash *ret_hash)
{
    struct hwfp_hash hash = {.virtual_machine = e->virtual_machine, .container = e->container};
    struct digest_key *digest_key = NULL;
    int r = e->no_memory ? -ENOMEM : digest_key_new(key->bytes, sizeof(key->bytes), &digest_key);

    for (unsigned c = 0; r == 0 && c < HWFP_COMPONENTS; c++)
        if (!is_ignored(ignore, c))
            r = digest_component((enum hwfp_component)c, e, digest_key, &hash.component[c]);
    if (is_ignored(ignore, HWFP_SYSTEM_UUID))
        leave_out_derived(&hash);
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
    r = digest_evidence(&e, key, ignore, ret_hash);
    evidence_clear(&e);
    return r;
}

int hash_collect_firmware_copy(const struct hwfp_system *system, const struct hwfp_key *key,
                               uint32_t ignore, struct hwfp_hash *ret_hash)
{
    struct evidence e = {0};
    int r;

    source_smbios_firmware_copy(system, &e);
    r = digest_evidence(&e, key, ignore, ret_hash);
    evidence_clear(&e);
    return r;
}
