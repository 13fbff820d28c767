/* SPDX-License-Identifier: BSD-2-Clause */
/* The hardware policy's rules, on hardware hashes of sample machines before and after a change. */
#include <ctype.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "hwfp.h"
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
    assert_true(c.similarity >= least && c.similarity <= most);
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

static void every_part_replaced_is_the_same_server(void **state)
{
    PAIR(p, "r630", "r630", OTHER_PARTS)
    (void)state;
    expect(&p, HWFP_SAME, 70, 99);
}

static void firmware_update_is_the_same(void **state)
{
    PAIR(p, "r630", "r630", "bios.version=2.19.0", "bios.date=12/12/2023", "smbios.version=3.2")
    (void)state;
    expect(&p, HWFP_SAME, 95, 99);
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

static void a_uuid_alone_on_a_virtual_machine_is_the_same(void **state)
{
    PAIR(p, "kvm", "kvm", "nic=enp1s0|virtio|52:54:00:00:00:99")
    (void)state;
    expect(&p, HWFP_SAME, 70, 99);
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
    expect(&p, HWFP_UNCERTAIN, 0, 100);
    expect(&q, HWFP_UNCERTAIN, 0, 100);
}

/* What is uncertain while the parts can be seen is no better without them. */
#define ONE_UUID "r630", "system.serial=", "board.serial=Default string", "chassis.serial="
#define NO_PARTS "disk=", "nic=", "dimm="
static void hiding_the_parts_beside_a_lone_match_is_uncertain(void **state)
{
    PAIR(uuid, ONE_UUID, ONE_UUID, NO_PARTS)
    PAIR(serial, ONE_SERIAL, ONE_SERIAL, NO_PARTS)
    PAIR(serials, "r630", "r630", NO_PARTS)
    PAIR(unknown, ONE_UUID, ONE_UUID, "disk=sda|scsi|x|unreadable", "nic=", "dimm=")
    (void)state;

    expect(&uuid, HWFP_UNCERTAIN, 0, 100);
    expect(&serial, HWFP_UNCERTAIN, 0, 100);
    expect(&serials, HWFP_SAME, 90, 100);
    expect(&unknown, HWFP_SAME, 90, 100);
}

static void hidden_chassis_without_the_parts_is_uncertain(void **state)
{
    PAIR(p, "r630", "r630", "smbios.version=none", OTHER_PARTS)
    (void)state;
    expect(&p, HWFP_UNCERTAIN, 0, 39);
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
    expect(&hidden, HWFP_UNCERTAIN, 0, 29);
}

static void an_sd_card_in_another_pi_is_different(void **state)
{
    PAIR(p, "pi4", "pi4", "devicetree.serial=10000000cafef00d",
         "nic=eth0|platform|dc:a6:32:00:00:99")
    (void)state;
    expect(&p, HWFP_DIFFERENT, 0, 29);
}

static void a_new_sd_card_in_the_same_pi_is_the_same(void **state)
{
    PAIR(p, "pi4", "pi4", "disk=mmcblk0|mmc|1b534d454231515430abcdef01234567")
    (void)state;
    expect(&p, HWFP_SAME, 75, 99);
}

static void nothing_in_common_is_never_the_same(void **state)
{
    struct pair p = {0};
    (void)state;
    expect(&p, HWFP_UNCERTAIN, 0, 0);

    PAIR(q, "microvm", "microvm", "nic=")
    expect(&q, HWFP_UNCERTAIN, 0, 0);
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
    expect(&p, HWFP_UNCERTAIN, 0, 0);
}

static void one_mac_decides_where_there_is_nothing_else(void **state)
{
    PAIR(p, "microvm", "microvm")
    PAIR(q, "microvm", "microvm", "nic=eth0|virtio|06:00:ac:10:00:99")
    (void)state;
    assert_int_equal(hwfp_hash_strength(&p.was), HWFP_STRENGTH_WEAK);
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
    expect(&nic_is_here, HWFP_SAME, 100, 100);
    expect(&other_nic, HWFP_DIFFERENT, 0, 29);
}

/* No threshold lets a copy in, and the highest still knows an unchanged machine. */
static void thresholds_only_refuse(void **state)
{
    PAIR(copy, "r630", OTHER_R630)
    PAIR(same, "r630", "r630")
    PAIR(changed, "r630", "r630", OTHER_PARTS)
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

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_same_machine_is_100),
        T(image_and_place_count_nothing),
        T(a_copy_on_the_same_model_is_different),
        T(disks_moved_to_another_chassis_are_different),
        T(parts_never_outvote_the_chassis),
        T(every_part_replaced_is_the_same_server),
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
        T(a_uuid_alone_on_a_virtual_machine_is_the_same),
        T(hidden_chassis_without_the_parts_is_uncertain),
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
        T(hiding_the_parts_beside_a_lone_match_is_uncertain),
        T(thresholds_only_refuse),
        T(in_a_container_the_hosts_hardware_is_no_evidence),
        T(ignored_components_are_left_out),
        T(labels_give_two_characters_away_at_most),
        T(the_locale_changes_nothing),
        T(digests_depend_on_the_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
