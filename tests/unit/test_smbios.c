/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "smbios.h"
#include "smbios_build.h"
#include "smbios_rich.h"
#include "util.h"

#include <cmocka.h> /* behind util.h, whose fail() it hides */

static void build(const struct smbios_build *facts, uint8_t **ret_table, size_t *ret_size)
{
    assert_int_equal(smbios_build_table(facts, ret_table, ret_size), 0);
}

/* Decodes a heap copy of exactly these bytes, so that a sanitizer sees any read beyond them. */
static void decode_copy(const uint8_t *bytes, size_t size, struct smbios *ret)
{
    uint8_t *copy = malloc(size ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    assert_int_equal(smbios_decode(copy, size, 3, 2, ret), 0);
    free(copy);
}

/* ---- Decoding. ---- */

static void check_fixed(const struct smbios *s)
{
    static const uint8_t uuid[16] = {0x44, 0x45, 0x4c, 0x4c, 0x44, 0x00, 0x10, 0x4a,
                                     0x80, 0x54, 0xb7, 0xc0, 0x4f, 0x33, 0x38, 0x32};

    assert_string_equal(s->bios.vendor, "Vendor");
    assert_string_equal(s->bios.version, "1.2");
    assert_string_equal(s->bios.date, "01/02/2023");
    assert_int_equal(s->bios.major, 1);
    assert_int_equal(s->bios.minor, 2);
    assert_false(s->bios.virtual_machine);
    assert_string_equal(s->system.manufacturer, "ACME Inc. ");
    assert_string_equal(s->system.product, "Server  9");
    assert_string_equal(s->system.version, "v1");
    assert_string_equal(s->system.serial, "SYS-77");
    assert_string_equal(s->system.sku, "sku");
    assert_string_equal(s->system.family, "family");
    assert_true(s->system.has_uuid);
    assert_memory_equal(s->system.uuid, uuid, sizeof(uuid));
    assert_string_equal(s->board.product, "Board");
    assert_string_equal(s->board.serial, "BOARD-1");
    assert_int_equal(s->n_boards, 3);
    assert_string_equal(s->boards[0].serial, "RISER");
    assert_string_equal(s->boards[2].serial, "BOARD-2");
    assert_string_equal(s->board.asset_tag, "tag-b");
    assert_int_equal(s->chassis.type, 23);
    assert_string_equal(s->chassis.serial, "CHASSIS-5");
    assert_string_equal(s->chassis.asset_tag, "tag-c");
}

static void round_trip(void **state)
{
    uint8_t *table;
    size_t size;
    struct smbios s;

    (void)state;
    build(&rich, &table, &size);
    decode_copy(table, size, &s);
    check_fixed(&s);
    assert_false(s.truncated);
    assert_int_equal(s.major, 3);
    assert_int_equal(s.minor, 2);
    assert_int_equal(s.n_processors, 4);
    assert_string_equal(s.processors[0].socket, "CPU1");
    assert_string_equal(s.processors[0].part, "cp");
    assert_int_equal(s.processors[0].id[7], 0x88);
    assert_int_equal(s.processors[0].cores, 32);
    assert_int_equal(s.processors[1].cores, 255);
    assert_int_equal(s.processors[2].cores, 300);
    assert_true(s.processors[0].populated);
    assert_false(s.processors[3].populated);
    assert_true(s.memory_array.present);
    assert_true(s.memory_array.max_bytes == 4ull << 40);
    assert_int_equal(s.memory_array.slots, 24);
    smbios_clear(&s);
    free(table);
}

static void memory_sizes(void **state)
{
    static const uint64_t expected[] = {16ull << 30, 64ull << 30, 0, 0, 512 << 10, 1 << 20};
    uint8_t *table;
    size_t size;
    struct smbios s;

    (void)state;
    build(&rich, &table, &size);
    decode_copy(table, size, &s);
    assert_int_equal(s.n_memory_devices, ARRAY_SIZE(expected));
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
        assert_true(s.memory_devices[i].bytes == expected[i]);
    assert_true(s.memory_devices[3].populated);
    assert_false(s.memory_devices[2].populated);
    assert_string_equal(s.memory_devices[0].locator, "A1");
    assert_string_equal(s.memory_devices[0].bank, "Bank 0");
    assert_string_equal(s.memory_devices[1].serial, "0367AC22");
    smbios_clear(&s);
    free(table);
}

/* A firmware of 2004: no extended sizes, no core counts, the UUID in plain order. */
static void old_version(void **state)
{
    struct smbios_build old = rich;
    uint8_t *table;
    size_t size;
    struct smbios s;

    (void)state;
    old.minor = 4;
    old.major = 2;
    old.max_kib = 8 << 20;
    build(&old, &table, &size);
    decode_copy(table, size, &s);
    assert_int_equal(s.system.uuid[0], 0x4c);
    assert_int_equal(s.system.uuid[5], 0x44);
    assert_true(s.memory_array.max_bytes == 8ull << 30);
    assert_int_equal(s.processors[0].cores, 0);
    assert_string_equal(s.processors[0].serial, "C1");
    assert_true(s.memory_devices[0].bytes == 16ull << 30);
    smbios_clear(&s);
    free(table);
}

static void strings_as_they_are(void **state)
{
    char longer[400];
    struct smbios_build facts = {.major = 3};
    uint8_t *table;
    size_t size;
    struct smbios s;

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    facts.system.serial = "\x01\xff\t \x7f";
    facts.system.product = longer;
    build(&facts, &table, &size);
    decode_copy(table, size, &s);
    assert_string_equal(s.system.serial, "\x01\xff\t \x7f");
    assert_int_equal(strlen(s.system.product), SMBIOS_STRING_MAX - 1);
    assert_string_equal(s.system.manufacturer, "");
    smbios_clear(&s);
    free(table);
}

static void first_board_without_motherboard(void **state)
{
    struct smbios_build facts = {.major = 3, .n_boards = 1, .boards = boards};
    uint8_t *table;
    size_t size;
    struct smbios s;

    (void)state;
    build(&facts, &table, &size);
    decode_copy(table, size, &s);
    assert_string_equal(s.board.serial, "RISER");
    smbios_clear(&s);
    free(table);
}

static void more_devices_than_are_kept(void **state)
{
    static struct smbios_build_dimm many[SMBIOS_DEVICES_MAX + 50];
    struct smbios_build facts = {.major = 3, .n_dimms = ARRAY_SIZE(many), .dimms = many};
    uint8_t *table;
    size_t size;
    struct smbios s;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(many); i++)
        many[i] = (struct smbios_build_dimm){.serial = i < SMBIOS_DEVICES_MAX ? "in" : "out"};
    build(&facts, &table, &size);
    decode_copy(table, size, &s);
    assert_int_equal(s.n_memory_devices, SMBIOS_DEVICES_MAX);
    assert_string_equal(s.memory_devices[SMBIOS_DEVICES_MAX - 1].serial, "in");
    assert_true(s.truncated); /* what is left out is told */
    smbios_clear(&s);
    free(table);
    facts.n_dimms = SMBIOS_DEVICES_MAX;
    build(&facts, &table, &size);
    decode_copy(table, size, &s);
    assert_int_equal(s.n_memory_devices, SMBIOS_DEVICES_MAX);
    assert_false(s.truncated);
    smbios_clear(&s);
    free(table);
}

