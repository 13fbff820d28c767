/* SPDX-License-Identifier: BSD-2-Clause */
/* The gate on captured trees: enrol, recognise, rotate, return, accept, drift, and what happens
 * when nothing can be written. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "hwfp.h"
#include "scratch.h"
#include "util.h"

#include <cmocka.h>

#define B                                                                                          \
    "r630", "system.uuid=4c4c4544-0042-3410-8051-c3c04f584d32", "system.serial=B4QXM2X",           \
        "board.serial=.B4QXM2X.CN7475153I0999.", "chassis.serial=B4QXM2X",                         \
        "nic=eno1|pci|24:6e:96:ff:00:01"

/* The same server, and no more than just so: every part is another one, or gone. */
#define REPAIRED                                                                                   \
    "r630", "nic=eno1|pci|24:6e:96:ff:00:01", "disk=sda|scsi|ZZ990001",                            \
        "dimm=", "boot-id=00000000-0000-4000-8000-000000000001"

static const struct hwfp_config defaults = {.mode = HWFP_MODE_DENY};

struct found {
    enum hwfp_verdict verdict;
    int similarity, threshold;
    char fingerprint[HWFP_FINGERPRINT_SIZE], previous[HWFP_FINGERPRINT_SIZE];
    bool rotated, unsaved, drifted, problem;
};

static struct found gate(const struct scratch *s, unsigned flags)
{
    struct hwfp_result result;
    struct found found;

    assert_int_equal(hwfp_gate(s->system, &defaults, flags, &result), 0);
    assert_non_null(result.reason);
    found = (struct found){
        result.verdict, result.similarity, result.threshold,      "", "", result.rotated,
        result.unsaved, result.drifted,    result.problem != NULL};
    copy_text(found.fingerprint, sizeof(found.fingerprint), result.fingerprint);
    copy_text(found.previous, sizeof(found.previous), result.previous_fingerprint);
    hwfp_result_clear(&result);
    return found;
}

static struct found enroll(const struct scratch *s)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE], *error = NULL;
    struct found found;

    if (hwfp_enroll(s->system, &defaults, false, fingerprint, &error) < 0)
        print_error("%s\n", error ? error : "?");
    assert_null(error);
    found = gate(s, 0);
    assert_int_equal(found.verdict, HWFP_SAME);
    assert_string_equal(found.fingerprint, fingerprint);
    return found;
}

/* The last event of the history, which is of this kind: its detail. The caller frees it. */
static char *last_detail(const struct scratch *s, const char *what)
{
    struct hwfp_vault *vault = NULL;
    const struct hwfp_event *last;
    char *detail;

    assert_int_equal(hwfp_vault_load(s->system, &vault, NULL), 0);
    last = &vault->events[vault->n_events - 1];
    assert_string_equal(last->what, what);
    assert_non_null(last->detail);
    detail = strdup(last->detail);
    hwfp_vault_free(vault);
    return detail;
}

static void an_unenrolled_machine_is_unenrolled(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found found = gate(&s, 0);
    (void)state;

    assert_int_equal(found.verdict, HWFP_UNENROLLED);
    assert_string_equal(found.fingerprint, "");
    assert_int_equal(found.threshold, 0);             /* not known */
    assert_false(scratch_exists(&s, "var/lib/hwfp")); /* asking makes nothing */
    scratch_free(&s);
}

static void enrolment_needs_no_second_one(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    char fingerprint[HWFP_FINGERPRINT_SIZE], *error = NULL;
    struct found found = enroll(&s);
    (void)state;

    assert_int_equal(found.similarity, 100);
    assert_int_equal(hwfp_enroll(s.system, &defaults, false, fingerprint, &error), -EEXIST);
    assert_non_null(strstr(error, "/var/lib/hwfp/vault"));
    free(error);
    assert_int_equal(hwfp_enroll(s.system, &defaults, true, fingerprint, NULL), 0);
    assert_string_not_equal(fingerprint, found.fingerprint);
    scratch_free(&s);
}

