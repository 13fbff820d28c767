/* SPDX-License-Identifier: BSD-2-Clause */
/* The sum of bits and its guards: on hardware hashes of sample machines before and after a change,
 * and on hashes made by hand, each with the nearest case on the other side. */
#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "hash_build.h"
#include "hwfp.h"
#include "judge/judge.h"
#include "scratch.h"
#include "util.h"

#include <cmocka.h>

static const struct hwfp_key key = {{42}};

struct pair {
    struct hwfp_hash was, is;
};

static void look(struct scratch *scratch, struct hwfp_hash *ret)
{
    assert_int_equal(hwfp_hash_collect(scratch->system, &key, 0, ret), 0);
}

static void pair_clear(struct pair *pair)
{
    hwfp_hash_clear(&pair->was);
    hwfp_hash_clear(&pair->is);
}

static struct hwfp_comparison compare(const struct pair *pair, int threshold)
{
    struct hwfp_comparison c;

    hwfp_compare(&pair->was, &pair->is, HWFP_POLICY_HARDWARE, threshold, &c);
    return c;
}

/* Before: a sample machine. After: another one, or the same with overrides. */
#define PAIR(name, before, ...)                                                                    \
    struct pair name = {0};                                                                        \
    {                                                                                              \
        struct scratch scratch = scratch_new(before, NULL);                                        \
        look(&scratch, &name.was);                                                                 \
        scratch_change(&scratch, __VA_ARGS__, NULL);                                               \
        look(&scratch, &name.is);                                                                  \
        scratch_free(&scratch);                                                                    \
    }

static void expect(struct pair *pair, enum hwfp_verdict verdict, int least, int most)
{
    struct hwfp_comparison c = compare(pair, HWFP_THRESHOLD_DEFAULT);

    if (c.verdict != verdict || c.similarity < least || c.similarity > most)
        print_error("%s, %d: %s\n", hwfp_verdict_name(c.verdict), c.similarity, c.reason);
    assert_int_equal(c.verdict, verdict);
    assert_in_range(c.similarity, least, most);
    pair_clear(pair);
}

#define OTHER_R630                                                                                 \
    "r630", "system.uuid=4c4c4544-0042-3410-8051-c3c04f584d32", "system.serial=B4QXM2X",           \
        "board.serial=.B4QXM2X.CN7475153I0999.", "chassis.serial=B4QXM2X"
#define OTHER_PARTS                                                                                \
    "disk=sda|scsi|ZZ990001|wwid=naa.5000c500ffffff01", "nic=eno1|pci|24:6e:96:ff:00:01",          \
        "dimm=A1|16384|00CE00B300CE|0BADCAFE|M393A2K40BB1-CRC"

static void the_same_machine_is_100(void **state)
{
    PAIR(p, "r630", "r630")
    (void)state;
    expect(&p, HWFP_SAME, 100, 100);
}

static void image_and_place_count_nothing(void **state)
{
    PAIR(p, "r630", "r630", "machine-id=00000000000000000000000000000001", "hostname=other",
         "ip=203.0.113.9", "fs-uuid=AAAA-BBBB")
    (void)state;
    expect(&p, HWFP_SAME, 100, 100);
}

static void a_copy_on_the_same_model_is_different(void **state)
{
    PAIR(p, "r630", OTHER_R630, OTHER_PARTS)
    (void)state;
    expect(&p, HWFP_DIFFERENT, 0, 29);
}

static void disks_moved_to_another_chassis_are_different(void **state)
{
    PAIR(p, "r630", OTHER_R630, "nic=eno1|pci|24:6e:96:ff:00:01")
    (void)state;
    expect(&p, HWFP_DIFFERENT, 0, 29);
}

static void parts_never_outvote_the_chassis(void **state)
{
    PAIR(p, "r630", OTHER_R630)
    (void)state;
    expect(&p, HWFP_DIFFERENT, 0, 29);
}

static void every_part_replaced_at_once_is_uncertain(void **state)
{
    PAIR(all, "r630", "r630", OTHER_PARTS)
    PAIR(two, "r630", "r630", "disk=sda|scsi|ZZ990001|wwid=naa.5000c500ffffff01",
         "nic=eno1|pci|24:6e:96:ff:00:01")
    (void)state;
    expect(&all, HWFP_UNCERTAIN, 0, 84);
    expect(&two, HWFP_SAME, 99, 100);
}

static void firmware_update_is_the_same(void **state)
{
    PAIR(p, "r630", "r630", "bios.version=2.19.0", "bios.date=12/12/2023", "smbios.version=3.2")
    (void)state;
    expect(&p, HWFP_SAME, 100, 100);
}

static void a_uuid_in_the_other_byte_order_is_the_same(void **state)
{
    PAIR(p, "r630", "r630", "system.uuid_order=swapped")
    (void)state;
    expect(&p, HWFP_SAME, 100, 100);
}

static void a_new_uuid_with_every_part_is_uncertain(void **state)
{
    PAIR(p, "kvm", "kvm", "system.uuid=11111111-2222-4333-8444-555555555556")
    (void)state;
    expect(&p, HWFP_UNCERTAIN, 0, 100);
}

static void a_serial_made_of_the_uuid_is_no_second_witness(void **state)
{
    struct pair p = {0};
    struct scratch s = scratch_new(
        "kvm", "system.serial=VMware-b6 e4 2a 17 53 d9 4c 08-9f 7e 2a 1d 80 c5 e3 64", NULL);
    (void)state;

    look(&s, &p.was);
    scratch_change(&s, "kvm", "system.uuid=c6e42a17-53d9-4c08-9f7e-2a1d80c5e365",
                   "system.serial=VMware-c6 e4 2a 17 53 d9 4c 08-9f 7e 2a 1d 80 c5 e3 65", NULL);
    look(&s, &p.is);
    scratch_free(&s);
    assert_true(p.was.component[HWFP_SYSTEM_SERIAL].derived);
    assert_int_equal(hwfp_hash_strength(&p.was), HWFP_STRENGTH_STRONG); /* UUID and MAC */
    expect(&p, HWFP_UNCERTAIN, 0, 100);
}

static void a_clone_with_a_new_uuid_and_mac_is_different(void **state)
{
    PAIR(p, "kvm", "kvm", "system.uuid=11111111-2222-4333-8444-555555555556",
         "nic=enp1s0|virtio|52:54:00:00:00:99")
    (void)state;
    expect(&p, HWFP_DIFFERENT, 0, 29);
}

static void a_new_uuid_without_parts_is_different(void **state)
{
    struct pair p = {0};
    struct scratch s = scratch_new("kvm", "nic=", NULL);
    (void)state;

    look(&s, &p.was);
    scratch_change(&s, "kvm", "nic=", "system.uuid=11111111-2222-4333-8444-555555555556", NULL);
    look(&s, &p.is);
    scratch_free(&s);
    expect(&p, HWFP_DIFFERENT, 0, 29);
}

