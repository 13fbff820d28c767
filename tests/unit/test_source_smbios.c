/* SPDX-License-Identifier: BSD-2-Clause */
/* What source_smbios() makes of a table, of the kernel's fields, and of what it cannot read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "evidence.h"
#include "smbios_build.h"
#include "smbios_rich.h"
#include "tree.h"
#include "util.h"

#include <cmocka.h> /* behind util.h, whose fail() it hides */

#define UUID_SWAPPED "44454c4c-4400-104a-8054-b7c04f333832"
#define UUID_CANONICAL UUID_SWAPPED /* the one that sorts lower */

static void build(const struct smbios_build *facts, uint8_t **ret_table, size_t *ret_size)
{
    assert_int_equal(smbios_build_table(facts, ret_table, ret_size), 0);
}

struct bed {
    char path[32];
    struct tree tree;
    struct hwfp_system *system;
    struct evidence evidence;
};

static void bed_open(struct bed *t)
{
    *t = (struct bed){.path = "/tmp/hwfp-smbios-XXXXXX"};
    assert_non_null(mkdtemp(t->path));
    t->tree = tree_open(t->path);
    assert_int_equal(hwfp_system_open(t->path, &t->system, NULL), 0);
}

static void bed_close(struct bed *t)
{
    evidence_clear(&t->evidence);
    t->system = hwfp_system_free(t->system);
    tree_remove(&t->tree, "sys");
    assert_null(t->tree.error);
    tree_close(&t->tree);
    assert_int_equal(rmdir(t->path), 0);
}

#define TABLE "sys/firmware/dmi/tables/DMI"
#define ENTRY "sys/firmware/dmi/tables/smbios_entry_point"
#define FIELDS "sys/class/dmi/id"

static void bed_table(struct bed *t, const struct smbios_build *facts)
{
    uint8_t *table, entry[SMBIOS_BUILD_ENTRY_MAX];
    size_t size;

    build(facts, &table, &size);
    tree_bytes(&t->tree, TABLE, table, size, 0400);
    size = smbios_build_entry(facts, table, size, 0, entry);
    tree_bytes(&t->tree, ENTRY, entry, size, 0400);
    free(table);
}

static void bed_collect(struct bed *t)
{
    assert_null(t->tree.error);
    evidence_clear(&t->evidence);
    source_platform(t->system, &t->evidence);
    source_smbios(t->system, &t->evidence);
    assert_false(t->evidence.no_memory);
}

/* Exactly these values, in any order; the list ends with NULL. */
static void assert_values(const struct bed *t, enum hwfp_component c, const char *const *values)
{
    const struct evidence_values *v = &t->evidence.component[c];
    size_t n = 0;

    for (; values[n]; n++) {
        bool found = false;

        for (size_t i = 0; i < v->n; i++)
            found = found || strcmp(v->values[i], values[n]) == 0;
        if (!found)
            fail_msg("%s: %s is not there (%s)", hwfp_component_name(c), values[n],
                     v->n ? v->values[0] : "nothing");
    }
    if (v->n != n)
        fail_msg("%s: %zu values, not %zu", hwfp_component_name(c), v->n, n);
}
#define VALUES(t, c, ...) assert_values(t, c, (const char *const[]){__VA_ARGS__})

static const enum hwfp_component of_table[] = {
    HWFP_SYSTEM_UUID, HWFP_SYSTEM_SERIAL,  HWFP_BOARD_SERIAL, HWFP_CHASSIS_SERIAL,
    HWFP_ASSET_TAG,   HWFP_CLOUD_INSTANCE, HWFP_DIMM_SERIAL,  HWFP_SYSTEM_MODEL,
    HWFP_BOARD_MODEL, HWFP_BIOS_VERSION,   HWFP_MEMORY_LAYOUT};

