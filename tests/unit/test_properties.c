/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds for any two machines, whatever the weights are: thousands of pairs of random hardware
 * hashes, and some that real trees gave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "decide.h"
#include "hash.h"
#include "hash_build.h"
#include "hwfp.h"
#include "judge/judge.h"
#include "prng.h"
#include "scratch.h"
#include "util.h"

#include <cmocka.h>

#define SEED UINT64_C(0x68776670) /* change it to see other machines */
#define PAIRS 2000
#define VAULTS 300
#define TREES 12

static const struct hwfp_key key = {{42}};

/* ---- Random pairs. ---- */

struct pair {
    struct hwfp_hash was, is;
};

static bool is_counted(unsigned c)
{
    enum hwfp_class class = hwfp_component_class((enum hwfp_component)c);

    return class == HWFP_CHASSIS || class == HWFP_PART;
}

/* It can tell one machine from another: an asset tag is what somebody typed, and a hypervisor's
 * guest has no row for some. */
static bool is_witness(const struct hwfp_hash *hash, unsigned c)
{
    return is_counted(c) && c != HWFP_ASSET_TAG &&
           judge_bits((enum hwfp_component)c, hash->virtual_machine).agrees > 0;
}

static bool is_usable(const struct hwfp_items *set)
{
    return set->status == HWFP_USABLE;
}

static enum hwfp_status random_unusable(struct prng *p)
{
    static const enum hwfp_status all[] = {HWFP_ABSENT, HWFP_PLACEHOLDER, HWFP_UNREADABLE};

    return all[prng_below(p, ARRAY_SIZE(all))];
}

static void put_random(struct prng *p, struct hwfp_items *set, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct hwfp_item item = item_random(p);

        items_put(set, &item);
    }
}

static bool is_chassis(unsigned c)
{
    return hwfp_component_class((enum hwfp_component)c) == HWFP_CHASSIS;
}

static void random_set(struct prng *p, unsigned c, unsigned missing, struct hwfp_items *set)
{
    bool chassis = is_chassis(c);

    if (prng_chance(p, missing)) {
        set->status = random_unusable(p);
        return;
    }
    /* A chip has one number. */
    put_random(p, set,
               c == HWFP_SOC_SERIAL || (chassis && prng_chance(p, 85)) ? 1 : 1 + prng_below(p, 4));
    set->derived = chassis && c != HWFP_SYSTEM_UUID && prng_chance(p, 15);
    if (set->derived)
        set->derived_from = (enum hwfp_component)prng_below(p, c);
    if (set->derived_from == HWFP_SOC_SERIAL) /* nothing is made of a chip's number */
        set->derived_from = HWFP_SYSTEM_UUID;
    if (c == HWFP_NIC_MAC && prng_chance(p, 15))
        set->items[0].within = 1 + HWFP_SYSTEM_UUID;
    set->incomplete = prng_chance(p, 10);
}

static void random_hash(struct prng *p, struct hwfp_hash *ret)
{
    /* A virtual machine, a board or a server: with little chassis evidence, or much of it. */
    unsigned missing = prng_chance(p, 50) ? 85 : 35;

    *ret = (struct hwfp_hash){.virtual_machine = prng_chance(p, 50),
                              .container = prng_chance(p, 5),
                              .collector = HWFP_COLLECTOR};
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        random_set(p, c, is_chassis(c) ? missing : 25, &ret->component[c]);
}

/* Something goes, something comes. */
static void change_items(struct prng *p, struct hwfp_items *set)
{
    if (is_usable(set) && prng_chance(p, 60))
        items_take(set, prng_below(p, set->n));
    if (prng_chance(p, 60))
        put_random(p, set, 1 + prng_below(p, 2));
}

/* What became of a machine. Its chassis and the rest each stay as they were to some degree. */
static void change_hash(struct prng *p, struct hwfp_hash *hash)
{
    const unsigned chassis_stays = (unsigned)prng_below(p, 100);
    const unsigned rest_stays = (unsigned)prng_below(p, 100);

    if (prng_chance(p, 10))
        hash->virtual_machine = !hash->virtual_machine;
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        struct hwfp_items *set = &hash->component[c];

        if (prng_chance(p, is_chassis(c) ? chassis_stays : rest_stays))
            continue;
        if (c != HWFP_SOC_SERIAL && prng_chance(p, 60)) {
            change_items(p, set);
        } else {
            items_clear(set);
            random_set(p, c, 50, set);
        }
    }
}

