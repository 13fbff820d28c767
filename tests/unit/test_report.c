/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON object and the log line: what they hold, in which order, and what they must not hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "hwfp.h"
#include "judge/judge.h"
#include "report.h"
#include "util.h" /* before cmocka.h, which makes a macro of fail() */

#include <cmocka.h>

#define NOW "0b6a1c2e-4d5f-4a6b-8c7d-9e0f1a2b3c4d"
#define BEFORE "11111111-2222-4333-8444-555555555555"

static struct hwfp_item disks[] = {{.digest = {1}, .label = "a7"},
                                   {.digest = {2}, .label = "\x1b\xff"},
                                   {.digest = {3}, .label = ""}};

static char reason[] = "the chassis is another one";
static char problem[] = "the vault is full: \xc3\xa4\xc3(\x07";

static struct hwfp_result different(void)
{
    struct hwfp_result r = {.verdict = HWFP_DIFFERENT,
                            .similarity = 4,
                            .threshold = 40,
                            .mode = HWFP_MODE_DENY,
                            .policy = HWFP_POLICY_HARDWARE,
                            .strength = HWFP_STRENGTH_STRONG,
                            .rotated = true,
                            .reason = reason};

    strcpy(r.fingerprint, NOW);
    strcpy(r.previous_fingerprint, BEFORE);
    strcpy(r.compared_with, BEFORE);
    r.hash.virtual_machine = true;
    r.hash.component[HWFP_DISK_SERIAL] =
        (struct hwfp_items){.status = HWFP_USABLE, .n = 3, .items = disks};
    r.hash.component[HWFP_BOARD_SERIAL].status = HWFP_PLACEHOLDER;
    r.comparison.bits = -50;
    r.comparison.sum = -12;
    r.comparison.hidden = JUDGE_HIDDEN;
    r.comparison.component[HWFP_SYSTEM_UUID].match = HWFP_MATCH_NONE;
    r.comparison.component[HWFP_SYSTEM_UUID].bits = -45;
    r.comparison.component[HWFP_NIC_MAC].match = HWFP_MATCH_SOME;
    r.comparison.component[HWFP_CPU_MODEL].match = HWFP_MATCH_ALL;
    r.comparison.component[HWFP_HOSTNAME].match = HWFP_MATCH_NONE;
    r.comparison.component[HWFP_DISK_SERIAL].match = HWFP_MATCH_UNKNOWN;
    r.comparison.component[HWFP_DISK_SERIAL].recorded = 2;
    r.comparison.component[HWFP_DISK_SERIAL].common = 1;
    return r;
}

static cJSON *json_of(const struct hwfp_result *r)
{
    CLEANUP_FREE char *text = hwfp_report_json(r);
    cJSON *object;

    assert_non_null(text);
    assert_null(strchr(text, '\n'));
    object = cJSON_Parse(text);
    assert_non_null(object);
    return object;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    assert_non_null(text);
    return text;
}

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static bool is_true(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_true(cJSON_IsBool(item));
    return cJSON_IsTrue(item);
}

static bool is_null(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_non_null(item);
    return cJSON_IsNull(item);
}

static void assert_names(const cJSON *object, const char *const *names, size_t n)
{
    const cJSON *item = object->child;

    for (size_t i = 0; i < n; i++, item = item->next) {
        assert_non_null(item);
        assert_string_equal(item->string, names[i]);
    }
    assert_null(item);
}

static void names_and_their_order(void **state)
{
    static const char *const names[] = {"schema",
                                        "verdict",
                                        "similarity",
                                        "bits",
                                        "sum",
                                        "chassis_hidden",
                                        "kind_changed",
                                        "threshold",
                                        "strength",
                                        "fingerprint",
                                        "previous_fingerprint",
                                        "mode",
                                        "policy",
                                        "reason",
                                        "rotated",
                                        "unsaved",
                                        "drifted",
                                        "problem",
                                        "compared_with",
                                        "virtual_machine",
                                        "container",
                                        "components"};
    static const char *const component_names[] = {
        "name", "class", "status", "match", "recorded", "current", "common", "bits", "labels"};
    struct hwfp_result r = different();
    cJSON *object = json_of(&r);
    const cJSON *component;

    (void)state;
    assert_names(object, names, ARRAY_SIZE(names));
    component = cJSON_GetObjectItem(object, "components")->child;
    for (; component; component = component->next)
        assert_names(component, component_names, ARRAY_SIZE(component_names));
    cJSON_Delete(object);
}