static void mainboard_replaced_and_tag_written_anew_is_uncertain(void **state)
{
    PAIR(p, "r630", "r630", "system.uuid=4c4c4544-0042-3410-8051-c3c04f584d32",
         "board.serial=.7QX2M52.CN7475153I0999.")
    (void)state;
    expect(&p, HWFP_UNCERTAIN, 0, 100);
}

static void the_blade_next_door_is_different(void **state)
{
    PAIR(p, "r630", "r630", "system.uuid=4c4c4544-0042-3410-8051-c3c04f584d32",
         "system.serial=B4QXM2X", "board.serial=.B4QXM2X.CN7475153I0999.",
         "nic=eno1|pci|24:6e:96:ff:00:01", "dimm=A1|16384|00CE00B300CE|0BADCAFE|M393A2K40BB1-CRC")
    (void)state;
    expect(&p, HWFP_DIFFERENT, 0, 40);
}

static void a_uuid_alone_on_bare_metal_is_uncertain(void **state)
{
    PAIR(p, "r630", "r630", "system.serial=", "board.serial=Default string",
         "chassis.serial=", OTHER_PARTS)
    (void)state;
    expect(&p, HWFP_UNCERTAIN, 0, 100);
}

#define ONE_SERIAL "r630", "system.uuid=", "board.serial=Default string", "chassis.serial="

static struct pair with_one_serial(const char *change, const char *another)
{
    struct pair p = {0};
    struct scratch s = scratch_new(ONE_SERIAL, NULL);

    look(&s, &p.was);
    scratch_change(&s, ONE_SERIAL, change, another, NULL);
    look(&s, &p.is);
    scratch_free(&s);
    return p;
}

static void a_serial_alone_on_bare_metal_may_be_a_batchs(void **state)
{
    static const char nic[] = "nic=eno1|pci|24:6e:96:ff:00:01";
    static const char dimm[] = "dimm=A1|16384|00CE00B300CE|0BADCAFE|M393A2K40BB1-CRC";
    static const char disk[] = "disk=sda|scsi|ZZ990001|wwid=naa.5000c500ffffff01";
    struct pair moved = with_one_serial(nic, dimm);
    struct pair repaired = with_one_serial(disk, nic);
    PAIR(copied, ONE_SERIAL, ONE_SERIAL, OTHER_PARTS)
    (void)state;

    expect(&copied, HWFP_UNCERTAIN, 0, 100);
    expect(&moved, HWFP_UNCERTAIN, 0, 100);
    expect(&repaired, HWFP_SAME, 70, 99);
}

static void a_uuid_alone_on_a_virtual_machine_is_uncertain(void **state)
{
    PAIR(p, "kvm", "kvm", "nic=enp1s0|virtio|52:54:00:00:00:99")
    (void)state;
    expect(&p, HWFP_UNCERTAIN, 84, 84);
}

/* A hypervisor may have been told the UUID of a server that it has a copy of. */
static void a_uuid_alone_in_a_guest_is_not_the_server(void **state)
{
    PAIR(p, "r630", "kvm", "system.uuid=4c4c4544-0051-5810-8032-b7c04f4d3532")
    PAIR(q, "kvm", "r630", "system.uuid=b6e42a17-53d9-4c08-9f7e-2a1d80c5e364",
         "system.serial=", "board.serial=", "chassis.serial=")
    (void)state;
    assert_true(p.is.virtual_machine && !p.was.virtual_machine);
    assert_int_equal(compare(&p, 40).component[HWFP_SYSTEM_UUID].match, HWFP_MATCH_ALL);
    assert_int_equal(compare(&q, 40).component[HWFP_SYSTEM_UUID].match, HWFP_MATCH_ALL);
    expect(&p, HWFP_DIFFERENT, 0, 3);
    expect(&q, HWFP_DIFFERENT, 0, 3);
}

/* What is gone contradicts nothing, and what cannot be read does not either. */
#define ONE_UUID "r630", "system.serial=", "board.serial=Default string", "chassis.serial="
#define NO_PARTS "disk=", "nic=", "dimm="
static void parts_that_are_gone_contradict_nothing(void **state)
{
    PAIR(uuid, ONE_UUID, ONE_UUID, NO_PARTS)
    PAIR(serial, ONE_SERIAL, ONE_SERIAL, NO_PARTS)
    PAIR(serials, "r630", "r630", NO_PARTS)
    PAIR(unknown, ONE_UUID, ONE_UUID, "disk=sda|scsi|x|unreadable", "nic=", "dimm=")
    (void)state;

    expect(&uuid, HWFP_SAME, 90, 99);
    expect(&serial, HWFP_SAME, 90, 99);
    expect(&serials, HWFP_SAME, 90, 100);
    expect(&unknown, HWFP_SAME, 90, 100);
}

static void hidden_chassis_without_the_parts_is_different(void **state)
{
    PAIR(p, "r630", "r630", "smbios.version=none", OTHER_PARTS)
    (void)state;
    expect(&p, HWFP_DIFFERENT, 0, 3);
}

static void hidden_chassis_with_placeholders_is_uncertain(void **state)
{
    PAIR(p, "r630", "r630", "system.uuid=03000200-0400-0500-0006-000700080009",
         "system.serial=To Be Filled By O.E.M.", "board.serial=Default string",
         "chassis.serial=0123456789", "nic=eno1|pci|24:6e:96:ff:00:01")
    (void)state;
    expect(&p, HWFP_UNCERTAIN, 0, 100);
}

static void hidden_chassis_with_every_kind_of_part_is_the_same(void **state)
{
    PAIR(p, "r630", "r630", "system.uuid=ffffffff-ffff-ffff-ffff-ffffffffffff",
         "system.serial=To Be Filled By O.E.M.", "board.serial=Default string",
         "chassis.serial=0123456789")
    (void)state;
    expect(&p, HWFP_SAME, 90, 100);
}

static void a_chassis_of_another_kind_is_different(void **state)
{
    PAIR(p, "pi4", "r630")
    PAIR(q, "r630", "pi4")
    PAIR(hidden, "r630", "microvm")
    (void)state;
    expect(&p, HWFP_DIFFERENT, 0, 29);
    expect(&q, HWFP_DIFFERENT, 0, 29);
    expect(&hidden, HWFP_DIFFERENT, 0, 3);
}

static void an_sd_card_in_another_pi_is_different(void **state)
{
    PAIR(p, "pi4", "pi4", "devicetree.serial=10000000cafef00d", "cpu.serial=10000000cafef00d",
         "nic=eth0|platform|dc:a6:32:00:00:99")
    (void)state;
    expect(&p, HWFP_DIFFERENT, 0, 29);
}

static void a_new_sd_card_in_the_same_pi_is_the_same(void **state)
{
    PAIR(p, "pi4", "pi4", "disk=mmcblk0|mmc|1b534d454231515430abcdef01234567")
    (void)state;
    expect(&p, HWFP_SAME, 99, 100);
}