static void random_pair(struct prng *p, struct pair *ret)
{
    random_hash(p, &ret->was);
    hash_duplicate(&ret->was, &ret->is);
    change_hash(p, &ret->is);
}

static void pair_clear(struct pair *pair)
{
    hwfp_hash_clear(&pair->was);
    hwfp_hash_clear(&pair->is);
}

static void pair_copy(const struct pair *from, struct pair *ret)
{
    hash_duplicate(&from->was, &ret->was);
    hash_duplicate(&from->is, &ret->is);
}

static struct hwfp_comparison compare(const struct pair *pair, int threshold)
{
    struct hwfp_comparison c;

    hwfp_compare(&pair->was, &pair->is, HWFP_POLICY_HARDWARE, threshold, &c);
    return c;
}

static struct hwfp_comparison judge(const struct pair *pair)
{
    return compare(pair, HWFP_THRESHOLD_DEFAULT);
}

/* Shows the pair, and fails. */
static void hold(bool holds, const char *what, const struct pair *before, const struct pair *after)
{
    struct hwfp_comparison a, b;

    if (holds)
        return;
    a = judge(before);
    hash_show("recorded", &before->was);
    hash_show("current", &before->is);
    print_error("%s: %s, %d: %s\n", what, hwfp_verdict_name(a.verdict), a.similarity, a.reason);
    if (after) {
        b = judge(after);
        hash_show("then recorded", &after->was);
        hash_show("then current", &after->is);
        print_error("then %s, %d: %s\n", hwfp_verdict_name(b.verdict), b.similarity, b.reason);
    }
    fail();
}

static void for_each_pair(void (*test)(struct prng *p, const struct pair *pair))
{
    struct prng p = {SEED};

    for (int i = 0; i < PAIRS; i++) {
        struct pair pair;

        random_pair(&p, &pair);
        test(&p, &pair);
        pair_clear(&pair);
    }
}

/* ---- The properties of a comparison. ---- */

struct tally {
    unsigned verdict[HWFP_ERROR + 1];
    uint64_t results;
};

/* Pairs that never came out as one of the three would test nothing. What all of them came to is
 * printed as one number: check-cross compares it with that of machines of another byte order. */
static void numbers_and_verdicts_are_in_range(void **state)
{
    struct prng p = {SEED};
    struct tally tally = {{0}, 0};
    (void)state;

    for (int i = 0; i < PAIRS; i++) {
        struct pair pair;
        struct hwfp_comparison c;

        random_pair(&p, &pair);
        c = judge(&pair);
        hold(c.similarity >= 0 && c.similarity <= 100, "similarity out of range", &pair, NULL);
        hold(c.verdict == HWFP_SAME || c.verdict == HWFP_UNCERTAIN || c.verdict == HWFP_DIFFERENT,
             "no such verdict", &pair, NULL);
        hold(c.reason != NULL, "no reason", &pair, NULL);
        tally.verdict[c.verdict]++;
        tally.results = tally.results * 31 + (uint64_t)c.similarity * 8 + c.verdict;
        pair_clear(&pair);
    }
    print_message("# seed %llx: results %016llx\n", (unsigned long long)SEED,
                  (unsigned long long)tally.results);
    print_message("# %u same, %u uncertain, %u different\n", tally.verdict[HWFP_SAME],
                  tally.verdict[HWFP_UNCERTAIN], tally.verdict[HWFP_DIFFERENT]);
    assert_true(tally.verdict[HWFP_SAME] > PAIRS / 20);
    assert_true(tally.verdict[HWFP_UNCERTAIN] > PAIRS / 20);
    assert_true(tally.verdict[HWFP_DIFFERENT] > PAIRS / 20);
}