static void values(void **state)
{
    struct hwfp_result r = different();
    cJSON *object = json_of(&r);

    (void)state;
    assert_true(number_of(object, "schema") == 1);
    assert_string_equal(text_of(object, "verdict"), "different");
    assert_true(number_of(object, "similarity") == 4);
    assert_true(number_of(object, "bits") == -5.0);
    assert_true(number_of(object, "sum") == -1.2);
    assert_true(number_of(object, "chassis_hidden") == -3.0);
    assert_true(number_of(object, "kind_changed") == 0);
    assert_true(number_of(object, "threshold") == 40);
    assert_string_equal(text_of(object, "strength"), "strong");
    assert_string_equal(text_of(object, "fingerprint"), NOW);
    assert_string_equal(text_of(object, "previous_fingerprint"), BEFORE);
    assert_string_equal(text_of(object, "mode"), "deny");
    assert_string_equal(text_of(object, "policy"), "hardware");
    assert_string_equal(text_of(object, "reason"), reason);
    assert_string_equal(text_of(object, "compared_with"), BEFORE);
    assert_true(is_null(object, "problem"));
    assert_true(is_true(object, "rotated"));
    assert_false(is_true(object, "unsaved"));
    assert_false(is_true(object, "drifted"));
    assert_true(is_true(object, "virtual_machine"));
    assert_false(is_true(object, "container"));
    cJSON_Delete(object);
}

/* The agent's own rule has no bits, and where nothing was compared there are none. */
static void bits_only_of_a_sum(void **state)
{
    struct hwfp_result r = different();
    cJSON *object;
    (void)state;

    r.policy = HWFP_POLICY_SSM;
    object = json_of(&r);
    assert_true(is_null(object, "bits"));
    cJSON_Delete(object);
    r.policy = HWFP_POLICY_HARDWARE;
    r.compared_with[0] = '\0';
    object = json_of(&r);
    assert_true(is_null(object, "bits"));
    cJSON_Delete(object);
}

/* Each flag moves its own name and no other. */
static void flags(void **state)
{
    struct hwfp_result r = {.unsaved = true, .hash.container = true, .threshold = -1};
    cJSON *object = json_of(&r);

    (void)state;
    assert_true(is_true(object, "unsaved"));
    assert_true(is_true(object, "container"));
    assert_false(is_true(object, "rotated"));
    assert_false(is_true(object, "drifted"));
    assert_false(is_true(object, "virtual_machine"));
    assert_true(number_of(object, "threshold") == -1);
    cJSON_Delete(object);
    r = (struct hwfp_result){.drifted = true};
    object = json_of(&r);
    assert_true(is_true(object, "drifted"));
    assert_false(is_true(object, "unsaved"));
    assert_true(is_null(object, "threshold"));
    assert_true(is_null(object, "fingerprint"));
    assert_true(is_null(object, "previous_fingerprint"));
    assert_true(is_null(object, "reason"));
    assert_true(is_null(object, "compared_with"));
    cJSON_Delete(object);
}

static void components(void **state)
{
    struct hwfp_result r = different();
    cJSON *object = json_of(&r);
    const cJSON *array = cJSON_GetObjectItem(object, "components");
    const cJSON *disk = cJSON_GetArrayItem(array, HWFP_DISK_SERIAL);
    const cJSON *labels = cJSON_GetObjectItem(disk, "labels");

    (void)state;
    assert_int_equal(cJSON_GetArraySize(array), HWFP_COMPONENTS);
    assert_string_equal(text_of(disk, "name"), "disk-serial");
    assert_string_equal(text_of(disk, "class"), "part");
    assert_string_equal(text_of(disk, "status"), "usable");
    assert_string_equal(text_of(disk, "match"), "unknown");
    assert_true(number_of(disk, "recorded") == 2);
    assert_true(number_of(disk, "current") == 3);
    assert_true(number_of(disk, "common") == 1);
    assert_int_equal(cJSON_GetArraySize(labels), 3);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(labels, 0)), "a7");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(labels, 1)), "??");
    assert_true(number_of(cJSON_GetArrayItem(array, HWFP_SYSTEM_UUID), "bits") == -4.5);
    assert_true(number_of(disk, "bits") == 0);
    assert_string_equal(text_of(cJSON_GetArrayItem(array, HWFP_BOARD_SERIAL), "status"),
                        "placeholder");
    assert_string_equal(text_of(cJSON_GetArrayItem(array, HWFP_NIC_MAC), "match"), "some");
    cJSON_Delete(object);
}

