/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of audit records: each event's fields, and values that cannot be taken for a field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hwfp.h"
#include "util.h" /* before cmocka.h, which makes a macro of fail() */

#include <cmocka.h>

#define NOW "0b6a1c2e-4d5f-4a6b-8c7d-9e0f1a2b3c4d"
#define BEFORE "11111111-2222-4333-8444-555555555555"

static void assert_text(const struct hwfp_audit *audit, const char *expected)
{
    CLEANUP_FREE char *text = hwfp_report_audit(audit);

    assert_non_null(text);
    assert_string_equal(text, expected);
}

static struct hwfp_result different(void)
{
    struct hwfp_result r = {.verdict = HWFP_DIFFERENT,
                            .similarity = 4,
                            .threshold = 40,
                            .mode = HWFP_MODE_DENY,
                            .strength = HWFP_STRENGTH_STRONG,
                            .rotated = true};

    copy_text(r.fingerprint, sizeof(r.fingerprint), NOW);
    copy_text(r.previous_fingerprint, sizeof(r.previous_fingerprint), BEFORE);
    r.comparison.component[HWFP_SYSTEM_UUID].match = HWFP_MATCH_NONE;
    r.comparison.component[HWFP_NIC_MAC].match = HWFP_MATCH_SOME;
    r.comparison.component[HWFP_HOSTNAME].match = HWFP_MATCH_NONE;
    return r;
}

#define VERDICT                                                                                    \
    "verdict=different similarity=4 threshold=40 strength=strong policy=hardware hwfp-mode=deny "
#define FINGERPRINTS "old-fingerprint=" BEFORE " fingerprint=" NOW

static void verdicts(void **state)
{
    const struct hwfp_result r = different();
    const struct hwfp_result unenrolled = {
        .verdict = HWFP_UNENROLLED, .mode = HWFP_MODE_DENY, .threshold = -1};
    struct hwfp_audit audit = {.event = HWFP_AUDIT_LOGIN, .result = &r, .outcome = "refused"};

    (void)state;
    assert_text(&audit, "op=hwfp-login outcome=refused " VERDICT "override=none " FINGERPRINTS
                        " rotated=yes changed=system-uuid,nic-mac");
    audit = (struct hwfp_audit){.event = HWFP_AUDIT_BOOT, .result = &r, .override = "kernel"};
    assert_text(&audit, "op=hwfp-boot " VERDICT "override=kernel " FINGERPRINTS
                        " rotated=yes changed=system-uuid,nic-mac");
    audit.event = HWFP_AUDIT_RECOVERY;
    audit.result = &unenrolled;
    assert_text(&audit, "op=hwfp-recovery verdict=unenrolled similarity=0 threshold=-1 "
                        "strength=none policy=hardware hwfp-mode=deny override=kernel "
                        "old-fingerprint=? fingerprint=? rotated=no changed=none");
}

static void changes(void **state)
{
    static const struct {
        enum hwfp_audit_event event;
        const char *text;
    } all[] = {
        {HWFP_AUDIT_OVERRIDE, "op=hwfp-override override=module old-hwfp-mode=deny hwfp-mode=off"},
        {HWFP_AUDIT_ENROLL, "op=hwfp-enroll " FINGERPRINTS},
        {HWFP_AUDIT_ROTATE, "op=hwfp-rotate " FINGERPRINTS},
        {HWFP_AUDIT_ACCEPT, "op=hwfp-accept " FINGERPRINTS},
        {HWFP_AUDIT_FORGET, "op=hwfp-forget fingerprint=" NOW},
        {HWFP_AUDIT_ADOPT, "op=hwfp-adopt " FINGERPRINTS " old-threshold=? threshold=-1"},
        {HWFP_AUDIT_SEAL, "op=hwfp-seal old-fingerprint=" BEFORE},
        {HWFP_AUDIT_THRESHOLD, "op=hwfp-threshold old-threshold=? threshold=-1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        const struct hwfp_audit audit = {.event = all[i].event,
                                         .override = "module",
                                         .old_mode = HWFP_MODE_DENY,
                                         .fingerprint = NOW,
                                         .old_fingerprint = BEFORE,
                                         .threshold = HWFP_THRESHOLD_OFF};

        assert_text(&audit, all[i].text);
    }
}

/* As audit_encode_nv_string(3): quotes, or hexadecimal digits in upper case. */
static void values_are_encoded(void **state)
{
    static const char *const values[][2] = {
        {"deadbeef", "\"deadbeef\""},
        {"x=y", "\"x=y\""},
        {"a b", "612062"},
        {"a\"", "6122"},
        {"a'", "6127"},
        {"\n", "0A"},
        {"\xc3\xa9", "C3A9"},
        {"\x7f", "7F"},
        {"", "?"},
        {"0B6A1C2E-4D5F-4A6B-8C7D-9E0F1A2B3C4D", "0B6A1C2E-4D5F-4A6B-8C7D-9E0F1A2B3C4D"},
        {"0b6a1c2e-4d5f-4a6b-8c7d-9e0f1a2b3c4 ",
         "30623661316332652D346435662D346136622D386337642D396530663161326233633420"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        CLEANUP_FREE char *text = hwfp_report_audit(
            &(struct hwfp_audit){.event = HWFP_AUDIT_FORGET, .fingerprint = values[i][0]});

        assert_non_null(text);
        assert_string_equal(strstr(text, "fingerprint=") + 12, values[i][1]);
    }
}

/* The kernel takes records of these ranges only from user space. */
static void types(void **state)
{
    (void)state;
    for (int e = HWFP_AUDIT_BOOT; e <= HWFP_AUDIT_THRESHOLD; e++) {
        int type = hwfp_audit_type((enum hwfp_audit_event)e);

        assert_true((type >= 1100 && type < 1200) || (type >= 2100 && type < 3000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(changes),
        cmocka_unit_test(values_are_encoded),
        cmocka_unit_test(types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