static void source_table(void **state)
{
    struct bed t;

    (void)state;
    bed_open(&t);
    bed_table(&t, &rich);
    bed_collect(&t);
    VALUES(&t, HWFP_SYSTEM_UUID, UUID_CANONICAL, NULL);
    VALUES(&t, HWFP_SYSTEM_SERIAL, "SYS-77", NULL);
    VALUES(&t, HWFP_BOARD_SERIAL, "RISER", "BOARD-1", "BOARD-2", NULL);
    VALUES(&t, HWFP_CHASSIS_SERIAL, "CHASSIS-5", NULL);
    VALUES(&t, HWFP_ASSET_TAG, "tag-b", "tag-c", NULL);
    VALUES(&t, HWFP_CLOUD_INSTANCE, NULL);
    VALUES(&t, HWFP_DIMM_SERIAL, "0367AC21", "0367AC22", "UNKNOWN", "Not Specified", NULL);
    VALUES(&t, HWFP_SYSTEM_MODEL, "ACME Inc.|Server  9", NULL);
    VALUES(&t, HWFP_BOARD_MODEL, "ACME|Board", NULL);
    VALUES(&t, HWFP_BIOS_VERSION, "Vendor|1.2|01/02/2023", NULL);
    VALUES(&t, HWFP_CPU_MODEL, "smbios|Intel|Xeon 6338", "smbios|Intel|Xeon 9999", NULL);
    VALUES(&t, HWFP_MEMORY_LAYOUT,
           "4398046511104|24|1x0,1x524288,1x1048576,1x17179869184,1x68719476736", NULL);
    assert_false(t.evidence.virtual_machine);
    for (size_t i = 0; i < HWFP_COMPONENTS; i++)
        assert_false(t.evidence.component[i].unreadable);
    bed_close(&t);
}

/* One machine, however its firmware's or its kernel's version stores or prints the UUID. */
static void source_uuid_orders(void **state)
{
    static const unsigned versions[][2] = {{2, 4}, {2, 8}, {3, 2}};
    static const char *const uuids[] = {UUID, UUID_SWAPPED, "4C4C4544-0044-4A10-8054-B7C04F333832"};
    struct smbios_build facts = rich;
    struct bed t;

    (void)state;
    bed_open(&t);
    for (size_t i = 0; i < 2 * ARRAY_SIZE(versions) * ARRAY_SIZE(uuids); i++) {
        facts.system.uuid_swapped = i % 2;
        facts.system.uuid = uuids[i / 2 % ARRAY_SIZE(uuids)];
        facts.major = versions[i / 2 / ARRAY_SIZE(uuids)][0];
        facts.minor = versions[i / 2 / ARRAY_SIZE(uuids)][1];
        bed_table(&t, &facts);
        bed_collect(&t);
        VALUES(&t, HWFP_SYSTEM_UUID, UUID_CANONICAL, NULL);
    }
    bed_close(&t);
}

/* The captured tree of a kernel without the table. */
static void source_fields(void **state)
{
    static const char *const uuids[] = {UUID, UUID_SWAPPED};
    struct bed t;

    (void)state;
    bed_open(&t);
    tree_attribute(&t.tree, FIELDS, "sys_vendor", "ACME Inc. ");
    tree_attribute(&t.tree, FIELDS, "product_name", "Server  9");
    tree_attribute(&t.tree, FIELDS, "product_serial", "SYS-77");
    tree_attribute(&t.tree, FIELDS, "board_vendor", "ACME");
    tree_attribute(&t.tree, FIELDS, "board_name", "Board");
    tree_attribute(&t.tree, FIELDS, "board_serial", "BOARD-1");
    tree_attribute(&t.tree, FIELDS, "bios_vendor", "Vendor");
    tree_attribute(&t.tree, FIELDS, "bios_version", "1.2");
    tree_attribute(&t.tree, FIELDS, "bios_date", "01/02/2023");
    for (size_t i = 0; i < ARRAY_SIZE(uuids); i++) {
        tree_attribute(&t.tree, FIELDS, "product_uuid", uuids[i]);
        bed_collect(&t);
        VALUES(&t, HWFP_SYSTEM_UUID, UUID_CANONICAL, NULL);
        VALUES(&t, HWFP_SYSTEM_SERIAL, "SYS-77", NULL);
        VALUES(&t, HWFP_BOARD_SERIAL, "BOARD-1", NULL);
        VALUES(&t, HWFP_SYSTEM_MODEL, "ACME Inc.|Server  9", NULL);
        VALUES(&t, HWFP_BOARD_MODEL, "ACME|Board", NULL);
        VALUES(&t, HWFP_BIOS_VERSION, "Vendor|1.2|01/02/2023", NULL);
        VALUES(&t, HWFP_MEMORY_LAYOUT, NULL);
    }
    bed_close(&t);
}

