/* SPDX-License-Identifier: BSD-2-Clause */
/* What firmware and hypervisors show beside the SMBIOS table (machine_smbios.c): the VM generation
 * id in QEMU's fw_cfg, the VM clock device, Xen's and s390x's words on the guest, an OEM key in
 * ACPI, and tokens in EFI variables. */
#include <limits.h>
#include <string.h>
#include <uuid/uuid.h>

#include "machine.h"
#include "util.h"

#define PATH "sys/firmware/qemu_fw_cfg/by_name/etc/vmgenid_guid/raw"
#define PAGE 4096
#define OFFSET 40

/* fwcfg.vmgenid = UUID, or "short" for a page that is cut */
static void write_generation_id(struct tree *tree, const struct facts *facts)
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

/* vmclock = COUNTER, or "none" for a clock without one: struct vmclock_abi, little-endian */
static void write_vmclock(struct tree *tree, const struct facts *facts)
{
    const char *counter = facts_value(facts, "vmclock");
    uint8_t page[PAGE] = {'V', 'C', 'L', 'K', 0, 0x10, 0, 0, 1};
    unsigned long number;

    if (!counter)
        return;
    if (strcmp(counter, "none") != 0) {
        number = machine_number(tree, "vmclock", counter, INT_MAX);
        page[25] = 1; /* bit 8 of the flags: there is a counter */
        for (size_t i = 0; i < 4; i++)
            page[104 + i] = (uint8_t)(number >> 8 * i);
    }
    tree_bytes(tree, "dev/vmclock0", page, sizeof(page), 0400);
}

static void write_xen(struct tree *tree, const struct facts *facts)
{
    static const struct {
        const char *fact, *folder, *name;
    } files[] = {
        {"xen.type", "sys/hypervisor", "type"},
        {"xen.uuid", "sys/hypervisor", "uuid"},
        {"xen.features", "sys/hypervisor/properties", "features"},
        {"xen.capabilities", "proc/xen", "capabilities"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        if (facts_value(facts, files[i].fact))
            tree_attribute(tree, files[i].folder, files[i].name, facts_value(facts, files[i].fact));
}

/* sysinfo.vm = NAME [| UUID] */
static void write_sysinfo(struct tree *tree, const struct facts *facts)
{
    const struct fact *vm = facts_next(facts, "sysinfo.vm", NULL);

    if (!vm)
        return;
    tree_text(tree, "proc/sysinfo",
              "Manufacturer:         IBM\nType:                 8561\n\n"
              "VM00 Name:            %s\nVM00 Control Program: KVM/Linux\n%s%s%s",
              vm->field[0], *vm->field[1] ? "VM00 UUID:            " : "", vm->field[1],
              *vm->field[1] ? "\n" : "");
}

/* The header of an ACPI table, and the OEM structure that has a key. */
static void write_msdm(struct tree *tree, const struct facts *facts)
{
    const char *key = facts_value(facts, "msdm");
    uint8_t table[36 + 20 + 29] = {'M', 'S', 'D', 'M', sizeof(table), 0, 0, 0, 3};

    if (!key)
        return;
    if (strlen(key) != 29)
        tree_fail(tree, "msdm: \"%s\" is not like XXXXX-XXXXX-XXXXX-XXXXX-XXXXX", key);
    else
        memcpy(table + 36 + 20, key, 29);
    table[36] = 1;       /* the version */
    table[36 + 8] = 1;   /* a key */
    table[36 + 16] = 29; /* its length */
    tree_bytes(tree, "sys/firmware/acpi/tables/MSDM", table, sizeof(table), 0400);
}

static void write_variable(struct tree *tree, const struct facts *facts, const char *fact,
                           const char *name)
{
    const char *hex = facts_value(facts, fact);
    uint8_t variable[4 + 64] = {7}; /* the attributes */
    char path[128];

    if (!hex)
        return;
    if (strlen(hex) % 2 || strlen(hex) > 128 || hex_decode(hex, variable + 4, strlen(hex) / 2) < 0)
        tree_fail(tree, "%s: \"%s\" is not 1 to 64 bytes in hexadecimal", fact, hex);
    (void)snprintf(path, sizeof(path), "sys/firmware/efi/efivars/%s", name);
    tree_bytes(tree, path, variable, 4 + strlen(hex) / 2, 0644);
}

void machine_firmware(struct tree *tree, const struct facts *facts)
{
    write_generation_id(tree, facts);
    write_vmclock(tree, facts);
    write_xen(tree, facts);
    write_sysinfo(tree, facts);
    write_msdm(tree, facts);
    write_variable(tree, facts, "efi.token",
                   "LoaderSystemToken-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f");
    write_variable(tree, facts, "efi.seed",
                   "OfflineUniqueIDRandomSeed-eaec226f-c9a3-477a-a826-ddc716cdc0e3");
}