/* ---- Damage. ---- */

/* The offset of the n-th structure, its own strings included in *ret_next; false behind the last.
 */
static bool find_structure(const uint8_t *table, size_t size, size_t n, size_t *ret_at,
                           size_t *ret_next)
{
    size_t next = 0, at = 0;

    for (size_t i = 0; i <= n; i++) {
        at = next;
        if (at + 4 > size)
            return false;
        next = at + table[at + 1];
        while (table[next] || table[next + 1])
            next++;
        next += 2;
    }
    *ret_at = at;
    *ret_next = next;
    return true;
}

/* Whole structures in front of `size` are intact, and nothing behind it is known. */
static void check_cut(const uint8_t *table, size_t whole, size_t size)
{
    size_t at, next, expected[128] = {0};
    struct smbios s;
    bool clean = size <= 1; /* a zero on its own is padding */

    for (size_t n = 0; find_structure(table, whole, n, &at, &next); n++) {
        expected[table[at]] += next <= size;
        clean = clean || next == size || (table[at] == 127 && at + 4 <= size);
    }
    decode_copy(table, size, &s);
    assert_int_equal(s.bios.present, expected[0] > 0);
    assert_int_equal(s.system.present, expected[1] > 0);
    assert_int_equal(s.board.present, expected[2] > 0);
    assert_int_equal(s.chassis.present, expected[3] > 0);
    assert_int_equal(s.n_processors, expected[4]);
    assert_int_equal(s.memory_array.present, expected[16] > 0);
    assert_int_equal(s.n_memory_devices, expected[17]);
    assert_string_equal(s.system.serial, expected[1] ? "SYS-77" : "");
    assert_string_equal(s.chassis.serial, expected[3] ? "CHASSIS-5" : "");
    if (s.n_memory_devices > 1)
        check_fixed(&s);
    assert_int_equal(s.truncated, !clean);
    smbios_clear(&s);
}

