/* SPDX-License-Identifier: BSD-2-Clause */
/* The ssm policy, rule by rule, with the numbers that amazon-ssm-agent gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "hwfp.h"
#include "scratch.h"
#include "util.h"

#include <cmocka.h>

#define N 9

static const char *const names[N] = {
    "machine-id",    "processor-hash", "memory-hash",  "bios-hash", "system-hash",
    "hostname-info", "ipaddress-info", "macaddr-info", "disk-info",
};

enum { ID = 1 << 0, CPU = 1 << 1, MEMORY = 1 << 2, BIOS = 1 << 3, SYSTEM = 1 << 4 };
enum { HOST = 1 << 5, IP = 1 << 6, MAC = 1 << 7, DISK = 1 << 8 };

static void fill(struct hwfp_ssm_value map[N], unsigned changed, unsigned empty)
{
    for (unsigned i = 0; i < N; i++)
        map[i] = (struct hwfp_ssm_value){names[i], empty & 1U << i     ? ""
                                                   : changed & 1U << i ? "new"
                                                                       : "old"};
}

static bool similar(unsigned changed, unsigned empty, int threshold, float *percent)
{
    struct hwfp_ssm_value saved[N], current[N];

    fill(saved, 0, empty);
    fill(current, changed, empty);
    return hwfp_ssm_similar(saved, N, current, N, threshold, percent);
}

/* ---- The rules, in their order. ---- */

static void threshold_off_is_similar_whatever_else(void **state)
{
    float percent = -1;
    (void)state;

    assert_true(similar(0x1ff, 0, -1, &percent));
    assert_true(percent == 0.0F);
    assert_true(hwfp_ssm_similar(NULL, 0, NULL, 0, -1, NULL));
}

static void an_empty_map_is_not_similar(void **state)
{
    struct hwfp_ssm_value map[N];
    (void)state;

    fill(map, 0, 0);
    assert_false(hwfp_ssm_similar(NULL, 0, map, N, 40, NULL));
    assert_false(hwfp_ssm_similar(map, N, NULL, 0, 40, NULL));
    assert_false(hwfp_ssm_similar(NULL, 0, NULL, 0, 1, NULL));
}

static void another_machine_id_is_not_similar(void **state)
{
    float percent = 0;
    (void)state;

    /* 8 of 9, and the same IP address: not looked at. */
    assert_false(similar(ID, 0, 40, &percent));
    assert_true(percent > 88.88F && percent < 88.9F);
    assert_false(similar(ID, 0, 1, NULL));
}

static void an_equal_ip_is_similar_before_anything_is_counted(void **state)
{
    float percent = 0;
    (void)state;

    assert_true(similar(CPU | MEMORY | BIOS | SYSTEM | HOST | MAC | DISK, 0, 100, &percent));
    assert_true(percent > 22.2F && percent < 22.3F);
}

static void missing_names_compare_as_empty(void **state)
{
    const struct hwfp_ssm_value saved[] = {{"hostname-info", "a"}, {"disk-info", "d"}};
    const struct hwfp_ssm_value current[] = {{"hostname-info", "b"}, {"machine-id", ""}};
    (void)state;

    /* No ipaddress-info on either side is an equal one. */
    assert_true(hwfp_ssm_similar(saved, 2, current, 2, 100, NULL));
}

static void a_name_missing_on_record_is_no_match(void **state)
{
    const struct hwfp_ssm_value saved[] = {{"ipaddress-info", "1"}};
    const struct hwfp_ssm_value current[] = {{"ipaddress-info", "2"}, {"memory-hash", ""}};
    float percent = -1;
    (void)state;

    assert_false(hwfp_ssm_similar(saved, 1, current, 2, 1, &percent));
    assert_true(percent == 0.0F);
}

static void two_empty_values_are_a_match(void **state)
{
    float percent = 0;
    (void)state;

    assert_true(similar(IP | HOST, CPU | MEMORY | BIOS | SYSTEM, 40, &percent));
    assert_true(percent > 77.7F && percent < 77.8F);
}

/* float32, as the agent computes it: k of 9 meets the threshold exactly where this table says. */
static void percentages_are_float32(void **state)
{
    static const struct {
        unsigned changed;
        int highest_passing;
    } table[] = {
        {IP, 88},
        {IP | MAC, 77},
        {IP | MAC | HOST, 66},
        {IP | MAC | HOST | DISK, 55},
        {IP | MAC | HOST | DISK | BIOS, 44},
        {IP | MAC | HOST | DISK | BIOS | CPU, 33},
        {IP | MAC | HOST | DISK | BIOS | CPU | MEMORY, 22},
        {IP | MAC | HOST | DISK | BIOS | CPU | MEMORY | SYSTEM, 11},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        assert_true(similar(table[i].changed, 0, table[i].highest_passing, NULL));
        assert_false(similar(table[i].changed, 0, table[i].highest_passing + 1, NULL));
    }
}

/* Where float32 and double disagree about reaching a whole percentage: the agent uses float32. */
static void percentages_round_as_float32(void **state)
{
    static const struct {
        int equal, of, threshold;
        bool similar;
    } table[] = {
        {29, 50, 58, true},  {29, 100, 29, true}, {53, 100, 53, false},
        {57, 100, 57, true}, {58, 100, 58, true}, {59, 100, 59, false},
    };
    struct hwfp_ssm_value saved[100], current[100];
    char text[100][16];
    (void)state;

    for (size_t t = 0; t < ARRAY_SIZE(table); t++) {
        size_t n = (size_t)table[t].of;

        for (int i = 0; i < table[t].of; i++) {
            (void)snprintf(text[i], sizeof(text[i]), "k%d", i);
            saved[i] =
                (struct hwfp_ssm_value){i == table[t].of - 1 ? "ipaddress-info" : text[i], "x"};
            current[i] = (struct hwfp_ssm_value){saved[i].name, i < table[t].equal ? "x" : "y"};
        }
        assert_int_equal(hwfp_ssm_similar(saved, n, current, n, table[t].threshold, NULL),
                         table[t].similar);
    }
}