static void nothing_in_common_is_never_the_same(void **state)
{
    struct pair p = {0};
    (void)state;
    expect(&p, HWFP_UNCERTAIN, 50, 50);

    PAIR(q, "microvm", "microvm", "nic=")
    expect(&q, HWFP_UNCERTAIN, 50, 50);
}

static void model_alone_is_never_the_same(void **state)
{
    struct pair p = {0};
    struct scratch s = scratch_new("microvm", "nic=", "disk=", NULL);
    (void)state;

    look(&s, &p.was);
    look(&s, &p.is);
    scratch_free(&s);
    assert_int_equal(hwfp_hash_strength(&p.was), HWFP_STRENGTH_NONE);
    expect(&p, HWFP_UNCERTAIN, 50, 50);
}

static void one_mac_decides_where_there_is_nothing_else(void **state)
{
    PAIR(p, "microvm", "microvm")
    PAIR(q, "microvm", "microvm", "nic=eth0|virtio|06:00:ac:10:00:99")
    (void)state;
    assert_int_equal(hwfp_hash_strength(&p.was), HWFP_STRENGTH_STRONG);
    expect(&p, HWFP_SAME, 100, 100);
    expect(&q, HWFP_DIFFERENT, 0, 29);
}

static void a_disk_alone_is_uncertain_where_the_chassis_tells_nothing(void **state)
{
    struct pair p = {0};
    struct scratch s = scratch_new("pi4", "devicetree.serial=", "cpu.serial=", NULL);
    (void)state;

    look(&s, &p.was);
    scratch_change(&s, "pi4",
                   "devicetree.serial=", "cpu.serial=", "nic=eth0|platform|dc:a6:32:00:00:99",
                   NULL);
    look(&s, &p.is);
    scratch_free(&s);
    expect(&p, HWFP_UNCERTAIN, 0, 100);
}

/* Two NICs at once are not replaced but left behind. */
#define NO_CHASSIS "r630", "system.uuid=", "system.serial=", "board.serial=", "chassis.serial="
static void a_disk_moved_away_from_soldered_parts_is_different(void **state)
{
    PAIR(moved, NO_CHASSIS, NO_CHASSIS, "dimm=", "nic=eno1|pci|24:6e:96:ff:00:01",
         "nic=eno2|pci|24:6e:96:ff:00:02")
    PAIR(one_nic, NO_CHASSIS, NO_CHASSIS, "dimm=", "nic=eno1|pci|24:6e:96:ff:00:01")
    (void)state;
    expect(&moved, HWFP_DIFFERENT, 0, 100);
    expect(&one_nic, HWFP_UNCERTAIN, 0, 100);
}

static void unreadable_neither_adds_nor_takes(void **state)
{
    PAIR(with, "r630", "r630", "disk=sda|scsi|x|unreadable")
    PAIR(without, "r630", "r630", "disk=")
    struct hwfp_comparison a = compare(&with, 40), b = compare(&without, 40);
    (void)state;

    assert_int_equal(with.is.component[HWFP_DISK_SERIAL].status, HWFP_UNREADABLE);
    assert_int_equal(without.is.component[HWFP_DISK_SERIAL].status, HWFP_ABSENT);
    assert_int_equal(a.similarity, b.similarity);
    assert_int_equal(a.verdict, HWFP_SAME);
    assert_int_equal(a.component[HWFP_DISK_SERIAL].match, HWFP_MATCH_UNKNOWN);
    pair_clear(&with);
    pair_clear(&without);
}

/* A disk that cannot be read once is not a disk that is gone. */
#define GUEST_WITH_DISK "kvm", "disk=vda|virtio|S4EVNF0M712345"
#define MICROVM_WITH_DISK "microvm", "disk=vda|virtio|S4EVNF0M712345"
static void an_unreadable_part_turns_no_verdict(void **state)
{
    PAIR(new_uuid, GUEST_WITH_DISK, "kvm", "disk=sda|scsi|x|unreadable",
         "system.uuid=11111111-2222-4333-8444-555555555556")
    PAIR(nic_is_here, MICROVM_WITH_DISK, "microvm", "disk=sda|scsi|x|unreadable")
    PAIR(other_nic, MICROVM_WITH_DISK, "microvm", "disk=sda|scsi|x|unreadable",
         "nic=eth0|virtio|06:00:ac:10:00:99")
    (void)state;

    expect(&new_uuid, HWFP_UNCERTAIN, 0, 100);
    expect(&nic_is_here, HWFP_SAME, 85, 99);
    expect(&other_nic, HWFP_DIFFERENT, 0, 29);
}

/* No threshold lets a copy in, and the highest still knows an unchanged machine. */
static void thresholds_only_refuse(void **state)
{
    PAIR(copy, "r630", OTHER_R630)
    PAIR(same, "r630", "r630")
    PAIR(changed, "r630", "r630", "disk=sda|scsi|ZZ990001|wwid=naa.5000c500ffffff01",
         "nic=eno1|pci|24:6e:96:ff:00:01", "dimm=")
    (void)state;

    for (int threshold = 1; threshold <= 100; threshold++) {
        assert_int_equal(compare(&copy, threshold).verdict, HWFP_DIFFERENT);
        assert_int_equal(compare(&same, threshold).verdict, HWFP_SAME);
    }
    assert_int_equal(compare(&changed, 70).verdict, HWFP_SAME);
    assert_int_equal(compare(&changed, 100).verdict, HWFP_DIFFERENT);
    assert_int_equal(compare(&copy, HWFP_THRESHOLD_OFF).verdict, HWFP_SAME);
    pair_clear(&copy);
    pair_clear(&same);
    pair_clear(&changed);
}

static void in_a_container_the_hosts_hardware_is_no_evidence(void **state)
{
    struct hwfp_hash hash;
    struct scratch s = scratch_new("r630", "container=docker", NULL);
    (void)state;

    look(&s, &hash);
    assert_true(hash.container);
    assert_int_equal(hash.component[HWFP_SYSTEM_UUID].status, HWFP_ABSENT);
    assert_int_equal(hash.component[HWFP_DISK_SERIAL].status, HWFP_ABSENT);
    hwfp_hash_clear(&hash);
    scratch_free(&s);
}

static void ignored_components_are_left_out(void **state)
{
    struct hwfp_hash hash;
    struct scratch s =
        scratch_new("kvm", "system.serial=b6e42a17-53d9-4c08-9f7e-2a1d80c5e364", NULL);
    (void)state;

    assert_int_equal(hwfp_hash_collect(s.system, &key, 1U << HWFP_SYSTEM_UUID, &hash), 0);
    assert_int_equal(hash.component[HWFP_SYSTEM_UUID].status, HWFP_ABSENT);
    /* Made of the UUID: ignored with it. */
    assert_int_equal(hash.component[HWFP_SYSTEM_SERIAL].status, HWFP_ABSENT);
    hwfp_hash_clear(&hash);
    scratch_free(&s);
}