static void a_disk_that_goes_home(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found a = enroll(&s), b, again, home;
    (void)state;

    scratch_change(&s, B, NULL);
    b = gate(&s, 0);
    assert_int_equal(b.verdict, HWFP_DIFFERENT);
    assert_true(b.rotated);
    assert_true(b.similarity >= 0 && b.similarity <= 29);
    assert_string_not_equal(b.fingerprint, a.fingerprint);
    assert_string_equal(b.previous, a.fingerprint);

    again = gate(&s, 0);
    assert_int_equal(again.verdict, HWFP_DIFFERENT);
    assert_false(again.rotated);
    assert_string_equal(again.fingerprint, b.fingerprint);
    assert_int_equal(again.similarity, b.similarity);

    scratch_change(&s, "r630", NULL);
    home = gate(&s, 0);
    assert_int_equal(home.verdict, HWFP_SAME);
    assert_string_equal(home.fingerprint, a.fingerprint);
    assert_string_equal(home.previous, b.fingerprint);

    scratch_change(&s, B, NULL);
    assert_string_equal(gate(&s, 0).fingerprint, b.fingerprint);
    scratch_free(&s);
}

static void accepted_machines_keep_their_own_fingerprints(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    char accepted[HWFP_FINGERPRINT_SIZE];
    struct found a = enroll(&s), b;
    (void)state;

    scratch_change(&s, B, NULL);
    b = gate(&s, 0);
    assert_int_equal(hwfp_accept(s.system, &defaults, NULL, accepted, NULL), 0);
    assert_string_equal(accepted, b.fingerprint);
    assert_int_equal(gate(&s, 0).verdict, HWFP_SAME);
    assert_string_equal(gate(&s, 0).fingerprint, b.fingerprint);
    scratch_change(&s, "r630", NULL);
    assert_int_equal(gate(&s, 0).verdict, HWFP_SAME);
    assert_string_equal(gate(&s, 0).fingerprint, a.fingerprint);
    scratch_free(&s);
}

static void accepting_before_any_rotation_adds_a_machine(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    char accepted[HWFP_FINGERPRINT_SIZE];
    struct found a = enroll(&s);
    (void)state;

    scratch_change(&s, B, NULL);
    assert_int_equal(gate(&s, HWFP_GATE_READ_ONLY).verdict, HWFP_DIFFERENT);
    assert_int_equal(hwfp_accept(s.system, &defaults, NULL, accepted, NULL), 0);
    assert_string_not_equal(accepted, a.fingerprint);
    assert_int_equal(gate(&s, 0).verdict, HWFP_SAME);
    scratch_free(&s);
}

static void a_vault_removed_is_unenrolled(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    CLEANUP_FREE char *path = scratch_path(&s, "var/lib/hwfp");
    CLEANUP_FREE char *gone = scratch_path(&s, "var/lib/gone");
    (void)state;

    enroll(&s);
    assert_int_equal(rename(path, gone), 0);
    scratch_change(&s, B, NULL);
    assert_int_equal(gate(&s, HWFP_GATE_ENROLL_TICKET).verdict, HWFP_UNENROLLED);
    scratch_free(&s);
}

static void a_vault_that_cannot_be_used_has_no_threshold(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found found;
    (void)state;

    enroll(&s);
    assert_int_equal(gate(&s, 0).threshold, HWFP_THRESHOLD_DEFAULT);
    scratch_write(&s, "var/lib/hwfp/vault", "");
    scratch_write(&s, "var/lib/hwfp/vault.old", "");
    found = gate(&s, 0);
    assert_int_equal(found.verdict, HWFP_ERROR);
    assert_int_equal(found.threshold, 0);
    scratch_free(&s);
}

static void a_ticket_enrols_once(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    CLEANUP_FREE char *path = scratch_path(&s, "var/lib/hwfp/vault");
    CLEANUP_FREE char *old = scratch_path(&s, "var/lib/hwfp/vault.old");
    struct found found;
    CLEANUP_FREE char *detail = NULL;
    (void)state;

    assert_int_equal(gate(&s, HWFP_GATE_ENROLL_TICKET).verdict, HWFP_UNENROLLED);
    enroll(&s);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(old), 0);
    scratch_write(&s, "var/lib/hwfp/ticket", "");
    assert_int_equal(gate(&s, 0).verdict, HWFP_UNENROLLED); /* only hwfp-boot obeys it */
    found = gate(&s, HWFP_GATE_ENROLL_TICKET);
    assert_int_equal(found.verdict, HWFP_SAME);
    assert_int_equal(found.similarity, 100);
    assert_false(scratch_exists(&s, "var/lib/hwfp/ticket"));
    detail = last_detail(&s, "enroll");
    assert_string_equal(detail, "at boot, by the one-use ticket");
    scratch_free(&s);
}

