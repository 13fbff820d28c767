/* SPDX-License-Identifier: BSD-2-Clause */
/* What each source finds in the tree of a sample machine, and what it leaves out. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "cpuinfo.h"
#include "evidence.h"
#include "machine.h"
#include "util.h"

/* The last one: it has a macro named fail. */
#include <cmocka.h>

struct fixture {
    char folder[64];
    struct tree tree;
    struct facts facts;
    struct evidence found;
};

typedef void source_function(const struct hwfp_system *system, struct evidence *e);

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    copy_text(f->folder, sizeof(f->folder), "/tmp/hwfp-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->tree = tree_open(f->folder);
    assert_null(f->tree.error);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    evidence_clear(&f->found);
    facts_clear(&f->facts);
    tree_remove(&f->tree, "");
    assert_null(f->tree.error);
    tree_close(&f->tree);
    free(f);
    return 0;
}

static void fact(struct fixture *f, const char *name, const char *value)
{
    char *error = NULL;

    if (facts_add(&f->facts, name, value, &error) < 0)
        fail_msg("%s", error);
}

/* Makes the tree of the facts given so far. */
static void build(struct fixture *f)
{
    machine_remove(&f->tree);
    machine_write(&f->tree, &f->facts);
    if (f->tree.error)
        fail_msg("%s", f->tree.error);
}

/* Runs one source on the tree as it stands. */
static void look(struct fixture *f, source_function *source)
{
    struct hwfp_system *system = NULL;

    assert_null(f->tree.error);
    evidence_clear(&f->found);
    assert_int_equal(hwfp_system_open(f->folder, &system, NULL), 0);
    source(system, &f->found);
    system = hwfp_system_free(system);
    assert_false(f->found.no_memory);
}

static bool has_value(const struct evidence_values *v, const char *value)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->values[i], value) == 0)
            return true;
    return false;
}

/* The component has these values and no other; each may be there more than once. */
static void assert_values(const struct fixture *f, enum hwfp_component c,
                          const char *const *expected)
{
    const struct evidence_values *v = &f->found.component[c];
    size_t n = 0;

    assert_false(v->unreadable);
    for (; expected[n]; n++)
        if (!has_value(v, expected[n]))
            fail_msg("%s is missing", expected[n]);
    for (size_t i = 0; i < v->n; i++) {
        bool known = false;

        for (size_t k = 0; k < n; k++)
            known = known || strcmp(expected[k], v->values[i]) == 0;
        if (!known)
            fail_msg("%s is too much", v->values[i]);
    }
}

#define assert_found(f, c, ...) assert_values(f, c, (const char *const[]){__VA_ARGS__, NULL})

static void assert_absent(const struct fixture *f, enum hwfp_component c)
{
    assert_int_equal(f->found.component[c].n, 0);
    assert_false(f->found.component[c].unreadable);
}

static void assert_unreadable(const struct fixture *f, enum hwfp_component c)
{
    assert_int_equal(f->found.component[c].n, 0);
    assert_true(f->found.component[c].unreadable);
}

/* ---- Evidence. ---- */

static void values_are_trimmed_cut_and_never_empty(void **state)
{
    char many[2 * EVIDENCE_VALUE_MAX];
    struct evidence e = {0};

    (void)state;
    memset(many, 'x', sizeof(many));
    many[sizeof(many) - 1] = '\0';
    evidence_add(&e, HWFP_HOSTNAME, NULL);
    evidence_add(&e, HWFP_HOSTNAME, "");
    evidence_add(&e, HWFP_HOSTNAME, " \t\n");
    assert_int_equal(e.component[HWFP_HOSTNAME].n, 0);
    evidence_add(&e, HWFP_HOSTNAME, " a b\n");
    evidence_add(&e, HWFP_HOSTNAME, many);
    assert_int_equal(e.component[HWFP_HOSTNAME].n, 2);
    assert_string_equal(e.component[HWFP_HOSTNAME].values[0], "a b");
    assert_int_equal(strlen(e.component[HWFP_HOSTNAME].values[1]), EVIDENCE_VALUE_MAX);
    evidence_clear(&e);
    assert_int_equal(e.component[HWFP_HOSTNAME].n, 0);
}

static void absent_is_not_unreadable(void **state)
{
    static const int absent[] = {ENOENT, ENOTDIR, ENODEV, ENXIO, EOPNOTSUPP};
    static const int unreadable[] = {EACCES, EPERM, EIO, EISDIR, ELOOP};
    struct evidence e = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
        evidence_failed(&e, HWFP_HOSTNAME, -absent[i]);
    assert_false(e.component[HWFP_HOSTNAME].unreadable);
    for (size_t i = 0; i < ARRAY_SIZE(unreadable); i++) {
        evidence_clear(&e);
        evidence_failed(&e, HWFP_HOSTNAME, -unreadable[i]);
        assert_true(e.component[HWFP_HOSTNAME].unreadable);
    }
    assert_false(e.no_memory);
    evidence_failed(&e, HWFP_HOSTNAME, -ENOMEM);
    assert_true(e.no_memory);
}

/* ---- The device tree. ---- */

/* As hardware.c runs them: what the device tree does not tell, /proc/cpuinfo may. */
static void devicetree_then_cpu(const struct hwfp_system *system, struct evidence *e)
{
    source_devicetree(system, e);
    source_cpu(system, e);
}

static void devicetree_is_preferred_to_cpuinfo(void **state)
{
    struct fixture *f = *state;

    fact(f, "devicetree.serial", "00000000deadbeef");
    fact(f, "devicetree.model", "Raspberry Pi 4 Model B Rev 1.4");
    fact(f, "cpu.serial", "ffffffffffffffff");
    fact(f, "cpu.machine", "another");
    build(f);
    look(f, devicetree_then_cpu);
    assert_found(f, HWFP_DEVICETREE_SERIAL, "00000000deadbeef");
    assert_found(f, HWFP_DEVICETREE_MODEL, "Raspberry Pi 4 Model B Rev 1.4");
    /* The same through /proc, where a kernel mounts no sysfs. */
    tree_remove(&f->tree, "proc/device-tree");
    tree_bytes(&f->tree, "proc/device-tree/serial-number", "00000000deadbeef", 17, 0444);
    tree_remove(&f->tree, "sys");
    look(f, devicetree_then_cpu);
    assert_found(f, HWFP_DEVICETREE_SERIAL, "00000000deadbeef");
}

static void cpuinfo_has_a_serial_too(void **state)
{
    struct fixture *f = *state;

    fact(f, "cpu.arm", "0x41:0x0:0xd03:4");
    fact(f, "cpu.serial", "00000000deadbeef");
    fact(f, "cpu.machine", "Raspberry Pi 3 Model B");
    build(f);
    look(f, devicetree_then_cpu);
    assert_found(f, HWFP_DEVICETREE_SERIAL, "00000000deadbeef");
    assert_found(f, HWFP_DEVICETREE_MODEL, "Raspberry Pi 3 Model B");
    assert_false(f->found.virtual_machine);
}

static void devicetree_may_be_missing_or_unreadable(void **state)
{
    struct fixture *f = *state;

    fact(f, "cpu.vendor", "GenuineIntel");
    build(f);
    look(f, devicetree_then_cpu);
    assert_absent(f, HWFP_DEVICETREE_SERIAL);
    assert_absent(f, HWFP_DEVICETREE_MODEL);
    tree_text(&f->tree, "proc/cpuinfo", "Serial: 1\n");
    tree_folder(&f->tree, "sys/firmware/devicetree/base/serial-number");
    look(f, devicetree_then_cpu);
    assert_unreadable(f, HWFP_DEVICETREE_SERIAL);
}