static void labels_give_two_characters_away_at_most(void **state)
{
    struct hwfp_hash hash;
    struct scratch s = scratch_new("r630", "system.serial=AB1", NULL);
    (void)state;

    look(&s, &hash);
    assert_string_equal(hash.component[HWFP_SYSTEM_SERIAL].items[0].label, "");
    assert_string_equal(hash.component[HWFP_CHASSIS_SERIAL].items[0].label, "52");
    hwfp_hash_clear(&hash);
    scratch_free(&s);
}

/* su and sudo take their user's locale: in a Turkish one 'I' is no 'i' for ctype.h. */
static void the_locale_changes_nothing(void **state)
{
    CLEANUP_FREE char *command = NULL;
    struct pair p = {0};
    struct scratch s =
        scratch_new("r630", "system.serial=INTEL-SERIAL-77I", "board.serial=DEFAULT STRING",
                    "system.manufacturer=VIRTUAL INC", NULL);
    bool turkish;
    (void)state;

    look(&s, &p.was);
    assert_true(asprintf(&command, "localedef -i tr_TR -f UTF-8 %s/tr_TR.UTF-8", s.path) > 0);
    turkish = system(command) == 0 && /* NOLINT(bugprone-command-processor,cert-env33-c) */
              setenv("LOCPATH", s.path, 1) == 0 && setlocale(LC_ALL, "tr_TR.UTF-8") != NULL;
    if (turkish) {
        assert_int_not_equal(tolower('I'), 'i');
        look(&s, &p.is);
        expect(&p, HWFP_SAME, 100, 100);
    }
    (void)setlocale(LC_ALL, "C");
    (void)unsetenv("LOCPATH");
    hwfp_hash_clear(&p.was);
    scratch_free(&s);
    if (!turkish)
        skip(); /* the package locales has them */
}

/* Another vault's key makes other digests of the same machine. */
static void digests_depend_on_the_key(void **state)
{
    const struct hwfp_key other = {{43}};
    struct hwfp_hash a, b;
    struct scratch s = scratch_new("r630", NULL);
    (void)state;

    look(&s, &a);
    assert_int_equal(hwfp_hash_collect(s.system, &other, 0, &b), 0);
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        assert_int_equal(items_common(&a.component[c], &b.component[c]), 0);
    hwfp_hash_clear(&a);
    hwfp_hash_clear(&b);
    scratch_free(&s);
}

/* ---- By hand: the table. ---- */

/* The n-th number that a component may have. */
static void put(struct hwfp_hash *hash, enum hwfp_component c, unsigned n)
{
    struct hwfp_item item = {.digest = {(uint8_t)n, (uint8_t)c}};

    items_put(&hash->component[c], &item);
}

static void both(struct pair *p, enum hwfp_component c)
{
    put(&p->was, c, 1);
    put(&p->is, c, 1);
}

static void differ(struct pair *p, enum hwfp_component c)
{
    put(&p->was, c, 1);
    put(&p->is, c, 2);
}

static void virtual_pair(struct pair *p)
{
    p->was.virtual_machine = p->is.virtual_machine = true;
}

/* Something on record that is not there, so that not all on record is. */
static void something_gone(struct pair *p)
{
    put(&p->was, HWFP_BIOS_VERSION, 1); /* has no say */
    put(&p->was, HWFP_DISK_SERIAL, 9);
}

static void expect_sum(struct pair *pair, int sum, int bits, enum hwfp_verdict verdict)
{
    struct hwfp_comparison c = compare(pair, HWFP_THRESHOLD_DEFAULT);

    if (c.sum != sum || c.bits != bits || c.verdict != verdict)
        print_error("sum %d, bits %d, %s: %s\n", c.sum, c.bits, hwfp_verdict_name(c.verdict),
                    c.reason);
    assert_int_equal(c.sum, sum);
    assert_int_equal(c.bits, bits);
    assert_int_equal(c.verdict, verdict);
    pair_clear(pair);
}

static int bits_of(const struct pair *pair, enum hwfp_component c)
{
    return compare(pair, HWFP_THRESHOLD_DEFAULT).component[c].bits;
}

/* What each row says of one item that agrees, of one that does not, and of two. A test compares the
 * rows with the manual page; these say that they are what a comparison uses. */
static void each_component_says_its_row(void **state)
{
    (void)state;
    for (int is_virtual = 0; is_virtual < 2; is_virtual++)
        for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++) {
            struct judge_bits row = judge_bits(c, is_virtual);
            struct pair agrees = {0}, disagrees = {0}, several = {0};

            agrees.was.virtual_machine = agrees.is.virtual_machine = is_virtual;
            disagrees.was.virtual_machine = disagrees.is.virtual_machine = is_virtual;
            several.was.virtual_machine = several.is.virtual_machine = is_virtual;
            both(&agrees, c);
            differ(&disagrees, c);
            differ(&several, c);
            put(&several.was, c, 3);
            put(&several.is, c, 4);
            assert_true(row.agrees >= 0 && row.disagrees <= 0 && row.several <= 0);
            assert_int_equal(bits_of(&agrees, c), row.agrees);
            assert_int_equal(bits_of(&disagrees, c), row.disagrees);
            assert_int_equal(bits_of(&several, c), row.several ? row.several : row.disagrees);
            pair_clear(&agrees);
            pair_clear(&disagrees);
            pair_clear(&several);
        }
}

static void what_travels_and_where_it_stands_have_no_row(void **state)
{
    (void)state;
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        for (int is_virtual = 0; is_virtual < 2; is_virtual++) {
            struct judge_bits row = judge_bits(c, is_virtual);
            enum hwfp_class class = hwfp_component_class(c);

            if (class == HWFP_IMAGE || class == HWFP_PLACE || c == HWFP_ASSET_TAG ||
                (class == HWFP_MODEL && is_virtual))
                assert_true(row.agrees == 0 && row.disagrees == 0 && row.several == 0);
        }
}

static void the_similarity_is_the_chance_of_the_sum(void **state)
{
    (void)state;
    for (int bits = -250; bits <= 250; bits++) {
        double power = exp2(bits / 10.0);

        assert_int_equal(judge_similarity(bits), lround(100 * power / (1 + power)));
    }
    assert_int_equal(judge_similarity(INT16_MIN), 0);
    assert_int_equal(judge_similarity(INT16_MAX), 100);
    assert_int_equal(judge_similarity(JUDGE_SAME), 85);
    assert_int_equal(judge_similarity(JUDGE_SAME - 1), 84);
    assert_int_equal(judge_similarity(JUDGE_DIFFERENT), 3);
}

/* On bare metal the mean of what stayed and of what was replaced; no hypervisor's device is carried
 * over. */
