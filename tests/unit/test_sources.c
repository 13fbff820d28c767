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
    look(f, source_devicetree);
    assert_true(f->found.virtual_machine);
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
    assert_false(f->found.virtual_machine);
    add_x86(f, "fpu nohypervisor hypervisors tsc avx", "300");
    assert_found(f, HWFP_CPU_MODEL, "GenuineIntel|6|79|Intel(R) Xeon(R)|1");
    assert_false(f->found.virtual_machine);
    add_x86(f, "fpu hypervisor tsc", "2");
    assert_true(f->found.virtual_machine);
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
    fact(f, "disk", "sdb | scsi | TRAY-1 | removable");
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
    assert_found(f, HWFP_NIC_MAC, "24:6e:96:0c:1a:40", "52:54:00:6b:3c:58", "dc:a6:32:5e:91:0b",
                 "00:e0:4c:68:00:01");
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
    assert_int_equal(f->found.component[HWFP_NIC_MAC].n, 500);
}

static void the_order_of_enumeration_does_not_matter(void **state)
{
    static const char *const disks[] = {"sda | scsi | S1", "nvme0n1 | nvme | S2",
                                        "vda | virtio | S3"};
    static const char *const nics[] = {"eth0 | pci | 02:00:00:00:00:01",
                                       "eth1 | virtio | 02:00:00:00:00:02"};
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
        assert_found(f, HWFP_NIC_MAC, "02:00:00:00:00:01", "02:00:00:00:00:02");
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
        TEST(x86_model_is_all_that_counts),
        TEST(arm_has_several_kinds_of_cores),
        TEST(arm_is_the_same_in_a_32_bit_kernel),
        TEST(s390_has_a_machine_type),
        TEST(cpuinfo_is_read_in_whole_lines),
        TEST(cpuinfo_may_be_junk),
        TEST(disks_of_each_kind),
        TEST(disks_that_are_no_evidence),
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
        TEST(nics_that_are_no_evidence),
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