static void cut_at_every_byte(void **state)
{
    uint8_t *table;
    size_t size;

    (void)state;
    build(&rich, &table, &size);
    for (size_t cut = 0; cut <= size; cut++)
        check_cut(table, size, cut);
    free(table);
}

static void no_end_marker(void **state)
{
    struct smbios_build facts = rich;
    uint8_t *table, padded[8192] = {0};
    size_t size;
    struct smbios s;

    (void)state;
    facts.no_end_marker = true;
    build(&facts, &table, &size);
    decode_copy(table, size, &s);
    assert_false(s.truncated);
    assert_int_equal(s.n_memory_devices, 6);
    smbios_clear(&s);
    assert_true(size >= 1 && size <= sizeof(padded));
    memcpy(padded, table, size);
    decode_copy(padded, sizeof(padded), &s);
    assert_false(s.truncated);
    check_fixed(&s);
    smbios_clear(&s);
    free(table);
}

/* What stands behind the end marker is no part of the table. */
static void behind_the_end(void **state)
{
    uint8_t *table, *both;
    size_t size;
    struct smbios s;

    (void)state;
    build(&rich, &table, &size);
    both = malloc(2 * size);
    assert_non_null(both);
    memcpy(both, table, size);
    memcpy(both + size, table, size);
    decode_copy(both, 2 * size, &s);
    assert_int_equal(s.n_memory_devices, 6);
    smbios_clear(&s);
    free(both);
    free(table);
}

/* Sets the length of each structure in turn; those before it stay as they are. */
static void spoil_length(uint8_t length)
{
    uint8_t *table;
    size_t size, at, next;

    build(&rich, &table, &size);
    for (size_t n = 0; find_structure(table, size, n, &at, &next); n++) {
        uint8_t was = table[at + 1];
        bool end_marker = table[at] == 127;
        struct smbios s;

        table[at + 1] = length;
        decode_copy(table, size, &s);
        if (length < 4)
            assert_int_equal(s.truncated, !end_marker);
        assert_int_equal(s.bios.present, n > 0 || length >= 4);
        if (n > 1)
            assert_string_equal(s.system.serial, "SYS-77");
        if (n > 5)
            check_fixed(&s);
        smbios_clear(&s);
        table[at + 1] = was;
    }
    free(table);
}

static void length_below_header(void **state)
{
    (void)state;
    for (uint8_t length = 0; length < 4; length++)
        spoil_length(length);
}

static void length_beyond_structure(void **state)
{
    (void)state;
    spoil_length(4);
    spoil_length(0x09);
    spoil_length(0xf0);
    spoil_length(0xff);
}

static void length_beyond_table(void **state)
{
    static const uint8_t table[] = {1, 0x1b, 0, 0, 1, 2, 3, 4, 0, 0};
    struct smbios s;

    (void)state;
    decode_copy(table, sizeof(table), &s);
    assert_false(s.system.present);
    assert_true(s.truncated);
    smbios_clear(&s);
}

/* A structure of four bytes has none of its fields. */
static void shortest_structures(void **state)
{
    uint8_t table[18 * 6];
    struct smbios s;

    (void)state;
    memset(table, 0, sizeof(table));
    for (size_t type = 0; type < 18; type++) {
        table[6 * type] = (uint8_t)type;
        table[6 * type + 1] = 4;
    }
    decode_copy(table, sizeof(table), &s);
    assert_true(s.bios.present && s.system.present && s.board.present && s.chassis.present);
    assert_int_equal(s.bios.major, 0xff);
    assert_false(s.system.has_uuid);
    assert_false(s.memory_array.present);
    assert_int_equal(s.n_processors, 1);
    assert_int_equal(s.n_memory_devices, 1);
    assert_false(s.memory_devices[0].populated);
    assert_false(s.truncated);
    smbios_clear(&s);
}