static void read_only_writes_nothing(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found a = enroll(&s), b;
    CLEANUP_FREE char *before = NULL, *after = NULL;
    (void)state;

    scratch_change(&s, B, NULL);
    before = scratch_read(&s, "var/lib/hwfp/vault", NULL);
    b = gate(&s, HWFP_GATE_READ_ONLY);
    after = scratch_read(&s, "var/lib/hwfp/vault", NULL);
    assert_int_equal(b.verdict, HWFP_DIFFERENT);
    assert_string_equal(b.fingerprint, ""); /* it has none yet */
    assert_string_equal(b.previous, a.fingerprint);
    assert_string_equal(before, after);
    scratch_free(&s);
}

static void nothing_is_written_when_nothing_changed(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    CLEANUP_FREE char *path = scratch_path(&s, "var/lib/hwfp/vault");
    struct stat before, after;
    (void)state;

    enroll(&s);
    assert_int_equal(stat(path, &before), 0);
    gate(&s, 0);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    scratch_free(&s);
}

static void server_in_year(struct scratch *s, int year)
{
    char nic[64], disk[64], dimm[64], boot[64];

    (void)snprintf(nic, sizeof(nic), "nic=eno1|pci|24:6e:96:00:01:%02x", year / 3);
    (void)snprintf(disk, sizeof(disk), "disk=sda|scsi|DISK%04d", (year + 1) / 3);
    (void)snprintf(dimm, sizeof(dimm), "dimm=A1|16384|x|0A0B0C%02d|p", (year + 2) / 3);
    (void)snprintf(boot, sizeof(boot), "boot-id=00000000-0000-4000-8000-00000000000%d", year);
    scratch_change(s, "r630", nic, disk, dimm, boot, NULL);
}

/* One part a year, until nothing is left of the first machine but its chassis. */
static void drift_follows(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found a, now;
    (void)state;

    server_in_year(&s, 0);
    a = enroll(&s);
    for (int year = 1; year <= 6; year++) {
        server_in_year(&s, year);
        now = gate(&s, 0);
        assert_int_equal(now.verdict, HWFP_SAME);
        assert_string_equal(now.fingerprint, a.fingerprint);
        assert_true(now.drifted);
        assert_int_equal(gate(&s, 0).similarity, 100);
        assert_false(gate(&s, 0).drifted);
    }
    scratch_free(&s);
}

static void what_is_not_there_yet_is_no_drift(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    (void)state;

    enroll(&s);
    scratch_change(&s, "r630", "nic=eno1|pci|24:6e:96:0c:1a:40", "disk=", NULL);
    assert_int_equal(gate(&s, 0).verdict, HWFP_SAME);
    assert_false(gate(&s, 0).drifted);
    scratch_free(&s);
}

/* A chassis item is added where another one vouches for it, and stays for good. */
static void chassis_items_are_added_and_never_replaced(void **state)
{
    struct scratch s = scratch_new("r630", "board.serial=", NULL);
    struct found a = enroll(&s);
    struct hwfp_vault *vault = NULL;
    (void)state;

    scratch_change(&s, "r630", NULL);
    assert_true(gate(&s, 0).drifted);
    scratch_change(&s, "r630", "board.serial=NEWBOARD1", NULL);
    assert_int_equal(gate(&s, 0).verdict, HWFP_UNCERTAIN);
    assert_int_equal(hwfp_vault_load(s.system, &vault, NULL), 0);
    assert_int_equal(vault->machines[0].hash.component[HWFP_BOARD_SERIAL].n, 2); /* two spellings */
    hwfp_vault_free(vault);
    assert_int_equal(hwfp_accept(s.system, &defaults, NULL, a.previous, NULL), 0);
    assert_int_equal(gate(&s, 0).verdict, HWFP_SAME);
    assert_string_equal(gate(&s, 0).fingerprint, a.fingerprint);
    assert_int_equal(hwfp_vault_load(s.system, &vault, NULL), 0);
    assert_int_equal(vault->machines[0].hash.component[HWFP_BOARD_SERIAL].n, 3);
    hwfp_vault_free(vault);
    scratch_free(&s);
}

