/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smbios_print TABLE [ENTRY_POINT] | smbios_print --dump FILE
 *
 * Prints every decoded field that is not empty, one "ordinal|type|field|value" a line: the ordinal
 * counts the structures of a type from 0, field and value are in dmidecode's words, so that a test
 * can hold the two against each other.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "smbios.h"
#include "util.h"

#define DUMP_TABLE 32 /* where the table starts in what `dmidecode --dump-bin` writes */

struct file {
    uint8_t *bytes;
    size_t size;
};

static void print_text(size_t ordinal, int type, const char *field, const char *value)
{
    if (!*value)
        return;
    printf("%zu|%d|%s|", ordinal, type, field);
    for (; *value; value++)
        putchar((unsigned char)*value < 32 || (unsigned char)*value >= 127 ? '.' : *value);
    putchar('\n');
}

static void print_bios(const struct smbios_bios *b)
{
    print_text(0, 0, "Vendor", b->vendor);
    print_text(0, 0, "Version", b->version);
    print_text(0, 0, "Release Date", b->date);
    if (b->present && b->major != 0xff && b->minor != 0xff)
        printf("0|0|BIOS Revision|%u.%u\n", b->major, b->minor);
}

static bool all_are(const uint8_t *bytes, size_t n, uint8_t value)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