static void virtual_board_is_a_virtual_machine(void **state)
{
    struct fixture *f = *state;

    fact(f, "devicetree.model", "linux,dummy-virt");
    build(f);
    look(f, source_platform);
    assert_true(f->found.virtual_machine);
}

/* ---- The platform. ---- */

static void write_cpu_flags(struct fixture *f, const char *flags)
{
    tree_text(&f->tree, "proc/cpuinfo", "flags\t\t: %s\n\nflags\t\t: hypervisor\n", flags);
}

static void processors_know_a_hypervisor(void **state)
{
    struct fixture *f = *state;

    look(f, source_platform);
    assert_false(f->found.virtual_machine);
    write_cpu_flags(f, "fpu nohypervisor hypervisors tsc avx");
    look(f, source_platform);
    assert_false(f->found.virtual_machine);
    write_cpu_flags(f, "fpu hypervisor tsc");
    look(f, source_platform);
    assert_true(f->found.virtual_machine);
}

static void xen_dom0_is_bare_metal(void **state)
{
    struct fixture *f = *state;

    write_cpu_flags(f, "fpu hypervisor tsc");
    tree_text(&f->tree, "sys/hypervisor/type", "xen\n");
    tree_text(&f->tree, "sys/hypervisor/properties/features", "00002705\n");
    look(f, source_platform);
    assert_true(f->found.virtual_machine);
    /* The features win: another domain may have this file, too. */
    tree_text(&f->tree, "proc/xen/capabilities", "control_d\n");
    look(f, source_platform);
    assert_true(f->found.virtual_machine);
    tree_text(&f->tree, "sys/hypervisor/properties/features", "00000000,00002f05\n");
    look(f, source_platform); /* no number: the other file counts */
    assert_false(f->found.virtual_machine);
    tree_remove(&f->tree, "proc/xen");
    look(f, source_platform);
    assert_true(f->found.virtual_machine);
    tree_text(&f->tree, "sys/hypervisor/properties/features", "0x2f05\n");
    look(f, source_platform);
    assert_false(f->found.virtual_machine);
    tree_text(&f->tree, "sys/hypervisor/properties/features", "00002f05\n");
    tree_text(&f->tree, "sys/class/dmi/id/sys_vendor", "Dell Inc.\n");
    tree_text(&f->tree, "sys/firmware/devicetree/base/hypervisor/compatible", "xen,xen-4.17");
    look(f, source_platform);
    assert_false(f->found.virtual_machine);
    /* A dom0 that runs inside a virtual machine is in one. */
    tree_text(&f->tree, "sys/class/dmi/id/sys_vendor", "QEMU\n");
    look(f, source_platform);
    assert_true(f->found.virtual_machine);
}

static void xen_without_a_flag_is_known_by_its_type(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "sys/hypervisor/type", "xen\n");
    look(f, source_platform);
    assert_true(f->found.virtual_machine);
    tree_text(&f->tree, "proc/xen/capabilities", "control_d\n");
    look(f, source_platform);
    assert_false(f->found.virtual_machine);
}

static void device_trees_of_virtual_machines(void **state)
{
    static const struct {
        const char *name, *text; /* "|" stands for the NUL between two texts */
        bool expected;
    } properties[] = {
        {"compatible", "linux,dummy-virt", true},
        {"compatible", "qemu,pseries", true},
        {"compatible", "raspberrypi,4-model-b|brcm,bcm2711", false},
        {"compatible", "acme,board|linux,dummy-virt", true},
        {"model", "IBM pSeries (emulated by qemu)", true},
        {"model", "IBM,9009-42A", true}, /* a partition of PowerVM's */
        {"model", "8335-GTW", false},    /* the same without one */
        {"vm,uuid", "8f2b6a3e-0f6d-4c1e-9d0a-6f4b1f6f3c11", true},
        {"hypervisor/compatible", "linux,kvm", true},
        {"hypervisor/compatible", "xen,xen-4.17|xen,xen", true},
        {"hypervisor/compatible", "gunyah-hypervisor-1.0", false},
    };
    static const char *const folders[] = {"sys/firmware/devicetree/base", "proc/device-tree"};
    struct fixture *f = *state;
    char path[128];

    for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
        for (size_t k = 0; k < ARRAY_SIZE(folders); k++) {
            char list[64], *bar;

            (void)snprintf(path, sizeof(path), "%s/%s", folders[k], properties[i].name);
            copy_text(list, sizeof(list), properties[i].text);
            bar = strchr(list, '|');
            if (bar)
                *bar = '\0';
            tree_bytes(&f->tree, path, list, strlen(properties[i].text) + 1, 0444);
            look(f, source_platform);
            if (f->found.virtual_machine != properties[i].expected)
                fail_msg("%s = %s", path, properties[i].text);
            tree_remove(&f->tree, folders[k]);
        }
}

static void s390_guests_are_in_sysinfo(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "proc/sysinfo", "Manufacturer: IBM\nLPAR Number: 3\nLPAR Name: VM001\n");
    look(f, source_platform);
    assert_false(f->found.virtual_machine);
    tree_text(&f->tree, "proc/sysinfo", "Manufacturer: IBM\nLPAR Number: 3\nVM00 Name: guest\n");
    look(f, source_platform);
    assert_true(f->found.virtual_machine);
}

static void the_kernels_fields_know_a_virtual_machine(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "sys/class/dmi/id/sys_vendor", "Red Hat\n");
    look(f, source_platform);
    assert_false(f->found.virtual_machine);
    tree_text(&f->tree, "sys/class/dmi/id/product_family", "OpenShift Virtualization\n");
    look(f, source_platform);
    assert_true(f->found.virtual_machine);
    for (size_t c = 0; c < HWFP_COMPONENTS; c++)
        assert_absent(f, (enum hwfp_component)c);
}

static void a_container_does_not_read_the_hosts_platform(void **state)
{
    struct fixture *f = *state;
    struct hwfp_system *system = NULL;

    tree_text(&f->tree, "sys/class/dmi/id/sys_vendor", "QEMU\n");
    assert_int_equal(hwfp_system_open(f->folder, &system, NULL), 0);
    f->found.container = true;
    source_platform(system, &f->found);
    assert_false(f->found.virtual_machine);
    write_cpu_flags(f, "hypervisor");
    source_platform(system, &f->found);
    assert_true(f->found.virtual_machine);
    system = hwfp_system_free(system);
}

/* ---- UUIDs without SMBIOS. ---- */

#define UUID "8f2b6a3e-0f6d-4c1e-9d0a-6f4b1f6f3c11"
#define UUID_LOWER "3e6a2b8f-6d0f-1e4c-9d0a-6f4b1f6f3c11" /* in the other byte order */

static void smbios_then_uuid(const struct hwfp_system *system, struct evidence *e)
{
    source_smbios(system, e);
    source_uuid(system, e);
}

