/* SPDX-License-Identifier: BSD-2-Clause */
/* What `hwfp simulate` does to a hardware hash. The file is the command's, not the library's. */
#include "../../hwfp/simulate.c" // NOLINT(bugprone-suspicious-include)

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants those before it. */
#include <cmocka.h>

/* A component with `n` items, ascending. */
static void give(struct hwfp_hash *hash, enum hwfp_component c, size_t n)
{
    struct hwfp_items *set = &hash->component[c];

    set->items = calloc(n, sizeof(*set->items));
    assert_non_null(set->items);
    set->n = n;
    set->status = HWFP_USABLE;
    for (size_t i = 0; i < n; i++) {
        set->items[i].digest[0] = (uint8_t)(i * 255 / n);
        set->items[i].digest[1] = (uint8_t)c;
        set->items[i].label[0] = 'x';
    }
}

static struct hwfp_hash make_server(void)
{
    struct hwfp_hash hash = {0};

    give(&hash, HWFP_SYSTEM_UUID, 1);
    give(&hash, HWFP_SYSTEM_SERIAL, 1);
    give(&hash, HWFP_BOARD_SERIAL, 1);
    give(&hash, HWFP_DISK_SERIAL, 40);
    give(&hash, HWFP_NIC_MAC, 1);
    give(&hash, HWFP_BIOS_VERSION, 1);
    return hash;
}

static void assert_ascending(const struct hwfp_hash *hash)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        for (size_t i = 1; i < hash->component[c].n; i++)
            assert_true(memcmp(hash->component[c].items[i - 1].digest,
                               hash->component[c].items[i].digest, HWFP_DIGEST_SIZE) < 0);
}

static struct simulate_change parse(const char *list)
{
    struct simulate_change change;

    assert_int_equal(simulate_parse(list, &change, NULL), 0);
    return change;
}

/* The comparison of the hash with itself, changed. */
static struct hwfp_comparison compare_changed(const struct hwfp_hash *hash,
                                              struct simulate_change change)
{
    struct hwfp_comparison comparison;
    struct hwfp_hash changed;

    (void)simulate_restrict(hash, &change);
    assert_int_equal(hwfp_hash_copy(hash, &changed), 0);
    simulate_apply(&change, &changed);
    assert_ascending(&changed);
    hwfp_compare(hash, &changed, HWFP_POLICY_HARDWARE, HWFP_THRESHOLD_DEFAULT, &comparison);
    hwfp_hash_clear(&changed);
    return comparison;
}

static void test_ways(void **state)
{
    struct hwfp_hash hash = make_server();
    struct hwfp_comparison c =
        compare_changed(&hash, parse("disk-serial=one,nic-mac,bios-version=gone"));

    (void)state;
    assert_int_equal(c.component[HWFP_DISK_SERIAL].common, 39);
    assert_int_equal(c.component[HWFP_DISK_SERIAL].current, 40);
    assert_int_equal(c.component[HWFP_NIC_MAC].match, HWFP_MATCH_NONE);
    assert_int_equal(c.component[HWFP_NIC_MAC].current, 1);
    assert_int_equal(c.component[HWFP_BIOS_VERSION].current, 0);
    assert_int_equal(c.component[HWFP_SYSTEM_UUID].match, HWFP_MATCH_ALL);
    c = compare_changed(&hash, parse("disk-serial=all"));
    assert_int_equal(c.component[HWFP_DISK_SERIAL].common, 0);
    assert_int_equal(c.component[HWFP_DISK_SERIAL].current, 40);
    hwfp_hash_clear(&hash);
}

static void test_gone_and_hidden_are_two(void **state)
{
    struct hwfp_hash hash = make_server();
    struct simulate_change change = parse("system-uuid=gone,system-serial=hidden");

    (void)state;
    simulate_apply(&change, &hash);
    assert_int_equal(hash.component[HWFP_SYSTEM_UUID].status, HWFP_ABSENT);
    assert_int_equal(hash.component[HWFP_SYSTEM_SERIAL].status, HWFP_UNREADABLE);
    assert_int_equal(hash.component[HWFP_SYSTEM_SERIAL].n, 0);
    hwfp_hash_clear(&hash);
}

