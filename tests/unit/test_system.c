/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading below a root: what is outside it is never read, nothing blocks, everything is bounded.
 * Each test of the root runs twice: with openat2(2), and in a process that is told it is missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "system.h"
#include "tree.h"
#include "util.h"

/* The last one: it has a macro named fail. */
#include <cmocka.h>

struct fixture {
    char folder[64]; /* holds the tree, and beside it what must not be read */
    struct tree tree;
    struct hwfp_system *system;
};

static void write_outside(const char *folder)
{
    struct tree outside = tree_open(folder);

    tree_text(&outside, "secret", "outside\n");
    tree_text(&outside, "etc/machine-id", "outside\n");
    assert_null(outside.error);
    tree_close(&outside);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char root[80];

    assert_non_null(f);
    copy_text(f->folder, sizeof(f->folder), "/tmp/hwfp-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    write_outside(f->folder);
    (void)snprintf(root, sizeof(root), "%s/root", f->folder);
    f->tree = tree_open(root);
    assert_null(f->tree.error);
    assert_int_equal(hwfp_system_open(root, &f->system, NULL), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    struct tree whole = tree_open(f->folder);

    tree_close(&f->tree);
    f->system = hwfp_system_free(f->system);
    tree_remove(&whole, "root");
    tree_remove(&whole, "etc");
    tree_remove(&whole, "secret");
    tree_close(&whole);
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

static void assert_text(const struct fixture *f, const char *path, const char *expected)
{
    char text[256];

    assert_int_equal(system_read_text(f->system, path, text, sizeof(text)), strlen(expected));
    assert_string_equal(text, expected);
}

static ssize_t error_of(const struct fixture *f, const char *path)
{
    char text[256];

    return system_read_text(f->system, path, text, sizeof(text));
}

/* ---- The root. ---- */

static void links_stay_inside(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "secret", "inside\n");
    tree_text(&f->tree, "a/b/file", "file\n");
    tree_link(&f->tree, "absolute", "/secret");
    tree_link(&f->tree, "dots", "../../../../secret");
    tree_link(&f->tree, "a/b/up", "../../../../../../secret");
    tree_link(&f->tree, "folder", "/a");
    tree_link(&f->tree, "a/relative", "b/../b/./file");
    tree_link(&f->tree, "chain", "folder/relative");
    assert_null(f->tree.error);
    assert_text(f, "absolute", "inside");
    assert_text(f, "dots", "inside");
    assert_text(f, "a/b/up", "inside");
    assert_text(f, "../secret", "inside");
    assert_text(f, "/secret", "inside");
    assert_text(f, "folder/b/file", "file");
    assert_text(f, "folder/b/../../../../secret", "inside");
    assert_text(f, "chain", "file");
}

static void outside_is_not_there(void **state)
{
    struct fixture *f = *state;

    tree_link(&f->tree, "absolute", f->folder);
    tree_link(&f->tree, "dots", "../secret");
    tree_link(&f->tree, "etc", "../etc");
    assert_null(f->tree.error);
    assert_int_equal(error_of(f, "absolute/secret"), -ENOENT);
    assert_int_equal(error_of(f, "dots"), -ENOENT);
    assert_true(error_of(f, "etc/machine-id") < 0);
    assert_int_equal(error_of(f, "../etc/machine-id"), error_of(f, "etc/machine-id"));
    assert_false(system_exists(f->system, "dots"));
}

static void loops_end(void **state)
{
    struct fixture *f = *state;

    tree_link(&f->tree, "one", "two");
    tree_link(&f->tree, "two", "/one");
    tree_link(&f->tree, "self", "self/self");
    assert_null(f->tree.error);
    assert_int_equal(error_of(f, "one"), -ELOOP);
    assert_int_equal(error_of(f, "self"), -ELOOP);
}

static void a_link_can_be_read_itself(void **state)
{
    struct fixture *f = *state;
    char target[64], small[4];

    tree_text(&f->tree, "folder/file", "x\n");
    tree_link(&f->tree, "folder/link", "../somewhere/else");
    tree_link(&f->tree, "other", "/folder");
    assert_null(f->tree.error);
    assert_int_equal(system_readlink(f->system, "folder/link", target, sizeof(target)), 17);
    assert_string_equal(target, "../somewhere/else");
    assert_int_equal(system_readlink(f->system, "other/link", target, sizeof(target)), 17);
    assert_int_equal(system_readlink(f->system, "folder/link", small, sizeof(small)),
                     -ENAMETOOLONG);
    assert_int_equal(system_readlink(f->system, "folder/file", target, sizeof(target)), -EINVAL);
    assert_int_equal(system_readlink(f->system, "folder", target, sizeof(target)), -EINVAL);
    assert_int_equal(system_readlink(f->system, "none", target, sizeof(target)), -ENOENT);
}

static void nofollow_is_obeyed(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "file", "x\n");
    tree_link(&f->tree, "link", "file");
    assert_null(f->tree.error);
    assert_int_equal(system_open(f->system, "link", O_RDONLY | O_NOFOLLOW), -ELOOP);
}

static void folders_can_be_listed(void **state)
{
    struct fixture *f = *state;
    DIR *folder;
    size_t n = 0;

    tree_text(&f->tree, "real/one", "x\n");
    tree_text(&f->tree, "real/two", "x\n");
    tree_link(&f->tree, "link", "/real");
    assert_null(f->tree.error);
    folder = system_opendir(f->system, "link");
    assert_non_null(folder);
    while (readdir(folder))
        n++;
    (void)closedir(folder);
    assert_int_equal(n, 4);
    assert_null(system_opendir(f->system, "none"));
    assert_int_equal(errno, ENOENT);
    assert_null(system_opendir(f->system, "real/one"));
    assert_int_equal(errno, ENOTDIR);
}

static void missing_things_are_missing(void **state)
{
    struct fixture *f = *state;
    char *long_path = malloc(8192);

    assert_non_null(long_path);
    memset(long_path, 'a', 8191);
    long_path[8191] = '\0';
    tree_text(&f->tree, "file", "x\n");
    assert_null(f->tree.error);
    assert_int_equal(error_of(f, "none"), -ENOENT);
    assert_int_equal(error_of(f, "none/at/all"), -ENOENT);
    assert_int_equal(error_of(f, "file/below"), -ENOTDIR);
    assert_int_equal(error_of(f, long_path), -ENAMETOOLONG);
    assert_true(system_exists(f->system, "file"));
    assert_false(system_exists(f->system, "none"));
    free(long_path);
}

/* ---- The same, where the kernel does not know openat2(2). ---- */

static bool forbid_openat2(void)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = ARRAY_SIZE(program), .filter = program};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static void (*const root_tests[])(void **state) = {
    links_stay_inside,         outside_is_not_there,  loops_end,
    nofollow_is_obeyed,        folders_can_be_listed, missing_things_are_missing,
    a_link_can_be_read_itself,
};