/* A field that cannot be read makes its component unknown, and no half of a value. */
static void source_unreadable_field(void **state)
{
    struct bed t;

    (void)state;
    bed_open(&t);
    tree_attribute(&t.tree, FIELDS, "sys_vendor", "ACME");
    tree_attribute(&t.tree, FIELDS, "bios_vendor", "Vendor");
    tree_folder(&t.tree, FIELDS "/product_serial");
    tree_folder(&t.tree, FIELDS "/bios_version");
    bed_collect(&t);
    assert_true(t.evidence.component[HWFP_SYSTEM_SERIAL].unreadable);
    assert_true(t.evidence.component[HWFP_CLOUD_INSTANCE].unreadable);
    assert_true(t.evidence.component[HWFP_BIOS_VERSION].unreadable);
    assert_false(t.evidence.component[HWFP_BOARD_SERIAL].unreadable);
    VALUES(&t, HWFP_BIOS_VERSION, NULL);
    VALUES(&t, HWFP_SYSTEM_MODEL, "ACME|", NULL);
    bed_close(&t);
}

static void source_nothing(void **state)
{
    struct bed t;

    (void)state;
    bed_open(&t);
    bed_collect(&t);
    for (size_t i = 0; i < HWFP_COMPONENTS; i++) {
        assert_int_equal(t.evidence.component[i].n, 0);
        assert_false(t.evidence.component[i].unreadable);
    }
    bed_close(&t);
}

/* A folder by the table's name opens, and fails to be read. */
static void source_unreadable_table(void **state)
{
    struct bed t;

    (void)state;
    bed_open(&t);
    tree_folder(&t.tree, TABLE);
    tree_attribute(&t.tree, FIELDS, "product_serial", "SYS-77");
    bed_collect(&t);
    for (size_t i = 0; i < ARRAY_SIZE(of_table); i++) {
        assert_true(t.evidence.component[of_table[i]].unreadable);
        assert_int_equal(t.evidence.component[of_table[i]].n, 0);
    }
    assert_false(t.evidence.component[HWFP_CPU_MODEL].unreadable);
    bed_close(&t);
}

/* Where the table is cut, what stands in front is used and the rest is unknown, not absent. */
static void source_cut_table(void **state)
{
    uint8_t *table, *cut;
    size_t size;
    struct bed t;

    (void)state;
    bed_open(&t);
    build(&rich, &table, &size);
    cut = memmem(table, size, "0367AC22", 8);
    assert_non_null(cut);
    tree_bytes(&t.tree, TABLE, table, (size_t)(cut - table), 0400);
    bed_collect(&t);
    VALUES(&t, HWFP_SYSTEM_SERIAL, "SYS-77", NULL);
    VALUES(&t, HWFP_DIMM_SERIAL, "0367AC21", NULL);
    VALUES(&t, HWFP_MEMORY_LAYOUT, NULL);
    assert_false(t.evidence.component[HWFP_SYSTEM_SERIAL].unreadable);
    assert_true(t.evidence.component[HWFP_DIMM_SERIAL].unreadable);
    assert_true(t.evidence.component[HWFP_MEMORY_LAYOUT].unreadable);
    free(table);
    bed_close(&t);
}