static void uncertain_writes_nothing_and_keeps_the_fingerprint(void **state)
{
    struct scratch s = scratch_new("kvm", NULL);
    struct found a = enroll(&s), now;
    (void)state;

    for (int boot = 0; boot < 3; boot++) {
        char uuid[64];

        (void)snprintf(uuid, sizeof(uuid), "system.uuid=11111111-2222-4333-8444-55555555555%d",
                       boot);
        scratch_change(&s, "kvm", uuid, NULL);
        now = gate(&s, 0);
        assert_int_equal(now.verdict, HWFP_UNCERTAIN);
        assert_string_equal(now.fingerprint, a.fingerprint);
        assert_false(now.rotated || now.drifted);
    }
    scratch_free(&s);
}

/* A quarantined clone under a hypervisor that makes a new UUID at each boot: still different, and
 * always under one fingerprint. */
static void a_quarantined_clone_with_a_new_uuid_stays_different(void **state)
{
    struct scratch s = scratch_new("kvm", NULL);
    struct found b, now;
    (void)state;

    enroll(&s);
    scratch_change(&s, "kvm", "system.uuid=aaaaaaaa-2222-4333-8444-555555555555",
                   "nic=enp1s0|virtio|52:54:00:00:00:99", NULL);
    b = gate(&s, 0);
    assert_int_equal(b.verdict, HWFP_DIFFERENT);
    for (int boot = 0; boot < 3; boot++) {
        char uuid[64];

        (void)snprintf(uuid, sizeof(uuid), "system.uuid=11111111-2222-4333-8444-55555555555%d",
                       boot);
        scratch_change(&s, "kvm", uuid, "nic=enp1s0|virtio|52:54:00:00:00:99", NULL);
        now = gate(&s, 0);
        assert_int_equal(now.verdict, HWFP_DIFFERENT);
        assert_string_equal(now.fingerprint, b.fingerprint);
    }
    scratch_free(&s);
}

static void guest_number(struct scratch *s, int i)
{
    char uuid[64], nic[64];

    (void)snprintf(uuid, sizeof(uuid), "system.uuid=11111111-2222-4333-8444-5555555555%02x", i);
    (void)snprintf(nic, sizeof(nic), "nic=enp1s0|virtio|52:54:00:00:01:%02x", i);
    scratch_change(s, "kvm", uuid, nic, NULL);
}

static void a_vault_of_64_machines_keeps_the_trusted_one(void **state)
{
    struct scratch s = scratch_new("kvm", NULL);
    struct found a = enroll(&s);
    struct hwfp_vault *vault = NULL;
    size_t rotations = 0;
    (void)state;

    for (int i = 0; i < HWFP_MACHINES_MAX + 5; i++) {
        guest_number(&s, i);
        assert_true(gate(&s, 0).rotated);
    }
    assert_int_equal(hwfp_vault_load(s.system, &vault, NULL), 0);
    assert_int_equal(vault->n_machines, HWFP_MACHINES_MAX);
    assert_non_null(hwfp_vault_find(vault, a.fingerprint));
    for (size_t i = 0; i < vault->n_events; i++)
        rotations += strcmp(vault->events[i].what, "rotate") == 0;
    assert_int_equal(rotations, HWFP_MACHINES_MAX + 5); /* every fingerprint is in the history */
    hwfp_vault_free(vault);
    scratch_change(&s, "kvm", NULL);
    assert_string_equal(gate(&s, 0).fingerprint, a.fingerprint);
    scratch_free(&s);
}

