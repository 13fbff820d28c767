/* SPDX-License-Identifier: BSD-2-Clause */
/* smbios_samples DIR: writes dumps as `dmidecode --dump-bin` does, of machines whose SMBIOS tables
 * are hard to read in one way or another, in several versions of the format. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smbios_build.h"
#include "util.h"

#define UUID "4c4c4544-0044-4a10-8054-b7c04f333832"

static const unsigned versions[][2] = {{2, 4}, {2, 6}, {2, 7}, {2, 8}, {3, 0}, {3, 2}, {3, 7}};

static const struct smbios_build_board boards[] = {
    {"Dell Inc.", "I/O Riser", "A00", "RISER.1", "R1", 0x0b},
    {"Dell Inc.", "0H21J3", "A05", ".9D8H382.CNIVC0096E0411.", "T4711", 0x0a},
    {"Dell Inc.", "Second", "A06", ".9D8H382.CNIVC0096E0412.", "T4712", 0x0a},
};

static const struct smbios_build_board daughters[] = {
    {"ACME", "First", "1", "A-1", NULL, 0x0b},
    {"ACME", "Second", "2", "A-2", "x", 0x04},
};

static const struct smbios_build_processor processors[] = {
    {"CPU1",
     "Intel(R) Corporation",
     "Intel(R) Xeon(R) Gold 6338",
     "S1",
     "T1",
     "P1",
     {0xa6, 0x06, 0x06, 0, 0xff, 0xfb, 0xeb, 0xbf},
     32,
     false},
    {"CPU2",
     "Intel(R) Corporation",
     "Intel(R) Xeon(R) Gold 6338",
     "S2",
     NULL,
     "P2",
     {0xa6, 0x06, 0x06, 0, 0xff, 0xfb, 0xeb, 0xbf},
     254,
     false},
    {"CPU3", "AMD", "EPYC", NULL, "T3", NULL, {1, 2, 3, 4, 5, 6, 7, 8}, 255, false},
    {"CPU4", "AMD", "EPYC", NULL, NULL, NULL, {0}, 512, false},
    {"CPU5", NULL, NULL, NULL, NULL, NULL, {0}, 0, true},
};

static const struct smbios_build_dimm dimms[] = {
    {"A1", "Bank 0", "Samsung", "0367AC21", "tag", "M393A2K43", 16ull << 20, false, false},
    {"A2", "Bank 1", "Hynix", "00000000", NULL, "HMA82GR7", 0, false, false},
    {"A3", NULL, "Unknown", "Not Specified", "Not Specified", " ", 0, true, false},
    {"B1", "b", "m", "1", "2", "3", 512, false, false},
    {"B2", "b", "m", "1", "2", "3", 1536, false, false},
    {"B3", "b", "m", "1", "2", "3", 32767, false, false},
    {"B4", "b", "m", "1", "2", "3", 1 << 10, false, false},
    {"B5", "b", "m", "1", "2", "3", 1536 << 10, false, false},
    {"C1", "b", "m", "1", "2", "3", 0x7ffeull << 10, false, false},
    {"C2", "b", "m", "1", "2", "3", 32ull << 20, false, false},
    {"C3", "b", "m", "1", "2", "3", 128ull << 20, false, false},
    {"C4", "b", "m", "1", "2", "3", (1ull << 30) + 1024, false, false},
    {"C5", "b", "m", "1", "2", "3", 4ull << 30, false, false},
    {"D1", "b", "m", "1", "2", "3", 8ull << 20, false, true},
    {"D2", "b", "m", "1", "2", "3", 1537ull << 10, false, true},
};

static const struct smbios_build server = {
    .bios = {"Dell Inc.", "2.10.2", "11/25/2022", 2, 10, false},
    .system = {"Dell Inc.", "PowerEdge R650", "1", "9D8H382", "SKU=0A6B;ModelName=PowerEdge R650",
               "PowerEdge", UUID, false},
    .chassis = {"Dell Inc.", "V1", "9D8H382", "RACK 12", 0x97},
    .n_boards = ARRAY_SIZE(boards),
    .boards = boards,
    .n_processors = ARRAY_SIZE(processors),
    .processors = processors,
    .n_dimms = ARRAY_SIZE(dimms),
    .dimms = dimms,
    .max_kib = 2ull << 30,
    .slots = 32,
};

static const struct smbios_build vm = {
    .bios = {"SeaBIOS", "1.16.2-1", "04/01/2014", 0, 0, true},
    .system = {"QEMU", "Standard PC (Q35 + ICH9, 2009)", "pc-q35-7.2", NULL, NULL, NULL, UUID,
               true},
    .chassis = {"QEMU", "pc-q35-7.2", NULL, NULL, 1},
    .n_boards = ARRAY_SIZE(daughters),
    .boards = daughters,
    .max_kib = 16 << 20,
    .slots = 1,
    .no_end_marker = true,
};

static const struct smbios_build spaces = {
    .bios = {"American Megatrends Inc.   ", " F.20\t", "12/31/1999", 0xff, 0xff, false},
    .system = {"Not Specified", "  ", "To be filled by O.E.M.", "0123456789 ", "\xc3\xa9t\xc3\xa9",
               "a\x01\x7f\nb", "00000000-0000-0000-0000-000000000000", false},
    .chassis = {" ", "", "|", ": :", 36},
    .max_kib = 3,
};

static const struct smbios_build nothing = {.no_end_marker = true};

static const struct {
    const char *name;
    const struct smbios_build *facts;
    bool bad_index; /* the first string field of each structure points to a string beyond its set */
} samples[] = {
    {"server", &server, false}, {"server-bad-index", &server, true}, {"vm", &vm, false},
    {"spaces", &spaces, false}, {"nothing", &nothing, false},
};

/* Types 0 to 4 have a string at offset 4, type 17 at offset 0x10. */
static void spoil(uint8_t *table, size_t size)
{
    for (size_t at = 0; at + 4 < size; at += 2) {
        if (table[at] <= 4)
            table[at + 0x04] = 200;
        else if (table[at] == 17)
            table[at + 0x10] = 200;
        at += table[at + 1];
        while (at + 2 < size && (table[at] || table[at + 1]))
            at++;
    }
}

static int write_sample(const char *folder, size_t sample, size_t version)
{
    struct smbios_build facts = *samples[sample].facts;
    CLEANUP_FREE uint8_t *dump = NULL;
    CLEANUP_FREE char *path = NULL;
    CLEANUP_FCLOSE FILE *file = NULL;
    size_t size;

    facts.major = versions[version][0];
    facts.minor = versions[version][1];
    if (asprintf(&path, "%s/%s-%u.%u", folder, samples[sample].name, facts.major, facts.minor) <
        0) {
        path = NULL;
        return -1;
    }
    if (smbios_build_dump(&facts, &dump, &size) < 0)
        return -1;
    if (samples[sample].bad_index)
        spoil(dump + SMBIOS_BUILD_DUMP_TABLE, size - SMBIOS_BUILD_DUMP_TABLE);
    file = fopen(path, "we");
    return file && fwrite(dump, 1, size, file) == size && fflush(file) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: smbios_samples DIR\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
        for (size_t v = 0; v < ARRAY_SIZE(versions); v++)
            if (write_sample(argv[1], i, v) < 0) {
                perror(argv[1]);
                return 1;
            }
    return 0;
}