/* The length that the entry point declares ends the table; a damaged entry point says nothing. */
static void source_declared_length(void **state)
{
    struct smbios_build facts = {.major = 2, .minor = 8, .no_end_marker = true};
    struct smbios_build more = facts;
    uint8_t *table, *longer, entry[SMBIOS_BUILD_ENTRY_MAX];
    size_t size, all, entry_size;
    struct bed t;

    (void)state;
    more.n_boards = 1;
    more.boards = boards;
    build(&facts, &table, &size);
    build(&more, &longer, &all);
    size -= 0x15 + 1 + 2; /* without the chassis, which comes behind the boards */
    entry_size = smbios_build_entry(&facts, table, size, 0, entry);
    bed_open(&t);
    tree_bytes(&t.tree, TABLE, longer, all, 0400);
    tree_bytes(&t.tree, ENTRY, entry, entry_size, 0400);
    bed_collect(&t);
    VALUES(&t, HWFP_BOARD_SERIAL, NULL);
    assert_false(t.evidence.component[HWFP_BOARD_SERIAL].unreadable);
    entry[7]++;
    tree_bytes(&t.tree, ENTRY, entry, entry_size, 0400);
    bed_collect(&t);
    VALUES(&t, HWFP_BOARD_SERIAL, "RISER", NULL);
    free(longer);
    free(table);
    bed_close(&t);
}

static void collect_facts(struct bed *t, const struct smbios_build *facts)
{
    bed_open(t);
    bed_table(t, facts);
    bed_collect(t);
}

static void source_ec2(void **state)
{
    static const struct smbios_build_board board = {"Amazon EC2",          NULL, NULL, NULL,
                                                    "i-0123456789abcdef0", 0};
    static const struct smbios_build_board no_instance = {"Amazon EC2", NULL,           NULL,
                                                          NULL,         "i-am not one", 0};
    struct smbios_build facts = {.major = 2, .minor = 7, .n_boards = 1, .boards = &board};
    struct bed t;

    (void)state;
    facts.bios.vendor = "Amazon EC2";
    facts.system.manufacturer = "Amazon EC2";
    facts.system.product = "m5.large";
    facts.chassis.asset_tag = "Amazon EC2";
    collect_facts(&t, &facts);
    VALUES(&t, HWFP_CLOUD_INSTANCE, "ec2:i-0123456789abcdef0", NULL);
    VALUES(&t, HWFP_ASSET_TAG, NULL);
    assert_true(t.evidence.virtual_machine);
    facts.system.product = "m5.metal";
    bed_table(&t, &facts);
    bed_collect(&t);
    VALUES(&t, HWFP_CLOUD_INSTANCE, "ec2:i-0123456789abcdef0", NULL);
    assert_false(t.evidence.virtual_machine);
    facts.bios.vendor = "Xen";
    facts.bios.version = "4.11.amazon";
    facts.system.manufacturer = "Xen";
    facts.system.product = "HVM domU";
    bed_table(&t, &facts);
    bed_collect(&t);
    VALUES(&t, HWFP_CLOUD_INSTANCE, "ec2:i-0123456789abcdef0", NULL);
    facts.boards = &no_instance;
    bed_table(&t, &facts);
    bed_collect(&t);
    VALUES(&t, HWFP_CLOUD_INSTANCE, NULL);
    VALUES(&t, HWFP_ASSET_TAG, "i-am not one", NULL);
    bed_close(&t);
}