/* A component that nobody looked for is not "absent". */
static void no_components_where_nothing_was_read(void **state)
{
    struct hwfp_result r = different();
    cJSON *object;

    (void)state;
    r.from_published = true;
    object = json_of(&r);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(object, "components")), 0);
    cJSON_Delete(object);
    r = (struct hwfp_result){.verdict = HWFP_ERROR};
    object = json_of(&r);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(object, "components")), 0);
    cJSON_Delete(object);
    r.verdict = HWFP_UNENROLLED;
    object = json_of(&r);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(object, "components")),
                     HWFP_COMPONENTS);
    cJSON_Delete(object);
}

static void arbitrary_bytes(void **state)
{
    struct hwfp_result r = different();
    cJSON *object;

    (void)state;
    r.problem = problem;
    object = json_of(&r);
    assert_string_equal(text_of(object, "problem"), "the vault is full: \xc3\xa4?(?");
    cJSON_Delete(object);
}

struct cleaning {
    const char *from, *to;
};

static const struct cleaning cleanings[] = {
    {"", ""},
    {"plain ~ text", "plain ~ text"},
    {"a\tb\nc\x7f", "a?b?c?"},
    {"\x1b[31m", "?[31m"},
    {"\xc3\xa9", "\xc3\xa9"},
    {"\xe2\x82\xac", "\xe2\x82\xac"},
    {"\xf0\x9f\x92\xbe!", "\xf0\x9f\x92\xbe!"},
    {"\xc3", "?"}, /* cut */
    {"\xe2\x82", "??"},
    {"\xf0\x9f\x92", "???"},
    {"\xc3(", "?("},
    {"\xa9", "?"},      /* a continuation that continues nothing */
    {"\xc0\xaf", "??"}, /* overlong */
    {"\xc1\xbf", "??"},
    {"\xe0\x80\xaf", "???"},
    {"\xe0\xa0\x80", "\xe0\xa0\x80"},
    {"\xf0\x80\x80\xaf", "????"},
    {"\xed\xa0\x80", "???"}, /* a surrogate */
    {"\xed\x9f\xbf", "\xed\x9f\xbf"},
    {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
    {"\xf4\x90\x80\x80", "????"}, /* beyond U+10FFFF */
    {"\xf5\x80\x80\x80", "????"},
    {"\xff\xfe", "??"},
    {"\xc2\x9b"
     "31m",
     "??31m"}, /* the C1 control sequence introducer */
    {"\xc2\xa0", "\xc2\xa0"},
};

static void cleaned_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cleanings); i++) {
        CLEANUP_FREE char *clean = report_clean(cleanings[i].from);

        assert_string_equal(clean, cleanings[i].to);
    }
    assert_null(report_clean(NULL));
}

static void assert_line(const struct hwfp_result *r, const char *expected)
{
    CLEANUP_FREE char *line = hwfp_report_line(r);

    assert_string_equal(line, expected);
}

static void log_line(void **state)
{
    struct hwfp_result r = different();

    (void)state;
    assert_line(&r,
                "verdict=different similarity=4 threshold=40 mode=deny policy=hardware "
                "strength=strong fingerprint=" NOW " previous=" BEFORE
                " rotated=yes changed=system-uuid,nic-mac reason=\"the chassis is another one\"");
    r.unsaved = r.drifted = r.from_published = true;
    r.rotated = false;
    r.comparison = (struct hwfp_comparison){0};
    assert_line(&r, "verdict=different similarity=4 threshold=40 mode=deny policy=hardware "
                    "strength=strong fingerprint=" NOW " previous=" BEFORE
                    " rotated=no changed=none unsaved=yes drifted=yes published=yes "
                    "reason=\"the chassis is another one\"");
}

static void line_without_a_vault(void **state)
{
    struct hwfp_result r = {.verdict = HWFP_UNENROLLED, .mode = HWFP_MODE_FLAG};

    (void)state;
    assert_line(&r,
                "verdict=unenrolled similarity=0 threshold=0 mode=flag policy=hardware "
                "strength=none fingerprint=none previous=none rotated=no changed=none reason=\"\"");
}

/* A sentence may quote a path or what a firmware says: it stays one value on one line. */
static void line_cannot_be_forged(void **state)
{
    static char hostile[] = "/x\" verdict=same\nevent=boot \\\" \x1b[2J\x80 \xc3\xa9\x7f";
    struct hwfp_result r = {.verdict = HWFP_ERROR, .reason = hostile};
    CLEANUP_FREE char *text = hwfp_report_line(&r);

    (void)state;
    assert_string_equal(strstr(text, " reason="),
                        " reason=\"/x' verdict=same?event=boot '' ?[2J? \xc3\xa9?\"");
}

