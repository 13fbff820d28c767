/* SPDX-License-Identifier: BSD-2-Clause */
#include "smbios_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

/* The table as it grows, and the structure at its end that is being written. */
struct table {
    uint8_t *bytes;
    size_t size, room;
    bool no_memory;
    uint16_t handle; /* of the next structure */
    size_t start;    /* of the structure being written */
    uint8_t strings; /* that it has so far */
};

static void append(struct table *t, const void *bytes, size_t size)
{
    if (t->no_memory)
        return;
    if (t->size + size > t->room) {
        size_t room = 2 * (t->room + size);
        uint8_t *larger = realloc(t->bytes, room);

        if (!larger) {
            t->no_memory = true;
            return;
        }
        t->bytes = larger;
        t->room = room;
    }
    memcpy(t->bytes + t->size, bytes, size);
    t->size += size;
}

static void little_endian(uint8_t *to, uint64_t n, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(n >> (8 * i));
}

static void begin(struct table *t, uint8_t type, uint8_t length)
{
    uint8_t area[256] = {type, length};

    little_endian(area + 2, t->handle++, 2);
    t->start = t->size;
    t->strings = 0;
    append(t, area, length);
}

/* A field that this version's structure is too short for is left out. */
static void number(struct table *t, size_t offset, uint64_t n, size_t size)
{
    if (!t->no_memory && offset + size <= t->bytes[t->start + 1])
        little_endian(t->bytes + t->start + offset, n, size);
}

static void string(struct table *t, size_t offset, const char *text)
{
    if (t->no_memory || offset >= t->bytes[t->start + 1] || !text || !*text)
        return;
    append(t, text, strlen(text) + 1);
    number(t, offset, ++t->strings, 1);
}

static void end(struct table *t)
{
    append(t, "\0", t->strings ? 1 : 2);
}

static bool since(const struct smbios_build *facts, unsigned major, unsigned minor)
{
    return facts->major > major || (facts->major == major && facts->minor >= minor);
}

static void add_bios(struct table *t, const struct smbios_build *f)
{
    begin(t, 0, since(f, 3, 1) ? 0x1a : 0x18);
    string(t, 0x04, f->bios.vendor);
    string(t, 0x05, f->bios.version);
    string(t, 0x08, f->bios.date);
    number(t, 0x09, 0x0f, 1);
    number(t, 0x13, f->bios.virtual_machine ? 0x14 : 0x04, 1);
    number(t, 0x14, f->bios.major, 1);
    number(t, 0x15, f->bios.minor, 1);
    number(t, 0x16, 0xffff, 2);
    end(t);
}

static uint8_t byte_of_uuid(const uuid_t uuid, bool swapped, size_t i)
{
    static const uint8_t other[8] = {3, 2, 1, 0, 5, 4, 7, 6};

    return uuid[swapped && i < 8 ? other[i] : i];
}

static int add_system(struct table *t, const struct smbios_build *f)
{
    bool swapped = since(f, 2, 6) != f->system.uuid_swapped;
    const char *text = f->system.uuid ? f->system.uuid : "ffffffff-ffff-ffff-ffff-ffffffffffff";
    uuid_t uuid = {0};

    if (uuid_parse(text, uuid) < 0)
        return -EINVAL;
    begin(t, 1, 0x1b);
    string(t, 0x04, f->system.manufacturer);
    string(t, 0x05, f->system.product);
    string(t, 0x06, f->system.version);
    string(t, 0x07, f->system.serial);
    for (size_t i = 0; i < sizeof(uuid); i++)
        number(t, 0x08 + i, byte_of_uuid(uuid, swapped, i), 1);
    number(t, 0x18, 6, 1);
    string(t, 0x19, f->system.sku);
    string(t, 0x1a, f->system.family);
    end(t);
    return 0;
}

static void add_board(struct table *t, const struct smbios_build_board *board)
{
    begin(t, 2, 0x0f);
    string(t, 0x04, board->manufacturer);
    string(t, 0x05, board->product);
    string(t, 0x06, board->version);
    string(t, 0x07, board->serial);
    string(t, 0x08, board->asset_tag);
    number(t, 0x09, 0x09, 1);
    number(t, 0x0d, board->type ? board->type : 0x0a, 1);
    end(t);
}

