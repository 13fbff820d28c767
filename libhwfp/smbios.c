/* SPDX-License-Identifier: BSD-2-Clause */
#include "smbios.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Structure types (DSP0134 7) and the values of their fields that matter here. */
enum {
    TYPE_BIOS = 0,
    TYPE_SYSTEM = 1,
    TYPE_BOARD = 2,
    TYPE_CHASSIS = 3,
    TYPE_PROCESSOR = 4,
    TYPE_MEMORY_ARRAY = 16,
    TYPE_MEMORY_DEVICE = 17,
    TYPE_END = 127,
};
enum {
    HEADER_SIZE = 4,
    BIOS_IS_VIRTUAL = 1 << 4,
    BOARD_IS_MOTHERBOARD = 0x0a,
    CHASSIS_LOCK = 0x80,
    PROCESSOR_POPULATED = 1 << 6,
    ARRAY_IS_SYSTEM_MEMORY = 3,
};

/* One structure: the formatted area, and behind it the strings, which end with a double NUL. */
struct structure {
    uint8_t type;
    size_t length; /* of the formatted area */
    const uint8_t *bytes;
};

/* ---- Fields. A field that the structure is too short for reads as 0 or as an empty string. ----
 */

static uint64_t number_at(const struct structure *s, size_t offset, size_t size)
{
    uint64_t n = 0;

    if (offset + size > s->length)
        return 0;
    while (size-- > 0)
        n = n << 8 | s->bytes[offset + size];
    return n;
}

static uint8_t byte_at(const struct structure *s, size_t offset)
{
    return (uint8_t)number_at(s, offset, 1);
}

static uint16_t word_at(const struct structure *s, size_t offset)
{
    return (uint16_t)number_at(s, offset, 2);
}

static void string_at(const struct structure *s, size_t offset, char ret[SMBIOS_STRING_MAX])
{
    uint8_t index = byte_at(s, offset);
    const char *text = (const char *)s->bytes + s->length;
    size_t n;

    if (index == 0)
        return;
    while (--index > 0 && *text)
        text += strlen(text) + 1;
    n = strnlen(text, SMBIOS_STRING_MAX - 1);
    memcpy(ret, text, n);
    ret[n] = '\0';
}

/* ---- Structures. ---- */

static void decode_bios(const struct structure *s, struct smbios_bios *bios)
{
    if (bios->present)
        return;
    bios->present = true;
    string_at(s, 0x04, bios->vendor);
    string_at(s, 0x05, bios->version);
    string_at(s, 0x08, bios->date);
    bios->virtual_machine = byte_at(s, 0x13) & BIOS_IS_VIRTUAL;
    bios->major = s->length > 0x15 ? byte_at(s, 0x14) : 0xff;
    bios->minor = s->length > 0x15 ? byte_at(s, 0x15) : 0xff;
}

static void decode_system(const struct structure *s, struct smbios_system *system)
{
    if (system->present)
        return;
    system->present = true;
    string_at(s, 0x04, system->manufacturer);
    string_at(s, 0x05, system->product);
    string_at(s, 0x06, system->version);
    string_at(s, 0x07, system->serial);
    string_at(s, 0x19, system->sku);
    string_at(s, 0x1a, system->family);
    if (s->length < 0x08 + sizeof(system->uuid))
        return;
    system->has_uuid = true;
    memcpy(system->uuid, s->bytes + 0x08, sizeof(system->uuid));
}

static void decode_board(const struct structure *s, struct smbios_board *board)
{
    board->present = true;
    string_at(s, 0x04, board->manufacturer);
    string_at(s, 0x05, board->product);
    string_at(s, 0x06, board->version);
    string_at(s, 0x07, board->serial);
    string_at(s, 0x08, board->asset_tag);
}

static void decode_chassis(const struct structure *s, struct smbios_chassis *chassis)
{
    if (chassis->present)
        return;
    chassis->present = true;
    chassis->type = (uint8_t)(byte_at(s, 0x05) & ~CHASSIS_LOCK);
    string_at(s, 0x04, chassis->manufacturer);
    string_at(s, 0x06, chassis->version);
    string_at(s, 0x07, chassis->serial);
    string_at(s, 0x08, chassis->asset_tag);
}

/* The old field has one byte: 0xff sends to core count 2, where there is one. */
static uint16_t core_count(const struct structure *s)
{
    uint8_t cores = byte_at(s, 0x23);

    return cores == 0xff && s->length >= 0x2c ? word_at(s, 0x2a) : cores;
}