/*
 * What is not usable says nothing. The one exception: chassis evidence on record of which nothing
 * is to be seen was hidden, and where something cannot be read, or stands in its place, it was not.
 */
static void hold_sum(const char *what, const struct pair *before, const struct pair *after,
                     unsigned changed)
{
    struct hwfp_comparison a = judge(before), b = judge(after);
    int exception = is_chassis(changed) ? b.hidden - a.hidden : 0;

    hold(b.sum - a.sum == exception, what, before, after);
    if (exception == 0)
        hold(a.verdict == b.verdict && a.similarity == b.similarity && a.bits == b.bits, what,
             before, after);
}

static void spoil_one(struct prng *p, const struct pair *pair, unsigned c, enum hwfp_status status)
{
    struct pair after;
    struct hwfp_items *set;

    pair_copy(pair, &after);
    set = prng_chance(p, 70) ? &after.is.component[c] : &after.was.component[c];
    if (set->status == HWFP_ABSENT || set->status == HWFP_PLACEHOLDER) {
        set->status = status;
        hold_sum(hwfp_status_name(status), pair, &after, c);
    } else if (is_usable(set)) {
        set->incomplete = !set->incomplete;
        hold_sum("incomplete", pair, &after, c);
    }
    pair_clear(&after);
}

static void check_unusable_evidence(struct prng *p, const struct pair *pair)
{
    static const enum hwfp_status all[] = {HWFP_ABSENT, HWFP_PLACEHOLDER, HWFP_UNREADABLE};

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        for (size_t i = 0; i < ARRAY_SIZE(all); i++)
            spoil_one(p, pair, c, all[i]);
}

static void unusable_evidence_never_changes_the_sum(void **state)
{
    (void)state;
    for_each_pair(check_unusable_evidence);
}

/* What only one side has cannot be compared. */
static void check_one_sided(struct prng *p, const struct pair *pair)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        struct pair after;
        struct hwfp_comparison a, b;
        bool current = prng_chance(p, 50);

        if (is_usable(&pair->was.component[c]) || is_usable(&pair->is.component[c]) ||
            c == HWFP_SOC_SERIAL)
            continue;
        pair_copy(pair, &after);
        put_random(p, current ? &after.is.component[c] : &after.was.component[c], 1);
        a = judge(pair);
        b = judge(&after);
        hold(b.sum - a.sum == b.hidden - a.hidden, "on one side only", pair, &after);
        hold(a.hidden == b.hidden || is_chassis(c), "it hides no chassis", pair, &after);
        pair_clear(&after);
    }
}

static void what_only_one_side_has_never_changes_the_sum(void **state)
{
    (void)state;
    for_each_pair(check_one_sided);
}

enum side { RECORDED, CURRENT, BOTH, SIDES };

static void take_matched(const struct pair *pair, unsigned c, size_t i, enum side side)
{
    const struct hwfp_item *item = &pair->was.component[c].items[i];
    struct pair after;
    size_t k = items_index(&pair->is.component[c], item);

    pair_copy(pair, &after);
    if (side != CURRENT)
        items_take(&after.was.component[c], i);
    if (side != RECORDED)
        items_take(&after.is.component[c], k);
    hold(judge(&after).sum <= judge(pair).sum, hwfp_component_name(c), pair, &after);
    hold(judge(&after).similarity <= judge(pair).similarity, hwfp_component_name(c), pair, &after);
    pair_clear(&after);
}

static void check_removals(struct prng *p, const struct pair *pair)
{
    (void)p;
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        const struct hwfp_items *was = &pair->was.component[c], *is = &pair->is.component[c];

        for (size_t i = 0; i < was->n; i++)
            if (items_index(is, &was->items[i]) < is->n)
                for (unsigned side = 0; side < SIDES; side++)
                    take_matched(pair, c, i, (enum side)side);
    }
}

static void a_match_that_is_gone_never_raises_the_sum(void **state)
{
    (void)state;
    for_each_pair(check_removals);
}

static bool has_witness(const struct hwfp_hash *hash)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (is_usable(&hash->component[c]) && is_witness(hash, c))
            return true;
    return false;
}