static void add_chassis(struct table *t, const struct smbios_build *f)
{
    begin(t, 3, since(f, 2, 7) ? 0x16 : 0x15);
    string(t, 0x04, f->chassis.manufacturer);
    number(t, 0x05, f->chassis.type ? f->chassis.type : 2, 1);
    string(t, 0x06, f->chassis.version);
    string(t, 0x07, f->chassis.serial);
    string(t, 0x08, f->chassis.asset_tag);
    end(t);
}

static uint8_t processor_length(const struct smbios_build *f)
{
    if (since(f, 3, 0))
        return 0x30;
    if (since(f, 2, 6))
        return 0x2a;
    return since(f, 2, 5) ? 0x28 : 0x23;
}

static void add_processor(struct table *t, const struct smbios_build *f,
                          const struct smbios_build_processor *p)
{
    begin(t, 4, processor_length(f));
    string(t, 0x04, p->socket);
    number(t, 0x05, 3, 1); /* a central processor */
    number(t, 0x06, 2, 1); /* of unknown family */
    string(t, 0x07, p->manufacturer);
    for (size_t i = 0; i < sizeof(p->id); i++)
        number(t, 0x08 + i, p->id[i], 1);
    string(t, 0x10, p->version);
    number(t, 0x18, p->empty ? 0 : 0x41, 1);
    string(t, 0x20, p->serial);
    string(t, 0x21, p->asset_tag);
    string(t, 0x22, p->part);
    number(t, 0x23, p->cores > 0xff ? 0xff : p->cores, 1);
    number(t, 0x2a, p->cores, 2);
    end(t);
}

/* From 2 TiB on the old field says only that the extended one counts, where there is one. */
static void add_memory_array(struct table *t, const struct smbios_build *f)
{
    bool extended = f->max_kib >= 0x80000000;

    if (f->max_kib == 0)
        return;
    begin(t, 16, since(f, 2, 7) ? 0x17 : 0x0f);
    number(t, 0x04, 3, 1);
    number(t, 0x05, 3, 1);
    number(t, 0x06, 3, 1);
    number(t, 0x07, extended ? 0x80000000 : f->max_kib, 4);
    number(t, 0x0b, 0xfffe, 2);
    number(t, 0x0d, f->slots, 2);
    number(t, 0x0f, extended ? f->max_kib << 10 : 0, 8);
    end(t);
}

static uint8_t dimm_length(const struct smbios_build *f)
{
    if (since(f, 3, 3))
        return 0x5c;
    if (since(f, 3, 2))
        return 0x54;
    if (since(f, 2, 8))
        return 0x28;
    if (since(f, 2, 7))
        return 0x22;
    return since(f, 2, 6) ? 0x1c : 0x1b;
}

/* Before version 2.7 there is no extended field: a size that needs it is unknown. */
static void dimm_size(struct table *t, const struct smbios_build *f,
                      const struct smbios_build_dimm *d)
{
    uint64_t mib = d->kib >> 10;
    bool extended = mib >= 0x7fff || (since(f, 2, 7) && d->size_extended);

    if (d->size_unknown || (extended && !since(f, 2, 7))) {
        number(t, 0x0c, 0xffff, 2);
    } else if (extended && d->kib) {
        number(t, 0x0c, 0x7fff, 2);
        number(t, 0x1c, mib, 4);
    } else {
        number(t, 0x0c, d->kib & 0x3ff ? 0x8000 | d->kib : mib, 2);
    }
}

static void add_dimm(struct table *t, const struct smbios_build *f,
                     const struct smbios_build_dimm *d)
{
    begin(t, 17, dimm_length(f));
    number(t, 0x06, 0xfffe, 2);
    number(t, 0x08, 72, 2);
    number(t, 0x0a, 64, 2);
    dimm_size(t, f, d);
    number(t, 0x0e, 9, 1);
    string(t, 0x10, d->locator);
    string(t, 0x11, d->bank);
    number(t, 0x12, 0x1a, 1);
    string(t, 0x17, d->manufacturer);
    string(t, 0x18, d->serial);
    string(t, 0x19, d->asset_tag);
    string(t, 0x1a, d->part);
    end(t);
}

static int add_all(struct table *t, const struct smbios_build *f)
{
    int r;

    add_bios(t, f);
    r = add_system(t, f);
    for (size_t i = 0; i < f->n_boards; i++)
        add_board(t, &f->boards[i]);
    add_chassis(t, f);
    for (size_t i = 0; i < f->n_processors; i++)
        add_processor(t, f, &f->processors[i]);
    add_memory_array(t, f);
    for (size_t i = 0; i < f->n_dimms; i++)
        add_dimm(t, f, &f->dimms[i]);
    if (f->no_end_marker)
        return r;
    begin(t, 127, 4);
    end(t);
    return r;
}