static void a_set_says_its_mean(void **state)
{
    struct pair p = {0};
    (void)state;

    for (unsigned n = 1; n <= 4; n++) {
        put(&p.was, HWFP_NIC_MAC, n);
        put(&p.is, HWFP_NIC_MAC, n > 2 ? n : n + 10);
    }
    assert_int_equal(bits_of(&p, HWFP_NIC_MAC), 2); /* 2 of 4: (2 * 5 - 2 * 4.5) / 4 */
    put(&p.is, HWFP_NIC_MAC, 20);
    assert_int_equal(bits_of(&p, HWFP_NIC_MAC), 2); /* one more takes nothing */
    items_take(&p.was.component[HWFP_NIC_MAC], 0);
    assert_int_equal(bits_of(&p, HWFP_NIC_MAC), 18); /* 2 of 3: (2 * 5 - 4.5) / 3 */
    virtual_pair(&p);
    assert_int_equal(bits_of(&p, HWFP_NIC_MAC), 25); /* all that the row has */
    pair_clear(&p);
}

/* ---- By hand: the guards, each with a case in which it holds and the nearest in which not. ----
 */

static void all_on_record_is_here(void **state)
{
    struct pair disk = {0}, more = {0}, gone = {0}, nothing = {0}, model = {0}, tag = {0};
    (void)state;

    both(&disk, HWFP_DISK_SERIAL);
    expect_sum(&disk, 10, 25, HWFP_SAME);
    both(&more, HWFP_DISK_SERIAL);
    put(&more.is, HWFP_NIC_MAC, 1); /* new, and not on record */
    put(&more.is, HWFP_DISK_SERIAL, 2);
    expect_sum(&more, 10, 25, HWFP_SAME);
    both(&gone, HWFP_DISK_SERIAL);
    put(&gone.was, HWFP_DISK_SERIAL, 2);
    expect_sum(&gone, 10, 10, HWFP_UNCERTAIN);
    expect_sum(&nothing, 0, 0, HWFP_UNCERTAIN);
    both(&model, HWFP_CPU_MODEL);
    expect_sum(&model, 3, 3, HWFP_UNCERTAIN);
    both(&tag, HWFP_ASSET_TAG);
    expect_sum(&tag, 0, 0, HWFP_UNCERTAIN);
}

static void nothing_agrees(void **state)
{
    struct pair nic = {0}, disk_agrees = {0}, one_bit = {0}, models_agree = {0};
    (void)state;

    differ(&nic, HWFP_NIC_MAC);
    expect_sum(&nic, -45, -50, HWFP_DIFFERENT);
    differ(&models_agree, HWFP_NIC_MAC);
    both(&models_agree, HWFP_BOARD_MODEL);
    expect_sum(&models_agree, -42, -50, HWFP_DIFFERENT);
    differ(&disk_agrees, HWFP_NIC_MAC);
    both(&disk_agrees, HWFP_DISK_SERIAL);
    expect_sum(&disk_agrees, -35, -35, HWFP_UNCERTAIN);
    differ(&one_bit, HWFP_NIC_MAC_SOFT); /* too little to say that it is another machine */
    expect_sum(&one_bit, -10, -10, HWFP_UNCERTAIN);
}

static void another_cloud_instance(void **state)
{
    struct pair other = {0}, none = {0};
    (void)state;

    for (int i = 0; i < 2; i++) {
        struct pair *p = i ? &none : &other;

        virtual_pair(p);
        something_gone(p);
        both(p, HWFP_SYSTEM_UUID);
        both(p, HWFP_NIC_MAC);
        both(p, HWFP_DEVICETREE_SERIAL);
    }
    differ(&other, HWFP_CLOUD_INSTANCE);
    expect_sum(&other, 60 + 25 + 40 - 120, -50, HWFP_DIFFERENT);
    put(&none.was, HWFP_CLOUD_INSTANCE, 1); /* not told any more */
    expect_sum(&none, 60 + 25 + 40, 60 + 25 + 40, HWFP_SAME);
}

static void a_chassis_that_is_another_one_as_a_whole(void **state)
{
    struct pair whole = {0}, one_agrees = {0}, one_number = {0};
    const int parts = 50 + 50 + 50;
    (void)state;

    for (int i = 0; i < 3; i++) {
        struct pair *p = i == 0 ? &whole : i == 1 ? &one_agrees : &one_number;

        differ(p, HWFP_SYSTEM_UUID);
        differ(p, HWFP_SYSTEM_SERIAL);
        both(p, HWFP_NIC_MAC);
        both(p, HWFP_DIMM_SERIAL);
        both(p, HWFP_CPU_SERIAL);
    }
    expect_sum(&whole, parts - 50 - 45, -50, HWFP_DIFFERENT);
    both(&one_agrees, HWFP_CHASSIS_SERIAL);
    expect_sum(&one_agrees, parts - 50 - 45 + 20, parts - 50 - 45 + 20, HWFP_SAME);
    one_number.was.component[HWFP_SYSTEM_SERIAL].derived = true; /* from the UUID */
    expect_sum(&one_number, parts - 50, parts - 50, HWFP_SAME);
}

static void another_boards_serial_number(void **state)
{
    struct pair board = {0}, system = {0}, guest = {0}, away = {0};
    (void)state;

    for (int i = 0; i < 3; i++) {
        struct pair *p = i == 0 ? &board : i == 1 ? &system : &guest;

        both(p, HWFP_SYSTEM_UUID);
        both(p, HWFP_NIC_MAC);
    }
    differ(&board, HWFP_BOARD_SERIAL);
    expect_sum(&board, 60 + 50 - 45, 24, HWFP_UNCERTAIN);
    differ(&system, HWFP_SYSTEM_SERIAL);
    expect_sum(&system, 60 + 50 - 45, 60 + 50 - 45, HWFP_SAME);
    virtual_pair(&guest);
    differ(&guest, HWFP_BOARD_SERIAL);
    expect_sum(&guest, 60 + 25 - 10, 60 + 25 - 10, HWFP_SAME);
    differ(&away, HWFP_BOARD_SERIAL); /* a guard only ever lowers */
    differ(&away, HWFP_NIC_MAC);
    both(&away, HWFP_CHASSIS_SERIAL);
    expect_sum(&away, 20 - 45 - 45, -70, HWFP_DIFFERENT);
}

static void the_disks_are_all_that_agrees(void **state)
{
    static const enum hwfp_component models[] = {HWFP_SYSTEM_MODEL, HWFP_BOARD_MODEL,
                                                 HWFP_DEVICETREE_MODEL, HWFP_CPU_MODEL,
                                                 HWFP_MEMORY_LAYOUT};
    struct pair more = {0}, only = {0};
    (void)state;

    for (int i = 0; i < 2; i++) {
        struct pair *p = i ? &only : &more;

        both(p, HWFP_DISK_SERIAL);
        something_gone(p);
        for (size_t k = 0; k < ARRAY_SIZE(models); k++)
            both(p, models[k]);
    }
    put(&more.was, HWFP_NIC_MAC, 1);
    expect_sum(&more, 25, 24, HWFP_UNCERTAIN);
    expect_sum(&only, 25, 25, HWFP_SAME);
}

