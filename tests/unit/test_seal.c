/* SPDX-License-Identifier: BSD-2-Clause */
/* Sealing a template, and the ticket that it leaves. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "hwfp.h"
#include "scratch.h"
#include "util.h"

#include <cmocka.h>

static const struct hwfp_config defaults = {.mode = HWFP_MODE_DENY};

static enum hwfp_verdict gate(const struct scratch *s, unsigned flags)
{
    struct hwfp_result result;
    enum hwfp_verdict verdict;

    assert_int_equal(hwfp_gate(s->system, &defaults, flags, &result), 0);
    verdict = result.verdict;
    hwfp_result_clear(&result);
    return verdict;
}

static void enroll(const struct scratch *s, char ret_fingerprint[HWFP_FINGERPRINT_SIZE])
{
    assert_int_equal(hwfp_enroll(s->system, &defaults, false, ret_fingerprint, NULL), 0);
}

static void a_sealed_vault_is_gone_but_for_the_ticket(void **state)
{
    static const char *const gone[] = {"vault",    "vault.old",        "key",
                                       "recovery", "vault.damaged-17", "key.damaged-17"};
    struct scratch s = scratch_new("r630", "boot-id=8f7f0a52-3a4c-4a1e-8d0e-0c5d3a1b2c4d", NULL);
    char first[HWFP_FINGERPRINT_SIZE];
    (void)state;

    enroll(&s, first);
    for (size_t i = 3; i < ARRAY_SIZE(gone); i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "var/lib/hwfp/%s", gone[i]);
        scratch_write(&s, path, "something");
    }
    assert_true(scratch_exists(&s, "run/hwfp/verdict"));
    assert_int_equal(hwfp_seal(s.system, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(gone); i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "var/lib/hwfp/%s", gone[i]);
        assert_false(scratch_exists(&s, path));
    }
    assert_true(scratch_exists(&s, "var/lib/hwfp/ticket"));
    assert_false(scratch_exists(&s, "run/hwfp/verdict"));
    scratch_free(&s);
}

static void only_the_boot_uses_the_ticket_and_once(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    char first[HWFP_FINGERPRINT_SIZE];
    (void)state;

    enroll(&s, first);
    assert_int_equal(hwfp_seal(s.system, NULL), 0);
    assert_int_equal(gate(&s, 0), HWFP_UNENROLLED);
    assert_int_equal(gate(&s, HWFP_GATE_READ_ONLY | HWFP_GATE_PUBLISH), HWFP_UNENROLLED);
    assert_true(scratch_exists(&s, "var/lib/hwfp/ticket"));
    assert_int_equal(gate(&s, HWFP_GATE_ENROLL_TICKET), HWFP_SAME);
    assert_false(scratch_exists(&s, "var/lib/hwfp/ticket"));
    scratch_free(&s);
}

/* The power was cut after the vault was made, and before the ticket was removed. */
static void a_ticket_beside_a_vault_is_used_up(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    char first[HWFP_FINGERPRINT_SIZE];
    (void)state;

    enroll(&s, first);
    scratch_write(&s, "var/lib/hwfp/ticket", "");
    assert_int_equal(gate(&s, 0), HWFP_SAME);
    assert_int_equal(gate(&s, HWFP_GATE_ENROLL_TICKET | HWFP_GATE_READ_ONLY), HWFP_SAME);
    assert_true(scratch_exists(&s, "var/lib/hwfp/ticket"));
    assert_int_equal(gate(&s, HWFP_GATE_ENROLL_TICKET), HWFP_SAME);
    assert_false(scratch_exists(&s, "var/lib/hwfp/ticket"));
    scratch_free(&s);
}

static void what_cannot_be_removed_is_named_and_leaves_no_ticket(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    CLEANUP_FREE char *error = NULL, *folder = scratch_path(&s, "var/lib/hwfp/recovery");
    char first[HWFP_FINGERPRINT_SIZE];
    (void)state;

    enroll(&s, first);
    scratch_write(&s, "var/lib/hwfp/ticket", "");
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_true(hwfp_seal(s.system, &error) < 0);
    assert_non_null(error);
    assert_non_null(strstr(error, "/var/lib/hwfp/recovery"));
    assert_false(scratch_exists(&s, "var/lib/hwfp/ticket"));
    assert_int_equal(gate(&s, HWFP_GATE_ENROLL_TICKET), HWFP_UNENROLLED);
    scratch_free(&s);
}

static void an_unsafe_folder_is_left_alone(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    CLEANUP_FREE char *error = NULL, *folder = scratch_path(&s, "var/lib/hwfp");
    char first[HWFP_FINGERPRINT_SIZE];
    (void)state;

    enroll(&s, first);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(hwfp_seal(s.system, &error), -EPERM);
    assert_true(scratch_exists(&s, "var/lib/hwfp/vault"));
    scratch_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sealed_vault_is_gone_but_for_the_ticket),
        cmocka_unit_test(only_the_boot_uses_the_ticket_and_once),
        cmocka_unit_test(a_ticket_beside_a_vault_is_used_up),
        cmocka_unit_test(what_cannot_be_removed_is_named_and_leaves_no_ticket),
        cmocka_unit_test(an_unsafe_folder_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