/* The same tag on a machine that is nobody's cloud is a tag. */
static void source_no_cloud(void **state)
{
    static const struct smbios_build_board board = {"ACME", NULL, NULL, NULL, "i-0123456789abcdef0",
                                                    0};
    struct smbios_build facts = {.major = 3, .n_boards = 1, .boards = &board};
    struct bed t;

    (void)state;
    facts.system.manufacturer = "ACME";
    facts.system.serial = "GoogleCloud-1";
    collect_facts(&t, &facts);
    VALUES(&t, HWFP_CLOUD_INSTANCE, NULL);
    VALUES(&t, HWFP_ASSET_TAG, "i-0123456789abcdef0", NULL);
    assert_false(t.evidence.virtual_machine);
    bed_close(&t);
}

static void source_gce(void **state)
{
    struct smbios_build facts = {.major = 2, .minor = 4};
    struct bed t;

    (void)state;
    facts.system.manufacturer = "Google";
    facts.system.product = "Google Compute Engine";
    facts.system.serial = "GoogleCloud-0123ABCD";
    collect_facts(&t, &facts);
    VALUES(&t, HWFP_CLOUD_INSTANCE, "gce:GoogleCloud-0123ABCD", NULL);
    assert_true(t.evidence.virtual_machine);
    bed_close(&t);
}

static void source_azure(void **state)
{
    struct smbios_build facts = {.major = 3, .minor = 1};
    struct bed t;

    (void)state;
    facts.system.manufacturer = "Microsoft Corporation";
    facts.system.product = "Virtual Machine";
    facts.system.uuid = UUID;
    facts.chassis.asset_tag = "7783-7084-3265-9085-8269-3286-77";
    collect_facts(&t, &facts);
    VALUES(&t, HWFP_CLOUD_INSTANCE, "azure:" UUID_CANONICAL, NULL);
    VALUES(&t, HWFP_ASSET_TAG, NULL);
    assert_true(t.evidence.virtual_machine);
    facts.chassis.asset_tag = "Hyper-V at home";
    bed_table(&t, &facts);
    bed_collect(&t);
    VALUES(&t, HWFP_CLOUD_INSTANCE, NULL);
    VALUES(&t, HWFP_ASSET_TAG, "Hyper-V at home", NULL);
    assert_true(t.evidence.virtual_machine);
    bed_close(&t);
}

static void source_virtual_machines(void **state)
{
    static const struct {
        const char *manufacturer, *product;
        bool bit, expected;
    } machines[] = {
        {"QEMU", "Standard PC (Q35 + ICH9, 2009)", false, true},
        {"VMware, Inc.", "VMware Virtual Platform", false, true},
        {"innotek GmbH", "VirtualBox", false, true},
        {"Xen", "HVM domU", false, true},
        {"Alibaba Cloud", "Alibaba Cloud ECS", false, true},
        {"OpenStack Foundation", "OpenStack Nova", false, true},
        {"RDO", "OpenStack Compute", false, true},
        {"Parallels International GmbH.", "Parallels ARM Virtual Machine", false, true},
        {"FreeBSD", "BHYVE", false, true},
        {"Red Hat", "KVM", false, true},
        {"Bochs", "Bochs", false, true},
        {"DigitalOcean", "Droplet", false, true},
        {"Hetzner", "vServer", false, true},
        {"Nutanix", "AHV", false, true},
        {"oVirt", "oVirt Node", false, true},
        {"Red Hat", "RHEV Hypervisor", false, true},
        {"Amazon EC2", "t3.micro", false, true},
        {"Amazon EC2", "c7i.metal-24xl", false, false},
        {"Dell Inc.", "PowerEdge R630", true, true},
        {"Dell Inc.", "PowerEdge R630", false, false},
        {"Microsoft Corporation", "Surface Pro", false, false},
        {"Nutanix", "NX-1065-G5", false, false},
        {"Hetzner", "", false, false},
        {"", "", false, false},
        {"QEMU", "", false, true},
        {"KubeVirt", "None", false, true},
        {"Red Hat", "OpenShift Virtualization", false, true},
        {"Red Hat", "Container-native virtualization", false, true},
        {"Red Hat", "Appliance", false, false},
    };
    struct smbios_build facts = {.major = 3};
    struct bed t;

    (void)state;
    bed_open(&t);
    for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
        facts.system.manufacturer = machines[i].manufacturer;
        facts.system.product = machines[i].product;
        facts.bios.virtual_machine = machines[i].bit;
        bed_table(&t, &facts);
        bed_collect(&t);
        if (t.evidence.virtual_machine != machines[i].expected)
            fail_msg("%s %s", machines[i].manufacturer, machines[i].product);
    }
    bed_close(&t);
}