/* A failed assertion leaves the child by cmocka's longjmp: it then runs on into its own report, and
 * does not exit with 0. */
static void the_same_without_openat2(void **state)
{
    int status = 0;

    for (size_t i = 0; i < ARRAY_SIZE(root_tests); i++) {
        void *fixture = NULL;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            if (!forbid_openat2())
                _exit(77);
            (void)setup(&fixture);
            root_tests[i](&fixture);
            (void)teardown(&fixture);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
            skip();
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    (void)state;
}

/* ---- Reading. ---- */

static void special_files_do_not_block(void **state)
{
    struct fixture *f = *state;
    char buffer[16];

    assert_int_equal(mkfifoat(f->tree.root, "fifo", 0600), 0);
    tree_folder(&f->tree, "folder");
    assert_null(f->tree.error);
    assert_int_equal(system_read(f->system, "fifo", buffer, sizeof(buffer)), -EINVAL);
    assert_int_equal(system_read(f->system, "folder", buffer, sizeof(buffer)), -EISDIR);
}

static void long_files_are_cut(void **state)
{
    struct fixture *f = *state;
    char buffer[8];

    tree_text(&f->tree, "file", "0123456789\n");
    tree_text(&f->tree, "empty", "%s", "");
    assert_null(f->tree.error);
    assert_int_equal(system_read(f->system, "file", buffer, sizeof(buffer)), 8);
    assert_memory_equal(buffer, "01234567", 8);
    assert_int_equal(system_read_text(f->system, "file", buffer, sizeof(buffer)), 7);
    assert_string_equal(buffer, "0123456");
    assert_int_equal(system_read_text(f->system, "file", buffer, 1), 0);
    assert_string_equal(buffer, "");
    assert_int_equal(system_read_text(f->system, "empty", buffer, sizeof(buffer)), 0);
}

static void text_is_trimmed_and_ends_at_a_nul(void **state)
{
    struct fixture *f = *state;

    tree_text(&f->tree, "spaces", " \t two words \r\n\n");
    tree_bytes(&f->tree, "nul", "model\0junk", 10, 0644);
    tree_bytes(&f->tree, "binary", "\0\1\2", 3, 0644);
    assert_null(f->tree.error);
    assert_text(f, "spaces", "two words");
    assert_text(f, "nul", "model");
    assert_text(f, "binary", "");
}

static void descriptors_are_not_inherited(void **state)
{
    struct fixture *f = *state;
    int fd;

    tree_text(&f->tree, "file", "x\n");
    fd = system_open(f->system, "file", O_RDONLY);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(f->system->root, F_GETFD) & FD_CLOEXEC);
    (void)close(fd);
}

/* ---- Opening. ---- */

static void a_missing_root_is_named(void **state)
{
    struct hwfp_system *system = NULL;
    char *error = NULL;

    (void)state;
    assert_int_equal(hwfp_system_open("/no/such/folder", &system, &error), -ENOENT);
    assert_non_null(strstr(error, "/no/such/folder"));
    assert_null(system);
    free(error);
    assert_int_equal(hwfp_system_open("/proc/version", &system, NULL), -ENOTDIR);
    assert_int_equal(hwfp_system_open("", &system, NULL), -ENOENT);
    assert_null(hwfp_system_free(NULL));
}

static void the_running_system_has_many_names(void **state)
{
    static const char *const names[] = {NULL, "/", "//", "/.", "/tmp/.."};
    struct fixture *f = *state;

    assert_false(hwfp_system_is_live(f->system));
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct hwfp_system *system = NULL;

        assert_int_equal(hwfp_system_open(names[i], &system, NULL), 0);
        assert_true(hwfp_system_is_live(system));
        assert_true(system_exists(system, "proc/self/stat"));
        system = hwfp_system_free(system);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(links_stay_inside),
        TEST(outside_is_not_there),
        TEST(loops_end),
        TEST(a_link_can_be_read_itself),
        TEST(nofollow_is_obeyed),
        TEST(folders_can_be_listed),
        TEST(missing_things_are_missing),
        cmocka_unit_test(the_same_without_openat2),
        TEST(special_files_do_not_block),
        TEST(long_files_are_cut),
        TEST(text_is_trimmed_and_ends_at_a_nul),
        TEST(descriptors_are_not_inherited),
        cmocka_unit_test(a_missing_root_is_named),
        TEST(the_running_system_has_many_names),
    };

    return cmocka_run_group_tests_name("system", tests, NULL, NULL);
}
