/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes an SMBIOS structure table and its entry point out of facts, laid out as DMTF DSP0134 has it
 * for the version asked for, so that tests read what a firmware would have written.
 *
 * A text that is NULL or "" has string index 0 ("Not Specified" in dmidecode's words): the format
 * has no empty string. Zero-initialise every struct. The caller frees what is returned.
 */
#ifndef SMBIOS_BUILD_H
#define SMBIOS_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smbios_build_board {
    const char *manufacturer, *product, *version, *serial, *asset_tag;
    uint8_t type; /* 0 stands for a motherboard, 0x0a */
};

struct smbios_build_processor {
    const char *socket, *manufacturer, *version, *serial, *asset_tag, *part;
    uint8_t id[8];
    uint16_t cores; /* 0: unknown */
    bool empty;     /* a socket without a processor */
};

struct smbios_build_dimm {
    const char *locator, *bank, *manufacturer, *serial, *asset_tag, *part;
    uint64_t kib;       /* 0: an empty slot. Whole MiB from 32 MiB on: the format knows no more */
    bool size_unknown;  /* 0xffff */
    bool size_extended; /* in the extended field even where the old one would do */
};

struct smbios_build {
    unsigned major, minor; /* 2.4 and newer */
    struct {
        const char *vendor, *version, *date;
        uint8_t major, minor; /* BIOS revision */
        bool virtual_machine;
    } bios;
    struct {
        const char *manufacturer, *product, *version, *serial, *sku, *family;
        const char *uuid;  /* as dmidecode prints it; NULL: all 0xff, "not present" */
        bool uuid_swapped; /* stored in the other byte order than the version demands */
    } system;
    struct {
        const char *manufacturer, *version, *serial, *asset_tag;
        uint8_t type; /* 0 stands for 2, unknown */
    } chassis;
    size_t n_boards, n_processors, n_dimms;
    const struct smbios_build_board *boards;
    const struct smbios_build_processor *processors;
    const struct smbios_build_dimm *dimms;
    uint64_t max_kib; /* type 16: maximum capacity; 0 leaves type 16 out */
    uint16_t slots;
    bool no_end_marker; /* leave type 127 out */
};

#define SMBIOS_BUILD_ENTRY_MAX 32  /* bytes of the longest entry point, with padding */
#define SMBIOS_BUILD_DUMP_TABLE 32 /* where the table starts in a dump */

/* The structure table: /sys/firmware/dmi/tables/DMI. 0, -ENOMEM, or -EINVAL for a UUID that is
 * none. */
int smbios_build_table(const struct smbios_build *facts, uint8_t **ret_table, size_t *ret_size);

/* The entry point of a table at `address`: _SM3_ from version 3.0 on, else _SM_. Gives the bytes
 * used of ret_entry, which is what /sys/firmware/dmi/tables/smbios_entry_point holds; the rest is
 * zeroed. */
size_t smbios_build_entry(const struct smbios_build *facts, const uint8_t *table, size_t size,
                          uint32_t address, uint8_t ret_entry[SMBIOS_BUILD_ENTRY_MAX]);

/* The same as the oldest firmware has it: _DMI_ alone. */
size_t smbios_build_legacy_entry(const struct smbios_build *facts, const uint8_t *table,
                                 size_t size, uint32_t address,
                                 uint8_t ret_entry[SMBIOS_BUILD_ENTRY_MAX]);

/* Both in one, as `dmidecode --dump-bin` writes and `dmidecode --from-dump` reads. */
int smbios_build_dump(const struct smbios_build *facts, uint8_t **ret_dump, size_t *ret_size);

#endif
