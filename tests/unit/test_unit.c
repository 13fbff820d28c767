/* SPDX-License-Identifier: BSD-2-Clause */
/* The drop-in by which a unit of systemd waits for the verdict. */
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

#define FOLDER "etc/systemd/system/nginx.service.d"

static void names(void **state)
{
    static const struct {
        const char *given, *whole; /* NULL: refused */
    } rows[] = {
        {"nginx.service", "nginx.service"},
        {"nginx", "nginx.service"},
        {"getty@tty1", "getty@tty1.service"},
        {"getty@.service", "getty@.service"},
        {"ssh.socket", "ssh.socket"},
        {"dev-disk-by\\x2dlabel.mount", "dev-disk-by\\x2dlabel.mount"},
        {"a.b.timer", "a.b.timer"},
        {"", NULL},
        {".", NULL},
        {"..", NULL},
        {".service", NULL},
        {"..service", NULL},
        {"../x.service", NULL},
        {"x/y.service", NULL},
        {"/x.service", NULL},
        {"x.conf", NULL},
        {"x.", NULL},
        {"@x.service", NULL},
        {"x y.service", NULL},
        {"x\n.service", NULL},
        {"\xc3\xa9.service", NULL},
        {"hwfp-boot", NULL},
        {"hwfp-verified.target", NULL},
    };
    struct scratch s = scratch_new("r630", NULL);
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP_FREE char *error = NULL;
        char unit[HWFP_UNIT_NAME_SIZE] = "";
        int r = hwfp_gate_unit(s.system, rows[i].given, unit, &error);

        assert_int_equal(r, rows[i].whole ? 0 : -EINVAL);
        assert_string_equal(unit, rows[i].whole ? rows[i].whole : "");
        assert_int_equal(error == NULL, rows[i].whole != NULL);
        if (rows[i].whole)
            assert_int_equal(hwfp_ungate_unit(s.system, rows[i].given, unit, NULL), 0);
    }
    scratch_free(&s);
}

static void the_longest_name(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    char name[HWFP_UNIT_NAME_SIZE + 1], unit[HWFP_UNIT_NAME_SIZE];
    (void)state;

    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(hwfp_gate_unit(s.system, name, unit, NULL), -EINVAL);
    memcpy(name + HWFP_UNIT_NAME_SIZE - 9, ".service", 9);
    assert_int_equal(strlen(name), HWFP_UNIT_NAME_SIZE - 1);
    /* systemd takes it; with its ".d" it is longer than what a file may be called. */
    assert_int_equal(hwfp_gate_unit(s.system, name, unit, NULL), -ENAMETOOLONG);
    scratch_free(&s);
}

static void gate_and_ungate(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    CLEANUP_FREE char *text = NULL;
    char unit[HWFP_UNIT_NAME_SIZE];
    (void)state;

    assert_int_equal(hwfp_ungate_unit(s.system, "nginx", unit, NULL), -ENOENT);
    assert_int_equal(hwfp_gate_unit(s.system, "nginx", unit, NULL), 0);
    assert_int_equal(hwfp_gate_unit(s.system, "nginx", unit, NULL), 0);
    text = scratch_read(&s, FOLDER "/50-hwfp.conf", NULL);
    assert_non_null(text);
    assert_non_null(strstr(text, "[Unit]\nRequires=hwfp-verified.target\n"
                                 "After=hwfp-verified.target\n"));
    assert_false(scratch_exists(&s, FOLDER "/50-hwfp.conf.new"));
    assert_int_equal(hwfp_ungate_unit(s.system, "nginx", unit, NULL), 0);
    assert_false(scratch_exists(&s, FOLDER));
    assert_int_equal(hwfp_ungate_unit(s.system, "nginx", unit, NULL), -ENOENT);
    scratch_free(&s);
}

static void what_cannot_be_written_is_named(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    CLEANUP_FREE char *error = NULL, *folder = scratch_path(&s, "etc/systemd");
    char unit[HWFP_UNIT_NAME_SIZE];
    (void)state;

    scratch_write(&s, "etc/systemd", "a file");
    assert_true(hwfp_gate_unit(s.system, "nginx", unit, &error) < 0);
    assert_non_null(error);
    assert_non_null(strstr(error, "/" FOLDER "/50-hwfp.conf"));
    assert_int_equal(unlink(folder), 0);
    scratch_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(the_longest_name),
        cmocka_unit_test(gate_and_ungate),
        cmocka_unit_test(what_cannot_be_written_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