static void history_tells_why_it_rotated(void **state)
{
    struct scratch s = scratch_new("kvm", NULL);
    struct hwfp_result result = {0};
    char *detail, *wanted = NULL;
    (void)state;

    enroll(&s);
    guest_number(&s, 1);
    assert_int_equal(hwfp_gate(s.system, &defaults, 0, &result), 0);
    assert_true(result.rotated);
    assert_true(hwfp_result_changed(&result) & 1U << HWFP_SYSTEM_UUID);
    detail = last_detail(&s, "rotate");
    assert_ptr_equal(strstr(detail, "different: system-uuid, "), detail);
    assert_true(asprintf(&wanted, " differ; %s", result.reason) > 0);
    assert_non_null(strstr(detail, wanted));
    free(wanted);
    free(detail);
    hwfp_result_clear(&result);

    /* A copy that is trusted at once, without a check before. */
    guest_number(&s, 2);
    assert_int_equal(hwfp_accept(s.system, &defaults, NULL, (char[HWFP_FINGERPRINT_SIZE]){0}, NULL),
                     0);
    detail = last_detail(&s, "accept");
    assert_ptr_equal(strstr(detail, "different: system-uuid, "), detail);
    free(detail);
    scratch_free(&s);

    /* One component, and a setting that rotates for it. */
    s = scratch_new("pi4", "devicetree.serial=", "cpu.serial=", NULL);
    enroll(&s);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 100, NULL), 0);
    scratch_change(&s, "pi4", "devicetree.serial=", "cpu.serial=",
                   "disk=mmcblk0|mmc|1b534d454231515430ab7dc4f1293e5a", NULL);
    assert_true(gate(&s, 0).rotated);
    detail = last_detail(&s, "rotate");
    assert_ptr_equal(strstr(detail, "different: disk-serial differs; "), detail);
    free(detail);
    scratch_free(&s);
}

/* Whoever makes room may stand before the machine that is reported. */
static void reports_name_a_trusted_machine_after_an_eviction(void **state)
{
    struct scratch s = scratch_new("kvm", NULL);
    struct found original = enroll(&s), trusted = {0};
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct hwfp_result result;
    (void)state;

    for (int i = 0; i <= HWFP_MACHINES_MAX; i++) {
        guest_number(&s, i);
        assert_int_equal(hwfp_gate(s.system, &defaults, 0, &result), 0);
        assert_true(result.rotated);
        if (i > 5)
            assert_string_equal(result.compared_with, trusted.fingerprint);
        hwfp_result_clear(&result);
        if (i != 5)
            continue;
        trusted = gate(&s, 0);
        assert_int_equal(hwfp_accept(s.system, &defaults, NULL, fingerprint, NULL), 0);
        assert_int_equal(hwfp_forget(s.system, &defaults, original.fingerprint, NULL), 0);
    }
    scratch_free(&s);
}

/* The limit is named, and not taken for a full disk. */
static void the_65th_trusted_machine_is_refused(void **state)
{
    struct scratch s = scratch_new("kvm", NULL);
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct hwfp_result result;
    char *error = NULL;
    (void)state;

    (void)enroll(&s);
    for (int i = 1; i < HWFP_MACHINES_MAX; i++) {
        guest_number(&s, i);
        assert_int_equal(hwfp_accept(s.system, &defaults, NULL, fingerprint, NULL), 0);
    }
    guest_number(&s, HWFP_MACHINES_MAX);
    assert_int_equal(hwfp_accept(s.system, &defaults, NULL, fingerprint, &error), -EUSERS);
    assert_non_null(strstr(error, "64 trusted machines"));
    free(error);
    assert_int_equal(hwfp_gate(s.system, &defaults, 0, &result), 0);
    assert_int_equal(result.verdict, HWFP_DIFFERENT);
    assert_true(result.unsaved);
    assert_non_null(strstr(result.problem, "64 trusted machines"));
    hwfp_result_clear(&result);
    scratch_free(&s);
}

static void forgetting(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found a = enroll(&s), b, c;
    struct hwfp_published published;
    char *error = NULL;
    (void)state;

    assert_int_equal(hwfp_forget(s.system, &defaults, a.fingerprint, &error), -EBUSY);
    assert_non_null(strstr(error, a.fingerprint));
    free(error);
    assert_int_equal(hwfp_forget(s.system, &defaults, "no-such", NULL), -ENXIO);
    scratch_change(&s, B, NULL);
    b = gate(&s, 0);
    assert_int_equal(hwfp_forget(s.system, &defaults, b.fingerprint, NULL), 0);
    /* What is published knows of it; the next login rotates. */
    assert_int_equal(hwfp_published_read(s.system, &published, NULL), 0);
    assert_int_equal(published.verdict, HWFP_DIFFERENT);
    assert_string_equal(published.fingerprint, "");
    c = gate(&s, 0);
    assert_string_not_equal(c.fingerprint, b.fingerprint);
    assert_string_equal(c.previous, b.fingerprint);
    scratch_free(&s);
}