/* Image and place are no evidence: a new host name is no change of the hardware. */
static void line_names_only_what_counts(void **state)
{
    struct hwfp_result r = {.verdict = HWFP_SAME};
    CLEANUP_FREE char *text = NULL;

    (void)state;
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        r.comparison.component[c].match = HWFP_MATCH_NONE;
    text = hwfp_report_line(&r);
    assert_non_null(strstr(text, " changed=system-uuid,"));
    assert_non_null(strstr(text, ",memory-layout"));
    assert_null(strstr(text, "machine-id"));
    assert_null(strstr(text, "hostname"));
    assert_null(strstr(text, "filesystem-uuid"));
    assert_null(strstr(text, "ip-address"));
}

/* ---- Metrics. ---- */

static bool has_line(const char *text, const char *line)
{
    size_t n = strlen(line);

    for (const char *at = text; (at = strstr(at, line)); at++)
        if ((at == text || at[-1] == '\n') && at[n] == '\n')
            return true;
    return false;
}

static void metrics(void **state)
{
    struct hwfp_result r = different();
    const struct hwfp_moments when = {.checked = 1795000000, .drifted = 1700000000};
    CLEANUP_FREE char *text = NULL;

    (void)state;
    r.n_trusted = 2;
    text = hwfp_report_metrics(&r, &when);
    assert_non_null(text);
    assert_true(has_line(text, "hwfp_info{fingerprint=\"" NOW "\"} 1"));
    assert_true(has_line(text, "hwfp_verdict{verdict=\"different\"} 1"));
    assert_true(has_line(text, "hwfp_verdict{verdict=\"same\"} 0"));
    assert_true(has_line(text, "hwfp_similarity 4"));
    assert_true(has_line(text, "hwfp_similarity_threshold 40"));
    /* The hostname differs, too: it proves nothing. */
    assert_true(has_line(text, "hwfp_changed_components 2"));
    assert_true(has_line(text, "hwfp_machines{trust=\"trusted\"} 2"));
    assert_true(has_line(text, "hwfp_last_check_timestamp_seconds 1795000000"));
    assert_true(has_line(text, "hwfp_last_drift_timestamp_seconds 1700000000"));
    assert_null(strstr(text, BEFORE));
}

/* What is not known is not there: a zero would be a value. */
static void metrics_of_what_is_not_known(void **state)
{
    struct hwfp_result r = different();
    const struct hwfp_moments never = {0};
    CLEANUP_FREE char *text = NULL;

    (void)state;
    strcpy(r.fingerprint, "");
    r.from_published = true;
    r.threshold = 0;
    text = hwfp_report_metrics(&r, &never);
    assert_non_null(text);
    assert_null(strstr(text, "hwfp_info{"));
    assert_null(strstr(text, "hwfp_similarity_threshold"));
    assert_null(strstr(text, "timestamp"));
    assert_null(strstr(text, "hwfp_changed_components"));
    assert_true(has_line(text, "hwfp_verdict{verdict=\"different\"} 1"));
}

/* A vault may hold anything, until it is checked. */
static void metrics_escape_labels(void **state)
{
    struct hwfp_result r = different();
    const struct hwfp_moments never = {0};
    CLEANUP_FREE char *text = NULL;

    (void)state;
    strcpy(r.fingerprint, "a\"} 1\nb\\");
    text = hwfp_report_metrics(&r, &never);
    assert_non_null(text);
    assert_true(has_line(text, "hwfp_info{fingerprint=\"a\\\"} 1\\nb\\\\\"} 1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_their_order),
        cmocka_unit_test(values),
        cmocka_unit_test(bits_only_of_a_sum),
        cmocka_unit_test(flags),
        cmocka_unit_test(components),
        cmocka_unit_test(no_components_where_nothing_was_read),
        cmocka_unit_test(arbitrary_bytes),
        cmocka_unit_test(cleaned_text),
        cmocka_unit_test(log_line),
        cmocka_unit_test(line_without_a_vault),
        cmocka_unit_test(line_cannot_be_forged),
        cmocka_unit_test(line_names_only_what_counts),
        cmocka_unit_test(metrics),
        cmocka_unit_test(metrics_of_what_is_not_known),
        cmocka_unit_test(metrics_escape_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