/* From version 2.6 on the first three fields are little endian. */
static void print_uuid(const struct smbios *s)
{
    static const uint8_t plain[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    static const uint8_t swapped[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    bool newer = s->major > 2 || (s->major == 2 && s->minor >= 6);
    const uint8_t *order = newer ? swapped : plain, *uuid = s->system.uuid;

    if (!s->system.has_uuid)
        return;
    if (all_are(uuid, 16, 0xff) || all_are(uuid, 16, 0)) {
        printf("0|1|UUID|%s\n", uuid[0] ? "Not Present" : "Not Settable");
        return;
    }
    printf("0|1|UUID|");
    for (size_t i = 0; i < 16; i++)
        printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[order[i]]);
    putchar('\n');
}

static void print_system(const struct smbios *s)
{
    print_text(0, 1, "Manufacturer", s->system.manufacturer);
    print_text(0, 1, "Product Name", s->system.product);
    print_text(0, 1, "Version", s->system.version);
    print_text(0, 1, "Serial Number", s->system.serial);
    print_uuid(s);
    print_text(0, 1, "SKU Number", s->system.sku);
    print_text(0, 1, "Family", s->system.family);
}

static void print_board(const struct smbios_board *b)
{
    print_text(0, 2, "Manufacturer", b->manufacturer);
    print_text(0, 2, "Product Name", b->product);
    print_text(0, 2, "Version", b->version);
    print_text(0, 2, "Serial Number", b->serial);
    print_text(0, 2, "Asset Tag", b->asset_tag);
}

static const char *chassis_type(uint8_t type)
{
    static const char *const names[] = {
        "<OUT OF SPEC>",
        "Other",
        "Unknown",
        "Desktop",
        "Low Profile Desktop",
        "Pizza Box",
        "Mini Tower",
        "Tower",
        "Portable",
        "Laptop",
        "Notebook",
        "Hand Held",
        "Docking Station",
        "All In One",
        "Sub Notebook",
        "Space-saving",
        "Lunch Box",
        "Main Server Chassis",
        "Expansion Chassis",
        "Sub Chassis",
        "Bus Expansion Chassis",
        "Peripheral Chassis",
        "RAID Chassis",
        "Rack Mount Chassis",
        "Sealed-case PC",
        "Multi-system",
        "CompactPCI",
        "AdvancedTCA",
        "Blade",
        "Blade Enclosing",
        "Tablet",
        "Convertible",
        "Detachable",
        "IoT Gateway",
        "Embedded PC",
        "Mini PC",
        "Stick PC",
    };

    return names[type < ARRAY_SIZE(names) ? type : 0];
}

static void print_chassis(const struct smbios_chassis *c)
{
    if (!c->present)
        return;
    print_text(0, 3, "Manufacturer", c->manufacturer);
    print_text(0, 3, "Type", chassis_type(c->type));
    print_text(0, 3, "Version", c->version);
    print_text(0, 3, "Serial Number", c->serial);
    print_text(0, 3, "Asset Tag", c->asset_tag);
}

static void print_processor(size_t i, const struct smbios_processor *p)
{
    print_text(i, 4, "Socket Designation", p->socket);
    print_text(i, 4, "Manufacturer", p->manufacturer);
    print_text(i, 4, "Version", p->version);
    print_text(i, 4, "Serial Number", p->serial);
    print_text(i, 4, "Asset Tag", p->asset_tag);
    print_text(i, 4, "Part Number", p->part);
    printf("%zu|4|ID|", i);
    for (size_t k = 0; k < sizeof(p->id); k++)
        printf("%s%02X", k ? " " : "", p->id[k]);
    putchar('\n');
    printf("%zu|4|Status|%s\n", i, p->populated ? "Populated" : "Unpopulated");
    if (p->cores)
        printf("%zu|4|Core Count|%u\n", i, p->cores);
}

/* In the largest unit that leaves no fraction. An array of no size is one whose size has no room in
 * its version's field. */
static void print_bytes(uint64_t bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;

    if (bytes == 0) {
        puts("Unknown");
        return;
    }
    while (bytes % 1024 == 0 && unit + 1 < ARRAY_SIZE(units)) {
        bytes /= 1024;
        unit++;
    }
    printf("%" PRIu64 " %s\n", bytes, units[unit]);
}

static void print_memory_array(const struct smbios_memory_array *a)
{
    if (!a->present)
        return;
    printf("0|16|Maximum Capacity|");
    print_bytes(a->max_bytes);
    printf("0|16|Number Of Devices|%u\n", a->slots);
}

static void print_memory_device(size_t i, const struct smbios_memory_device *d)
{
    printf("%zu|17|Size|", i);
    if (d->populated)
        print_bytes(d->bytes);
    else
        puts("No Module Installed");
    print_text(i, 17, "Locator", d->locator);
    print_text(i, 17, "Bank Locator", d->bank);
    if (!d->populated) /* dmidecode says no more of an empty slot, either */
        return;
    print_text(i, 17, "Manufacturer", d->manufacturer);
    print_text(i, 17, "Serial Number", d->serial);
    print_text(i, 17, "Asset Tag", d->asset_tag);
    print_text(i, 17, "Part Number", d->part);
}

static void print_all(const struct smbios *s)
{
    print_bios(&s->bios);
    print_system(s);
    print_board(&s->board);
    print_chassis(&s->chassis);
    for (size_t i = 0; i < s->n_processors; i++)
        print_processor(i, &s->processors[i]);
    print_memory_array(&s->memory_array);
    for (size_t i = 0; i < s->n_memory_devices; i++)
        print_memory_device(i, &s->memory_devices[i]);
}

static int read_file(const char *name, struct file *ret)
{
    CLEANUP_CLOSE int fd = open(name, O_RDONLY | O_CLOEXEC);
    char *bytes = NULL;
    int r = fd < 0 ? -errno : read_all(fd, 16 << 20, &bytes, &ret->size);

    if (r < 0)
        fprintf(stderr, "smbios_print: %s: %s\n", name, strerror(-r));
    else
        ret->bytes = (uint8_t *)bytes;
    return r;
}

static int print_table(const struct file *table, const struct file *entry)
{
    unsigned major = 0, minor = 0;
    size_t declared = 0, size = table->size;
    struct smbios s;

    if (entry->size && smbios_entry_point(entry->bytes, entry->size, &major, &minor, &declared) < 0)
        fputs("smbios_print: not an entry point, or a damaged one\n", stderr);
    else if (declared && declared < size)
        size = declared;
    if (smbios_decode(table->bytes, size, major, minor, &s) < 0)
        return 1;
    print_all(&s);
    smbios_clear(&s);
    return 0;
}

static int print_dump(const char *name)
{
    struct file dump = {0}, entry, table;
    int r = 1;

    if (read_file(name, &dump) < 0)
        return 1;
    if (dump.size > DUMP_TABLE) {
        entry = (struct file){dump.bytes, DUMP_TABLE};
        table = (struct file){dump.bytes + DUMP_TABLE, dump.size - DUMP_TABLE};
        r = print_table(&table, &entry);
    }
    free(dump.bytes);
    return r;
}

int main(int argc, char **argv)
{
    struct file table = {0}, entry = {0};
    int r = 1;

    if (argc < 2 || argc > 3) {
        fputs("usage: smbios_print TABLE [ENTRY_POINT] | smbios_print --dump FILE\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "--dump") == 0)
        return argc == 3 ? print_dump(argv[2]) : 2;
    if (read_file(argv[1], &table) == 0 && (argc == 2 || read_file(argv[2], &entry) == 0))
        r = print_table(&table, &entry);
    free(table.bytes);
    free(entry.bytes);
    return r;
}