/* The order of slots and of the structures in the table is the firmware's affair. */
static void source_memory_order(void **state)
{
    struct smbios_build_dimm turned[ARRAY_SIZE(dimms)];
    struct smbios_build facts = rich;
    struct bed t;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(dimms); i++)
        turned[i] = dimms[ARRAY_SIZE(dimms) - 1 - i];
    facts.dimms = turned;
    collect_facts(&t, &facts);
    VALUES(&t, HWFP_MEMORY_LAYOUT,
           "4398046511104|24|1x0,1x524288,1x1048576,1x17179869184,1x68719476736", NULL);
    bed_close(&t);
}

/* The model and the asset tag are those of the main board, whatever the order. */
static void source_boards_in_another_order(void **state)
{
    struct smbios_build_board turned[ARRAY_SIZE(boards)];
    struct smbios_build facts = rich;
    struct bed t;

    (void)state;
    turned[0] = boards[1];
    turned[1] = boards[2];
    turned[2] = boards[0];
    facts.boards = turned;
    collect_facts(&t, &facts);
    VALUES(&t, HWFP_BOARD_SERIAL, "RISER", "BOARD-1", "BOARD-2", NULL);
    VALUES(&t, HWFP_BOARD_MODEL, "ACME|Board", NULL);
    VALUES(&t, HWFP_ASSET_TAG, "tag-b", "tag-c", NULL);
    bed_close(&t);
}

static void source_a_thousand_dimms(void **state)
{
    static char serial[1000][16];
    static struct smbios_build_dimm many[1000];
    struct smbios_build facts = {.major = 3, .n_dimms = ARRAY_SIZE(many), .dimms = many};
    const struct evidence_values *v;
    struct bed t;

    (void)state;
    /* Two of them share a number, without regard to case. */
    for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
        (void)snprintf(serial[i], sizeof(serial[i]), "%04X77AB", (unsigned)(i * 7919 % 60000));
        many[i] = (struct smbios_build_dimm){.serial = serial[i], .kib = 16ull << 20};
    }
    copy_text(serial[3], sizeof(serial[3]), "abcd77ab");
    copy_text(serial[999], sizeof(serial[999]), "ABCD77AB");
    collect_facts(&t, &facts);
    v = &t.evidence.component[HWFP_DIMM_SERIAL];
    assert_int_equal(v->n, 999);
    assert_false(v->unreadable);
    for (size_t i = 0; i < v->n; i++)
        assert_string_not_equal(v->values[i], "ABCD77AB");
    VALUES(&t, HWFP_MEMORY_LAYOUT, "0|0|1000x17179869184", NULL);
    bed_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_table),
        cmocka_unit_test(source_uuid_orders),
        cmocka_unit_test(source_fields),
        cmocka_unit_test(source_unreadable_field),
        cmocka_unit_test(source_nothing),
        cmocka_unit_test(source_unreadable_table),
        cmocka_unit_test(source_cut_table),
        cmocka_unit_test(source_declared_length),
        cmocka_unit_test(source_ec2),
        cmocka_unit_test(source_no_cloud),
        cmocka_unit_test(source_gce),
        cmocka_unit_test(source_azure),
        cmocka_unit_test(source_virtual_machines),
        cmocka_unit_test(source_memory_order),
        cmocka_unit_test(source_boards_in_another_order),
        cmocka_unit_test(source_a_thousand_dimms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