static void decode_processor(const struct structure *s, struct smbios_processor *processor)
{
    string_at(s, 0x04, processor->socket);
    string_at(s, 0x07, processor->manufacturer);
    string_at(s, 0x10, processor->version);
    string_at(s, 0x20, processor->serial);
    string_at(s, 0x21, processor->asset_tag);
    string_at(s, 0x22, processor->part);
    if (s->length >= 0x08 + sizeof(processor->id))
        memcpy(processor->id, s->bytes + 0x08, sizeof(processor->id));
    processor->populated = byte_at(s, 0x18) & PROCESSOR_POPULATED;
    processor->cores = core_count(s);
}

static void decode_memory_array(const struct structure *s, struct smbios_memory_array *array)
{
    uint64_t kib = number_at(s, 0x07, 4);

    if (array->present || byte_at(s, 0x05) != ARRAY_IS_SYSTEM_MEMORY)
        return;
    array->present = true;
    array->max_bytes = kib == 0x80000000 ? number_at(s, 0x0f, 8) : kib << 10;
    array->slots = word_at(s, 0x0d);
}

static uint64_t memory_device_bytes(const struct structure *s)
{
    uint16_t size = word_at(s, 0x0c);

    if (size == 0xffff)
        return 0;
    if (size == 0x7fff && s->length >= 0x20)
        return (number_at(s, 0x1c, 4) & 0x7fffffff) << 20;
    return (uint64_t)(size & 0x7fff) << (size & 0x8000 ? 10 : 20);
}

static void decode_memory_device(const struct structure *s, struct smbios_memory_device *device)
{
    device->populated = word_at(s, 0x0c) != 0;
    device->bytes = memory_device_bytes(s);
    string_at(s, 0x10, device->locator);
    string_at(s, 0x11, device->bank);
    string_at(s, 0x17, device->manufacturer);
    string_at(s, 0x18, device->serial);
    string_at(s, 0x19, device->asset_tag);
    string_at(s, 0x1a, device->part);
}

/* ---- The table. ---- */

/* Zeroed room for one more at the end of an array that is enlarged at each power of two. *ret_last
 * is NULL when SMBIOS_DEVICES_MAX are there already. */
static int append(void **array, size_t *n, size_t size, void **ret_last)
{
    *ret_last = NULL;
    if (*n == SMBIOS_DEVICES_MAX)
        return 0;
    if ((*n & (*n - 1)) == 0) {
        void *larger = realloc(*array, (*n ? 2 * *n : 1) * size);

        if (!larger)
            return -ENOMEM;
        *array = larger;
    }
    *ret_last = memset((uint8_t *)*array + *n * size, 0, size);
    ++*n;
    return 0;
}

/* A blade has several: the main one is the first motherboard, or the first of all where none says
 * it is one. */
static int append_board(const struct structure *s, struct smbios *smbios, bool *has_motherboard)
{
    bool motherboard = byte_at(s, 0x0d) == BOARD_IS_MOTHERBOARD;
    void *array = smbios->boards, *last;
    int r = append(&array, &smbios->n_boards, sizeof(*smbios->boards), &last);

    smbios->boards = array;
    smbios->truncated = smbios->truncated || (r == 0 && !last);
    if (r < 0 || !last)
        return r;
    decode_board(s, last);
    if (smbios->board.present && (*has_motherboard || !motherboard))
        return 0;
    *has_motherboard = motherboard;
    smbios->board = *(const struct smbios_board *)last;
    return 0;
}

static int append_processor(const struct structure *s, struct smbios *smbios)
{
    void *array = smbios->processors, *last;
    int r = append(&array, &smbios->n_processors, sizeof(*smbios->processors), &last);

    smbios->processors = array;
    smbios->truncated = smbios->truncated || (r == 0 && !last);
    if (r == 0 && last)
        decode_processor(s, last);
    return r;
}

static int append_memory_device(const struct structure *s, struct smbios *smbios)
{
    void *array = smbios->memory_devices, *last;
    int r = append(&array, &smbios->n_memory_devices, sizeof(*smbios->memory_devices), &last);

    smbios->memory_devices = array;
    smbios->truncated = smbios->truncated || (r == 0 && !last);
    if (r == 0 && last)
        decode_memory_device(s, last);
    return r;
}

static int decode_structure(const struct structure *s, struct smbios *smbios, bool *has_motherboard)
{
    switch (s->type) {
    case TYPE_BIOS:
        decode_bios(s, &smbios->bios);
        return 0;
    case TYPE_SYSTEM:
        decode_system(s, &smbios->system);
        return 0;
    case TYPE_BOARD:
        return append_board(s, smbios, has_motherboard);
    case TYPE_CHASSIS:
        decode_chassis(s, &smbios->chassis);
        return 0;
    case TYPE_PROCESSOR:
        return append_processor(s, smbios);
    case TYPE_MEMORY_ARRAY:
        decode_memory_array(s, &smbios->memory_array);
        return 0;
    case TYPE_MEMORY_DEVICE:
        return append_memory_device(s, smbios);
    default:
        return 0;
    }
}