static void the_uuid_of_a_guest_is_all_that_agrees(void **state)
{
    struct pair alone = {0}, disk = {0}, gone = {0}, metal = {0};
    (void)state;

    for (int i = 0; i < 4; i++) {
        struct pair *p = i == 0 ? &alone : i == 1 ? &disk : i == 2 ? &gone : &metal;

        p->was.virtual_machine = p->is.virtual_machine = p != &metal;
        both(p, HWFP_SYSTEM_UUID);
        put(&p->was, HWFP_NIC_MAC, 1);
        if (p != &gone)
            put(&p->is, HWFP_NIC_MAC, 2);
    }
    expect_sum(&alone, 60 - 30, 24, HWFP_UNCERTAIN);
    both(&disk, HWFP_DISK_SERIAL);
    expect_sum(&disk, 60 - 30 + 20, 60 - 30 + 20, HWFP_SAME);
    expect_sum(&gone, 60, 60, HWFP_SAME); /* nothing contradicts */
    both(&metal, HWFP_CHASSIS_SERIAL);
    expect_sum(&metal, 60 + 20 - 45, 60 + 20 - 45, HWFP_SAME);
}

/* The chassis' evidence is on record; what is in its place? */
static void hide(struct pair *p, enum hwfp_status status)
{
    put(&p->was, HWFP_SYSTEM_UUID, 1);
    p->is.component[HWFP_SYSTEM_UUID].status = status;
    both(p, HWFP_CPU_SERIAL);
    both(p, HWFP_EFI_TOKEN);
}

static void hidden_chassis_evidence(void **state)
{
    struct pair absent = {0}, placeholder = {0}, unreadable = {0}, container = {0}, nic = {0},
                dimm = {0}, other_field = {0}, never = {0};
    (void)state;

    hide(&absent, HWFP_ABSENT);
    expect_sum(&absent, 50 + 40 - 30, 24, HWFP_UNCERTAIN);
    hide(&placeholder, HWFP_PLACEHOLDER);
    expect_sum(&placeholder, 50 + 40 - 30, 24, HWFP_UNCERTAIN);
    hide(&unreadable, HWFP_UNREADABLE);
    expect_sum(&unreadable, 50 + 40, 50 + 40, HWFP_SAME);
    hide(&container, HWFP_ABSENT);
    container.is.container = true;
    expect_sum(&container, 50 + 40, 50 + 40, HWFP_SAME);
    hide(&nic, HWFP_ABSENT);
    both(&nic, HWFP_NIC_MAC);
    expect_sum(&nic, 50 + 40 + 50 - 30, 50 + 40 + 50 - 30, HWFP_SAME);
    hide(&dimm, HWFP_ABSENT);
    both(&dimm, HWFP_DIMM_SERIAL);
    expect_sum(&dimm, 50 + 40 + 50 - 30, 50 + 40 + 50 - 30, HWFP_SAME);
    hide(&other_field, HWFP_ABSENT); /* something is to be seen, if nothing of the record */
    put(&other_field.is, HWFP_SYSTEM_SERIAL, 1);
    expect_sum(&other_field, 50 + 40, 50 + 40, HWFP_SAME);
    both(&never, HWFP_CPU_SERIAL); /* none is on record */
    something_gone(&never);
    expect_sum(&never, 50, 50, HWFP_SAME);
}

static void another_kind_of_machine(void **state)
{
    struct pair became = {0}, stayed = {0}, container = {0}, all_here = {0};
    (void)state;

    for (int i = 0; i < 4; i++) {
        struct pair *p = i == 0 ? &became : i == 1 ? &stayed : i == 2 ? &container : &all_here;

        both(p, HWFP_SYSTEM_UUID);
        both(p, HWFP_NIC_MAC);
        if (p != &all_here)
            something_gone(p);
        p->is.virtual_machine = true;
    }
    expect_sum(&became, 60 + 50 - 100, 10, HWFP_UNCERTAIN);
    stayed.is.virtual_machine = false;
    expect_sum(&stayed, 60 + 50, 110, HWFP_SAME);
    container.is.container = true; /* its host's kind says nothing */
    expect_sum(&container, 60 + 50, 110, HWFP_SAME);
    expect_sum(&all_here, 60 + 50 - 100, 10, HWFP_UNCERTAIN);
}

/* ---- One number in several fields. ---- */

static void one_number_counts_once_where_it_is_heaviest(void **state)
{
    struct pair same = {0}, against = {0}, split = {0};
    (void)state;

    for (int i = 0; i < 3; i++) {
        struct pair *p = i == 0 ? &same : i == 1 ? &against : &split;

        for (enum hwfp_component c = HWFP_SYSTEM_SERIAL; c <= HWFP_CHASSIS_SERIAL; c++) {
            bool agrees = p == &same || (p == &split && c != HWFP_CHASSIS_SERIAL);

            put(&p->was, c, 1);
            put(&p->is, c, agrees ? 1 : 2);
            p->was.component[c].derived = c != HWFP_SYSTEM_SERIAL;
            p->was.component[c].derived_from = HWFP_SYSTEM_SERIAL;
        }
        something_gone(p);
    }
    expect_sum(&same, 50, 50, HWFP_SAME);
    expect_sum(&against, -45, -50, HWFP_DIFFERENT);
    expect_sum(&split, 50 - 25, 50 - 25, HWFP_SAME);
}