static void test_derived_follows_uuid(void **state)
{
    struct hwfp_hash hash = make_server();
    struct simulate_change change = parse("system-uuid");

    (void)state;
    hash.component[HWFP_SYSTEM_SERIAL].derived = true;
    assert_int_equal(simulate_restrict(&hash, &change), 0);
    assert_int_equal(change.components[SIMULATE_ALL], BIT(HWFP_SYSTEM_UUID)); /* a maker's */
    hash.virtual_machine = true;
    assert_int_equal(simulate_restrict(&hash, &change), 0);
    assert_int_equal(change.components[SIMULATE_ALL],
                     BIT(HWFP_SYSTEM_UUID) | BIT(HWFP_SYSTEM_SERIAL));
    change = parse("nic-mac");
    assert_int_equal(simulate_restrict(&hash, &change), 0);
    assert_int_equal(change.components[SIMULATE_ALL], BIT(HWFP_NIC_MAC));
    hwfp_hash_clear(&hash);
}

static void test_only_what_is_there(void **state)
{
    struct hwfp_hash hash = make_server();
    struct simulate_change change = parse("dimm-serial,nic-mac=one");

    (void)state;
    assert_int_equal(simulate_restrict(&hash, &change), BIT(HWFP_DIMM_SERIAL));
    assert_int_equal(change.components[SIMULATE_ALL], BIT(HWFP_NIC_MAC));
    assert_int_equal(change.components[SIMULATE_ONE], 0);
    hwfp_hash_clear(&hash);
}

static void test_every_usual_change_changes(void **state)
{
    struct hwfp_hash hash = make_server();
    struct simulate_change changes[SIMULATE_MAX];
    size_t n = simulate_usual(&hash, changes);

    (void)state;
    assert_true(n > 10);
    assert_int_equal(simulate_components(&changes[0]), 0);
    assert_int_equal(compare_changed(&hash, changes[0]).similarity, 100);
    for (size_t i = 1; i < n; i++) {
        struct hwfp_comparison c = compare_changed(&hash, changes[i]);
        bool changed = false;

        for (unsigned k = 0; k < HWFP_COMPONENTS; k++)
            changed = changed || c.component[k].common != c.component[k].recorded;
        assert_true(changed);
    }
    hwfp_hash_clear(&hash);
}

static void test_an_empty_hash_has_no_changes(void **state)
{
    struct hwfp_hash hash = {0};
    struct simulate_change changes[SIMULATE_MAX];
    struct simulate_change all = parse("nic-mac,disk-serial=one,system-uuid=gone");

    (void)state;
    assert_int_equal(simulate_usual(&hash, changes), 1);
    simulate_apply(&all, &hash); /* unrestricted: nothing to change, nothing to break */
    assert_int_equal(hash.component[HWFP_NIC_MAC].n, 0);
    hwfp_hash_clear(&hash);
}

static void test_spell_is_what_parse_reads(void **state)
{
    static const char list[] = "system-uuid=hidden,disk-serial=one,nic-mac=all,hostname=gone";
    struct simulate_change change =
        parse("hostname=gone,nic-mac,disk-serial=one,system-uuid=hidden");
    CLEANUP_FREE char *text = simulate_spell(&change);

    (void)state;
    assert_string_equal(text, list);
}

static void test_parse_refuses(void **state)
{
    static const char *const bad[] = {
        "", ",", "nic-mac,", "nic_mac", "nic-mac=", "nic-mac=x", "nic-mac,nic-mac=one", "NIC-MAC"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        CLEANUP_FREE char *error = NULL;
        struct simulate_change change = {.name = "untouched"};

        assert_int_equal(simulate_parse(bad[i], &change, &error), -EINVAL);
        assert_non_null(error);
        assert_string_equal(change.name, "untouched");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_gone_and_hidden_are_two),
        cmocka_unit_test(test_derived_follows_uuid),
        cmocka_unit_test(test_only_what_is_there),
        cmocka_unit_test(test_every_usual_change_changes),
        cmocka_unit_test(test_an_empty_hash_has_no_changes),
        cmocka_unit_test(test_spell_is_what_parse_reads),
        cmocka_unit_test(test_parse_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