/* The size of the structure at `bytes` with its strings, or 0 when it does not end within `left`.
 */
static size_t whole_size(const uint8_t *bytes, size_t left)
{
    static const uint8_t end[2] = {0, 0};
    size_t length = bytes[1];
    const uint8_t *at;

    if (length < HEADER_SIZE || length > left)
        return 0;
    at = memmem(bytes + length, left - length, end, sizeof(end));
    return at ? (size_t)(at - bytes) + sizeof(end) : 0;
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
    while (size > 0 && *bytes == 0) {
        bytes++;
        size--;
    }
    return size == 0;
}

/* A table may lack its end marker, and be padded with zeros up to the length that is declared. */
static bool at_end(const uint8_t *bytes, size_t left)
{
    return (left >= HEADER_SIZE && bytes[0] == TYPE_END) || all_zero(bytes, left);
}

int smbios_decode(const uint8_t *table, size_t size, unsigned major, unsigned minor,
                  struct smbios *ret)
{
    bool has_motherboard = false;
    size_t at = 0;

    *ret = (struct smbios){.major = major, .minor = minor};
    while (!at_end(table + at, size - at)) {
        size_t whole = size - at < HEADER_SIZE ? 0 : whole_size(table + at, size - at);
        struct structure s = {table[at], 0, table + at};

        if (whole == 0) {
            ret->truncated = true;
            break;
        }
        s.length = table[at + 1];
        if (decode_structure(&s, ret, &has_motherboard) < 0) {
            smbios_clear(ret);
            return -ENOMEM;
        }
        at += whole;
    }
    return 0;
}

void smbios_clear(struct smbios *s)
{
    free(s->boards);
    free(s->processors);
    free(s->memory_devices);
    *s = (struct smbios){0};
}

/* ---- Entry points. ---- */

static bool sums_to_zero(const uint8_t *bytes, size_t size)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0;
}

static size_t little_endian(const uint8_t *bytes, size_t size)
{
    size_t n = 0;

    while (size-- > 0)
        n = n << 8 | bytes[size];
    return n;
}

static bool has_anchor(const uint8_t *bytes, size_t size, const char *anchor)
{
    size_t n = strlen(anchor);

    return size >= n && memcmp(bytes, anchor, n) == 0;
}

/* Some firmware wrote the minor version as two digits: 2.31 is 2.3, 2.33 too, 2.51 is 2.6. */
static unsigned corrected_minor(unsigned major, unsigned minor)
{
    if (major == 2 && (minor == 31 || minor == 33))
        return 3;
    return major == 2 && minor == 51 ? 6 : minor;
}

static bool is_legacy_entry(const uint8_t *bytes, size_t size)
{
    return size >= 0x0f && has_anchor(bytes, size, "_DMI_") && sums_to_zero(bytes, 0x0f);
}

/* 0x1e is what version 2.1 said by mistake; the fields are the same. */
static bool is_entry_2(const uint8_t *bytes, size_t size)
{
    return size >= 0x1f && has_anchor(bytes, size, "_SM_") && bytes[5] >= 0x1e &&
           bytes[5] <= size && bytes[5] <= 0x20 && sums_to_zero(bytes, bytes[5]) &&
           is_legacy_entry(bytes + 0x10, 0x0f);
}

static bool is_entry_3(const uint8_t *bytes, size_t size)
{
    return size >= 0x18 && has_anchor(bytes, size, "_SM3_") && bytes[6] >= 0x18 &&
           bytes[6] <= size && bytes[6] <= 0x20 && sums_to_zero(bytes, bytes[6]);
}

int smbios_entry_point(const uint8_t *bytes, size_t size, unsigned *ret_major, unsigned *ret_minor,
                       size_t *ret_length)
{
    if (is_entry_3(bytes, size)) {
        *ret_major = bytes[7];
        *ret_minor = bytes[8];
        *ret_length = little_endian(bytes + 0x0c, 4);
    } else if (is_entry_2(bytes, size)) {
        *ret_major = bytes[6];
        *ret_minor = corrected_minor(bytes[6], bytes[7]);
        *ret_length = little_endian(bytes + 0x16, 2);
    } else if (is_legacy_entry(bytes, size)) {
        *ret_major = bytes[0x0e] >> 4;
        *ret_minor = bytes[0x0e] & 0x0f;
        *ret_length = little_endian(bytes + 0x06, 2);
    } else {
        return -EBADMSG;
    }
    return 0;
}