struct string_field {
    uint8_t type, offset;
    size_t in_smbios;
};

static void check_string_index(uint8_t *table, size_t size, const struct string_field *f)
{
    static const uint8_t indexes[] = {0, 50, 255};
    size_t at = 0, next, n = 0;
    struct smbios s;

    while (find_structure(table, size, n, &at, &next) && table[at] != f->type)
        n++;
    for (size_t i = 0; i < ARRAY_SIZE(indexes); i++) {
        uint8_t was = table[at + f->offset];

        table[at + f->offset] = indexes[i];
        decode_copy(table, size, &s);
        if (f->type == 4)
            assert_string_equal((char *)s.processors + f->in_smbios, "");
        else if (f->type == 17)
            assert_string_equal((char *)s.memory_devices + f->in_smbios, "");
        else
            assert_string_equal((char *)&s + f->in_smbios, "");
        assert_int_equal(s.n_memory_devices, 6);
        smbios_clear(&s);
        table[at + f->offset] = was;
    }
}

#define AT(member) offsetof(struct smbios, member)
#define CPU(member) offsetof(struct smbios_processor, member)
#define DIMM(member) offsetof(struct smbios_memory_device, member)

static void string_index_out_of_range(void **state)
{
    static const struct string_field string_fields[] = {
        {0, 0x04, AT(bios.vendor)},
        {0, 0x05, AT(bios.version)},
        {0, 0x08, AT(bios.date)},
        {1, 0x04, AT(system.manufacturer)},
        {1, 0x05, AT(system.product)},
        {1, 0x06, AT(system.version)},
        {1, 0x07, AT(system.serial)},
        {1, 0x19, AT(system.sku)},
        {1, 0x1a, AT(system.family)},
        {2, 0x04, AT(board.manufacturer)},
        {2, 0x05, AT(board.product)},
        {2, 0x06, AT(board.version)},
        {2, 0x07, AT(board.serial)},
        {2, 0x08, AT(board.asset_tag)},
        {3, 0x04, AT(chassis.manufacturer)},
        {3, 0x06, AT(chassis.version)},
        {3, 0x07, AT(chassis.serial)},
        {3, 0x08, AT(chassis.asset_tag)},
        {4, 0x04, CPU(socket)},
        {4, 0x07, CPU(manufacturer)},
        {4, 0x10, CPU(version)},
        {4, 0x20, CPU(serial)},
        {4, 0x21, CPU(asset_tag)},
        {4, 0x22, CPU(part)},
        {17, 0x10, DIMM(locator)},
        {17, 0x11, DIMM(bank)},
        {17, 0x17, DIMM(manufacturer)},
        {17, 0x18, DIMM(serial)},
        {17, 0x19, DIMM(asset_tag)},
        {17, 0x1a, DIMM(part)},
    };
    struct smbios_build facts = rich;
    uint8_t *table;
    size_t size;

    (void)state;
    facts.n_boards = 1;
    build(&facts, &table, &size);
    for (size_t i = 0; i < ARRAY_SIZE(string_fields); i++)
        check_string_index(table, size, &string_fields[i]);
    free(table);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Whatever the bytes, every string is one and every count is within bounds. */
static void check_sane(const struct smbios *s)
{
    assert_true(s->n_boards <= SMBIOS_DEVICES_MAX);
    assert_true(s->n_processors <= SMBIOS_DEVICES_MAX);
    assert_true(s->n_memory_devices <= SMBIOS_DEVICES_MAX);
    assert_true(strlen(s->system.serial) <= SMBIOS_STRING_MAX - 1);
    assert_true(strlen(s->board.asset_tag) <= SMBIOS_STRING_MAX - 1);
    for (size_t i = 0; i < s->n_memory_devices; i++)
        assert_true(strlen(s->memory_devices[i].part) <= SMBIOS_STRING_MAX - 1);
}

static void mutations(void **state)
{
    uint8_t *table, *spoilt;
    uint32_t seed = 20221125;
    size_t size;
    struct smbios s;

    (void)state;
    build(&rich, &table, &size);
    spoilt = malloc(size);
    assert_non_null(spoilt);
    for (int round = 0; round < 1000; round++) {
        memcpy(spoilt, table, size);
        for (uint32_t n = next_random(&seed) % 16 + 1; n > 0; n--) {
            size_t at = next_random(&seed) % size;

            spoilt[at] = (uint8_t)next_random(&seed);
        }
        decode_copy(spoilt, size - next_random(&seed) % 8, &s);
        check_sane(&s);
        smbios_clear(&s);
    }
    free(spoilt);
    free(table);
}

/* ---- Entry points. ---- */

struct entry {
    uint8_t bytes[SMBIOS_BUILD_ENTRY_MAX];
    size_t size;
};

static struct entry make_entry(unsigned major, unsigned minor, bool legacy)
{
    static const uint8_t table[] = {127, 4, 0, 0, 0, 0};
    struct smbios_build facts = {.major = major, .minor = minor};
    struct entry e;

    e.size = legacy ? smbios_build_legacy_entry(&facts, table, sizeof(table), 0xf0000, e.bytes)
                    : smbios_build_entry(&facts, table, sizeof(table), 0xf0000, e.bytes);
    return e;
}

/* Of a heap copy of exactly `size` bytes. */
static int parse_entry(const struct entry *e, size_t size, unsigned *ret_version)
{
    unsigned major = 0, minor = 0;
    uint8_t *copy = malloc(size ? size : 1);
    size_t length = 0;
    int r;

    assert_non_null(copy);
    memcpy(copy, e->bytes, size);
    r = smbios_entry_point(copy, size, &major, &minor, &length);
    free(copy);
    assert_int_equal(length, r == 0 ? 6 : 0);
    *ret_version = major << 8 | minor;
    return r;
}

static void entry_versions(void **state)
{
    const struct entry entries[] = {make_entry(3, 2, false), make_entry(2, 8, false),
                                    make_entry(2, 1, true), make_entry(2, 31, false),
                                    make_entry(2, 51, false)};
    static const unsigned expected[] = {0x302, 0x208, 0x201, 0x203, 0x206};
    unsigned version;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        assert_int_equal(parse_entry(&entries[i], entries[i].size, &version), 0);
        assert_int_equal(version, expected[i]);
        assert_int_equal(parse_entry(&entries[i], sizeof(entries[i].bytes), &version), 0);
    }
}