static void check_identical(struct prng *p, const struct pair *pair)
{
    struct pair twins;
    struct hwfp_comparison c;
    (void)p;

    hash_duplicate(&pair->is, &twins.was);
    hash_duplicate(&pair->is, &twins.is);
    c = compare(&twins, 100);
    if (has_witness(&twins.was))
        hold(c.similarity == 100 && c.verdict == HWFP_SAME, "identical", &twins, NULL);
    else
        hold(c.verdict != HWFP_SAME, "nothing to know it by", &twins, NULL);
    pair_clear(&twins);
}

static void identical_hashes_are_100(void **state)
{
    (void)state;
    for_each_pair(check_identical);
}

static void check_image_and_place(struct prng *p, const struct pair *pair)
{
    struct hwfp_comparison a = judge(pair), b;
    struct pair after;

    pair_copy(pair, &after);
    for (unsigned c = HWFP_MACHINE_ID; c <= HWFP_IP_ADDRESS; c++) {
        struct hwfp_items *set =
            prng_chance(p, 50) ? &after.is.component[c] : &after.was.component[c];
        assert_false(is_counted(c));
        items_clear(set);
        random_set(p, c, 35, set);
    }
    b = judge(&after);
    hold(a.similarity == b.similarity && a.verdict == b.verdict && a.sum == b.sum,
         "image and place", pair, &after);
    pair_clear(&after);
}

static void image_and_place_never_count(void **state)
{
    (void)state;
    for_each_pair(check_image_and_place);
}

/* The model may still be the same, and all that travels with a disk's content. */
static void check_nothing_in_common(struct prng *p, const struct pair *pair)
{
    struct pair after;
    struct hwfp_comparison c;
    (void)p;

    pair_copy(pair, &after);
    for (unsigned k = 0; k < HWFP_COMPONENTS; k++) {
        struct hwfp_items *was = &after.was.component[k], *is = &after.is.component[k];

        for (size_t i = was->n; is_counted(k) && i-- > 0;) {
            size_t at = items_index(is, &was->items[i]);

            if (at < is->n)
                items_take(is, at);
        }
    }
    for (int threshold = 1; threshold <= 100; threshold += 33) {
        c = compare(&after, threshold);
        hold(c.verdict != HWFP_SAME, "nothing in common", pair, &after);
    }
    pair_clear(&after);
}

static void nothing_in_common_is_never_the_same(void **state)
{
    (void)state;
    for_each_pair(check_nothing_in_common);
}

static void check_thresholds(struct prng *p, const struct pair *pair)
{
    bool same = true;
    enum hwfp_verdict lowest = compare(pair, 1).verdict;
    (void)p;

    for (int threshold = 1; threshold <= 100; threshold++) {
        struct hwfp_comparison c = compare(pair, threshold);

        hold(same || c.verdict != HWFP_SAME, "a higher threshold let it in", pair, NULL);
        hold(lowest == HWFP_SAME || c.verdict == lowest, "a threshold changed more than a same",
             pair, NULL);
        same = c.verdict == HWFP_SAME;
    }
}

static void a_threshold_only_ever_refuses(void **state)
{
    (void)state;
    for_each_pair(check_thresholds);
}

static void check_numbers(struct prng *p, const struct pair *pair)
{
    struct hwfp_comparison c = compare(pair, 1);
    int sum = c.hidden + c.kind_changed;
    (void)p;

    for (unsigned k = 0; k < HWFP_COMPONENTS; k++)
        sum += c.component[k].bits;
    hold(c.sum == sum, "the witnesses do not add up", pair, NULL);
    hold((c.verdict == HWFP_SAME) == (c.similarity >= 85), "same is 85 and more", pair, NULL);
    hold((c.verdict == HWFP_SAME) == (c.bits >= JUDGE_SAME), "same is from +2.5", pair, NULL);
    hold((c.verdict == HWFP_DIFFERENT) == (c.bits <= JUDGE_DIFFERENT), "different is from -5", pair,
         NULL);
    hold(c.similarity == judge_similarity(c.bits) ||
             (c.similarity == 100 && c.verdict == HWFP_SAME),
         "the number is not the chance of the bits", pair, NULL);
}