static void uuids_beside_smbios(void **state)
{
    static const struct {
        const char *path, *text;
    } places[] = {
        {"sys/firmware/devicetree/base/vm,uuid", UUID},
        {"proc/device-tree/vm,uuid", UUID_LOWER},
        {"sys/hypervisor/uuid", "8F2B6A3E-0F6D-4C1E-9D0A-6F4B1F6F3C11\n"},
        {"proc/sysinfo", "Manufacturer:         IBM\n\nVM00 Name:            guest\n"
                         "VM00 UUID:            " UUID "\n\nVM01 Name:            VMHOST\n"
                         "VM01 UUID:            00000000-1111-2222-3333-444444444444\n"},
    };
    struct fixture *f = *state;

    look(f, smbios_then_uuid);
    assert_absent(f, HWFP_SYSTEM_UUID);
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        tree_text(&f->tree, places[i].path, "%s", places[i].text);
        look(f, smbios_then_uuid);
        assert_found(f, HWFP_SYSTEM_UUID, UUID_LOWER);
        assert_int_equal(f->found.component[HWFP_SYSTEM_UUID].n, 1);
        tree_remove(&f->tree, "sys");
        tree_remove(&f->tree, "proc");
    }
}

static void uuids_that_are_none(void **state)
{
    struct fixture *f = *state;

    /* A Xen dom0's, and texts that are no UUID. */
    tree_text(&f->tree, "sys/hypervisor/uuid", "00000000-0000-0000-0000-000000000000\n");
    tree_text(&f->tree, "proc/device-tree/vm,uuid", "guest 7");
    tree_text(&f->tree, "proc/sysinfo", "VM00 Name: guest\nVM00 UUID:\n");
    look(f, smbios_then_uuid);
    assert_absent(f, HWFP_SYSTEM_UUID);
    tree_remove(&f->tree, "proc/sysinfo");
    tree_folder(&f->tree, "proc/sysinfo");
    look(f, smbios_then_uuid);
    assert_unreadable(f, HWFP_SYSTEM_UUID);
}

static void smbios_has_the_first_word_on_the_uuid(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "sys/hypervisor/uuid", UUID "\n");
    tree_text(&f->tree, "sys/class/dmi/id/product_uuid", "c0ffee00-53d9-4c08-9f7e-2a1d80c5e364\n");
    look(f, smbios_then_uuid);
    assert_found(f, HWFP_SYSTEM_UUID, "00eeffc0-d953-084c-9f7e-2a1d80c5e364");
    tree_text(&f->tree, "sys/class/dmi/id/product_uuid", "03000200-0400-0500-0006-000700080009\n");
    look(f, smbios_then_uuid);
    assert_found(f, HWFP_SYSTEM_UUID, UUID_LOWER, "00020003-0004-0005-0006-000700080009");
    tree_remove(&f->tree, "sys/class/dmi/id/product_uuid");
    tree_folder(&f->tree, "sys/class/dmi/id/product_uuid");
    look(f, smbios_then_uuid);
    assert_unreadable(f, HWFP_SYSTEM_UUID);
}

/* ---- Systems on chip. ---- */

static void soc_of(struct fixture *f, const char *soc, const char *cpuinfo)
{
    tree_remove(&f->tree, "sys/devices/soc0");
    tree_remove(&f->tree, "proc/cpuinfo");
    if (soc)
        tree_text(&f->tree, "sys/devices/soc0/serial_number", "%s\n", soc);
    if (cpuinfo)
        tree_text(&f->tree, "proc/cpuinfo", "Revision\t: c03114\nSerial\t\t: %s\n", cpuinfo);
    look(f, devicetree_then_cpu);
}

static void a_soc_has_one_number_however_it_is_printed(void **state)
{
    struct fixture *f = *state;

    soc_of(f, NULL, "00000000DEADBEEF");
    assert_found(f, HWFP_SOC_SERIAL, "deadbeef");
    assert_found(f, HWFP_DEVICETREE_SERIAL, "00000000DEADBEEF");
    soc_of(f, "0x0DEADBEEF", "00000000deadbeef");
    assert_found(f, HWFP_SOC_SERIAL, "deadbeef");
    soc_of(f, "0X0DEADBEEF", NULL);
    assert_found(f, HWFP_SOC_SERIAL, "deadbeef");
    assert_absent(f, HWFP_DEVICETREE_SERIAL);
    soc_of(f, "3735928559", "00000000deadbeef"); /* the same in decimal */
    assert_found(f, HWFP_SOC_SERIAL, "3735928559");
    soc_of(f, "3735928560", "00000000deadbeef");
    assert_found(f, HWFP_SOC_SERIAL, "3735928560", "deadbeef");
    soc_of(f, "18446744073709551616", "0"); /* no 64-bit number */
    assert_found(f, HWFP_SOC_SERIAL, "18446744073709551616", "0");
    soc_of(f, "SN-Q7", NULL);
    assert_found(f, HWFP_SOC_SERIAL, "SN-Q7");
    soc_of(f, "0x", "0000");
    assert_found(f, HWFP_SOC_SERIAL, "0x", "0");
    soc_of(f, NULL, NULL);
    assert_absent(f, HWFP_SOC_SERIAL);
    tree_folder(&f->tree, "sys/devices/soc0/serial_number");
    look(f, devicetree_then_cpu);
    assert_unreadable(f, HWFP_SOC_SERIAL);
}

static void a_constant_in_the_device_tree_hides_no_soc(void **state)
{
    struct fixture *f = *state;

    fact(f, "devicetree.serial", "c3d9b8674f4b94f6");
    fact(f, "cpu.arm", "0x41:0x0:0xd03:4");
    fact(f, "cpu.serial", "bb20ba70ee1a42fe");
    build(f);
    look(f, devicetree_then_cpu);
    assert_found(f, HWFP_DEVICETREE_SERIAL, "c3d9b8674f4b94f6");
    assert_found(f, HWFP_SOC_SERIAL, "bb20ba70ee1a42fe");
}

/* ---- The firmware's other numbers. ---- */

#define MSDM "sys/firmware/acpi/tables/MSDM"
#define OEM_KEY "7NPKT-4C9YH-WQR2M-BXV8F-D6J3G"

static void write_msdm(struct fixture *f, const char *key, uint8_t type, uint8_t length,
                       size_t size)
{
    uint8_t table[36 + 20 + 29] = {'M', 'S', 'D', 'M', sizeof(table)};

    table[36] = 1;
    table[36 + 8] = type;
    table[36 + 16] = length;
    memcpy(table + 36 + 20, key, 29);
    tree_bytes(&f->tree, MSDM, table, size, 0400);
    look(f, source_firmware);
}

static void the_oem_key_is_read_from_acpi(void **state)
{
    struct fixture *f = *state;

    write_msdm(f, OEM_KEY, 1, 29, 85);
    assert_found(f, HWFP_OEM_KEY, OEM_KEY);
    write_msdm(f, OEM_KEY, 2, 29, 85);
    assert_absent(f, HWFP_OEM_KEY);
    write_msdm(f, OEM_KEY, 1, 30, 85);
    assert_absent(f, HWFP_OEM_KEY);
    write_msdm(f, OEM_KEY, 1, 29, 84);
    assert_absent(f, HWFP_OEM_KEY);
    write_msdm(f, "7NPKT-4C9YH-WQR2M-BXV8F_D6J3G", 1, 29, 85);
    assert_absent(f, HWFP_OEM_KEY);
    write_msdm(f, "7NPKT-4C9YH-WQR2M-BXV8F-D6J3\0", 1, 29, 85);
    assert_absent(f, HWFP_OEM_KEY);
    tree_bytes(&f->tree, MSDM, "MSDM", 4, 0400);
    look(f, source_firmware);
    assert_absent(f, HWFP_OEM_KEY);
    tree_remove(&f->tree, MSDM);
    tree_folder(&f->tree, MSDM);
    look(f, source_firmware);
    assert_unreadable(f, HWFP_OEM_KEY);
}

