/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's own description of the machine, from the SMBIOS table in sysfs, or, where a kernel
 * or a captured tree has no table, from the fields that the kernel took out of it. */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <uuid/uuid.h>

#include "evidence.h"
#include "smbios.h"
#include "util.h"

#define TABLE "sys/firmware/dmi/tables/DMI"
#define ENTRY_POINT "sys/firmware/dmi/tables/smbios_entry_point"
#define TABLE_MAX ((size_t)1 << 20) /* bytes: some sixteen times what large servers have */
#define FIELDS "sys/class/dmi/id"
#define FIRMWARE_COPY "sys/firmware/qemu_fw_cfg/by_name/etc/smbios/"

#define AZURE_ASSET_TAG "7783-7084-3265-9085-8269-3286-77"

/* All that the table gives evidence of, but for the CPU's model, which /proc/cpuinfo gives too. */
static const enum hwfp_component components[] = {
    HWFP_SYSTEM_UUID, HWFP_SYSTEM_SERIAL,  HWFP_BOARD_SERIAL,  HWFP_CHASSIS_SERIAL,
    HWFP_ASSET_TAG,   HWFP_CLOUD_INSTANCE, HWFP_DIMM_SERIAL,   HWFP_SYSTEM_MODEL,
    HWFP_BOARD_MODEL, HWFP_BIOS_VERSION,   HWFP_MEMORY_LAYOUT,
};

/* ---- Texts. ---- */

static bool contains(const char *text, const char *part)
{
    do {
        if (ascii_has_prefix(text, part))
            return true;
    } while (*text++);
    return false;
}

/* Adds the texts, trimmed and joined by "|", unless all of them are empty or one was unreadable. */
static void add_joined(struct evidence *e, enum hwfp_component c, const char *const *texts,
                       size_t n)
{
    char joined[EVIDENCE_VALUE_MAX + 1] = "", part[SMBIOS_STRING_MAX];
    bool any = false;
    size_t at = 0;

    if (e->component[c].unreadable)
        return;
    for (size_t i = 0; i < n && at < sizeof(joined); i++) {
        const char *text;

        copy_text(part, sizeof(part), texts[i]);
        text = trim(part);
        any = any || *text;
        at += (size_t)snprintf(joined + at, sizeof(joined) - at, "%s%s", i ? "|" : "", text);
    }
    if (any)
        evidence_add(e, c, joined);
}
#define ADD_JOINED(e, c, ...)                                                                      \
    add_joined(e, c, (const char *const[]){__VA_ARGS__},                                           \
               ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))

/* ---- The UUID. ---- */

static void add_uuid(const struct smbios *s, struct evidence *e)
{
    char text[EVIDENCE_UUID_SIZE];

    if (!s->system.has_uuid)
        return;
    evidence_canonical_uuid(s->system.uuid, text);
    evidence_add(e, HWFP_SYSTEM_UUID, text);
}

/* ---- Clouds. Each has its own place for the instance's name. ---- */

static bool is_ec2(const struct smbios *s)
{
    return ascii_has_prefix(s->system.manufacturer, "Amazon EC2") ||
           ascii_has_prefix(s->bios.vendor, "Amazon EC2") || contains(s->bios.version, "amazon");
}

static bool is_ec2_instance(const char *tag)
{
    return strncmp(tag, "i-", 2) == 0 && strlen(tag) >= 10 &&
           strspn(tag + 2, "0123456789abcdef") == strlen(tag + 2);
}

static bool is_azure(const struct smbios *s)
{
    return strcmp(s->system.manufacturer, "Microsoft Corporation") == 0 &&
           strcmp(s->system.product, "Virtual Machine") == 0 &&
           strcmp(s->chassis.asset_tag, AZURE_ASSET_TAG) == 0;
}

static bool is_gce(const struct smbios *s)
{
    return strcmp(s->system.manufacturer, "Google") == 0 &&
           strcmp(s->system.product, "Google Compute Engine") == 0 &&
           strncmp(s->system.serial, "GoogleCloud-", strlen("GoogleCloud-")) == 0;
}