int smbios_build_table(const struct smbios_build *facts, uint8_t **ret_table, size_t *ret_size)
{
    struct table t = {0};
    int r = add_all(&t, facts);

    if (t.no_memory)
        r = -ENOMEM;
    if (r < 0) {
        free(t.bytes);
        return r;
    }
    *ret_table = t.bytes;
    *ret_size = t.size;
    return 0;
}

/* ---- Entry points. ---- */

static uint16_t count_structures(const uint8_t *table, size_t size)
{
    uint16_t n = 0;

    for (size_t at = 0; at + 4 <= size; at += 2) {
        at += table[at + 1];
        while (at + 2 < size && (table[at] || table[at + 1]))
            at++;
        n++;
    }
    return n;
}

/* Without a NUL: what follows is the checksum. */
static void set_anchor(uint8_t *entry, const char *anchor)
{
    while (*anchor)
        *entry++ = (uint8_t)*anchor++;
}

static void set_checksum(uint8_t *bytes, size_t size, size_t offset)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    bytes[offset] = (uint8_t)(bytes[offset] - sum);
}

size_t smbios_build_legacy_entry(const struct smbios_build *facts, const uint8_t *table,
                                 size_t size, uint32_t address,
                                 uint8_t ret_entry[SMBIOS_BUILD_ENTRY_MAX])
{
    memset(ret_entry, 0, SMBIOS_BUILD_ENTRY_MAX);
    set_anchor(ret_entry, "_DMI_");
    little_endian(ret_entry + 0x06, size, 2);
    little_endian(ret_entry + 0x08, address, 4);
    little_endian(ret_entry + 0x0c, count_structures(table, size), 2);
    ret_entry[0x0e] = (uint8_t)(facts->major << 4 | facts->minor);
    set_checksum(ret_entry, 0x0f, 0x05);
    return 0x0f;
}

static size_t entry_2(const struct smbios_build *facts, const uint8_t *table, size_t size,
                      uint32_t address, uint8_t *entry)
{
    uint8_t legacy[SMBIOS_BUILD_ENTRY_MAX];
    size_t legacy_size = smbios_build_legacy_entry(facts, table, size, address, legacy);

    set_anchor(entry, "_SM_");
    entry[0x05] = 0x1f;
    entry[0x06] = (uint8_t)facts->major;
    entry[0x07] = (uint8_t)facts->minor;
    little_endian(entry + 0x08, 0xff, 2);
    memcpy(entry + 0x10, legacy, legacy_size);
    set_checksum(entry, 0x1f, 0x04);
    return 0x1f;
}

static size_t entry_3(const struct smbios_build *facts, size_t size, uint32_t address,
                      uint8_t *entry)
{
    set_anchor(entry, "_SM3_");
    entry[0x06] = 0x18;
    entry[0x07] = (uint8_t)facts->major;
    entry[0x08] = (uint8_t)facts->minor;
    entry[0x0a] = 1;
    little_endian(entry + 0x0c, size, 4);
    little_endian(entry + 0x10, address, 8);
    set_checksum(entry, 0x18, 0x05);
    return 0x18;
}

size_t smbios_build_entry(const struct smbios_build *facts, const uint8_t *table, size_t size,
                          uint32_t address, uint8_t ret_entry[SMBIOS_BUILD_ENTRY_MAX])
{
    memset(ret_entry, 0, SMBIOS_BUILD_ENTRY_MAX);
    if (since(facts, 3, 0))
        return entry_3(facts, size, address, ret_entry);
    return entry_2(facts, table, size, address, ret_entry);
}

int smbios_build_dump(const struct smbios_build *facts, uint8_t **ret_dump, size_t *ret_size)
{
    uint8_t *table, *dump;
    size_t size;
    int r = smbios_build_table(facts, &table, &size);

    if (r < 0)
        return r;
    dump = malloc(SMBIOS_BUILD_DUMP_TABLE + size);
    if (dump) {
        (void)smbios_build_entry(facts, table, size, SMBIOS_BUILD_DUMP_TABLE, dump);
        memcpy(dump + SMBIOS_BUILD_DUMP_TABLE, table, size);
        *ret_dump = dump;
        *ret_size = SMBIOS_BUILD_DUMP_TABLE + size;
    }
    free(table);
    return dump ? 0 : -ENOMEM;
}
