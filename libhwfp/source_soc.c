/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial number that is burnt into a system on chip, from the kernel's driver for it, and from
 * /proc/cpuinfo: what stands in the device tree may be a constant of the boot loader. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "evidence.h"
#include "util.h"

#define SOC_SERIAL "sys/devices/soc0/serial_number"

/* Hexadecimal in lower case, without 0x and leading zeros, however a driver prints it; anything
 * else as it is. */
static void normalise(const char *text, char ret[EVIDENCE_VALUE_MAX])
{
    const char *digits = text[0] == '0' && ascii_lower(text[1]) == 'x' ? text + 2 : text;
    size_t n = 0;

    copy_text(ret, EVIDENCE_VALUE_MAX, text);
    if (!*digits || digits[strspn(digits, "0123456789abcdefABCDEF")])
        return;
    while (digits[0] == '0' && digits[1])
        digits++;
    for (; *digits && n < EVIDENCE_VALUE_MAX - 1; digits++)
        ret[n++] = ascii_lower(*digits);
    ret[n] = '\0';
}

/* Some drivers print in decimal what /proc/cpuinfo has in hexadecimal. */
static bool is_decimal_of(const char *decimal, const char *hexadecimal)
{
    char text[32];
    unsigned long long number;

    if (!isdigit((unsigned char)*decimal) || decimal[strspn(decimal, "0123456789")])
        return false;
    errno = 0;
    number = strtoull(decimal, NULL, 10);
    (void)snprintf(text, sizeof(text), "%llx", number);
    return errno == 0 && strcmp(text, hexadecimal) == 0;
}

void source_soc(const struct hwfp_system *system, const char *cpuinfo_serial, struct evidence *e)
{
    char soc[EVIDENCE_VALUE_MAX] = "", normal[EVIDENCE_VALUE_MAX], other[EVIDENCE_VALUE_MAX];
    ssize_t n;

    if (e->container)
        return;
    n = system_read_text(system, SOC_SERIAL, soc, sizeof(soc));
    if (n < 0)
        evidence_failed(e, HWFP_SOC_SERIAL, (int)n);
    normalise(soc, normal);
    if (n > 0)
        evidence_add(e, HWFP_SOC_SERIAL, normal);
    /* Where both have the same number the driver's spelling counts: 64-bit kernels print only that.
     */
    normalise(cpuinfo_serial ? cpuinfo_serial : "", other);
    if (strcmp(other, normal) != 0 && !is_decimal_of(soc, other))
        evidence_add(e, HWFP_SOC_SERIAL, other);
}
