/* SPDX-License-Identifier: BSD-2-Clause */
/* /sys/firmware/dmi/tables, which only root may read. */
#include <errno.h>
#include <string.h>

#include "machine.h"
#include "smbios_build.h"
#include "util.h"

#define TABLES "sys/firmware/dmi/tables/"
#define FIRMWARE_COPY "sys/firmware/qemu_fw_cfg/by_name/etc/smbios/"
#define DEFAULT_VERSION "3.2"
#define TABLE_ADDRESS 0x000e0010 /* where it would be in the machine's memory */

struct parts {
    struct smbios_build_board *boards;
    struct smbios_build_processor *processors;
    struct smbios_build_dimm *dimms;
};

static void fill_system(struct tree *tree, const struct facts *facts, struct smbios_build *b)
{
    const char *order = facts_value(facts, "system.uuid_order");

    b->bios.vendor = facts_value(facts, "bios.vendor");
    b->bios.version = facts_value(facts, "bios.version");
    b->bios.date = facts_value(facts, "bios.date");
    b->bios.virtual_machine = strcmp(facts_text(facts, "bios.virtual"), "yes") == 0;
    b->system.manufacturer = facts_value(facts, "system.manufacturer");
    b->system.product = facts_value(facts, "system.product");
    b->system.version = facts_value(facts, "system.version");
    b->system.serial = facts_value(facts, "system.serial");
    b->system.sku = facts_value(facts, "system.sku");
    b->system.family = facts_value(facts, "system.family");
    b->system.uuid = facts_value(facts, "system.uuid");
    b->system.uuid_swapped = order && strcmp(order, "swapped") == 0;
    if (order && !b->system.uuid_swapped)
        tree_fail(tree, "system.uuid_order: \"%s\" is not \"swapped\"", order);
}

static void fill_chassis(struct tree *tree, const struct facts *facts, struct smbios_build *b)
{
    const char *type = facts_value(facts, "chassis.type");

    b->chassis.manufacturer = facts_value(facts, "chassis.manufacturer");
    b->chassis.version = facts_value(facts, "chassis.version");
    b->chassis.serial = facts_value(facts, "chassis.serial");
    b->chassis.asset_tag = facts_value(facts, "chassis.asset_tag");
    if (type)
        b->chassis.type = (uint8_t)machine_number(tree, "chassis.type", type, 127);
}

/* The main board, and those of board2 = SERIAL [| PRODUCT [| MANUFACTURER]] behind it. */
static void fill_boards(struct tree *tree, const struct facts *facts, struct smbios_build *b,
                        struct parts *parts)
{
    const struct smbios_build_board main_board = {
        .manufacturer = facts_value(facts, "board.manufacturer"),
        .product = facts_value(facts, "board.product"),
        .version = facts_value(facts, "board.version"),
        .serial = facts_value(facts, "board.serial"),
        .asset_tag = facts_value(facts, "board.asset_tag"),
    };

    parts->boards = calloc(facts_count(facts, "board2") + 1, sizeof(*parts->boards));
    if (!parts->boards) {
        tree_fail(tree, "out of memory");
        return;
    }
    if (main_board.manufacturer || main_board.product || main_board.version || main_board.serial ||
        main_board.asset_tag)
        parts->boards[b->n_boards++] = main_board;
    for (const struct fact *f = NULL; (f = facts_next(facts, "board2", f));)
        parts->boards[b->n_boards++] = (struct smbios_build_board){
            .serial = f->field[0],
            .product = f->field[1],
            .manufacturer = f->field[2],
            .type = 0x0b, /* an interconnect board, or the like */
        };
    b->boards = parts->boards;
}

static void fill_memory(struct tree *tree, const struct facts *facts, struct smbios_build *b)
{
    const char *gib = facts_value(facts, "memory.max_gib");
    const char *slots = facts_value(facts, "memory.slots");

    if (gib)
        b->max_kib = (uint64_t)machine_number(tree, "memory.max_gib", gib, 1UL << 20) << 20;
    if (slots)
        b->slots = (uint16_t)machine_number(tree, "memory.slots", slots, UINT16_MAX);
}

/* processor = SOCKET | MANUFACTURER | VERSION | SERIAL | ID | CORES [| ASSET_TAG | PART] */
static void fill_processor(struct tree *tree, const struct fact *f,
                           struct smbios_build_processor *p)
{
    p->socket = f->field[0];
    p->manufacturer = f->field[1];
    p->version = f->field[2];
    p->serial = f->field[3];
    if (*f->field[4] && hex_decode(f->field[4], p->id, sizeof(p->id)) < 0)
        tree_fail(tree, "processor = %s: the ID must be 16 hexadecimal digits in lower case",
                  f->value);
    if (*f->field[5])
        p->cores = (uint16_t)machine_number(tree, "processor", f->field[5], UINT16_MAX);
    p->asset_tag = f->field[6];
    p->part = f->field[7];
}

