/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of the unit that are neither in SMBIOS nor on a disk: the OEM's product key in ACPI, the
 * processors' own numbers, and tokens that were once put into the EFI variables. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "evidence.h"
#include "util.h"

/* ---- The OEM key: Microsoft Software Licensing Tables, MSDM. ---- */

#define MSDM "sys/firmware/acpi/tables/MSDM"
#define KEY_SIZE 29 /* XXXXX-XXXXX-XXXXX-XXXXX-XXXXX */
enum {
    ACPI_HEADER = 36,
    KEY_TYPE = ACPI_HEADER + 8, /* behind the version and four reserved bytes: 1 is a key */
    KEY_LENGTH = ACPI_HEADER + 16,
    KEY = ACPI_HEADER + 20,
};

static uint32_t word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static bool is_key(const char *key)
{
    for (size_t i = 0; i < KEY_SIZE; i++)
        if (i % 6 == 5 ? key[i] != '-' : !ascii_alnum(key[i]))
            return false;
    return true;
}

static void add_oem_key(const struct hwfp_system *system, struct evidence *e)
{
    uint8_t table[KEY + KEY_SIZE];
    ssize_t n = system_read(system, MSDM, table, sizeof(table));
    char key[KEY_SIZE + 1] = "";

    if (n < 0) {
        evidence_failed(e, HWFP_OEM_KEY, (int)n);
        return;
    }
    if ((size_t)n < sizeof(table) || memcmp(table, "MSDM", 4) != 0 ||
        word_at(table + KEY_TYPE) != 1 || word_at(table + KEY_LENGTH) != KEY_SIZE)
        return;
    memcpy(key, table + KEY, KEY_SIZE);
    if (is_key(key))
        evidence_add(e, HWFP_OEM_KEY, key);
}

/* ---- The processors: Protected Processor Inventory Number, the same for all cores of one. ---- */

#define PROCESSORS "sys/devices/system/cpu"

static bool is_known(const struct evidence_values *v, const char *value)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->values[i], value) == 0)
            return true;
    return false;
}

static void add_ppin(const struct hwfp_system *system, const char *cpu, struct evidence *e)
{
    char path[320], text[64], *end;
    unsigned long long number;
    ssize_t n;

    (void)snprintf(path, sizeof(path), PROCESSORS "/%.255s/topology/ppin", cpu);
    n = system_read_text(system, path, text, sizeof(text));
    if (n < 0)
        evidence_failed(e, HWFP_CPU_SERIAL, (int)n);
    if (n <= 0)
        return;
    errno = 0;
    number = strtoull(text, &end, 16);
    if (*end || errno != 0)
        return;
    (void)snprintf(text, sizeof(text), "%llx", number);
    if (!is_known(&e->component[HWFP_CPU_SERIAL], text))
        evidence_add(e, HWFP_CPU_SERIAL, text);
}

static void add_processors(const struct hwfp_system *system, struct evidence *e)
{
    CLEANUP_CLOSEDIR DIR *folder = system_opendir(system, PROCESSORS);
    const struct dirent *entry;

    if (!folder) {
        evidence_failed(e, HWFP_CPU_SERIAL, -errno);
        return;
    }
    while ((entry = readdir(folder)))
        if (strncmp(entry->d_name, "cpu", 3) == 0 && isdigit((unsigned char)entry->d_name[3]))
            add_ppin(system, entry->d_name, e);
}

/* ---- EFI variables: systemd-boot's random token, and the seed that Windows leaves. ---- */

#define TOKEN_MAX 64 /* bytes that count */
#define ATTRIBUTES 4 /* bytes in front of a variable's value in efivarfs */

static const char *const tokens[] = {
    "sys/firmware/efi/efivars/LoaderSystemToken-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
    "sys/firmware/efi/efivars/OfflineUniqueIDRandomSeed-eaec226f-c9a3-477a-a826-ddc716cdc0e3",
};

static void add_tokens(const struct hwfp_system *system, struct evidence *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(tokens); i++) {
        uint8_t variable[ATTRIBUTES + TOKEN_MAX];
        char hex[2 * TOKEN_MAX + 1];
        ssize_t n = system_read(system, tokens[i], variable, sizeof(variable));

        if (n < 0)
            evidence_failed(e, HWFP_EFI_TOKEN, (int)n);
        if (n <= ATTRIBUTES)
            continue;
        hex_encode(variable + ATTRIBUTES, (size_t)n - ATTRIBUTES, hex);
        evidence_add(e, HWFP_EFI_TOKEN, hex);
    }
}

void source_firmware(const struct hwfp_system *system, struct evidence *e)
{
    /* A guest that is shown these has been handed its host's. */
    if (!e->virtual_machine) {
        add_oem_key(system, e);
        add_processors(system, e);
    }
    add_tokens(system, e);
}
