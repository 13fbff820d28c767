/* SPDX-License-Identifier: BSD-2-Clause */
/* What may change within one boot, and what gives a restored memory snapshot away. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "boot_facts.h"
#include "decide.h"
#include "hwfp.h"
#include "scratch.h"
#include "util.h"

#include <cmocka.h>

#define ID "fwcfg.vmgenid=324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87"
#define OTHER_ID "fwcfg.vmgenid=7a1c0b9d-58e2-4f33-9c67-0d1f4be2a865"
#define DISKS "disk=vda|virtio|sys-0001", "disk=vdb|virtio|data-0002"
#define OTHER_DISKS "disk=vda|virtio|sys-0003", "disk=vdb|virtio|data-0004"
#define COPY "fwcfg.smbios=yes"
#define OTHER_UUID "0c7be6d2-91f4-4ab8-8d35-6e2f90a1c7d4"
#define NEXT_BOOT "boot-id=00000000-0000-4000-8000-000000000001"

/* ---- Facts. ---- */

static struct hwfp_boot_facts facts_of(const struct scratch *s, uint32_t ignore)
{
    static const struct hwfp_key key = {{1, 2, 3}};
    struct hwfp_boot_facts facts;
    struct hwfp_hash hash;

    assert_int_equal(hwfp_hash_collect(s->system, &key, ignore, &hash), 0);
    assert_int_equal(boot_facts_collect(s->system, &key, ignore, &hash, &facts), 0);
    hwfp_hash_clear(&hash);
    return facts;
}

static void facts_are_known_or_not(void **state)
{
    struct scratch s = scratch_new("kvm", DISKS, ID, COPY, NULL);
    struct hwfp_boot_facts facts = facts_of(&s, 0);
    (void)state;

    assert_int_equal(strlen(facts.key), HWFP_BOOT_FACT_SIZE - 1);
    assert_int_equal(strlen(facts.generation_id), HWFP_BOOT_FACT_SIZE - 1);
    assert_int_equal(strlen(facts.smbios), HWFP_BOOT_FACT_SIZE - 1);
    assert_int_equal(facts.n_disks, 2);

    scratch_change(&s, "kvm", NULL); /* one disk, without a serial number */
    facts = facts_of(&s, 0);
    assert_string_equal(facts.generation_id, "");
    assert_string_equal(facts.smbios, "");
    assert_int_equal(facts.n_disks, 0);
    scratch_free(&s);
}

static void what_names_nothing_is_not_known(void **state)
{
    static const char zeros[] = "fwcfg.vmgenid=00000000-0000-0000-0000-000000000000";
    struct scratch s =
        scratch_new("kvm", "disk=vda|virtio|sys-0001", "disk=vdb|virtio||blank", zeros, COPY,
                    "fwcfg.uuid=00000000-0000-0000-0000-000000000000", NULL);
    struct hwfp_boot_facts facts = facts_of(&s, 0);
    (void)state;

    assert_int_equal(facts.n_disks, 0);
    assert_string_equal(facts.generation_id, "");
    assert_string_equal(facts.smbios, "");
    scratch_change(&s, "kvm", "fwcfg.vmgenid=short", COPY, NULL);
    assert_string_equal(facts_of(&s, 0).generation_id, "");
    assert_string_equal(facts_of(&s, UINT32_C(1) << HWFP_SYSTEM_UUID).smbios, "");
    assert_string_not_equal(facts_of(&s, 0).smbios, "");
    scratch_free(&s);
}

static void a_container_knows_nothing_of_its_host(void **state)
{
    struct scratch s = scratch_new("kvm", DISKS, ID, COPY, "container=docker", NULL);
    struct hwfp_boot_facts facts = facts_of(&s, 0);
    (void)state;

    assert_string_equal(facts.generation_id, "");
    assert_string_equal(facts.smbios, "");
    assert_int_equal(facts.n_disks, 0);
    scratch_free(&s);
}

/* A host with more memory, or another version of QEMU, is the same machine. */
static void only_the_identity_in_the_table_counts(void **state)
{
    struct scratch s = scratch_new("kvm", COPY, NULL);
    struct hwfp_boot_facts before = facts_of(&s, 0), after;
    (void)state;

    scratch_change(&s, "kvm", COPY, "memory.max_gib=64", "system.version=pc-q35-9.2", NULL);
    after = facts_of(&s, 0);
    assert_string_equal(before.smbios, after.smbios);
    scratch_change(&s, "kvm", COPY, "fwcfg.serial=SN-77Q1X", NULL);
    after = facts_of(&s, 0);
    assert_string_not_equal(before.smbios, after.smbios);
    assert_non_null(boot_facts_changed(&before, &after));
    scratch_free(&s);
}