static void number_and_verdict_never_disagree(void **state)
{
    (void)state;
    for_each_pair(check_numbers);
}

/*
 * One witness more is too little to let in what is different by its sum. The exceptions: the
 * provider's own word, chassis evidence that comes to light (it was taken for hidden before), and a
 * chip's number, which tells that a boot loader wrote the device tree's.
 * Tells whether the pair is the same by one of them.
 */
static bool begins_to_agree(struct prng *p, const struct pair *pair, enum hwfp_component c)
{
    struct pair before, after;
    struct hwfp_comparison a, b;
    struct hwfp_item item = item_random(p);
    bool exception;

    if (is_usable(&pair->was.component[c]) || is_usable(&pair->is.component[c]))
        return false;
    pair_copy(pair, &before);
    /* A UUID that agrees has no address in it that does not. */
    for (size_t i = 0; i < before.was.component[HWFP_NIC_MAC].n; i++)
        before.was.component[HWFP_NIC_MAC].items[i].within = 0;
    for (size_t i = 0; i < before.is.component[HWFP_NIC_MAC].n; i++)
        before.is.component[HWFP_NIC_MAC].items[i].within = 0;
    pair_copy(&before, &after);
    items_put(&after.was.component[c], &item);
    items_put(&after.is.component[c], &item);
    a = judge(&before);
    b = judge(&after);
    exception = c == HWFP_CLOUD_INSTANCE || a.hidden != b.hidden || c == HWFP_SOC_SERIAL;
    hold(a.sum > JUDGE_DIFFERENT || b.verdict != HWFP_SAME || exception, hwfp_component_name(c),
         &before, &after);
    pair_clear(&before);
    pair_clear(&after);
    return a.sum <= JUDGE_DIFFERENT && b.verdict == HWFP_SAME && c == HWFP_CLOUD_INSTANCE &&
           a.hidden == b.hidden;
}

static void one_witness_more_makes_no_same_of_a_different(void **state)
{
    struct prng p = {SEED};
    unsigned different = 0, by_the_provider = 0;
    (void)state;

    for (int i = 0; i < PAIRS; i++) {
        struct pair pair;

        random_pair(&p, &pair);
        different += judge(&pair).sum <= JUDGE_DIFFERENT;
        for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
            by_the_provider += begins_to_agree(&p, &pair, c);
        pair_clear(&pair);
    }
    print_message("# of %u that are different by the sum the provider's word alone makes %u the "
                  "same\n",
                  different, by_the_provider);
    assert_true(different > PAIRS / 20);
}

/* The sum of everything else is -5, and an instance is what its provider says it is. */
static void the_providers_own_word_is_the_exception(void **state)
{
    struct prng p = {SEED};
    struct pair pair = {.was.virtual_machine = true, .is.virtual_machine = true};
    struct hwfp_item item = item_random(&p);
    (void)state;

    for (int side = 0; side < 2; side++) {
        struct hwfp_hash *hash = side ? &pair.is : &pair.was;

        put_random(&p, &hash->component[HWFP_NIC_MAC], 1);
        put_random(&p, &hash->component[HWFP_DISK_SERIAL], 1);
    }
    assert_int_equal(judge(&pair).sum, JUDGE_DIFFERENT);
    items_put(&pair.was.component[HWFP_CLOUD_INSTANCE], &item);
    items_put(&pair.is.component[HWFP_CLOUD_INSTANCE], &item);
    assert_int_equal(judge(&pair).verdict, HWFP_SAME);
    pair_clear(&pair);
}

/* ---- Order. ---- */

static void swap_machines(struct hwfp_machine *a, struct hwfp_machine *b)
{
    struct hwfp_machine t = *a;

    *a = *b;
    *b = t;
}

/* A number by which a machine is known wherever it stands; 0 for none. */
static char number_of(const struct hwfp_vault *vault, size_t machine)
{
    return machine == NO_MACHINE ? '\0' : vault->machines[machine].fingerprint[0];
}