static void rotating_by_hand_keeps_the_trust(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found a = enroll(&s), now;
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    (void)state;

    assert_int_equal(hwfp_rotate(s.system, &defaults, fingerprint, NULL), 0);
    now = gate(&s, 0);
    assert_int_equal(now.verdict, HWFP_SAME);
    assert_string_equal(now.fingerprint, fingerprint);
    assert_string_equal(now.previous, a.fingerprint);
    scratch_free(&s);
}

static void thresholds(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    (void)state;

    enroll(&s);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 0, NULL), -EINVAL);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, -2, NULL), -EINVAL);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 101, NULL), -EINVAL);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 100, NULL), 0);
    scratch_change(&s, REPAIRED, NULL);
    assert_int_equal(gate(&s, HWFP_GATE_READ_ONLY).verdict, HWFP_DIFFERENT);
    assert_in_range(gate(&s, HWFP_GATE_READ_ONLY).similarity, 85, 99);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 85, NULL), 0);
    assert_int_equal(gate(&s, HWFP_GATE_READ_ONLY).verdict, HWFP_SAME);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, -1, NULL), 0);
    scratch_change(&s, B, NULL);
    assert_int_equal(gate(&s, 0).verdict, HWFP_SAME);
    assert_false(gate(&s, 0).drifted); /* a check that is off vouches for nothing */
    scratch_free(&s);
}

/* What a setting alone made another machine is itself again when the setting is taken back. */
static void a_threshold_taken_back_leaves_nobody_out(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found a = enroll(&s), found;
    (void)state;

    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 100, NULL), 0);
    scratch_change(&s, REPAIRED, NULL);
    assert_true(gate(&s, 0).rotated);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 40, NULL), 0);
    found = gate(&s, 0);
    assert_int_equal(found.verdict, HWFP_SAME);
    assert_string_equal(found.fingerprint, a.fingerprint);
    scratch_free(&s);
}

/* Each time uncertain; the last has nothing that it could be known by. */
static void accept_ends_doubt_or_refuses(void **state)
{
    static const char *const changes[][3] = {{"smbios.version=none", "nic="},
                                             {"smbios.version=none", "disk=", "dimm="},
                                             {"smbios.version=none", "nic=", "disk="}};
    struct scratch s = scratch_new("r630", NULL);
    char fingerprint[HWFP_FINGERPRINT_SIZE], *error = NULL;
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        bool last = i == ARRAY_SIZE(changes) - 1;

        scratch_change(&s, "r630", NULL);
        assert_int_equal(hwfp_enroll(s.system, &defaults, i > 0, fingerprint, NULL), 0);
        scratch_change(&s, "r630", changes[i][0], changes[i][1], changes[i][2], NULL);
        assert_int_equal(gate(&s, 0).verdict, HWFP_UNCERTAIN);
        assert_int_equal(hwfp_accept(s.system, &defaults, NULL, fingerprint, &error),
                         last ? -ENODATA : 0);
        assert_int_equal(gate(&s, 0).verdict, last ? HWFP_UNCERTAIN : HWFP_SAME);
    }
    assert_non_null(error);
    assert_non_null(strstr(error, "could not be known again: nothing that tells"));
    free(error);
    scratch_free(&s);
}

static void a_weak_identity_is_refused_where_asked(void **state)
{
    /* A disk is all there is, and goes into another machine with all of it. */
    struct scratch s = scratch_new("microvm", "nic=", "disk=vda|virtio|S4EVNF0M712345", NULL);
    struct hwfp_config strict = {.mode = HWFP_MODE_DENY, .min_strength = HWFP_STRENGTH_FAIR};
    char fingerprint[HWFP_FINGERPRINT_SIZE], *error = NULL;
    (void)state;

    assert_int_equal(hwfp_enroll(s.system, &strict, false, fingerprint, &error), -ERANGE);
    assert_non_null(strstr(error, "weak"));
    assert_non_null(strstr(error, "fair"));
    free(error);
    assert_false(scratch_exists(&s, "var/lib/hwfp/vault"));
    enroll(&s);
    scratch_change(&s, "microvm", "nic=", "disk=vda|virtio|S4EVNF0M712346", NULL);
    assert_int_equal(hwfp_accept(s.system, &strict, NULL, fingerprint, NULL), -ERANGE);
    assert_int_equal(hwfp_accept(s.system, &strict, gate(&s, 0).fingerprint, fingerprint, NULL),
                     -ERANGE);
    assert_int_equal(gate(&s, 0).verdict, HWFP_DIFFERENT);
    scratch_free(&s);
}