static void processors_have_their_own_numbers(void **state)
{
    struct fixture *f = *state;
    char path[128];

    look(f, source_firmware);
    assert_absent(f, HWFP_CPU_SERIAL);
    for (unsigned i = 0; i < 64; i++) {
        (void)snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%u/topology/ppin", i);
        tree_text(&f->tree, path, "0x%s\n", i < 32 ? "2B5F0A1C9D3E4F7A" : "0b5f0a1c9d3e4f7b");
    }
    tree_text(&f->tree, "sys/devices/system/cpu/cpufreq/topology/ppin", "0x77\n");
    tree_text(&f->tree, "sys/devices/system/cpu/cpu99/topology/ppin", "none\n");
    look(f, source_firmware);
    assert_found(f, HWFP_CPU_SERIAL, "2b5f0a1c9d3e4f7a", "b5f0a1c9d3e4f7b");
    assert_int_equal(f->found.component[HWFP_CPU_SERIAL].n, 2);
    tree_remove(&f->tree, "sys/devices/system/cpu");
    tree_folder(&f->tree, "sys/devices/system/cpu/cpu0/topology/ppin");
    look(f, source_firmware);
    assert_unreadable(f, HWFP_CPU_SERIAL);
}

#define VARIABLE(name, guid) "sys/firmware/efi/efivars/" name "-" guid
#define SYSTEM_TOKEN VARIABLE("LoaderSystemToken", "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f")
#define SEED VARIABLE("OfflineUniqueIDRandomSeed", "eaec226f-c9a3-477a-a826-ddc716cdc0e3")

static void efi_variables_hold_tokens(void **state)
{
    uint8_t variable[4 + 200] = {7, 0, 0, 0, 0xa5, 0x01, 0xff};
    char hex[2 * 64 + 1];
    struct fixture *f = *state;

    memset(variable + 7, 0x5a, sizeof(variable) - 7);
    tree_bytes(&f->tree, SYSTEM_TOKEN, variable, 4 + 3, 0644);
    look(f, source_firmware);
    assert_found(f, HWFP_EFI_TOKEN, "a501ff");
    tree_bytes(&f->tree, SEED, variable, sizeof(variable), 0644);
    hex_encode(variable + 4, 64, hex);
    look(f, source_firmware);
    assert_found(f, HWFP_EFI_TOKEN, "a501ff", hex);
    tree_bytes(&f->tree, SYSTEM_TOKEN, variable, 4, 0644);
    tree_remove(&f->tree, SEED);
    look(f, source_firmware);
    assert_absent(f, HWFP_EFI_TOKEN);
    tree_remove(&f->tree, SYSTEM_TOKEN);
    tree_folder(&f->tree, SYSTEM_TOKEN);
    look(f, source_firmware);
    assert_unreadable(f, HWFP_EFI_TOKEN);
}

static void a_guest_is_handed_its_hosts_numbers(void **state)
{
    struct fixture *f = *state;
    struct hwfp_system *system = NULL;

    write_msdm(f, OEM_KEY, 1, 29, 85);
    tree_text(&f->tree, "sys/devices/system/cpu/cpu0/topology/ppin", "0x2b5f0a1c9d3e4f7a\n");
    tree_bytes(&f->tree, SYSTEM_TOKEN, "\7\0\0\0\1\2\3", 7, 0644);
    evidence_clear(&f->found);
    f->found.virtual_machine = true;
    assert_int_equal(hwfp_system_open(f->folder, &system, NULL), 0);
    source_firmware(system, &f->found);
    assert_absent(f, HWFP_OEM_KEY);
    assert_absent(f, HWFP_CPU_SERIAL);
    assert_found(f, HWFP_EFI_TOKEN, "010203"); /* the guest's own variables */
    hwfp_system_free(system);
}

static void all_of_them(const struct hwfp_system *system, struct evidence *e)
{
    source_platform(system, e);
    source_smbios(system, e);
    source_uuid(system, e);
    source_firmware(system, e);
    source_devicetree(system, e);
    source_cpu(system, e);
}

/* What the facts of a sample machine write is what the sources read. */
static void facts_reach_the_sources(void **state)
{
    struct fixture *f = *state;

    fact(f, "board.serial", "MAIN-7Q2");
    fact(f, "board.product", "Main");
    fact(f, "board2", "BLADE-3K1 | Interconnect | ACME");
    fact(f, "board2", "BLADE-9X4");
    fact(f, "cpu.ppin", "0x2b5f0a1c9d3e4f7a");
    fact(f, "cpu.ppin", "0x2b5f0a1c9d3e4f7b");
    fact(f, "soc.serial", "0x0a3f1c27e");
    fact(f, "msdm", OEM_KEY);
    fact(f, "efi.token", "a501ff");
    fact(f, "efi.seed", "a501fe");
    fact(f, "xen.type", "xen");
    fact(f, "xen.features", "00002f05");
    fact(f, "devicetree.compatible", "acme,board|acme,soc");
    build(f);
    look(f, all_of_them);
    assert_false(f->found.virtual_machine);
    assert_found(f, HWFP_BOARD_SERIAL, "MAIN-7Q2", "BLADE-3K1", "BLADE-9X4");
    assert_found(f, HWFP_BOARD_MODEL, "|Main");
    assert_found(f, HWFP_CPU_SERIAL, "2b5f0a1c9d3e4f7a", "2b5f0a1c9d3e4f7b");
    assert_found(f, HWFP_SOC_SERIAL, "a3f1c27e");
    assert_found(f, HWFP_OEM_KEY, OEM_KEY);
    assert_found(f, HWFP_EFI_TOKEN, "a501ff", "a501fe");
}

static void facts_of_guests_reach_the_sources(void **state)
{
    static const char *const guests[][2] = {
        {"devicetree.vm-uuid", UUID},
        {"sysinfo.vm", "guest7 | " UUID},
        {"xen.uuid", UUID},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(guests); i++) {
        facts_clear(&f->facts);
        fact(f, "smbios.version", "none");
        fact(f, guests[i][0], guests[i][1]);
        fact(f, "xen.type", i == 2 ? "xen" : "none");
        build(f);
        look(f, all_of_them);
        assert_true(f->found.virtual_machine);
        assert_found(f, HWFP_SYSTEM_UUID, UUID_LOWER);
    }
    facts_clear(&f->facts);
    fact(f, "xen.type", "xen");
    fact(f, "xen.capabilities", "control_d");
    build(f);
    look(f, all_of_them);
    assert_false(f->found.virtual_machine);
    facts_clear(&f->facts);
    fact(f, "devicetree.compatible", "acme,board|linux,dummy-virt");
    build(f);
    look(f, all_of_them);
    assert_true(f->found.virtual_machine);
}

/* ---- The VM clock. ---- */

static int counter_of(struct fixture *f, const uint8_t *page, size_t size, uint64_t *ret_counter)
{
    struct hwfp_system *system = NULL;
    int r;

    if (page)
        tree_bytes(&f->tree, "dev/vmclock0", page, size, 0400);
    assert_null(f->tree.error);
    assert_int_equal(hwfp_system_open(f->folder, &system, NULL), 0);
    r = source_generation_counter(system, ret_counter);
    system = hwfp_system_free(system);
    return r;
}