static void add_instance(struct evidence *e, const char *cloud, const char *name)
{
    char value[EVIDENCE_VALUE_MAX];

    (void)snprintf(value, sizeof(value), "%s:%s", cloud, name);
    evidence_add(e, HWFP_CLOUD_INSTANCE, value);
}

/* An EC2 instance has the cloud's name on its chassis: no asset tag, either. */
static void add_ec2(const struct smbios *s, struct evidence *e)
{
    if (is_ec2_instance(s->board.asset_tag))
        add_instance(e, "ec2", s->board.asset_tag);
    else
        evidence_add(e, HWFP_ASSET_TAG, s->board.asset_tag);
    if (!ascii_has_prefix(s->chassis.asset_tag, "Amazon EC2"))
        evidence_add(e, HWFP_ASSET_TAG, s->chassis.asset_tag);
}

static void add_azure(const struct smbios *s, struct evidence *e)
{
    char uuid[EVIDENCE_UUID_SIZE];

    evidence_add(e, HWFP_ASSET_TAG, s->board.asset_tag);
    if (!s->system.has_uuid)
        return;
    evidence_canonical_uuid(s->system.uuid, uuid);
    add_instance(e, "azure", uuid);
}

static void add_tags(const struct smbios *s, struct evidence *e)
{
    if (is_ec2(s)) {
        add_ec2(s, e);
        return;
    }
    if (is_azure(s)) {
        add_azure(s, e);
        return;
    }
    if (is_gce(s))
        add_instance(e, "gce", s->system.serial);
    evidence_add(e, HWFP_ASSET_TAG, s->board.asset_tag);
    evidence_add(e, HWFP_ASSET_TAG, s->chassis.asset_tag);
}

/* ---- Virtual machines. ---- */

/* Manufacturers as they begin, and products as they are written somewhere in the name. */
static const struct {
    const char *manufacturer, *product;
} hypervisors[] = {
    {"QEMU", ""},
    {"VMware", ""},
    {"innotek GmbH", ""},
    {"", "VirtualBox"},
    {"Xen", ""},
    {"", "HVM domU"},
    {"Microsoft Corporation", "Virtual Machine"},
    {"Google", "Google Compute Engine"},
    {"Amazon EC2", ""},
    {"Alibaba Cloud", ""},
    {"Tencent Cloud", "CVM"},
    {"OpenStack Foundation", ""},
    {"", "OpenStack Nova"},
    {"", "OpenStack Compute"},
    {"Parallels", ""},
    {"", "Parallels Virtual"},
    {"bhyve", ""},
    {"", "BHYVE"},
    {"", "KVM"},
    {"Bochs", ""},
    {"DigitalOcean", "Droplet"},
    {"Hetzner", "vServer"},
    {"Linode", "Compute Instance"},
    {"Nutanix", "AHV"},
    {"oVirt", ""},
    {"", "RHEV Hypervisor"},
    {"Cloud Hypervisor", ""},
    {"Apple Inc.", "Virtualization"},
};

/* EC2 sells whole machines, too: "m5.metal", "u-6tb1.metal", "c7i.metal-24xl". */
static bool is_rented_metal(const struct smbios_system *system)
{
    return ascii_has_prefix(system->manufacturer, "Amazon EC2") &&
           contains(system->product, ".metal");
}

/* Nova and oVirt may write the host's id into a guest's serial number: all guests of a host have
 * it, and it changes when the guest starts on another one. Where it is the guest's own id it is the
 * UUID, and nothing is lost. */
static bool serial_is_the_hosts(const struct smbios *s)
{
    static const char *const products[] = {"OpenStack", "RHEV", "RHEL", "oVirt"};

    for (size_t i = 0; i < ARRAY_SIZE(products); i++)
        if (contains(s->system.product, products[i]))
            return true;
    return ascii_has_prefix(s->system.manufacturer, "OpenStack") ||
           ascii_has_prefix(s->system.manufacturer, "oVirt");
}

/* KubeVirt, and OpenShift Virtualization, which is made of it and was called otherwise before 2023.
 * A product may set all fields but the family. */