static void the_clock_has_a_generation_counter(void **state)
{
    struct scratch s = scratch_new("kvm", "vmclock=7", NULL);
    struct hwfp_boot_facts before = facts_of(&s, 0), after;
    (void)state;

    assert_int_equal(strlen(before.generation_counter), HWFP_BOOT_FACT_SIZE - 1);
    after = facts_of(&s, 0);
    assert_null(boot_facts_changed(&before, &after));
    scratch_change(&s, "kvm", "vmclock=8", NULL);
    after = facts_of(&s, 0);
    assert_non_null(strstr(boot_facts_changed(&before, &after), "generation counter"));
    assert_false(boot_facts_complete(&before, &after));
    /* One that is not there, or not known (any more), is no change. */
    scratch_change(&s, "kvm", "vmclock=none", NULL);
    after = facts_of(&s, 0);
    assert_string_equal(after.generation_counter, "");
    assert_null(boot_facts_changed(&before, &after));
    scratch_change(&s, "kvm", NULL);
    assert_string_equal(facts_of(&s, 0).generation_counter, "");
    assert_true(boot_facts_complete(&after, &before));
    assert_string_equal(after.generation_counter, before.generation_counter);
    scratch_free(&s);
}

static struct hwfp_boot_facts made(const char *id, const char *smbios, size_t n_disks,
                                   const char *const *disks)
{
    struct hwfp_boot_facts facts = {.n_disks = n_disks};

    copy_text(facts.key, sizeof(facts.key), "k");
    copy_text(facts.generation_id, sizeof(facts.generation_id), id);
    copy_text(facts.smbios, sizeof(facts.smbios), smbios);
    for (size_t i = 0; i < n_disks; i++)
        copy_text(facts.disk[i], sizeof(facts.disk[i]), disks[i]);
    return facts;
}

static void expect_change(const char *word, struct hwfp_boot_facts before,
                          struct hwfp_boot_facts after)
{
    const char *changed = boot_facts_changed(&before, &after);

    if (!word) {
        assert_null(changed);
        return;
    }
    assert_non_null(changed);
    assert_non_null(strstr(changed, word));
    assert_false(boot_facts_complete(&before, &after));
}

static void what_has_changed(void **state)
{
    static const char *const ab[] = {"a", "b"}, *const bc[] = {"b", "c"}, *const cd[] = {"c", "d"};
    struct hwfp_boot_facts other_key = made("2", "t", 2, cd);
    (void)state;

    expect_change(NULL, made("1", "s", 2, ab), made("1", "s", 2, ab));
    expect_change("generation id", made("1", "s", 2, ab), made("2", "s", 2, ab));
    expect_change("firmware", made("1", "s", 2, ab), made("1", "t", 2, ab));
    expect_change("all disks", made("1", "s", 2, ab), made("1", "s", 2, cd));
    expect_change("all disks", made("", "", 1, ab), made("", "", 2, cd));
    expect_change(NULL, made("1", "s", 2, ab), made("1", "s", 2, bc));
    expect_change(NULL, made("1", "s", 2, ab), made("1", "s", 1, ab));
    expect_change(NULL, made("1", "s", 2, ab), made("", "", 0, NULL));
    expect_change(NULL, made("", "", 0, NULL), made("1", "s", 2, ab));
    copy_text(other_key.key, sizeof(other_key.key), "l");
    expect_change(NULL, made("1", "s", 2, ab), other_key);
}

static void completing_adds_and_never_replaces(void **state)
{
    static const char *const ab[] = {"a", "b"}, *const bc[] = {"b", "c"};
    struct hwfp_boot_facts now = made("1", "s", 2, bc), then = {0};
    (void)state;

    assert_true(boot_facts_complete(&then, &now));
    assert_memory_equal(&then, &now, sizeof(now));
    assert_false(boot_facts_complete(&then, &now));

    then = made("", "s", 2, ab);
    assert_true(boot_facts_complete(&then, &now));
    assert_string_equal(then.generation_id, "1");
    assert_int_equal(then.n_disks, 3);
    assert_string_equal(then.disk[0], "a"); /* may come back */
    assert_string_equal(then.disk[2], "c");

    then = made("9", "t", 2, ab);
    copy_text(then.key, sizeof(then.key), "l"); /* the vault was made anew */
    assert_true(boot_facts_complete(&then, &now));
    assert_memory_equal(&then, &now, sizeof(now));
}