static void the_clocks_counter_is_read_when_it_is_whole(void **state)
{
    uint8_t page[4096] = {'V', 'C', 'L', 'K'};
    struct fixture *f = *state;
    uint64_t counter = 77;

    assert_int_equal(counter_of(f, NULL, 0, &counter), -ENOENT);
    memcpy(page + 104, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    assert_int_equal(counter_of(f, page, sizeof(page), &counter), -ENOENT); /* no flag */
    page[25] = 1;
    assert_int_equal(counter_of(f, page, 111, &counter), -EBADMSG);
    page[12] = 3; /* the hypervisor is writing */
    assert_int_equal(counter_of(f, page, sizeof(page), &counter), -EAGAIN);
    page[12] = 4;
    page[0] = 'v';
    assert_int_equal(counter_of(f, page, sizeof(page), &counter), -EBADMSG);
    assert_int_equal(counter, 77);
    page[0] = 'V';
    assert_int_equal(counter_of(f, page, 112, &counter), 0);
    assert_true(counter == UINT64_C(0x0807060504030201));
}

/* ---- The processors. ---- */

static void add_x86(struct fixture *f, const char *flags, const char *count)
{
    facts_clear(&f->facts);
    fact(f, "cpu.vendor", "GenuineIntel");
    fact(f, "cpu.family", "6");
    fact(f, "cpu.model", "79");
    fact(f, "cpu.name", "Intel(R) Xeon(R)");
    fact(f, "cpu.stepping", "1");
    fact(f, "cpu.flags", flags);
    fact(f, "cpu.count", count);
    build(f);
    look(f, source_cpu);
}

static void x86_model_is_all_that_counts(void **state)
{
    struct fixture *f = *state;

    add_x86(f, "fpu tsc", "1");
    assert_found(f, HWFP_CPU_MODEL, "GenuineIntel|6|79|Intel(R) Xeon(R)|1");
    add_x86(f, "fpu hypervisor tsc avx", "300");
    assert_found(f, HWFP_CPU_MODEL, "GenuineIntel|6|79|Intel(R) Xeon(R)|1");
}

static void arm_has_several_kinds_of_cores(void **state)
{
    struct fixture *f = *state;

    fact(f, "cpu.arm", "0x41:0x2:0xd08:2");
    fact(f, "cpu.arm", "0x41:0x0:0xd03:4");
    fact(f, "cpu.count", "4");
    build(f);
    look(f, source_cpu);
    assert_found(f, HWFP_CPU_MODEL, "0x41|0x2|0xd08|2", "0x41|0x0|0xd03|4");
    assert_int_equal(f->found.component[HWFP_CPU_MODEL].n, 2);
}

static void arm_is_the_same_in_a_32_bit_kernel(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "proc/cpuinfo",
              "processor\t: 0\nmodel name\t: ARMv7 Processor rev 4 (v7l)\nBogoMIPS\t: 38.40\n"
              "CPU implementer\t: 0x41\nCPU architecture: 7\nCPU variant\t: 0x0\n"
              "CPU part\t: 0xd03\nCPU revision\t: 4\n\nHardware\t: BCM2835\n");
    look(f, source_cpu);
    assert_found(f, HWFP_CPU_MODEL, "0x41|0x0|0xd03|4");
}

static void s390_has_a_machine_type(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "proc/cpuinfo",
              "vendor_id       : IBM/S390\n# processors    : 2\n"
              "processor 0: version = FF,  identification = 0133E8,  machine = 2964\n"
              "processor 1: version = FF,  identification = 0133E8,  machine = 2964\n");
    look(f, source_cpu);
    assert_found(f, HWFP_CPU_MODEL, "IBM/S390|2964");
}

/* The last line is cut in two by the limit: half a name is no name. */
static void cpuinfo_is_read_in_whole_lines(void **state)
{
    static const char first[] = "vendor_id: AuthenticAMD\n", last[] = "\nmodel name: whole";
    struct fixture *f = *state;
    char *text = malloc(CPUINFO_MAX + 8);

    assert_non_null(text);
    memset(text, '\n', CPUINFO_MAX + 8);
    memcpy(text, first, strlen(first));
    memcpy(text + CPUINFO_MAX + 2 - strlen(last), last, strlen(last));
    tree_bytes(&f->tree, "proc/cpuinfo", text, CPUINFO_MAX + 8, 0444);
    free(text);
    look(f, source_cpu);
    assert_found(f, HWFP_CPU_MODEL, "AuthenticAMD");
}

static void cpuinfo_may_be_junk(void **state)
{
    struct fixture *f = *state;
    size_t size = 200000;
    char *junk = malloc(size);

    assert_non_null(junk);
    look(f, source_cpu);
    assert_absent(f, HWFP_CPU_MODEL);
    memset(junk, ':', size);
    tree_bytes(&f->tree, "proc/cpuinfo", junk, size, 0444);
    look(f, source_cpu);
    assert_absent(f, HWFP_CPU_MODEL);
    memset(junk, 0, size);
    tree_bytes(&f->tree, "proc/cpuinfo", junk, size, 0444);
    look(f, source_cpu);
    assert_absent(f, HWFP_CPU_MODEL);
    free(junk);
    tree_remove(&f->tree, "proc/cpuinfo");
    tree_folder(&f->tree, "proc/cpuinfo");
    look(f, source_cpu);
    assert_unreadable(f, HWFP_CPU_MODEL);
}

/* ---- Disks. ---- */

static void disks_of_each_kind(void **state)
{
    struct fixture *f = *state;

    fact(f, "disk", "nvme0n1 | nvme | NVME-1 | wwid=eui.0025385b11b0a1c2");
    fact(f, "disk", "sda | scsi | SCSI-1 | wwid=naa.5000c500a1b2c3d4");
    fact(f, "disk", "vda | virtio | VIRTIO-1");
    fact(f, "disk", "mmcblk0 | mmc | 035344534331364780a1b2c3d4014a00");
    build(f);
    look(f, source_disk);
    assert_found(f, HWFP_DISK_SERIAL, "NVME-1", "SCSI-1", "VIRTIO-1",
                 "035344534331364780a1b2c3d4014a00");
}

static void disks_that_are_no_evidence(void **state)
{
    struct fixture *f = *state;

    fact(f, "disk", "sda | usb | USB-1");
    fact(f, "disk", "mspblk0 | mmc | STICK-1 | removable");
    fact(f, "disk", "nvme0c0n1 | nvme | PATH-1 | hidden");
    fact(f, "disk", "sr0 | scsi | CD-1");
    fact(f, "disk", "loop0 | loop |");
    fact(f, "disk", "md0 | md |");
    fact(f, "disk", "dm-0 | dm |");
    fact(f, "disk", "zram0 | zram |");
    build(f);
    look(f, source_disk);
    assert_absent(f, HWFP_DISK_SERIAL);
}

/* Linux 6.9 said so of SATA disks at hot-plug ports; USB is known by the path. */
static void internal_disks_may_say_that_they_are_removable(void **state)
{
    struct fixture *f = *state;

    fact(f, "disk", "sda | scsi | TRAY-1 | removable");
    fact(f, "disk", "nvme0n1 | nvme | TRAY-2 | removable");
    fact(f, "disk", "vda | virtio | TRAY-3 | removable");
    fact(f, "disk", "sdb | usb | STICK-1 | removable");
    fact(f, "disk", "sdc | usb | STICK-2");
    build(f);
    look(f, source_disk);
    assert_found(f, HWFP_DISK_SERIAL, "TRAY-1", "TRAY-2", "TRAY-3");
}

static void usb_must_be_a_bus(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "sys/devices/platform/usb-less/sda/device/serial", "S1\n");
    tree_link(&f->tree, "sys/block/sda", "../devices/platform/usb-less/sda");
    look(f, source_disk);
    assert_found(f, HWFP_DISK_SERIAL, "S1");
}

