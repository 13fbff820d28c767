/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/cpuinfo, as x86 and Arm kernels print it; and what sysfs has of processors and the chip. */
#include <string.h>

#include "machine.h"
#include "util.h"

#define PROCESSORS_MAX 4096

static const char *or_else(const struct facts *facts, const char *name, const char *otherwise)
{
    const char *value = facts_value(facts, name);

    return value ? value : otherwise;
}

static void print_x86(FILE *out, const struct facts *facts, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        (void)fprintf(out, "processor\t: %lu\n", i);
        (void)fprintf(out, "vendor_id\t: %s\n", facts_text(facts, "cpu.vendor"));
        (void)fprintf(out, "cpu family\t: %s\n", or_else(facts, "cpu.family", "6"));
        (void)fprintf(out, "model\t\t: %s\n", or_else(facts, "cpu.model", "0"));
        (void)fprintf(out, "model name\t: %s\n", or_else(facts, "cpu.name", "unknown"));
        (void)fprintf(out, "stepping\t: %s\n", or_else(facts, "cpu.stepping", "unknown"));
        (void)fprintf(out, "microcode\t: 0x1\ncpu MHz\t\t: %lu.000\n", 2400 + i);
        (void)fprintf(out, "flags\t\t: %s\n\n", or_else(facts, "cpu.flags", "fpu tsc msr"));
    }
}

/* cpu.arm = IMPLEMENTER:VARIANT:PART:REVISION */
static bool print_core(FILE *out, const struct fact *fact, unsigned number)
{
    const char *field[4] = {NULL};
    char copy[128], *rest = copy;

    copy_text(copy, sizeof(copy), fact->value);
    for (size_t i = 0; i < ARRAY_SIZE(field); i++) {
        field[i] = strsep(&rest, ":");
        if (!field[i])
            return false;
    }
    (void)fprintf(out, "processor\t: %u\nBogoMIPS\t: 108.00\n", number);
    (void)fprintf(out, "Features\t: fp asimd evtstrm crc32 cpuid\n");
    (void)fprintf(out, "CPU implementer\t: %s\nCPU architecture: 8\n", field[0]);
    (void)fprintf(out, "CPU variant\t: %s\nCPU part\t: %s\n", field[1], field[2]);
    (void)fprintf(out, "CPU revision\t: %s\n\n", field[3]);
    return !rest;
}

static void print_line(FILE *out, const char *label, const char *value)
{
    if (value)
        (void)fprintf(out, "%s: %s\n", label, value);
}

static void print_arm(struct tree *tree, FILE *out, const struct facts *facts, unsigned long count)
{
    unsigned number = 0;

    for (const struct fact *f = NULL; (f = facts_next(facts, "cpu.arm", f));)
        for (unsigned long i = 0; i < count; i++)
            if (!print_core(out, f, number++))
                tree_fail(tree, "cpu.arm = %s: expected implementer:variant:part:revision",
                          f->value);
    print_line(out, "Hardware\t", facts_value(facts, "cpu.hardware"));
    print_line(out, "Revision\t", facts_value(facts, "cpu.revision"));
    print_line(out, "Serial\t\t", facts_value(facts, "cpu.serial"));
    print_line(out, "Model\t\t", facts_value(facts, "cpu.machine"));
}

static void write_sysfs(struct tree *tree, const struct facts *facts)
{
    const char *serial = facts_value(facts, "soc.serial");
    unsigned number = 0;
    char folder[64];

    if (serial)
        tree_attribute(tree, "sys/devices/soc0", "serial_number", serial);
    for (const struct fact *f = NULL; (f = facts_next(facts, "cpu.ppin", f));) {
        (void)snprintf(folder, sizeof(folder), "sys/devices/system/cpu/cpu%u/topology", number++);
        tree_attribute(tree, folder, "ppin", f->value);
    }
}

void machine_cpu(struct tree *tree, const struct facts *facts)
{
    unsigned long count =
        machine_number(tree, "cpu.count", or_else(facts, "cpu.count", "1"), PROCESSORS_MAX);
    CLEANUP_FREE char *text = NULL;
    bool arm = facts_value(facts, "cpu.arm") || facts_value(facts, "cpu.serial");
    size_t size = 0;
    FILE *out;

    write_sysfs(tree, facts);
    if (!arm && !facts_value(facts, "cpu.vendor"))
        return;
    out = open_memstream(&text, &size);
    if (!out) {
        tree_fail(tree, "out of memory");
        return;
    }
    if (arm)
        print_arm(tree, out, facts, count);
    else
        print_x86(out, facts, count);
    if (fclose(out) != 0)
        tree_fail(tree, "out of memory");
    else
        tree_bytes(tree, "proc/cpuinfo", text, size, 0444);
}