/* Every byte counts: in the anchor, in the length, in a checksum. */
static void entry_damage(void **state)
{
    const struct entry entries[] = {make_entry(3, 2, false), make_entry(2, 8, false),
                                    make_entry(2, 1, true)};
    unsigned version;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        for (size_t at = 0; at < entries[i].size; at++) {
            struct entry e = entries[i];

            e.bytes[at] ^= 0x40;
            assert_int_equal(parse_entry(&e, e.size, &version), -EBADMSG);
            assert_int_equal(parse_entry(&entries[i], at, &version), -EBADMSG);
        }
    }
}

/* The sum of the whole is right, that of the intermediate anchor is not. */
static void entry_intermediate_checksum(void **state)
{
    struct entry e = make_entry(2, 8, false);
    unsigned version;

    (void)state;
    e.bytes[0x08]++;
    e.bytes[0x1c]--;
    assert_int_equal(parse_entry(&e, e.size, &version), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(memory_sizes),
        cmocka_unit_test(old_version),
        cmocka_unit_test(strings_as_they_are),
        cmocka_unit_test(first_board_without_motherboard),
        cmocka_unit_test(more_devices_than_are_kept),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(no_end_marker),
        cmocka_unit_test(behind_the_end),
        cmocka_unit_test(length_below_header),
        cmocka_unit_test(length_beyond_structure),
        cmocka_unit_test(length_beyond_table),
        cmocka_unit_test(shortest_structures),
        cmocka_unit_test(string_index_out_of_range),
        cmocka_unit_test(mutations),
        cmocka_unit_test(entry_versions),
        cmocka_unit_test(entry_damage),
        cmocka_unit_test(entry_intermediate_checksum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