/* dimm = LOCATOR | SIZE_MIB | MANUFACTURER | SERIAL | PART [| BANK | ASSET_TAG] */
static void fill_dimm(struct tree *tree, const struct fact *f, struct smbios_build_dimm *d)
{
    d->locator = f->field[0];
    d->kib = (uint64_t)machine_number(tree, "dimm", f->field[1], UINT32_MAX >> 1) << 10;
    d->manufacturer = f->field[2];
    d->serial = f->field[3];
    d->part = f->field[4];
    d->bank = f->field[5];
    d->asset_tag = f->field[6];
}

static void fill_parts(struct tree *tree, const struct facts *facts, struct smbios_build *b,
                       struct parts *parts)
{
    size_t processors = facts_count(facts, "processor"), dimms = facts_count(facts, "dimm");

    parts->processors = calloc(processors + 1, sizeof(*parts->processors));
    parts->dimms = calloc(dimms + 1, sizeof(*parts->dimms));
    if (!parts->processors || !parts->dimms) {
        tree_fail(tree, "out of memory");
        return;
    }
    for (const struct fact *f = NULL; (f = facts_next(facts, "processor", f));)
        fill_processor(tree, f, &parts->processors[b->n_processors++]);
    for (const struct fact *f = NULL; (f = facts_next(facts, "dimm", f));)
        fill_dimm(tree, f, &parts->dimms[b->n_dimms++]);
    b->processors = parts->processors;
    b->dimms = parts->dimms;
}

static void write_tables(struct tree *tree, const struct smbios_build *b, const char *table_path,
                         const char *entry_path)
{
    CLEANUP_FREE uint8_t *table = NULL;
    uint8_t entry[SMBIOS_BUILD_ENTRY_MAX];
    size_t size = 0;
    int r = smbios_build_table(b, &table, &size);

    if (r < 0) {
        tree_fail(tree, "%s", r == -EINVAL ? "system.uuid: no UUID" : "out of memory");
        return;
    }
    tree_bytes(tree, table_path, table, size, 0400);
    size = smbios_build_entry(b, table, size, TABLE_ADDRESS, entry);
    tree_bytes(tree, entry_path, entry, size, 0400);
}

/* fwcfg.smbios = yes: the firmware's own copy of the table, with fwcfg.uuid and fwcfg.serial in the
 * place of the system's where a snapshot of the memory has come to another machine. */
static void write_copy(struct tree *tree, const struct facts *facts, const struct smbios_build *b)
{
    const char *copy = facts_value(facts, "fwcfg.smbios");
    const char *uuid = facts_value(facts, "fwcfg.uuid");
    const char *serial = facts_value(facts, "fwcfg.serial");
    struct smbios_build own = *b;

    if (!copy)
        return;
    if (strcmp(copy, "yes") != 0)
        tree_fail(tree, "fwcfg.smbios: \"%s\" is not \"yes\"", copy);
    own.system.uuid = uuid ? uuid : own.system.uuid;
    own.system.serial = serial ? serial : own.system.serial;
    write_tables(tree, &own, FIRMWARE_COPY "smbios-tables/raw", FIRMWARE_COPY "smbios-anchor/raw");
}

static void fill_version(struct tree *tree, const char *version, struct smbios_build *b)
{
    char copy[32], *minor = copy;
    const char *major;

    copy_text(copy, sizeof(copy), version);
    major = strsep(&minor, ".");
    if (!minor) {
        tree_fail(tree, "smbios.version: \"%s\" is neither \"none\", \"unreadable\" nor like 3.2",
                  version);
        return;
    }
    b->major = (unsigned)machine_number(tree, "smbios.version", major, 255);
    b->minor = (unsigned)machine_number(tree, "smbios.version", minor, 255);
}

void machine_smbios(struct tree *tree, const struct facts *facts)
{
    const char *version = facts_value(facts, "smbios.version");
    struct smbios_build b = {0};
    struct parts parts = {0};

    if (version && strcmp(version, "none") == 0)
        return;
    if (version && strcmp(version, "unreadable") == 0) {
        tree_folder(tree, TABLES "DMI"); /* reading a folder fails */
        return;
    }
    fill_version(tree, version ? version : DEFAULT_VERSION, &b);
    fill_system(tree, facts, &b);
    fill_chassis(tree, facts, &b);
    fill_boards(tree, facts, &b, &parts);
    fill_memory(tree, facts, &b);
    fill_parts(tree, facts, &b, &parts);
    if (!tree->error)
        write_tables(tree, &b, TABLES "DMI", TABLES "smbios_entry_point");
    if (!tree->error)
        write_copy(tree, facts, &b);
    free(parts.boards);
    free(parts.processors);
    free(parts.dimms);
}