static bool is_kubevirt(const struct smbios_system *system)
{
    return ascii_has_prefix(system->manufacturer, "KubeVirt") ||
           ascii_has_prefix(system->family, "KubeVirt") ||
           contains(system->product, "OpenShift Virtualization") ||
           contains(system->family, "OpenShift Virtualization") ||
           contains(system->product, "Container-native virtualization");
}

static bool is_virtual_machine(const struct smbios *s)
{
    if (s->bios.virtual_machine)
        return true;
    if (is_rented_metal(&s->system))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(hypervisors); i++)
        if (ascii_has_prefix(s->system.manufacturer, hypervisors[i].manufacturer) &&
            contains(s->system.product, hypervisors[i].product))
            return true;
    return is_kubevirt(&s->system);
}

/* ---- Processors and memory. ---- */

static bool same_model(const struct smbios_processor *a, const struct smbios_processor *b)
{
    return a->populated && b->populated && strcmp(a->manufacturer, b->manufacturer) == 0 &&
           strcmp(a->version, b->version) == 0;
}

static void add_processors(const struct smbios *s, struct evidence *e)
{
    for (size_t i = 0; i < s->n_processors; i++) {
        const struct smbios_processor *p = &s->processors[i];
        size_t first = 0;

        while (!same_model(&s->processors[first], p) && first < i)
            first++;
        if (p->populated && first == i && (*p->manufacturer || *p->version))
            ADD_JOINED(e, HWFP_CPU_MODEL, "smbios", p->manufacturer, p->version);
    }
}

/* Without regard to case, as hardware.c compares them. */
static int by_text(const void *a, const void *b)
{
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;

    while (*left && ascii_lower(*left) == ascii_lower(*right)) {
        left++;
        right++;
    }
    return ascii_lower(*left) - ascii_lower(*right);
}

/* A serial that two DIMMs of one machine share is none: it is told once, as a placeholder. */
static void add_dimm_serials(const struct smbios *s, struct evidence *e)
{
    CLEANUP_FREE const char **serials = calloc(s->n_memory_devices + 1, sizeof(*serials));
    size_t n = 0, run;

    if (!serials) {
        e->no_memory = true;
        return;
    }
    for (size_t i = 0; i < s->n_memory_devices; i++)
        if (s->memory_devices[i].populated && *s->memory_devices[i].serial)
            serials[n++] = s->memory_devices[i].serial;
    qsort(serials, n, sizeof(*serials), by_text);
    for (size_t i = 0; i < n; i += run) {
        for (run = 1; i + run < n && by_text(&serials[i], &serials[i + run]) == 0; run++)
            ;
        evidence_add(e, HWFP_DIMM_SERIAL, run > 1 ? "Not Specified" : serials[i]);
    }
}