static void off_neither_rotates_nor_follows(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    const struct hwfp_config off = {.mode = HWFP_MODE_OFF};
    struct hwfp_result result;
    (void)state;

    enroll(&s);
    scratch_change(&s, B, NULL);
    assert_int_equal(hwfp_gate(s.system, &off, 0, &result), 0);
    assert_false(result.rotated);
    hwfp_result_clear(&result);
    scratch_free(&s);
}

/* ---- When nothing can be written. Directories in the way stand for a full or read-only disk: they
 *      stop root too. tests/cli/ has the real ones. ---- */

static void block_vault(const struct scratch *s)
{
    CLEANUP_FREE char *path = scratch_path(s, "var/lib/hwfp/vault.new");
    CLEANUP_FREE char *inside = scratch_path(s, "var/lib/hwfp/vault.new/x");

    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(mkdir(inside, 0700), 0);
}

static void unblock_vault(const struct scratch *s)
{
    CLEANUP_FREE char *path = scratch_path(s, "var/lib/hwfp/vault.new");
    CLEANUP_FREE char *inside = scratch_path(s, "var/lib/hwfp/vault.new/x");

    assert_int_equal(rmdir(inside), 0);
    assert_int_equal(rmdir(path), 0);
}

static void an_unsaved_fingerprint_is_used_again_and_saved_later(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found first, second, saved;
    (void)state;

    enroll(&s);
    block_vault(&s);
    scratch_change(&s, B, NULL);
    first = gate(&s, 0);
    assert_int_equal(first.verdict, HWFP_DIFFERENT);
    assert_true(first.unsaved && first.problem && !first.rotated);
    assert_int_equal(strlen(first.fingerprint), HWFP_FINGERPRINT_SIZE - 1);
    second = gate(&s, 0);
    assert_string_equal(second.fingerprint, first.fingerprint);
    assert_string_equal(gate(&s, HWFP_GATE_READ_ONLY).fingerprint, first.fingerprint);
    unblock_vault(&s);
    saved = gate(&s, 0);
    assert_true(saved.rotated && !saved.unsaved);
    assert_string_equal(saved.fingerprint, first.fingerprint);
    scratch_free(&s);
}

/* On a copy whose vault cannot be written. */
static struct found unsaved_copy(struct scratch *s)
{
    struct found found;

    enroll(s);
    block_vault(s);
    scratch_change(s, B, NULL);
    found = gate(s, 0);
    assert_true(found.unsaved);
    return found;
}

/* A NIC that was late is no other machine: this boot has one fingerprint, which no change of the
 * administrator's loses. */
static void an_unsaved_fingerprint_outlives_a_late_nic(void **state)
{
    static const char late[] = "nic=eno2|pci|24:6e:96:ff:00:02";
    struct scratch s = scratch_new("r630", NULL);
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct hwfp_vault *vault = NULL;
    bool found = false;
    struct found first = unsaved_copy(&s);
    (void)state;

    scratch_change(&s, B, late, NULL);
    assert_string_equal(gate(&s, 0).fingerprint, first.fingerprint);
    unblock_vault(&s);
    assert_int_equal(hwfp_rotate(s.system, &defaults, fingerprint, NULL), 0);
    assert_string_not_equal(fingerprint, first.fingerprint);
    assert_int_equal(hwfp_vault_load(s.system, &vault, NULL), 0);
    for (size_t i = 0; i < vault->n_events; i++)
        found = found || (vault->events[i].fingerprint &&
                          strcmp(vault->events[i].fingerprint, first.fingerprint) == 0);
    assert_true(found);
    hwfp_vault_free(vault);
    scratch_free(&s);
}

static void an_unsaved_fingerprint_is_the_accepted_ones(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct found first = unsaved_copy(&s);
    (void)state;

    unblock_vault(&s);
    assert_int_equal(hwfp_accept(s.system, &defaults, NULL, fingerprint, NULL), 0);
    assert_string_equal(fingerprint, first.fingerprint);
    scratch_free(&s);
}

