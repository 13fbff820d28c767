/* SPDX-License-Identifier: BSD-2-Clause */
/* A server whose firmware tells everything: several boards, sockets and slots, some empty. */
#ifndef SMBIOS_RICH_H
#define SMBIOS_RICH_H

#include "smbios_build.h"
#include "util.h"

#define UUID "4c4c4544-0044-4a10-8054-b7c04f333832"

static const struct smbios_build_board boards[] = {
    {"ACME", "Riser", "r1", "RISER", "tag-r", 0x0b},
    {"ACME", "Board", "b1", "BOARD-1", "tag-b", 0x0a},
    {"ACME", "Other board", "b2", "BOARD-2", "tag-o", 0x0a},
};

static const struct smbios_build_processor processors[] = {
    {"CPU1", "Intel", "Xeon 6338", "C1", "ct", "cp", {1, 2, 3, 4, 5, 6, 7, 0x88}, 32, false},
    {"CPU2", "Intel", "Xeon 6338", "C2", NULL, NULL, {0}, 255, false},
    {"CPU3", "Intel", "Xeon 9999", "C3", NULL, NULL, {0}, 300, false},
    {"CPU4", "Nobody", "Nothing", NULL, NULL, NULL, {0}, 0, true},
};

static const struct smbios_build_dimm dimms[] = {
    {"A1", "Bank 0", "Samsung", "0367AC21", "tag", "M393", 16ull << 20, false, false},
    {"A2", "Bank 1", "Samsung", "0367AC22", NULL, "M393", 64ull << 20, false, false},
    {"A3", NULL, NULL, "EMPTY", NULL, NULL, 0, false, false},
    {"A4", NULL, NULL, "UNKNOWN", NULL, NULL, 0, true, false},
    {"B1", NULL, NULL, "TWICE", NULL, NULL, 512, false, false},
    {"B2", NULL, NULL, "twice", NULL, NULL, 1ull << 10, false, true},
};

static const struct smbios_build rich = {
    .major = 3,
    .minor = 2,
    .bios = {"Vendor", "1.2", "01/02/2023", 1, 2, false},
    .system = {"ACME Inc. ", "Server  9", "v1", "SYS-77", "sku", "family", UUID, false},
    .chassis = {"ACME", "c1", "CHASSIS-5", "tag-c", 23},
    .n_boards = ARRAY_SIZE(boards),
    .boards = boards,
    .n_processors = ARRAY_SIZE(processors),
    .processors = processors,
    .n_dimms = ARRAY_SIZE(dimms),
    .dimms = dimms,
    .max_kib = 4ull << 30,
    .slots = 24,
};

#endif