static void virtual_disks_may_have_a_device(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "sys/devices/virtual/block/vdisk0/device/serial", "S1\n");
    tree_link(&f->tree, "sys/block/vdisk0", "../devices/virtual/block/vdisk0");
    look(f, source_disk);
    assert_absent(f, HWFP_DISK_SERIAL);
}

/* With multipath support the kernel lists the drive below /virtual/nvme-subsystem. */
static void nvme_of_a_subsystem_is_a_disk(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/serial", "NVME-1\n");
    tree_link(&f->tree, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/device",
              "../../nvme-subsys0");
    tree_link(&f->tree, "sys/block/nvme0n1",
              "../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
    look(f, source_disk);
    assert_found(f, HWFP_DISK_SERIAL, "NVME-1");
}

static void blank_disks_are_placeholders(void **state)
{
    struct fixture *f = *state;

    fact(f, "disk", "vda | virtio | | blank");
    fact(f, "disk", "sda | scsi | S1 | blank");
    fact(f, "disk", "nvme0n1 | nvme | N1 | blank");
    build(f);
    look(f, source_disk);
    assert_found(f, HWFP_DISK_SERIAL, "blank");
    assert_int_equal(f->found.component[HWFP_DISK_SERIAL].n, 3);
}

static void a_blank_serial_leaves_the_wwid(void **state)
{
    struct fixture *f = *state;

    fact(f, "disk", "sda | scsi | | wwid=naa.5000c500a1b2c3d4");
    fact(f, "disk", "nvme0n1 | nvme | | wwid=eui.0025385b11b0a1c2");
    build(f);
    look(f, source_disk);
    assert_found(f, HWFP_DISK_SERIAL, "naa.5000c500a1b2c3d4", "eui.0025385b11b0a1c2");
}

static void unreadable_disks_are_unknown(void **state)
{
    struct fixture *f = *state;

    fact(f, "disk", "sda | scsi | S1 | unreadable");
    build(f);
    look(f, source_disk);
    assert_unreadable(f, HWFP_DISK_SERIAL);
    fact(f, "disk", "sdb | scsi | S2");
    fact(f, "disk", "nvme0n1 | nvme | S3");
    build(f);
    look(f, source_disk);
    assert_true(f->found.component[HWFP_DISK_SERIAL].unreadable);
    assert_int_equal(f->found.component[HWFP_DISK_SERIAL].n, 2);
}

static void disks_without_an_attribute_are_absent(void **state)
{
    struct fixture *f = *state;

    tree_folder(&f->tree, "sys/block/xvda/device");
    tree_text(&f->tree, "sys/block/xvdb/size", "8\n"); /* no device: virtual */
    tree_text(&f->tree, "sys/block/xvdb/serial", "S1\n");
    tree_text(&f->tree, "sys/block/file", "junk\n");
    look(f, source_disk);
    assert_absent(f, HWFP_DISK_SERIAL);
    tree_remove(&f->tree, "sys/block");
    look(f, source_disk);
    assert_absent(f, HWFP_DISK_SERIAL);
}

/* A tree that was copied without its links: the block device's own folder is all there is. */
static void disks_without_links_are_found(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "sys/block/mmcblk0/device/cid", "035344534331364780a1b2c3d4014a00\n");
    look(f, source_disk);
    assert_found(f, HWFP_DISK_SERIAL, "035344534331364780a1b2c3d4014a00");
}

static void put_page(struct fixture *f, const void *page, size_t size)
{
    tree_bytes(&f->tree, "sys/block/sda/device/vpd_pg80", page, size, 0444);
    look(f, source_disk);
}

static void damaged_pages_are_never_overrun(void **state)
{
    static const uint8_t good[] = {0, 0x80, 0, 4, ' ', 'S', '1', ' ', 'x'};
    static const uint8_t other[] = {0, 0x83, 0, 4, 'S', '1', 'S', '1'};
    static const uint8_t longer[] = {0, 0x80, 0xff, 0xff, 'S', '1'};
    struct fixture *f = *state;

    put_page(f, good, sizeof(good));
    assert_found(f, HWFP_DISK_SERIAL, "S1");
    put_page(f, longer, sizeof(longer));
    assert_found(f, HWFP_DISK_SERIAL, "S1");
    put_page(f, other, sizeof(other));
    assert_found(f, HWFP_DISK_SERIAL, "blank");
    for (size_t n = 0; n <= 4; n++) {
        put_page(f, good, n);
        assert_found(f, HWFP_DISK_SERIAL, "blank");
    }
}

/* ---- NICs. ---- */

static void nics_of_each_kind(void **state)
{
    struct fixture *f = *state;

    fact(f, "nic", "eno1 | pci | 24:6E:96:0C:1A:40");
    fact(f, "nic", "eth0 | virtio | 52:54:00:6b:3c:58");
    fact(f, "nic", "end0 | platform | dc:a6:32:5e:91:0b");
    fact(f, "nic", "enx0 | usb | 00:e0:4c:68:00:01");
    build(f);
    look(f, source_nic);
    assert_found(f, HWFP_NIC_MAC, "24:6e:96:0c:1a:40", "dc:a6:32:5e:91:0b");
    assert_found(f, HWFP_NIC_MAC_SOFT, "52:54:00:6b:3c:58", "00:e0:4c:68:00:01");
}

static void origin_of_an_address_counts_on_bare_metal(void **state)
{
    struct fixture *f = *state;
    struct hwfp_system *system = NULL;

    fact(f, "nic", "eth0 | usb | b8:27:eb:4b:e2:10 | fixed");
    fact(f, "nic", "eth1 | usb | b8:27:eb:4b:e2:11");
    fact(f, "nic", "eth2 | usb | 5a:27:eb:4b:e2:12 | fixed");
    fact(f, "nic", "eth3 | platform | 5A:27:eb:4b:e2:13");
    fact(f, "nic", "eth4 | pci | 24:6e:96:0c:1a:40 | assign=3 | perm=06:6e:96:0c:1a:42");
    build(f);
    look(f, source_nic);
    assert_found(f, HWFP_NIC_MAC, "b8:27:eb:4b:e2:10");
    assert_found(f, HWFP_NIC_MAC_SOFT, "b8:27:eb:4b:e2:11", "5a:27:eb:4b:e2:12",
                 "5a:27:eb:4b:e2:13", "06:6e:96:0c:1a:42");
    evidence_clear(&f->found);
    f->found.virtual_machine = true;
    assert_int_equal(hwfp_system_open(f->folder, &system, NULL), 0);
    source_nic(system, &f->found);
    assert_absent(f, HWFP_NIC_MAC_SOFT);
    assert_int_equal(f->found.component[HWFP_NIC_MAC].n, 5);
    system = hwfp_system_free(system);
}

static void usb_is_seen_by_either_link(void **state)
{
    struct fixture *f = *state;

    /* A tree that has the interface as a folder, and one whose path has a word like it. */
    tree_text(&f->tree, "sys/class/net/eth0/address", "b8:27:eb:4b:e2:10\n");
    tree_text(&f->tree, "sys/class/net/eth0/addr_assign_type", "0\n");
    tree_folder(&f->tree, "sys/devices/platform/usb1/1-1/1-1:1.0");
    tree_link(&f->tree, "sys/class/net/eth0/device", "../../../devices/platform/usb1/1-1/1-1:1.0");
    look(f, source_nic);
    assert_found(f, HWFP_NIC_MAC_SOFT, "b8:27:eb:4b:e2:10");
    assert_absent(f, HWFP_NIC_MAC);
    tree_remove(&f->tree, "sys/class/net/eth0/device");
    tree_folder(&f->tree, "sys/devices/platform/usbdrd/eth");
    tree_link(&f->tree, "sys/class/net/eth0/device", "../../../devices/platform/usbdrd/eth");
    look(f, source_nic);
    assert_found(f, HWFP_NIC_MAC, "b8:27:eb:4b:e2:10");
    assert_absent(f, HWFP_NIC_MAC_SOFT);
}