static void as_many_disks_as_there_is_room_for(void **state)
{
    struct hwfp_boot_facts then = {.n_disks = HWFP_BOOT_DISKS_MAX}, now = {.n_disks = 2};
    (void)state;

    for (size_t i = 0; i < then.n_disks; i++)
        (void)snprintf(then.disk[i], sizeof(then.disk[i]), "%zu", i);
    copy_text(now.disk[0], sizeof(now.disk[0]), "0");
    copy_text(now.disk[1], sizeof(now.disk[1]), "x");
    assert_false(boot_facts_complete(&then, &now));
    assert_int_equal(then.n_disks, HWFP_BOOT_DISKS_MAX);
}

/* ---- The gate. ---- */

static const struct hwfp_config defaults = {.mode = HWFP_MODE_DENY};

static void expect_verdict(const struct scratch *s, const struct hwfp_config *config,
                           unsigned flags, enum hwfp_verdict verdict, const char *word)
{
    struct hwfp_result result;

    assert_int_equal(hwfp_gate(s->system, config, flags, &result), 0);
    assert_null(result.problem);
    assert_int_equal(result.verdict, verdict);
    assert_false(result.rotated || (result.drifted && verdict != HWFP_SAME));
    if (word)
        assert_non_null(strstr(result.reason, word));
    hwfp_result_clear(&result);
}

static void enroll(const struct scratch *s)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];

    assert_int_equal(hwfp_enroll(s->system, &defaults, false, fingerprint, NULL), 0);
    expect_verdict(s, &defaults, 0, HWFP_SAME, NULL);
}

/* The configuration was edited, and no snapshot restored. */
static void another_ignore_is_no_change(void **state)
{
    struct hwfp_config config = {.mode = HWFP_MODE_DENY,
                                 .ignore = UINT32_C(1) << HWFP_SYSTEM_SERIAL};
    struct scratch s = scratch_new("kvm", DISKS, ID, COPY, "fwcfg.serial=QX7-0042", NULL);
    (void)state;

    enroll(&s);
    expect_verdict(&s, &defaults, HWFP_GATE_PUBLISH, HWFP_SAME, NULL);
    expect_verdict(&s, &config, 0, HWFP_SAME, NULL);
    scratch_free(&s);
}

static void a_resumed_snapshot_is_uncertain_until_accepted(void **state)
{
    struct scratch s = scratch_new("kvm", DISKS, ID, COPY, NULL);
    char fingerprint[HWFP_FINGERPRINT_SIZE], *error = NULL;
    struct hwfp_published p;
    (void)state;

    enroll(&s);
    scratch_change(&s, "kvm", OTHER_DISKS, OTHER_ID, COPY, "fwcfg.uuid=" OTHER_UUID, NULL);
    expect_verdict(&s, &defaults, 0, HWFP_UNCERTAIN, "firmware describes another machine");
    expect_verdict(&s, &defaults, HWFP_GATE_PUBLISH, HWFP_UNCERTAIN, "memory snapshot");
    expect_verdict(&s, &defaults, HWFP_GATE_PUBLISH, HWFP_UNCERTAIN, "memory snapshot");
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), 0);
    assert_int_equal(p.verdict, HWFP_UNCERTAIN);
    assert_non_null(strstr(p.reason, "memory snapshot was restored"));
    assert_int_equal(hwfp_rotate(s.system, &defaults, fingerprint, &error), -EBUSY);
    free(error);

    assert_int_equal(hwfp_accept(s.system, &defaults, NULL, fingerprint, NULL), 0);
    expect_verdict(&s, &defaults, 0, HWFP_SAME, NULL);
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), 0);
    assert_int_equal(p.verdict, HWFP_SAME);
    scratch_free(&s);
}

static void accepting_by_name_means_this_machine_or_another(void **state)
{
    struct scratch s = scratch_new("kvm", DISKS, ID, NULL);
    char first[HWFP_FINGERPRINT_SIZE], other[HWFP_FINGERPRINT_SIZE];
    struct hwfp_published p;
    (void)state;

    enroll(&s);
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), 0);
    copy_text(first, sizeof(first), p.fingerprint);
    scratch_change(&s, "r630", NEXT_BOOT, NULL);
    assert_int_equal(hwfp_accept(s.system, &defaults, NULL, other, NULL), 0);
    scratch_change(&s, "kvm", DISKS, ID, NULL);
    expect_verdict(&s, &defaults, HWFP_GATE_PUBLISH, HWFP_SAME, NULL);

    scratch_change(&s, "kvm", DISKS, OTHER_ID, NULL);
    assert_int_equal(hwfp_accept(s.system, &defaults, other, other, NULL), 0);
    expect_verdict(&s, &defaults, 0, HWFP_UNCERTAIN, "generation id");
    assert_int_equal(hwfp_accept(s.system, &defaults, first, first, NULL), 0);
    expect_verdict(&s, &defaults, 0, HWFP_SAME, NULL);
    scratch_free(&s);
}