static int by_size(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* "549755813888|16|8x34359738368": however the slots are numbered, and short enough for a server
 * with hundreds of them. */
static void add_memory_sizes(const struct smbios *s, struct evidence *e, const uint64_t *sizes,
                             size_t n)
{
    char layout[EVIDENCE_VALUE_MAX];
    size_t at, run;

    at = (size_t)snprintf(layout, sizeof(layout), "%llu|%u|",
                          (unsigned long long)s->memory_array.max_bytes, s->memory_array.slots);
    for (size_t i = 0; i < n && at < sizeof(layout); i += run) {
        for (run = 1; i + run < n && sizes[i + run] == sizes[i]; run++)
            ;
        at += (size_t)snprintf(layout + at, sizeof(layout) - at, "%s%zux%llu", i ? "," : "", run,
                               (unsigned long long)sizes[i]);
    }
    evidence_add(e, HWFP_MEMORY_LAYOUT, layout);
}

static void add_memory_layout(const struct smbios *s, struct evidence *e)
{
    CLEANUP_FREE uint64_t *sizes = calloc(s->n_memory_devices + 1, sizeof(*sizes));
    size_t n = 0;

    if (!sizes) {
        e->no_memory = true;
        return;
    }
    for (size_t i = 0; i < s->n_memory_devices; i++)
        if (s->memory_devices[i].populated)
            sizes[n++] = s->memory_devices[i].bytes;
    qsort(sizes, n, sizeof(*sizes), by_size);
    if (n > 0 || s->memory_array.present)
        add_memory_sizes(s, e, sizes, n);
}

/* ---- Boards. ---- */

/* Dell writes ".TAG.NUMBER." or "/TAG/NUMBER/": the number alone is the board's, and stays where a
 * service writes the tag anew, or a firmware spells it differently. */
static void add_board_serial(struct evidence *e, const char *serial, const char *tag)
{
    char copy[SMBIOS_STRING_MAX], *rest = copy, *part;
    bool tagged = false;

    evidence_add(e, HWFP_BOARD_SERIAL, serial);
    copy_text(copy, sizeof(copy), serial);
    if (*copy != '.' && *copy != '/')
        return;
    while ((part = strsep(&rest, "./"))) {
        if (!*part)
            continue;
        if (tagged)
            evidence_add(e, HWFP_BOARD_SERIAL, part);
        else if (strlen(part) != strlen(tag) || !ascii_has_prefix(part, tag))
            return;
        tagged = true;
    }
}

/* ---- All of it. ---- */

static void add_evidence(const struct smbios *s, struct evidence *e)
{
    add_uuid(s, e);
    if (!serial_is_the_hosts(s))
        evidence_add(e, HWFP_SYSTEM_SERIAL, s->system.serial);
    for (size_t i = 0; i < s->n_boards; i++)
        add_board_serial(e, s->boards[i].serial, s->system.serial);
    if (s->n_boards == 0) /* the kernel's fields have one */
        add_board_serial(e, s->board.serial, s->system.serial);
    evidence_add(e, HWFP_CHASSIS_SERIAL, s->chassis.serial);
    add_tags(s, e);
    ADD_JOINED(e, HWFP_SYSTEM_MODEL, s->system.manufacturer, s->system.product);
    ADD_JOINED(e, HWFP_BOARD_MODEL, s->board.manufacturer, s->board.product);
    ADD_JOINED(e, HWFP_BIOS_VERSION, s->bios.vendor, s->bios.version, s->bios.date);
    add_processors(s, e);
    /* A hypervisor's DIMMs are made up, and VMware's all have the serial number 00000001. */
    if (!e->virtual_machine)
        add_dimm_serials(s, e);
    if (!s->truncated)
        add_memory_layout(s, e);
}

/* What a cut table does not show may have stood in the part that is missing. */
static void add_what_was_cut(struct evidence *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(components); i++)
        if (e->component[components[i]].n == 0 || components[i] == HWFP_DIMM_SERIAL ||
            components[i] == HWFP_BOARD_SERIAL)
            evidence_unreadable(e, components[i]);
}

static void add_failure(struct evidence *e, int negative_errno)
{
    for (size_t i = 0; i < ARRAY_SIZE(components); i++)
        evidence_failed(e, components[i], negative_errno);
}

/* The table can be read without its entry point, whose version only matters to programs that print
 * the UUID, and whose length says where a table ends that the kernel has passed on with padding. */
static int read_table(const struct hwfp_system *system, const char *table_path,
                      const char *entry_path, struct smbios *ret)
{
    CLEANUP_FREE uint8_t *table = malloc(TABLE_MAX);
    unsigned major = 0, minor = 0;
    size_t declared = 0, size;
    uint8_t entry[32];
    ssize_t n;

    if (!table)
        return -ENOMEM;
    n = system_read(system, table_path, table, TABLE_MAX);
    if (n <= 0)
        return n < 0 ? (int)n : -ENOENT;
    size = (size_t)n;
    n = system_read(system, entry_path, entry, sizeof(entry));
    if (n > 0)
        (void)smbios_entry_point(entry, (size_t)n, &major, &minor, &declared);
    if (declared > 0 && declared < size)
        size = declared;
    return smbios_decode(table, size, major, minor, ret);
}