static void nics_that_are_no_evidence(void **state)
{
    struct fixture *f = *state;

    fact(f, "nic", "lo | loopback | 00:00:00:00:00:00");
    fact(f, "nic", "docker0 | virtual | 02:42:8d:11:52:9e");
    fact(f, "nic", "ens1v0 | vf | 24:6e:96:0c:1b:01");
    fact(f, "nic", "enx1 | usb | 00:e0:4c:68:00:02 | removable");
    fact(f, "nic", "enp9s0 | pci | 00:e0:4c:68:00:03 | removable");
    fact(f, "nic", "wlan0 | pci | 8a:11:22:33:44:55 | assign=1");
    fact(f, "nic", "eth7 | pci | 8a:11:22:33:44:56 | assign=3");
    build(f);
    look(f, source_nic);
    assert_absent(f, HWFP_NIC_MAC);
    assert_absent(f, HWFP_NIC_MAC_SOFT);
}

static void nics_of_a_pod_are_no_evidence(void **state)
{
    static const struct {
        const char *field, *value;
        bool expected;
    } guests[] = {
        {"sys_vendor", "KubeVirt\n", true},
        {"product_name", "OpenShift Virtualization\n", true},
        {"product_name", "Container-native virtualization\n", true},
        {"product_family", "KubeVirt\n", true},
        {"sys_vendor", "QEMU\n", false},
    };
    struct fixture *f = *state;
    struct hwfp_system *system = NULL;
    char path[64];

    fact(f, "smbios.version", "none");
    fact(f, "nic", "eth0 | virtio | 52:54:00:6b:3c:58");
    assert_int_equal(hwfp_system_open(f->folder, &system, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(guests); i++) {
        build(f);
        (void)snprintf(path, sizeof(path), "sys/class/dmi/id/%s", guests[i].field);
        tree_text(&f->tree, path, "%s", guests[i].value);
        evidence_clear(&f->found);
        source_platform(system, &f->found);
        assert_true(f->found.virtual_machine);
        source_nic(system, &f->found);
        if ((f->found.component[HWFP_NIC_MAC].n == 0) != guests[i].expected)
            fail_msg("%s: %s", guests[i].field, guests[i].value);
        assert_false(f->found.component[HWFP_NIC_MAC].unreadable);
    }
    system = hwfp_system_free(system);
}

static void other_media_are_no_evidence(void **state)
{
    struct fixture *f = *state;

    fact(f, "nic", "ib0 | pci | 80:00:02:08:fe:80");
    fact(f, "nic", "eth0 | pci | 24:6e:96:0c:1a:40");
    build(f);
    tree_text(&f->tree, "sys/class/net/ib0/type", "32\n");
    tree_remove(&f->tree, "sys/class/net/eth0/type");
    look(f, source_nic);
    assert_found(f, HWFP_NIC_MAC, "24:6e:96:0c:1a:40");
}

static void a_bond_hides_no_permanent_address(void **state)
{
    struct fixture *f = *state;

    fact(f, "nic", "eno1 | pci | 24:6e:96:0c:1a:40 | assign=3 | perm=24:6e:96:0c:1a:42");
    fact(f, "nic", "bond0 | virtual | 24:6e:96:0c:1a:40 | assign=3");
    build(f);
    look(f, source_nic);
    assert_found(f, HWFP_NIC_MAC, "24:6e:96:0c:1a:42");
}

static void nics_may_lack_anything(void **state)
{
    struct fixture *f = *state;

    look(f, source_nic);
    assert_absent(f, HWFP_NIC_MAC);
    fact(f, "nic", "eth0 | pci | 24:6e:96:0c:1a:40");
    fact(f, "nic", "eth1 | pci | no address");
    fact(f, "nic", "eth2 | pci |");
    build(f);
    tree_remove(&f->tree, "sys/class/net/eth0/addr_assign_type");
    tree_text(&f->tree, "sys/class/net/bonding_masters", "\n");
    look(f, source_nic);
    assert_absent(f, HWFP_NIC_MAC);
    tree_text(&f->tree, "sys/class/net/eth0/addr_assign_type", "0\n");
    tree_remove(&f->tree, "sys/class/net/eth0/address");
    look(f, source_nic);
    assert_absent(f, HWFP_NIC_MAC);
    tree_folder(&f->tree, "sys/class/net/eth0/address");
    look(f, source_nic);
    assert_unreadable(f, HWFP_NIC_MAC);
}

static void a_host_may_have_ten_thousand_interfaces(void **state)
{
    struct fixture *f = *state;
    char name[64];

    for (unsigned i = 0; i < 10000; i++) {
        (void)snprintf(name, sizeof(name), "sys/class/net/veth%u", i);
        tree_folder(&f->tree, name);
    }
    for (unsigned i = 0; i < 500; i++) {
        (void)snprintf(name, sizeof(name), "sys/class/net/veth%u/device", i);
        tree_folder(&f->tree, name);
        (void)snprintf(name, sizeof(name), "sys/class/net/veth%u/addr_assign_type", i);
        tree_text(&f->tree, name, "0\n");
        (void)snprintf(name, sizeof(name), "sys/class/net/veth%u/address", i);
        tree_text(&f->tree, name, "02:00:00:00:%02x:%02x\n", i >> 8, i & 0xff);
    }
    look(f, source_nic);
    assert_int_equal(f->found.component[HWFP_NIC_MAC_SOFT].n, 500);
}

static void the_order_of_enumeration_does_not_matter(void **state)
{
    static const char *const disks[] = {"sda | scsi | S1", "nvme0n1 | nvme | S2",
                                        "vda | virtio | S3"};
    static const char *const nics[] = {"eth0 | pci | 00:e0:4c:00:00:01",
                                       "eth1 | virtio | 00:e0:4c:00:00:02"};
    struct fixture *f = *state;

    for (int turned = 0; turned < 2; turned++) {
        facts_clear(&f->facts);
        for (size_t i = 0; i < ARRAY_SIZE(disks); i++)
            fact(f, "disk", disks[turned ? ARRAY_SIZE(disks) - 1 - i : i]);
        for (size_t i = 0; i < ARRAY_SIZE(nics); i++)
            fact(f, "nic", nics[turned ? ARRAY_SIZE(nics) - 1 - i : i]);
        build(f);
        look(f, source_disk);
        assert_found(f, HWFP_DISK_SERIAL, "S1", "S2", "S3");
        look(f, source_nic);
        assert_found(f, HWFP_NIC_MAC, "00:e0:4c:00:00:01", "00:e0:4c:00:00:02");
    }
}

/* ---- The operating system, and its place. ---- */

static void os_carries_its_names(void **state)
{
    struct fixture *f = *state;

    fact(f, "machine-id", "8f0c2a6be1c94d53a5a2f3bd07c8e914");
    fact(f, "hostname", "db1");
    fact(f, "fs-uuid", "3e6c1a52-9d0f-4a77-b3c8-5d2e81f0a946");
    fact(f, "fs-uuid", "7C2A-91F4");
    build(f);
    look(f, source_os);
    assert_found(f, HWFP_MACHINE_ID, "8f0c2a6be1c94d53a5a2f3bd07c8e914");
    assert_found(f, HWFP_HOSTNAME, "db1");
    assert_found(f, HWFP_FILESYSTEM_UUID, "3e6c1a52-9d0f-4a77-b3c8-5d2e81f0a946", "7C2A-91F4");
    assert_false(f->found.container);
}

static void os_may_not_be_set_up_yet(void **state)
{
    struct fixture *f = *state;

    look(f, source_os);
    assert_absent(f, HWFP_MACHINE_ID);
    assert_absent(f, HWFP_HOSTNAME);
    assert_absent(f, HWFP_FILESYSTEM_UUID);
    tree_text(&f->tree, "etc/machine-id", "uninitialized\n");
    tree_text(&f->tree, "etc/hostname", "# a comment\n\n  db2  \nother\n");
    look(f, source_os);
    assert_absent(f, HWFP_MACHINE_ID);
    assert_found(f, HWFP_HOSTNAME, "db2");
    tree_text(&f->tree, "var/lib/dbus/machine-id", "0123\n");
    tree_text(&f->tree, "etc/machine-id", "%s", "");
    look(f, source_os);
    assert_found(f, HWFP_MACHINE_ID, "0123");
    tree_remove(&f->tree, "var");
}

static void containers_are_recognised(void **state)
{
    static const char *const managers[] = {"docker", "podman", "systemd-nspawn"};
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(managers); i++) {
        facts_clear(&f->facts);
        fact(f, "container", managers[i]);
        build(f);
        look(f, source_os);
        assert_true(f->found.container);
    }
}