/* ---- Before and after, as measured by running the agent at threshold 40. ---- */

static void measured_pairs(void **state)
{
    static const struct {
        const char *what;
        unsigned changed, empty;
        int matches;
        bool accepted;
    } pairs[] = {
        {"OS upgrade (dmidecode's header line), reboot, new IP",
         CPU | MEMORY | BIOS | SYSTEM | DISK | IP, 0, 3, false},
        {"BIOS update that raises the SMBIOS version, reboot, new IP",
         CPU | MEMORY | BIOS | SYSTEM | DISK | IP, 0, 3, false},
        {"machine-id regenerated at boot, same IP", ID | DISK, 0, 7, false},
        {"dmidecode fails once at boot, new IP", CPU | MEMORY | BIOS | SYSTEM | DISK | IP, 0, 3,
         false},
        {"four small changes, never refreshed", CPU | MEMORY | BIOS | DISK | MAC | IP, 0, 3, false},
        {"reboot only: the links' times", DISK, 0, 8, true},
        {"clone: same model, dd, other UUID, serials, MAC and IP",
         SYSTEM | MEMORY | MAC | IP | DISK, 0, 4, true},
        {"clone: the same with the same static IP", SYSTEM | MEMORY | MAC | DISK, 0, 5, true},
        {"clone: VM, other UUID, MAC and IP", SYSTEM | MAC | IP | DISK, 0, 5, true},
        {"clone: guest behind NAT as 10.0.2.15", SYSTEM | MAC | DISK, 0, 6, true},
        {"clone: Raspberry Pi SD card", MAC | IP | DISK, CPU | MEMORY | BIOS | SYSTEM, 6, true},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        float percent = 0;
        bool accepted = similar(pairs[i].changed, pairs[i].empty, 40, &percent);

        print_message("%s: %d/9 %s\n", pairs[i].what, pairs[i].matches,
                      accepted ? "accepted" : "rejected");
        assert_int_equal((int)(percent * 9 / 100 + 0.5F), pairs[i].matches);
        assert_int_equal(accepted, pairs[i].accepted);
    }
}

/* ---- The same on hardware hashes. ---- */

static struct hwfp_comparison compare_trees(struct scratch *a, struct scratch *b, int threshold)
{
    const struct hwfp_key key = {{1, 2, 3}};
    struct hwfp_hash was, is;
    struct hwfp_comparison comparison;

    assert_int_equal(hwfp_hash_collect(a->system, &key, 0, &was), 0);
    assert_int_equal(hwfp_hash_collect(b->system, &key, 0, &is), 0);
    hwfp_compare(&was, &is, HWFP_POLICY_SSM, threshold, &comparison);
    hwfp_hash_clear(&was);
    hwfp_hash_clear(&is);
    return comparison;
}

static void a_tree_with_the_same_address_is_similar(void **state)
{
    struct scratch a = scratch_new("r630", NULL);
    struct scratch b =
        scratch_new("kvm", "machine-id=8f0c2a6be1c94d53a5a2f3bd07c8e914", "ip=192.0.2.31", NULL);
    struct hwfp_comparison c = compare_trees(&a, &b, 40);
    (void)state;

    assert_int_equal(c.verdict, HWFP_SAME);
    assert_int_equal(c.similarity, 22); /* machine-id and the address: 2 of 9 */
    scratch_free(&a);
    scratch_free(&b);
}

static void a_copy_on_the_same_model_is_accepted_as_the_agent_does(void **state)
{
    struct scratch a = scratch_new("r630", NULL);
    struct scratch b =
        scratch_new("r630", "system.uuid=4c4c4544-0042-3410-8051-c3c04f584d32",
                    "system.serial=B4QXM2X", "ip=192.0.2.99", "nic=eno1|pci|24:6e:96:aa:bb:01",
                    "dimm=A1|16384|00CE00B300CE|11112222|M393A2K40BB1-CRC", NULL);
    struct hwfp_comparison c = compare_trees(&a, &b, 40);
    (void)state;

    assert_int_equal(c.verdict, HWFP_SAME);
    assert_int_equal(c.similarity, 55); /* 5 of 9; the agent's ls -l takes one more */
    assert_int_equal(compare_trees(&a, &b, 56).verdict, HWFP_DIFFERENT);
    scratch_free(&a);
    scratch_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threshold_off_is_similar_whatever_else),
        cmocka_unit_test(an_empty_map_is_not_similar),
        cmocka_unit_test(another_machine_id_is_not_similar),
        cmocka_unit_test(an_equal_ip_is_similar_before_anything_is_counted),
        cmocka_unit_test(missing_names_compare_as_empty),
        cmocka_unit_test(a_name_missing_on_record_is_no_match),
        cmocka_unit_test(two_empty_values_are_a_match),
        cmocka_unit_test(percentages_are_float32),
        cmocka_unit_test(percentages_round_as_float32),
        cmocka_unit_test(measured_pairs),
        cmocka_unit_test(a_tree_with_the_same_address_is_similar),
        cmocka_unit_test(a_copy_on_the_same_model_is_accepted_as_the_agent_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