static void check_order(struct prng *p, struct hwfp_vault *vault, const struct hwfp_hash *current)
{
    char machine, reference;
    struct decision first, now;

    decide(vault, current, HWFP_POLICY_HARDWARE, &first);
    machine = number_of(vault, first.machine);
    reference = number_of(vault, first.reference);
    for (int order = 0; order < 5; order++) {
        for (size_t i = vault->n_machines; i-- > 1;)
            swap_machines(&vault->machines[i], &vault->machines[prng_below(p, i + 1)]);
        decide(vault, current, HWFP_POLICY_HARDWARE, &now);
        assert_int_equal(now.verdict, first.verdict);
        assert_int_equal(now.fits, first.fits);
        assert_int_equal(now.comparison.similarity, first.comparison.similarity);
        assert_int_equal(number_of(vault, now.machine), machine);
        assert_int_equal(number_of(vault, now.reference), reference);
    }
}

static void a_vaults_order_never_matters(void **state)
{
    struct prng p = {SEED};
    (void)state;

    for (int i = 0; i < VAULTS; i++) {
        struct hwfp_machine machines[6] = {0};
        struct hwfp_vault vault = {.threshold = 1 + (int)prng_below(&p, 100),
                                   .n_machines = 1 + prng_below(&p, ARRAY_SIZE(machines)),
                                   .machines = machines};
        struct hwfp_hash current;

        random_hash(&p, &current);
        for (size_t m = 0; m < vault.n_machines; m++) {
            machines[m].fingerprint[0] = (char)('a' + (int)m);
            machines[m].trust = prng_chance(&p, 50) ? HWFP_TRUSTED : HWFP_QUARANTINED;
            hash_duplicate(&current, &machines[m].hash);
            if (prng_chance(&p, 75)) /* the others fit alike */
                change_hash(&p, &machines[m].hash);
        }
        check_order(&p, &vault, &current);
        for (size_t m = 0; m < vault.n_machines; m++)
            hwfp_hash_clear(&machines[m].hash);
        hwfp_hash_clear(&current);
    }
}

static size_t decided(const struct hwfp_vault *vault, const struct hwfp_hash *current)
{
    struct decision decision;

    decide(vault, current, HWFP_POLICY_HARDWARE, &decision);
    assert_int_equal(decision.verdict, HWFP_SAME);
    assert_int_equal(decision.reference, decision.machine);
    return decision.machine;
}

/* The one in force, or else the oldest. */
static void of_machines_that_fit_alike_one_is_always_taken(void **state)
{
    struct hwfp_machine machines[] = {{.fingerprint = "c", .added = 2, .trust = HWFP_TRUSTED},
                                      {.fingerprint = "b", .added = 2, .trust = HWFP_TRUSTED},
                                      {.fingerprint = "d", .added = 1, .trust = HWFP_TRUSTED},
                                      {.fingerprint = "a", .added = 0, .trust = HWFP_QUARANTINED}};
    struct hwfp_vault vault = {
        .threshold = 50, .n_machines = ARRAY_SIZE(machines), .machines = machines};
    struct scratch s = scratch_new("r630", NULL);
    struct hwfp_hash current;
    (void)state;

    assert_int_equal(hwfp_hash_collect(s.system, &key, 0, &current), 0);
    for (size_t m = 0; m < ARRAY_SIZE(machines); m++)
        hash_duplicate(&current, &machines[m].hash);
    assert_int_equal(decided(&vault, &current), 2);
    copy_text(vault.current, sizeof(vault.current), "b");
    assert_int_equal(decided(&vault, &current), 1);
    copy_text(vault.current, sizeof(vault.current), "c");
    assert_int_equal(decided(&vault, &current), 0);
    copy_text(vault.current, sizeof(vault.current), "a"); /* that copy is not trusted */
    assert_int_equal(decided(&vault, &current), 2);
    machines[2].added = 2;
    assert_int_equal(decided(&vault, &current), 1);
    for (size_t m = 0; m < ARRAY_SIZE(machines); m++)
        hwfp_hash_clear(&machines[m].hash);
    hwfp_hash_clear(&current);
    scratch_free(&s);
}

/* ---- Through real trees. ---- */

enum { DISKS = 3, NICS = 3, DIMMS = 4, PARTS = DISKS + NICS + DIMMS, FACT_SIZE = 128 };