static void addresses_are_the_machines_own(void **state)
{
    struct fixture *f = *state;

    look(f, source_place);
    assert_absent(f, HWFP_IP_ADDRESS);
    fact(f, "ip", "192.0.2.31");
    fact(f, "ip", "198.51.100.4");
    build(f);
    look(f, source_place);
    assert_found(f, HWFP_IP_ADDRESS, "192.0.2.31", "198.51.100.4");
    /* What a copy of /proc without its processes looks like. */
    tree_remove(&f->tree, "proc/net");
    tree_link(&f->tree, "proc/net", "self/net");
    look(f, source_place);
    assert_absent(f, HWFP_IP_ADDRESS);
}

/* ---- Whatever there is. ---- */

static source_function *const sources[] = {
    source_devicetree, source_cpu, source_disk, source_nic, source_os, source_place,
};

static void folders_in_the_place_of_files(void **state)
{
    static const char *const files[] = {
        "proc/cpuinfo",
        "proc/net/fib_trie",
        "etc/machine-id",
        "etc/hostname",
        "sys/firmware/devicetree/base/model",
        "sys/block/sda/device/vpd_pg80",
        "sys/block/sda/removable",
        "sys/class/net/eth0/device/removable",
        "sys/class/net/eth0/addr_assign_type",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        tree_folder(&f->tree, files[i]);
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
        look(f, sources[i]);
        for (int c = 0; c < HWFP_COMPONENTS; c++)
            assert_int_equal(f->found.component[c].n, 0);
    }
}

static void files_in_the_place_of_folders(void **state)
{
    static const char *const folders[] = {"proc", "sys/block", "sys/class/net",
                                          "etc",  "dev",       "run"};
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        tree_text(&f->tree, folders[i], "junk\n");
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
        look(f, sources[i]);
        for (int c = 0; c < HWFP_COMPONENTS; c++)
            assert_absent(f, (enum hwfp_component)c);
    }
}

/* On whatever machine this runs: it ends, and what it finds is well-formed. */
static void the_running_system_can_be_looked_at(void **state)
{
    struct hwfp_system *system = NULL;
    struct evidence e = {0};

    (void)state;
    assert_int_equal(hwfp_system_open(NULL, &system, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
        sources[i](system, &e);
    assert_false(e.no_memory);
    for (size_t i = 0; i < e.component[HWFP_NIC_MAC].n; i++)
        assert_int_equal(strlen(e.component[HWFP_NIC_MAC].values[i]), 17);
    for (size_t i = 0; i < e.component[HWFP_IP_ADDRESS].n; i++)
        assert_null(strstr(e.component[HWFP_IP_ADDRESS].values[i], "127.0.0."));
    evidence_clear(&e);
    system = hwfp_system_free(system);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_trimmed_cut_and_never_empty),
        cmocka_unit_test(absent_is_not_unreadable),
        TEST(devicetree_is_preferred_to_cpuinfo),
        TEST(cpuinfo_has_a_serial_too),
        TEST(devicetree_may_be_missing_or_unreadable),
        TEST(virtual_board_is_a_virtual_machine),
        TEST(processors_know_a_hypervisor),
        TEST(uuids_beside_smbios),
        TEST(uuids_that_are_none),
        TEST(smbios_has_the_first_word_on_the_uuid),
        TEST(a_soc_has_one_number_however_it_is_printed),
        TEST(a_constant_in_the_device_tree_hides_no_soc),
        TEST(the_oem_key_is_read_from_acpi),
        TEST(processors_have_their_own_numbers),
        TEST(efi_variables_hold_tokens),
        TEST(a_guest_is_handed_its_hosts_numbers),
        TEST(facts_reach_the_sources),
        TEST(facts_of_guests_reach_the_sources),
        TEST(the_clocks_counter_is_read_when_it_is_whole),
        TEST(xen_dom0_is_bare_metal),
        TEST(xen_without_a_flag_is_known_by_its_type),
        TEST(device_trees_of_virtual_machines),
        TEST(s390_guests_are_in_sysinfo),
        TEST(the_kernels_fields_know_a_virtual_machine),
        TEST(a_container_does_not_read_the_hosts_platform),
        TEST(x86_model_is_all_that_counts),
        TEST(arm_has_several_kinds_of_cores),
        TEST(arm_is_the_same_in_a_32_bit_kernel),
        TEST(s390_has_a_machine_type),
        TEST(cpuinfo_is_read_in_whole_lines),
        TEST(cpuinfo_may_be_junk),
        TEST(disks_of_each_kind),
        TEST(disks_that_are_no_evidence),
        TEST(internal_disks_may_say_that_they_are_removable),
        TEST(usb_must_be_a_bus),
        TEST(virtual_disks_may_have_a_device),
        TEST(nvme_of_a_subsystem_is_a_disk),
        TEST(blank_disks_are_placeholders),
        TEST(a_blank_serial_leaves_the_wwid),
        TEST(unreadable_disks_are_unknown),
        TEST(disks_without_an_attribute_are_absent),
        TEST(disks_without_links_are_found),
        TEST(damaged_pages_are_never_overrun),
        TEST(nics_of_each_kind),
        TEST(origin_of_an_address_counts_on_bare_metal),
        TEST(usb_is_seen_by_either_link),
        TEST(nics_that_are_no_evidence),
        TEST(nics_of_a_pod_are_no_evidence),
        TEST(other_media_are_no_evidence),
        TEST(a_bond_hides_no_permanent_address),
        TEST(nics_may_lack_anything),
        TEST(a_host_may_have_ten_thousand_interfaces),
        TEST(the_order_of_enumeration_does_not_matter),
        TEST(os_carries_its_names),
        TEST(os_may_not_be_set_up_yet),
        TEST(containers_are_recognised),
        TEST(addresses_are_the_machines_own),
        TEST(folders_in_the_place_of_files),
        TEST(files_in_the_place_of_folders),
        cmocka_unit_test(the_running_system_can_be_looked_at),
    };

    return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