static const struct {
    const char *name;
    size_t offset; /* in struct smbios, of a text of SMBIOS_STRING_MAX */
    enum hwfp_component component;
} fields[] = {
    {"sys_vendor", offsetof(struct smbios, system.manufacturer), HWFP_SYSTEM_MODEL},
    {"product_name", offsetof(struct smbios, system.product), HWFP_SYSTEM_MODEL},
    {"product_family", offsetof(struct smbios, system.family), HWFP_SYSTEM_MODEL},
    {"product_serial", offsetof(struct smbios, system.serial), HWFP_SYSTEM_SERIAL},
    {"board_vendor", offsetof(struct smbios, board.manufacturer), HWFP_BOARD_MODEL},
    {"board_name", offsetof(struct smbios, board.product), HWFP_BOARD_MODEL},
    {"board_serial", offsetof(struct smbios, board.serial), HWFP_BOARD_SERIAL},
    {"board_asset_tag", offsetof(struct smbios, board.asset_tag), HWFP_ASSET_TAG},
    {"chassis_serial", offsetof(struct smbios, chassis.serial), HWFP_CHASSIS_SERIAL},
    {"chassis_asset_tag", offsetof(struct smbios, chassis.asset_tag), HWFP_ASSET_TAG},
    {"bios_vendor", offsetof(struct smbios, bios.vendor), HWFP_BIOS_VERSION},
    {"bios_version", offsetof(struct smbios, bios.version), HWFP_BIOS_VERSION},
    {"bios_date", offsetof(struct smbios, bios.date), HWFP_BIOS_VERSION},
};

static void read_field(const struct hwfp_system *system, const char *name, enum hwfp_component c,
                       char ret_text[SMBIOS_STRING_MAX], struct evidence *e)
{
    char path[sizeof(FIELDS) + 32];
    ssize_t n;

    (void)snprintf(path, sizeof(path), FIELDS "/%s", name);
    n = system_read_text(system, path, ret_text, SMBIOS_STRING_MAX);
    if (n < 0)
        evidence_failed(e, c, (int)n);
}

/* The name of a cloud's instance stands in one of three fields: without them all it is unknown. */
static void read_fields(const struct hwfp_system *system, struct smbios *ret, struct evidence *e)
{
    char uuid[SMBIOS_STRING_MAX] = "";

    if (!system_exists(system, FIELDS))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        read_field(system, fields[i].name, fields[i].component, (char *)ret + fields[i].offset, e);
    read_field(system, "product_uuid", HWFP_SYSTEM_UUID, uuid, e);
    ret->system.has_uuid = uuid_parse(uuid, ret->system.uuid) == 0;
    if (e->component[HWFP_SYSTEM_UUID].unreadable || e->component[HWFP_SYSTEM_SERIAL].unreadable ||
        e->component[HWFP_ASSET_TAG].unreadable)
        evidence_unreadable(e, HWFP_CLOUD_INSTANCE);
}

void source_smbios(const struct hwfp_system *system, struct evidence *e)
{
    struct smbios s = {0};
    int r = read_table(system, TABLE, ENTRY_POINT, &s);

    if (r == -ENOENT || r == -ENOTDIR)
        read_fields(system, &s, e);
    else if (r < 0)
        add_failure(e, r);
    add_evidence(&s, e);
    if (s.truncated)
        add_what_was_cut(e);
    smbios_clear(&s);
}

void source_smbios_platform(const struct hwfp_system *system, struct evidence *e)
{
    struct evidence unread = {0}; /* source_smbios() tells what it could not read */
    struct smbios s = {0};
    int r = read_table(system, TABLE, ENTRY_POINT, &s);

    if (r == -ENOENT || r == -ENOTDIR)
        read_fields(system, &s, &unread);
    e->no_memory = e->no_memory || r == -ENOMEM;
    e->virtual_machine = e->virtual_machine || is_virtual_machine(&s);
    e->nics_of_a_pod = e->nics_of_a_pod || is_kubevirt(&s.system);
    evidence_clear(&unread);
    smbios_clear(&s);
}

void source_smbios_firmware_copy(const struct hwfp_system *system, struct evidence *e)
{
    struct smbios s = {0};
    int r = read_table(system, FIRMWARE_COPY "smbios-tables/raw", FIRMWARE_COPY "smbios-anchor/raw",
                       &s);

    e->virtual_machine = true;
    if (r < 0)
        add_failure(e, r);
    add_evidence(&s, e);
    if (s.truncated)
        add_what_was_cut(e);
    smbios_clear(&s);
}