/* A server's random facts: its serial numbers, and the values of its parts. */
struct server {
    char version[FACT_SIZE], uuid[FACT_SIZE], serial[FACT_SIZE];
    uint32_t part[PARTS];
    unsigned kind[DISKS];
};

static void random_server(struct prng *p, struct server *ret)
{
    static const char *const versions[] = {"2.4", "2.8", "3.2"};
    uint64_t a = prng_next(p), b = prng_next(p);

    (void)snprintf(ret->version, FACT_SIZE, "smbios.version=%s", versions[prng_below(p, 3)]);
    (void)snprintf(ret->uuid, FACT_SIZE, "system.uuid=%08x-%04x-%04x-%04x-%012llx", (uint32_t)a,
                   (unsigned)(a >> 32 & 0xffff), (unsigned)(a >> 48), (unsigned)(b & 0xffff),
                   (unsigned long long)(b >> 16));
    (void)snprintf(ret->serial, FACT_SIZE, "system.serial=S%08X", (uint32_t)prng_next(p));
    for (size_t i = 0; i < PARTS; i++)
        ret->part[i] = (uint32_t)(prng_next(p) >> 32);
    for (size_t i = 0; i < DISKS; i++)
        ret->kind[i] = (unsigned)prng_below(p, 3);
}

/* Disk i of the server, as the kernel finds it at a position. */
static void disk_fact(const struct server *s, size_t i, size_t position, char ret[FACT_SIZE])
{
    if (s->kind[i] == 0)
        (void)snprintf(ret, FACT_SIZE, "disk=nvme%zun1|nvme|PHLF%08X", position, s->part[i]);
    else if (s->kind[i] == 1)
        (void)snprintf(ret, FACT_SIZE, "disk=vd%c|virtio|V%08X", (int)('a' + position), s->part[i]);
    else
        (void)snprintf(ret, FACT_SIZE, "disk=sd%c|scsi|Z%08X", (int)('a' + position), s->part[i]);
}

static void nic_fact(const struct server *s, size_t i, size_t position, char ret[FACT_SIZE])
{
    uint32_t v = s->part[DISKS + i];

    (void)snprintf(ret, FACT_SIZE, "nic=eth%zu|pci|24:6e:%02x:%02x:%02x:%02x", position, v >> 24,
                   v >> 16 & 0xff, v >> 8 & 0xff, v & 0xff);
}

static void dimm_fact(const struct server *s, size_t i, size_t position, char ret[FACT_SIZE])
{
    (void)snprintf(ret, FACT_SIZE, "dimm=A%zu|%u|x|D%08X|p", position, 8192U << i % 2,
                   s->part[DISKS + NICS + i]);
}

static void shuffle(struct prng *p, size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; p && i-- > 1;) {
        size_t k = prng_below(p, i + 1), t = order[i];

        order[i] = order[k];
        order[k] = t;
    }
}

/* The facts of the parts: in their own order, or, with a PRNG, in any other one. */
static void part_facts(const struct server *s, struct prng *p, char ret[PARTS][FACT_SIZE])
{
    static const struct {
        size_t n;
        void (*fact)(const struct server *s, size_t i, size_t position, char ret[FACT_SIZE]);
    } kinds[] = {{DISKS, disk_fact}, {NICS, nic_fact}, {DIMMS, dimm_fact}};
    size_t at = 0, order[PARTS];

    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
        shuffle(p, order, kinds[k].n);
        for (size_t i = 0; i < kinds[k].n; i++)
            kinds[k].fact(s, order[i], i, ret[at++]);
    }
}

static void write_server(struct scratch *scratch, const struct server *s, struct prng *p,
                         const char *extra, const char *more)
{
    char part[PARTS][FACT_SIZE];

    part_facts(s, p, part);
    scratch_change(scratch, "r630", s->version, s->uuid, s->serial, part[0], part[1], part[2],
                   part[3], part[4], part[5], part[6], part[7], part[8], part[9], extra, more,
                   NULL);
}

static void look(const struct scratch *scratch, struct hwfp_hash *ret)
{
    assert_int_equal(hwfp_hash_collect(scratch->system, &key, 0, ret), 0);
}

