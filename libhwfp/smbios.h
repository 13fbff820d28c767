/* SPDX-License-Identifier: BSD-2-Clause */
/* The SMBIOS structure table, decoded: DMTF DSP0134. Pure: bytes in, fields out; source_smbios.c
 * reads the bytes and makes evidence of the fields. */
#ifndef HWFP_SMBIOS_H
#define HWFP_SMBIOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMBIOS_STRING_MAX 256   /* bytes kept of a string, with its NUL */
#define SMBIOS_DEVICES_MAX 4096 /* memory devices, processors and boards that are kept */

struct smbios_system { /* type 1 */
    bool present, has_uuid;
    char manufacturer[SMBIOS_STRING_MAX], product[SMBIOS_STRING_MAX], version[SMBIOS_STRING_MAX];
    char serial[SMBIOS_STRING_MAX], sku[SMBIOS_STRING_MAX], family[SMBIOS_STRING_MAX];
    uint8_t uuid[16]; /* as in the table */
};

struct smbios_bios {               /* type 0 */
    bool present, virtual_machine; /* extension byte 2, bit 4 */
    char vendor[SMBIOS_STRING_MAX], version[SMBIOS_STRING_MAX], date[SMBIOS_STRING_MAX];
    uint8_t major, minor; /* BIOS revision; 0xff: not supported */
};

struct smbios_board { /* type 2, the first that is a motherboard or the first of all */
    bool present;
    char manufacturer[SMBIOS_STRING_MAX], product[SMBIOS_STRING_MAX], version[SMBIOS_STRING_MAX];
    char serial[SMBIOS_STRING_MAX], asset_tag[SMBIOS_STRING_MAX];
};

struct smbios_chassis { /* type 3, the first */
    bool present;
    uint8_t type; /* without the lock bit */
    char manufacturer[SMBIOS_STRING_MAX], version[SMBIOS_STRING_MAX];
    char serial[SMBIOS_STRING_MAX], asset_tag[SMBIOS_STRING_MAX];
};

struct smbios_processor { /* type 4 */
    char socket[SMBIOS_STRING_MAX], manufacturer[SMBIOS_STRING_MAX], version[SMBIOS_STRING_MAX];
    char serial[SMBIOS_STRING_MAX], asset_tag[SMBIOS_STRING_MAX], part[SMBIOS_STRING_MAX];
    uint8_t id[8];
    bool populated;
    uint16_t cores; /* 0: not told */
};

struct smbios_memory_array { /* type 16, that of the system memory */
    bool present;
    uint64_t max_bytes;
    uint16_t slots;
};

struct smbios_memory_device { /* type 17 */
    bool populated;
    uint64_t bytes; /* 0: empty slot, or unknown */
    char locator[SMBIOS_STRING_MAX], bank[SMBIOS_STRING_MAX], manufacturer[SMBIOS_STRING_MAX];
    char serial[SMBIOS_STRING_MAX], asset_tag[SMBIOS_STRING_MAX], part[SMBIOS_STRING_MAX];
};

struct smbios {
    unsigned major, minor; /* from the entry point; 0.0 when there is none */
    struct smbios_bios bios;
    struct smbios_system system;
    struct smbios_board board;
    struct smbios_chassis chassis;
    struct smbios_memory_array memory_array;
    size_t n_boards, n_processors, n_memory_devices;
    struct smbios_board *boards;         /* all of type 2, SMBIOS_DEVICES_MAX at most, owned */
    struct smbios_processor *processors; /* likewise */
    struct smbios_memory_device *memory_devices; /* likewise */
    bool truncated; /* a structure was cut, or too short to be one: what came before it is used; or
                       there are more than are kept */
};

/* The version out of an entry point (_SM_, _SM3_ or _DMI_; DSP0134 5.2). *ret_length receives the
 * structure table's length in bytes as the entry point gives it (a maximum for _SM3_).
 * 0, or -EBADMSG when anchor, length or checksum are wrong. */
int smbios_entry_point(const uint8_t *bytes, size_t size, unsigned *ret_major, unsigned *ret_minor,
                       size_t *ret_length);

/* Decodes a structure table (DSP0134 6.1). Never reads outside it, whatever it holds: a structure
 * that is cut, or whose length is below four, ends the walk; a string index out of range is an
 * empty string. 0, or -ENOMEM. *ret must then be given to smbios_clear(). */
int smbios_decode(const uint8_t *table, size_t size, unsigned major, unsigned minor,
                  struct smbios *ret);
void smbios_clear(struct smbios *s);

#endif