/* The makers' own ways to spell a number twice. */
static void numbers_that_are_the_same_are_linked(void **state)
{
    static const struct {
        const char *uuid, *serial, *board;
        bool serial_is_uuids, board_is_serials;
    } cases[] = {
        /* Dell */
        {"4c4c4544-0051-5810-8032-b7c04f4d3532", "7QX2M52", "BOARD77X", true, false},
        {"4c4c4544-0051-5810-8032-b7c04f4d3532", "7QX2M53", "BOARD77X", false, false},
        /* HPE: the UUID's bytes are 719064CZ32490MVV */
        {"30393137-3436-5a43-3332-3439304d5656", "CZ32490MVV", "BOARD77X", true, false},
        {"30393137-3436-5a43-3332-3439304d5656", "CZ32490MVW", "BOARD77X", false, false},
        /* VMware */
        {"564d1234-53d9-4c08-9f7e-2a1d80c5e364",
         "VMware-56 4d 12 34 53 d9 4c 08-9f 7e 2a 1d 80 c5 e3 64", "BOARD77X", true, false},
        {"564d1234-53d9-4c08-9f7e-2a1d80c5e364",
         "VMware-56 4d 12 34 53 d9 4c 08-9f 7e 2a 1d 80 c5 e3 65", "BOARD77X", false, false},
        /* many */
        {"b6e42a17-53d9-4c08-9f7e-2a1d80c5e364", "SN77041X", "SN77041X", false, true},
        {"b6e42a17-53d9-4c08-9f7e-2a1d80c5e364", "SN77041X", "SN77041Y", false, false},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP_FREE char *uuid = NULL, *serial = NULL, *board = NULL;
        struct hwfp_hash hash;
        const struct hwfp_items *system = &hash.component[HWFP_SYSTEM_SERIAL];
        const struct hwfp_items *boards = &hash.component[HWFP_BOARD_SERIAL];
        struct scratch s;

        assert_true(asprintf(&uuid, "system.uuid=%s", cases[i].uuid) > 0);
        assert_true(asprintf(&serial, "system.serial=%s", cases[i].serial) > 0);
        assert_true(asprintf(&board, "board.serial=%s", cases[i].board) > 0);
        s = scratch_new("r630", uuid, serial, board, "chassis.serial=", NULL);
        look(&s, &hash);
        assert_int_equal(system->derived, cases[i].serial_is_uuids);
        if (system->derived)
            assert_int_equal(system->derived_from, HWFP_SYSTEM_UUID);
        assert_int_equal(boards->derived, cases[i].board_is_serials);
        if (boards->derived)
            assert_int_equal(boards->derived_from, HWFP_SYSTEM_SERIAL);
        hwfp_hash_clear(&hash);
        scratch_free(&s);
    }
}

/* A UUID made of a NIC's address has its say alone; beside it another NIC has its own. */
static void an_address_within_the_uuid_is_said_once(void **state)
{
    static const char uuid[] = "system.uuid=5ac0ffee-1111-4222-8333-246e960c1a40";
    static const char within[] = "nic=eno1|pci|24:6e:96:0c:1a:40";
    static const char another[] = "nic=eno2|pci|24:6e:96:0c:1a:77";
    PAIR(one, "r630", "r630", uuid, within)
    PAIR(two, "r630", "r630", uuid, within, another)
    PAIR(hidden_uuid, "r630", "r630", within, "system.uuid=")
    struct scratch s = scratch_new("r630", uuid, within, NULL);
    (void)state;

    hwfp_hash_clear(&one.was);
    hwfp_hash_clear(&hidden_uuid.was);
    look(&s, &one.was);
    look(&s, &hidden_uuid.was);
    scratch_change(&s, "r630", uuid, within, another, NULL);
    hwfp_hash_clear(&two.was);
    look(&s, &two.was);
    scratch_free(&s);
    assert_int_equal(one.was.component[HWFP_NIC_MAC].items[0].within, 1 + HWFP_SYSTEM_UUID);
    assert_int_equal(bits_of(&one, HWFP_SYSTEM_UUID), 60);
    assert_int_equal(bits_of(&one, HWFP_NIC_MAC), 0);
    assert_int_equal(bits_of(&two, HWFP_SYSTEM_UUID), 60);
    assert_int_equal(bits_of(&two, HWFP_NIC_MAC), 50);
    /* The UUID is not compared: then the address is. */
    assert_int_equal(bits_of(&hidden_uuid, HWFP_NIC_MAC), 50);
    pair_clear(&one);
    pair_clear(&two);
    pair_clear(&hidden_uuid);
}

/* Nor is it said beside a serial number that spells the UUID, if the UUID is gone. */
static void an_address_within_a_number_of_two_fields_is_said_once(void **state)
{
    struct pair p = {0}, alone = {0};
    (void)state;

    for (int i = 0; i < 2; i++) {
        struct pair *one = i ? &alone : &p;

        both(one, HWFP_NIC_MAC);
        one->was.component[HWFP_NIC_MAC].items[0].within = 1 + HWFP_SYSTEM_UUID;
        one->is.component[HWFP_NIC_MAC].items[0].within = 1 + HWFP_SYSTEM_UUID;
    }
    both(&p, HWFP_SYSTEM_SERIAL);
    p.was.component[HWFP_SYSTEM_SERIAL].derived = p.is.component[HWFP_SYSTEM_SERIAL].derived = true;
    assert_int_equal(bits_of(&p, HWFP_SYSTEM_SERIAL), 50);
    assert_int_equal(bits_of(&p, HWFP_NIC_MAC), 0);
    assert_int_equal(bits_of(&alone, HWFP_NIC_MAC), 50);
    pair_clear(&p);
    pair_clear(&alone);
}

/* A card is replaced; the interface on the board, which the UUID is made of, is there. */
static void another_card_beside_the_uuids_address_contradicts_nothing(void **state)
{
    struct pair p = {0};
    (void)state;

    both(&p, HWFP_SYSTEM_UUID);
    both(&p, HWFP_NIC_MAC);
    p.was.component[HWFP_NIC_MAC].items[0].within = 1 + HWFP_SYSTEM_UUID;
    p.is.component[HWFP_NIC_MAC].items[0].within = 1 + HWFP_SYSTEM_UUID;
    put(&p.was, HWFP_NIC_MAC, 2);
    put(&p.is, HWFP_NIC_MAC, 3);
    expect_sum(&p, 60, 60, HWFP_SAME);
}

static void a_boot_loaders_serial_number_is_one_bit(void **state)
{
    struct pair chip = {0}, same_number = {0}, alone = {0}, guest = {0};
    (void)state;

    /* A hypervisor has no boot loader that writes it. */
    virtual_pair(&guest);
    both(&guest, HWFP_DEVICETREE_SERIAL);
    both(&guest, HWFP_SOC_SERIAL);
    assert_int_equal(bits_of(&guest, HWFP_DEVICETREE_SERIAL), 40);
    pair_clear(&guest);

    for (int i = 0; i < 3; i++) {
        struct pair *p = i == 0 ? &chip : i == 1 ? &same_number : &alone;

        differ(p, HWFP_DEVICETREE_SERIAL);
        if (p != &alone)
            both(p, HWFP_SOC_SERIAL);
    }
    assert_int_equal(bits_of(&chip, HWFP_DEVICETREE_SERIAL), -10);
    assert_int_equal(bits_of(&chip, HWFP_SOC_SERIAL), 50);
    same_number.was.component[HWFP_SOC_SERIAL].derived = true;
    same_number.was.component[HWFP_SOC_SERIAL].derived_from = HWFP_DEVICETREE_SERIAL;
    same_number.is.component[HWFP_SOC_SERIAL].derived = true;
    same_number.is.component[HWFP_SOC_SERIAL].derived_from = HWFP_DEVICETREE_SERIAL;
    assert_int_equal(bits_of(&same_number, HWFP_DEVICETREE_SERIAL), -50);
    assert_int_equal(bits_of(&alone, HWFP_DEVICETREE_SERIAL), -50);
    pair_clear(&chip);
    pair_clear(&same_number);
    pair_clear(&alone);
}