static void assert_same_items(const struct hwfp_items *a, const struct hwfp_items *b)
{
    if (is_usable(a)) /* a placeholder may stand where nothing was */
        assert_int_equal(a->status, b->status);
    assert_int_equal(a->n, b->n);
    assert_int_equal(items_common(a, b), a->n);
}

/* The same server with `extra` facts, in `order`: the hash is the same. */
static void expect_same_hash(struct scratch *scratch, const struct server *s, struct prng *order,
                             const char *extra, const char *more)
{
    struct pair pair;

    write_server(scratch, s, NULL, NULL, NULL);
    look(scratch, &pair.was);
    write_server(scratch, s, order, extra, more);
    look(scratch, &pair.is);
    assert_int_equal(pair.was.component[HWFP_DISK_SERIAL].n, DISKS);
    assert_int_equal(pair.was.component[HWFP_NIC_MAC].n, NICS);
    assert_int_equal(pair.was.component[HWFP_DIMM_SERIAL].n, DIMMS);
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (c != HWFP_MEMORY_LAYOUT || !extra || strncmp(extra, "dimm=", 5) != 0)
            assert_same_items(&pair.was.component[c], &pair.is.component[c]);
    assert_int_equal(judge(&pair).verdict, HWFP_SAME);
    pair_clear(&pair);
}

static void for_each_server(void (*test)(struct prng *p, struct scratch *scratch,
                                         const struct server *s))
{
    struct scratch scratch = scratch_new("r630", NULL);
    struct prng p = {SEED};

    for (int i = 0; i < TREES; i++) {
        struct server s = {0};

        random_server(&p, &s);
        test(&p, &scratch, &s);
    }
    scratch_free(&scratch);
}

static void check_enumeration(struct prng *p, struct scratch *scratch, const struct server *s)
{
    expect_same_hash(scratch, s, p, NULL, NULL);
}

static void the_order_of_enumeration_never_matters(void **state)
{
    (void)state;
    for_each_server(check_enumeration);
}

static void check_byte_orders(struct prng *p, struct scratch *scratch, const struct server *s)
{
    (void)p;
    expect_same_hash(scratch, s, NULL, "system.uuid_order=swapped", NULL);
}

static void a_uuids_byte_order_never_matters(void **state)
{
    (void)state;
    for_each_server(check_byte_orders);
}

static void check_unusable(struct prng *p, struct scratch *scratch, const struct server *s)
{
    static const char *const unusable[][2] = {
        {"disk=sdx|scsi|x|unreadable", NULL},
        {"disk=vdx|virtio||blank", "disk=sdy|usb|0123|removable"},
        {"nic=eth9|pci|00:00:00:00:00:00", "nic=docker0|virtual|02:42:8d:11:52:9e|assign=3"},
        {"dimm=B1|8192|x|Not Specified|p", "dimm=B2|0|||"},
        {"board.asset_tag=Not Specified", "chassis.asset_tag=To Be Filled By O.E.M."},
    };
    const char *const *extra = unusable[prng_below(p, ARRAY_SIZE(unusable))];

    expect_same_hash(scratch, s, NULL, extra[0], extra[1]);
}

static void unusable_items_change_no_set(void **state)
{
    (void)state;
    for_each_server(check_unusable);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(numbers_and_verdicts_are_in_range),
        T(unusable_evidence_never_changes_the_sum),
        T(what_only_one_side_has_never_changes_the_sum),
        T(a_match_that_is_gone_never_raises_the_sum),
        T(identical_hashes_are_100),
        T(image_and_place_never_count),
        T(nothing_in_common_is_never_the_same),
        T(a_threshold_only_ever_refuses),
        T(number_and_verdict_never_disagree),
        T(one_witness_more_makes_no_same_of_a_different),
        T(the_providers_own_word_is_the_exception),
        T(a_vaults_order_never_matters),
        T(of_machines_that_fit_alike_one_is_always_taken),
        T(the_order_of_enumeration_never_matters),
        T(a_uuids_byte_order_never_matters),
        T(unusable_items_change_no_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