/* The folder under /run is readable by all, and what can be opened can be locked. */
static void what_anybody_can_lock_stops_nothing(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    CLEANUP_FREE char *run = scratch_path(&s, "run/hwfp");
    CLEANUP_CLOSE int fd = -1;
    struct found found;
    (void)state;

    enroll(&s);
    fd = open(run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    block_vault(&s);
    scratch_change(&s, B, NULL);
    found = gate(&s, 0);
    assert_true(found.unsaved);
    assert_string_equal(gate(&s, 0).fingerprint, found.fingerprint);
    scratch_free(&s);
}

static void without_any_place_there_is_no_fingerprint(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    CLEANUP_FREE char *verdict = scratch_path(&s, "run/hwfp/verdict");
    struct found found;
    (void)state;

    enroll(&s);
    block_vault(&s);
    scratch_change(&s, B, NULL);
    assert_int_equal(unlink(verdict), 0);
    assert_int_equal(mkdir(verdict, 0700), 0);
    found = gate(&s, 0);
    assert_int_equal(found.verdict, HWFP_DIFFERENT);
    assert_true(found.problem);
    assert_string_equal(found.fingerprint, "");
    scratch_free(&s);
}

static void drift_that_cannot_be_saved_changes_no_verdict(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found found;
    (void)state;

    enroll(&s);
    block_vault(&s);
    scratch_change(&s, "r630", "disk=sda|scsi|NEWDISK1",
                   "boot-id=00000000-0000-4000-8000-000000000001", NULL);
    found = gate(&s, 0);
    assert_int_equal(found.verdict, HWFP_SAME);
    assert_true(found.problem && !found.drifted);
    scratch_free(&s);
}

/* ---- The published verdict. ---- */

static void published_verdicts(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct found a = enroll(&s);
    struct hwfp_published p;
    CLEANUP_FREE char *path = scratch_path(&s, "run/hwfp/verdict");
    struct stat st;
    (void)state;

    gate(&s, HWFP_GATE_PUBLISH);
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), 0);
    assert_int_equal(p.verdict, HWFP_SAME);
    assert_int_equal(p.similarity, 100);
    assert_string_equal(p.fingerprint, a.fingerprint);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);

    scratch_change(&s, "r630", "boot-id=00000000-0000-4000-8000-000000000001", NULL);
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), -ESTALE);
    gate(&s, HWFP_GATE_PUBLISH);
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), -EPERM);
    assert_int_equal(chmod(path, 0644), 0);
    scratch_write(&s, "run/hwfp/verdict", "verdict=same\n");
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), -EBADMSG);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(hwfp_published_read(s.system, &p, NULL), -ENOENT);
    scratch_free(&s);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_unenrolled_machine_is_unenrolled),
        T(enrolment_needs_no_second_one),
        T(a_disk_that_goes_home),
        T(accepted_machines_keep_their_own_fingerprints),
        T(accepting_before_any_rotation_adds_a_machine),
        T(a_vault_removed_is_unenrolled),
        T(a_vault_that_cannot_be_used_has_no_threshold),
        T(a_ticket_enrols_once),
        T(read_only_writes_nothing),
        T(nothing_is_written_when_nothing_changed),
        T(drift_follows),
        T(what_is_not_there_yet_is_no_drift),
        T(chassis_items_are_added_and_never_replaced),
        T(uncertain_writes_nothing_and_keeps_the_fingerprint),
        T(a_quarantined_clone_with_a_new_uuid_stays_different),
        T(history_tells_why_it_rotated),
        T(a_vault_of_64_machines_keeps_the_trusted_one),
        T(the_65th_trusted_machine_is_refused),
        T(forgetting),
        T(rotating_by_hand_keeps_the_trust),
        T(thresholds),
        T(a_threshold_taken_back_leaves_nobody_out),
        T(accept_ends_doubt_or_refuses),
        T(reports_name_a_trusted_machine_after_an_eviction),
        T(an_unsaved_fingerprint_outlives_a_late_nic),
        T(an_unsaved_fingerprint_is_the_accepted_ones),
        T(a_weak_identity_is_refused_where_asked),
        T(off_neither_rotates_nor_follows),
        T(an_unsaved_fingerprint_is_used_again_and_saved_later),
        T(what_anybody_can_lock_stops_nothing),
        T(without_any_place_there_is_no_fingerprint),
        T(drift_that_cannot_be_saved_changes_no_verdict),
        T(published_verdicts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