/* ---- The strength. ---- */

static void strength_is_what_the_nearest_copies_are(void **state)
{
    static const struct {
        enum hwfp_component c[4];
        size_t n;
        bool virtual_machine;
        enum hwfp_strength strength;
    } machines[] = {
        {{0}, 0, false, HWFP_STRENGTH_NONE},
        {{HWFP_CPU_MODEL, HWFP_BOARD_MODEL, HWFP_MACHINE_ID, HWFP_IP_ADDRESS},
         4,
         false,
         HWFP_STRENGTH_NONE},
        {{HWFP_ASSET_TAG}, 1, false, HWFP_STRENGTH_NONE},
        /* What a hypervisor's guest has no row for. */
        {{HWFP_DIMM_SERIAL}, 1, true, HWFP_STRENGTH_NONE},
        /* The disk that moves takes all along. */
        {{HWFP_DISK_SERIAL}, 1, false, HWFP_STRENGTH_WEAK},
        {{HWFP_NIC_MAC_SOFT}, 1, false, HWFP_STRENGTH_WEAK},
        {{HWFP_NIC_MAC_SOFT, HWFP_DISK_SERIAL}, 2, false, HWFP_STRENGTH_WEAK},
        /* The image elsewhere is different; the disk there is doubted. */
        {{HWFP_NIC_MAC, HWFP_DISK_SERIAL}, 2, false, HWFP_STRENGTH_FAIR},
        {{HWFP_SYSTEM_UUID, HWFP_DISK_SERIAL}, 2, true, HWFP_STRENGTH_FAIR},
        {{HWFP_SYSTEM_UUID}, 1, false, HWFP_STRENGTH_STRONG},
        {{HWFP_NIC_MAC}, 1, true, HWFP_STRENGTH_STRONG},
        {{HWFP_SYSTEM_UUID, HWFP_NIC_MAC, HWFP_DISK_SERIAL}, 3, true, HWFP_STRENGTH_STRONG},
        {{HWFP_SYSTEM_UUID, HWFP_BOARD_SERIAL, HWFP_DISK_SERIAL}, 3, false, HWFP_STRENGTH_STRONG},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
        struct hwfp_hash hash = {.virtual_machine = machines[i].virtual_machine};
        enum hwfp_strength strength;

        for (size_t k = 0; k < machines[i].n; k++)
            put(&hash, machines[i].c[k], 1);
        strength = hwfp_hash_strength(&hash);
        if (strength != machines[i].strength)
            hash_show(hwfp_strength_name(strength), &hash);
        assert_int_equal(strength, machines[i].strength);
        hwfp_hash_clear(&hash);
    }
}

static void strength_of_sample_machines(void **state)
{
    static const struct {
        const char *facts, *override;
        enum hwfp_strength strength;
    } machines[] = {
        {"r630", "hostname=x", HWFP_STRENGTH_STRONG},
        {"kvm", "hostname=x", HWFP_STRENGTH_STRONG},
        {"pi4", "hostname=x", HWFP_STRENGTH_STRONG},
        {"microvm", "hostname=x", HWFP_STRENGTH_STRONG},
        {"microvm", "nic=", HWFP_STRENGTH_NONE},
        {"kvm", "nic=", HWFP_STRENGTH_STRONG},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
        struct scratch s = scratch_new(machines[i].facts, machines[i].override, NULL);
        struct hwfp_hash hash;

        look(&s, &hash);
        assert_int_equal(hwfp_hash_strength(&hash), machines[i].strength);
        hwfp_hash_clear(&hash);
        scratch_free(&s);
    }
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_same_machine_is_100),
        T(image_and_place_count_nothing),
        T(a_copy_on_the_same_model_is_different),
        T(disks_moved_to_another_chassis_are_different),
        T(parts_never_outvote_the_chassis),
        T(every_part_replaced_at_once_is_uncertain),
        T(firmware_update_is_the_same),
        T(a_uuid_in_the_other_byte_order_is_the_same),
        T(a_new_uuid_with_every_part_is_uncertain),
        T(a_serial_made_of_the_uuid_is_no_second_witness),
        T(a_clone_with_a_new_uuid_and_mac_is_different),
        T(a_new_uuid_without_parts_is_different),
        T(mainboard_replaced_and_tag_written_anew_is_uncertain),
        T(the_blade_next_door_is_different),
        T(a_uuid_alone_on_bare_metal_is_uncertain),
        T(a_serial_alone_on_bare_metal_may_be_a_batchs),
        T(a_uuid_alone_on_a_virtual_machine_is_uncertain),
        T(hidden_chassis_without_the_parts_is_different),
        T(hidden_chassis_with_placeholders_is_uncertain),
        T(hidden_chassis_with_every_kind_of_part_is_the_same),
        T(a_chassis_of_another_kind_is_different),
        T(an_sd_card_in_another_pi_is_different),
        T(a_new_sd_card_in_the_same_pi_is_the_same),
        T(nothing_in_common_is_never_the_same),
        T(model_alone_is_never_the_same),
        T(one_mac_decides_where_there_is_nothing_else),
        T(a_disk_alone_is_uncertain_where_the_chassis_tells_nothing),
        T(a_disk_moved_away_from_soldered_parts_is_different),
        T(unreadable_neither_adds_nor_takes),
        T(an_unreadable_part_turns_no_verdict),
        T(a_uuid_alone_in_a_guest_is_not_the_server),
        T(parts_that_are_gone_contradict_nothing),
        T(thresholds_only_refuse),
        T(in_a_container_the_hosts_hardware_is_no_evidence),
        T(ignored_components_are_left_out),
        T(labels_give_two_characters_away_at_most),
        T(the_locale_changes_nothing),
        T(digests_depend_on_the_key),
        T(each_component_says_its_row),
        T(what_travels_and_where_it_stands_have_no_row),
        T(the_similarity_is_the_chance_of_the_sum),
        T(a_set_says_its_mean),
        T(all_on_record_is_here),
        T(nothing_agrees),
        T(another_cloud_instance),
        T(a_chassis_that_is_another_one_as_a_whole),
        T(another_boards_serial_number),
        T(the_disks_are_all_that_agrees),
        T(the_uuid_of_a_guest_is_all_that_agrees),
        T(hidden_chassis_evidence),
        T(another_kind_of_machine),
        T(one_number_counts_once_where_it_is_heaviest),
        T(numbers_that_are_the_same_are_linked),
        T(an_address_within_the_uuid_is_said_once),
        T(an_address_within_a_number_of_two_fields_is_said_once),
        T(another_card_beside_the_uuids_address_contradicts_nothing),
        T(a_boot_loaders_serial_number_is_one_bit),
        T(strength_is_what_the_nearest_copies_are),
        T(strength_of_sample_machines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