static void another_boot_knows_nothing_of_this_one(void **state)
{
    struct scratch s = scratch_new("kvm", DISKS, ID, COPY, NULL);
    (void)state;

    enroll(&s);
    scratch_change(&s, "kvm", OTHER_DISKS, OTHER_ID, COPY, NEXT_BOOT, NULL);
    expect_verdict(&s, &defaults, HWFP_GATE_PUBLISH, HWFP_SAME, NULL);
    scratch_change(&s, "kvm", DISKS, OTHER_ID, COPY, NEXT_BOOT, NULL);
    expect_verdict(&s, &defaults, 0, HWFP_UNCERTAIN, "all disks");
    scratch_free(&s);
}

static struct hwfp_hash hash_of(const char *disk, const char *uuid)
{
    static const struct hwfp_key key = {{1, 2, 3}};
    struct scratch s = scratch_new("kvm", disk, uuid, NULL);
    struct hwfp_hash hash;

    assert_int_equal(hwfp_hash_collect(s.system, &key, 0, &hash), 0);
    scratch_free(&s);
    return hash;
}

/* A trusted and a quarantined machine on record, and how the current hash is judged with them. */
static void expect_decision(const struct hwfp_hash *trusted, const struct hwfp_hash *quarantined,
                            const struct hwfp_hash *current, enum hwfp_verdict sure,
                            enum hwfp_verdict doubted)
{
    struct hwfp_machine machines[] = {{.trust = HWFP_TRUSTED, .hash = *trusted},
                                      {.trust = HWFP_QUARANTINED, .hash = *quarantined}};
    const struct hwfp_vault vault = {
        .threshold = HWFP_THRESHOLD_DEFAULT, .n_machines = 2, .machines = machines};
    struct decision d;

    decide(&vault, current, HWFP_POLICY_HARDWARE, &d);
    assert_int_equal(d.verdict, sure);
    decide_in_doubt(&vault, current, HWFP_POLICY_HARDWARE, "a doubt", &d);
    assert_int_equal(d.verdict, doubted);
    assert_int_equal(d.machine, doubted == HWFP_DIFFERENT ? 1 : 0);
    if (sure == HWFP_SAME)
        assert_false(d.fits);
    if (doubted == HWFP_UNCERTAIN)
        assert_string_equal(d.reason, "a doubt");
}

static void a_quarantined_machine_that_fits_as_well_is_different(void **state)
{
    static const char uuid[] = "system.uuid=" OTHER_UUID;
    struct hwfp_hash here = hash_of("disk=vda|virtio|sys-0001", "system.uuid_order=swapped");
    struct hwfp_hash disk = hash_of("disk=vda|virtio|sys-0003", "system.uuid_order=swapped");
    struct hwfp_hash other = hash_of("disk=vda|virtio|sys-0003", uuid);
    (void)state;

    expect_decision(&here, &here, &here, HWFP_SAME, HWFP_DIFFERENT);
    expect_decision(&here, &disk, &here, HWFP_SAME, HWFP_UNCERTAIN);
    expect_decision(&here, &other, &here, HWFP_SAME, HWFP_UNCERTAIN);
    /* Of one chassis: only a setting told them apart. */
    expect_decision(&disk, &here, &here, HWFP_SAME, HWFP_DIFFERENT);
    hwfp_hash_clear(&here);
    hwfp_hash_clear(&disk);
    hwfp_hash_clear(&other);
}

static void the_agents_rule_and_a_threshold_of_none_know_nothing_of_it(void **state)
{
    const struct hwfp_config ssm = {.mode = HWFP_MODE_DENY, .policy = HWFP_POLICY_SSM};
    struct scratch s = scratch_new("kvm", DISKS, ID, NULL);
    (void)state;

    enroll(&s);
    scratch_change(&s, "kvm", DISKS, OTHER_ID, NULL);
    expect_verdict(&s, &ssm, 0, HWFP_SAME, NULL);
    expect_verdict(&s, &defaults, 0, HWFP_UNCERTAIN, "generation id");
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, HWFP_THRESHOLD_OFF, NULL), 0);
    expect_verdict(&s, &defaults, 0, HWFP_SAME, NULL);
    scratch_free(&s);
}

/* ---- Completing what was published. ---- */

static void what_was_not_known_at_boot_is_completed(void **state)
{
    struct scratch s = scratch_new("kvm", DISKS, NULL);
    (void)state;

    assert_int_equal(hwfp_published_complete(s.system, &defaults, NULL), -ENOENT);
    enroll(&s);
    assert_int_equal(hwfp_published_complete(s.system, &defaults, NULL), 0);
    scratch_change(&s, "kvm", DISKS, ID, NULL);
    expect_verdict(&s, &defaults, 0, HWFP_SAME, NULL);
    assert_int_equal(hwfp_published_complete(s.system, &defaults, NULL), 1);
    assert_int_equal(hwfp_published_complete(s.system, &defaults, NULL), 0);
    scratch_change(&s, "kvm", DISKS, OTHER_ID, COPY, NULL);
    assert_int_equal(hwfp_published_complete(s.system, &defaults, NULL), 0);
    expect_verdict(&s, &defaults, 0, HWFP_UNCERTAIN, "generation id");
    scratch_change(&s, "kvm", DISKS, OTHER_ID, NEXT_BOOT, NULL);
    assert_int_equal(hwfp_published_complete(s.system, &defaults, NULL), -ESTALE);
    scratch_free(&s);
}

static void a_check_completes_nothing(void **state)
{
    struct scratch s = scratch_new("kvm", DISKS, NULL);
    CLEANUP_FREE char *path = scratch_path(&s, "run/hwfp/verdict");
    struct stat before, after;
    (void)state;

    enroll(&s);
    scratch_change(&s, "kvm", DISKS, ID, COPY, NULL);
    assert_int_equal(stat(path, &before), 0);
    expect_verdict(&s, &defaults, 0, HWFP_SAME, NULL);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    expect_verdict(&s, &defaults, HWFP_GATE_PUBLISH, HWFP_SAME, NULL);
    scratch_change(&s, "kvm", DISKS, OTHER_ID, COPY, NULL);
    expect_verdict(&s, &defaults, 0, HWFP_UNCERTAIN, "generation id");
    scratch_free(&s);
}

static void verdicts_of_an_earlier_version_are_read(void **state)
{
    struct scratch s = scratch_new("kvm", DISKS, ID, NULL);
    CLEANUP_FREE char *text = NULL;
    struct hwfp_published p;
    size_t size;
    char bad[1024];
    (void)state;

    enroll(&s);
    text = scratch_read(&s, "run/hwfp/verdict", &size);
    scratch_write(&s, "run/hwfp/verdict", "x");
    *strstr(text, "boot_key=") = '\0';
    scratch_write(&s, "run/hwfp/verdict", text);
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), 0);
    assert_int_equal(p.boot.n_disks, 0);
    scratch_change(&s, "kvm", OTHER_DISKS, OTHER_ID, NULL);
    expect_verdict(&s, &defaults, 0, HWFP_SAME, NULL);
    (void)snprintf(bad, sizeof(bad), "%sboot_disk=no digest\n", text);
    scratch_write(&s, "run/hwfp/verdict", bad);
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), -EBADMSG);
    memcpy(strstr(text, "\nverdict="), "\nreason ", strlen("\nreason "));
    scratch_write(&s, "run/hwfp/verdict", text);
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), 0);
    assert_int_equal(p.verdict, HWFP_ERROR);
    scratch_free(&s);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(facts_are_known_or_not),
        T(the_clock_has_a_generation_counter),
        T(what_names_nothing_is_not_known),
        T(a_container_knows_nothing_of_its_host),
        T(only_the_identity_in_the_table_counts),
        T(what_has_changed),
        T(completing_adds_and_never_replaces),
        T(as_many_disks_as_there_is_room_for),
        T(another_ignore_is_no_change),
        T(a_resumed_snapshot_is_uncertain_until_accepted),
        T(accepting_by_name_means_this_machine_or_another),
        T(another_boot_knows_nothing_of_this_one),
        T(a_quarantined_machine_that_fits_as_well_is_different),
        T(the_agents_rule_and_a_threshold_of_none_know_nothing_of_it),
        T(what_was_not_known_at_boot_is_completed),
        T(a_check_completes_nothing),
        T(verdicts_of_an_earlier_version_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
