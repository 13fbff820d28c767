/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes: each lets in once, wrong ones are counted, and what cannot be written down does
 * not let in. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "hwfp.h"
#include "recovery.h"
#include "scratch.h"
#include "util.h"

#include <cmocka.h>

#define CODES "var/lib/hwfp/recovery"
#define VAULT "var/lib/hwfp/vault"
#define KEY "var/lib/hwfp/key"
#define WRONG "3-0000-0000-0000-0000"
#define BOOT_ID "proc/sys/kernel/random/boot_id"
#define MARKERS "run/hwfp/recovered"

typedef char codes_text[HWFP_RECOVERY_CODES][HWFP_RECOVERY_CODE_SIZE];

static const struct hwfp_config defaults = {.mode = HWFP_MODE_DENY};

/* One vault with one set of codes, made once, as scrypt is slow: each test gets a copy. */
static struct {
    codes_text codes;
    char *vault, *key, *recovery;
} template;

static int make_template(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = scratch_new("r630", NULL);
    (void)state;

    assert_int_equal(hwfp_enroll(s.system, &defaults, false, fingerprint, NULL), 0);
    assert_int_equal(hwfp_recovery_make(s.system, false, template.codes, NULL), 0);
    template.vault = scratch_read(&s, VAULT, NULL);
    template.key = scratch_read(&s, KEY, NULL);
    template.recovery = scratch_read(&s, CODES, NULL);
    scratch_free(&s);
    return 0;
}

static int free_template(void **state)
{
    (void)state;
    free(template.vault);
    free(template.key);
    free(template.recovery);
    return 0;
}

static struct scratch with_codes(codes_text codes)
{
    struct scratch s = scratch_new("r630", NULL);
    CLEANUP_FREE char *folder = scratch_path(&s, "var/lib/hwfp"), *command = NULL;

    assert_true(asprintf(&command, "mkdir -p %s && chmod 0700 %s", folder, folder) > 0);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
    scratch_write(&s, VAULT, template.vault);
    scratch_write(&s, KEY, template.key);
    scratch_write(&s, CODES, template.recovery);
    memcpy(codes, template.codes, sizeof(template.codes));
    return s;
}

static int use(const struct scratch *s, const char *code)
{
    struct hwfp_recovery recovery;

    return hwfp_recovery_use(s->system, code, &recovery, NULL);
}

static void expect(const struct scratch *s, unsigned left, unsigned failures)
{
    struct hwfp_recovery recovery = {0};

    assert_int_equal(hwfp_recovery_status(s->system, &recovery, NULL), 0);
    assert_int_equal(recovery.left, left);
    assert_int_equal(recovery.failures, failures);
}

/* ---- How they are spelt. ---- */

static void what_is_made_can_be_read(void **state)
{
    char code[HWFP_RECOVERY_CODE_SIZE], symbols[RECOVERY_SYMBOLS + 1];
    unsigned number = 99;
    (void)state;

    for (unsigned i = 0; i < 400; i++) {
        assert_int_equal(recovery_code_make(i % 10, code), 0);
        assert_int_equal(strlen(code), HWFP_RECOVERY_CODE_SIZE - 1);
        assert_null(strpbrk(code, "ILOU"));
        assert_int_equal(recovery_code_read(code, symbols, &number), 0);
        assert_int_equal(number, i % 10);
    }
}

static void each_symbol_turns_up(void **state)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char code[HWFP_RECOVERY_CODE_SIZE];
    unsigned seen[sizeof(alphabet)] = {0};
    (void)state;

    for (unsigned i = 0; i < 400; i++) {
        assert_int_equal(recovery_code_make(7, code), 0);
        for (const char *c = code + 1; *c; c++)
            if (*c != '-')
                seen[strchr(alphabet, *c) - alphabet]++;
    }
    /* 200 is the mean; below 100 or above 300 is some seven standard deviations away. */
    for (size_t i = 0; i < 32; i++)
        assert_true(seen[i] >= 100 && seen[i] <= 300);
}

static void spellings(void **state)
{
    static const char *const good[] = {"3-1010-VVVV-ABCD-EFGH",     "31010VVVVABCDEFGH",
                                       "3 1010 vvvv abcd efgh\r\n", " 3-iolo-uuuu-abcd-efgh",
                                       "3-I0L0-UvuV-aBcD-EfGh",     "3.1O1O.vvvv.abcd_efgh",
                                       "3--1010--VVVVABCD-EFGH",    "\t3-1-0-1-0-VVVV-ABCD-EFGH"};
    static const char *const bad[] = {"",
                                      "-",
                                      "3",
                                      "3-1010-VVVV-ABCD-EFG",
                                      "3-1010-VVVV-ABCD-EFGHJ",
                                      "A-1010-VVVV-ABCD-EFGH",
                                      "3-1010-VVVV-ABCD-EFG!",
                                      "3-1010-VVVV-ABCD-EFG\xc3\x84",
                                      "3/1010/VVVV/ABCD/EFGH"};
    char symbols[RECOVERY_SYMBOLS + 1];
    unsigned number;
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        assert_int_equal(recovery_code_read(good[i], symbols, &number), 0);
        assert_string_equal(symbols, "31010VVVVABCDEFGH");
        assert_int_equal(number, 3);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(recovery_code_read(bad[i], symbols, &number), -EINVAL);
}

/* Python's hashlib.scrypt says the same: n 8192, r 32, p 1. On every machine, whatever its byte
 * order, or a vault's codes would not outlive a move. */
static void the_digest_is_scrypt(void **state)
{
    static const char known[] =
        "$7$BU..../....hwfphwfphwfphwfp$CemubDAi9rzNIyrqcNlyFrNkd9lVpj8cpuMAgbG.ZH1";
    char digest[RECOVERY_DIGEST_SIZE];
    (void)state;

    assert_int_equal(recovery_digest("hello", known, digest), 0);
    assert_string_equal(digest, known);
    assert_int_equal(recovery_digest("hellp", known, digest), 0);
    assert_string_not_equal(digest, known);
}

/* Neither a value that could match, nor the marks of failure that crypt(3) gives, *0 and *1. */
static void what_is_no_setting_gives_no_digest(void **state)
{
    static const char *const settings[] = {"", "*0", "$7$", "$7$!U..../....hwfp$", "$0$hwfp"};
    char digest[RECOVERY_DIGEST_SIZE];
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        assert_true(recovery_digest("hello", settings[i], digest) < 0);
        assert_string_equal(digest, "");
    }
}

static void each_digest_has_its_salt(void **state)
{
    char one[RECOVERY_DIGEST_SIZE], other[RECOVERY_DIGEST_SIZE];
    (void)state;

    assert_int_equal(recovery_digest_new("hello", one), 0);
    assert_int_equal(recovery_digest_new("hello", other), 0);
    assert_string_not_equal(one, other);
    assert_memory_equal(one, "$7$BU..../....", 14); /* 32 MiB: n 8192, r 32, p 1 */
    assert_int_equal(recovery_digest("hello", one, other), 0);
    assert_memory_equal(one, other, sizeof(one));
}

/* ---- Right, wrong, used twice. ---- */

static void each_lets_in_once(void **state)
{
    codes_text codes;
    struct scratch s = with_codes(codes);
    struct hwfp_recovery recovery;
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(hwfp_recovery_use(s.system, codes[i], &recovery, NULL), 0);
        assert_int_equal(recovery.left, HWFP_RECOVERY_CODES - 1 - i);
        assert_int_equal(use(&s, codes[i]), -EKEYREJECTED);
    }
    expect(&s, 7, 1);
    scratch_free(&s);
}

static void typed_with_look_alikes(void **state)
{
    codes_text codes;
    struct scratch s = with_codes(codes);
    (void)state;

    for (char *c = codes[4]; *c; c++) {
        if (*c == '0')
            *c = 'o';
        else if (*c == '1')
            *c = 'l';
        else if (*c == 'V')
            *c = 'u';
        else if (*c == '-')
            *c = ' ';
    }
    assert_int_equal(use(&s, codes[4]), 0);
    expect(&s, 9, 0);
    scratch_free(&s);
}

static void another_codes_number_is_wrong(void **state)
{
    codes_text codes;
    struct scratch s = with_codes(codes);
    (void)state;

    codes[2][0] = '5';
    assert_int_equal(use(&s, codes[2]), -EKEYREJECTED);
    expect(&s, 10, 1);
    codes[2][0] = '2';
    assert_int_equal(use(&s, codes[2]), 0);
    expect(&s, 9, 0);
    scratch_free(&s);
}

static void what_is_no_code_is_counted_too(void **state)
{
    codes_text codes;
    struct scratch s = with_codes(codes);
    (void)state;

    assert_int_equal(use(&s, "please"), -EKEYREJECTED);
    assert_int_equal(use(&s, WRONG), -EKEYREJECTED);
    expect(&s, 10, 2);
    scratch_free(&s);
}

/* Another past: so many wrong codes, the last of them then. */
static void set_past(const struct scratch *s, unsigned failures, time_t failed)
{
    CLEANUP_FREE char *path = scratch_path(s, "var/lib/hwfp"), *text = scratch_read(s, KEY, NULL);
    CLEANUP_CLOSE int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct hwfp_key key;
    struct recovery recovery;
    char *hex = text + strlen("hwfp-key 1 ");

    hex[2 * HWFP_KEY_SIZE] = '\0';
    assert_int_equal(hex_decode(hex, key.bytes, sizeof(key.bytes)), 0);
    assert_int_equal(recovery_read(dir, false, &key, &recovery, NULL), 0);
    recovery.failures = failures;
    recovery.failed = failed;
    assert_int_equal(recovery_write(dir, &key, &recovery, NULL), 0);
}

static void ten_wrong_ones_lock(void **state)
{
    codes_text codes;
    struct scratch s = with_codes(codes);
    (void)state;

    set_past(&s, 8, 1);
    assert_int_equal(use(&s, WRONG), -EKEYREJECTED);
    assert_int_equal(use(&s, WRONG), -EKEYREJECTED);
    assert_int_equal(use(&s, codes[0]), -EBUSY);
    assert_int_equal(use(&s, WRONG), -EBUSY);
    expect(&s, 10, 10);
    set_past(&s, 10, time(NULL) - RECOVERY_LOCKED_FOR);
    assert_int_equal(use(&s, WRONG), -EKEYREJECTED);
    assert_int_equal(use(&s, codes[0]), -EBUSY); /* one more, and the lock is as long again */
    set_past(&s, 10, time(NULL) + 100 * RECOVERY_LOCKED_FOR); /* a clock that went back */
    assert_int_equal(use(&s, codes[0]), 0);
    expect(&s, 9, 0);
    scratch_free(&s);
}

/* ---- What cannot be written down. ---- */

static void no_room_no_way_in(void **state)
{
    const struct rlimit none = {0, 0};
    codes_text codes;
    struct scratch s = with_codes(codes);
    int status = 0;
    pid_t child;
    (void)state;

    child = fork();
    if (child == 0) {
        if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &none) < 0)
            _exit(1);
        if (use(&s, codes[0]) != -EFBIG)
            _exit(2);
        _exit(use(&s, WRONG) == -EFBIG ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect(&s, 10, 0);
    assert_int_equal(use(&s, codes[0]), 0);
    scratch_free(&s);
}

static void a_held_lock_refuses(void **state)
{
    codes_text codes;
    struct scratch s = with_codes(codes);
    CLEANUP_FREE char *path = scratch_path(&s, "var/lib/hwfp/lock");
    CLEANUP_CLOSE int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    (void)state;

    assert_int_equal(lock_bounded(lock, 0), 0);
    assert_int_equal(use(&s, codes[0]), -EWOULDBLOCK);
    expect(&s, 10, 0);
    scratch_free(&s);
}

static void of_many_at_once_one_gets_in(void **state)
{
    enum { MANY = 6 };
    codes_text codes;
    struct scratch s = with_codes(codes);
    unsigned in = 0;
    pid_t children[MANY];
    (void)state;

    for (unsigned i = 0; i < MANY; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(use(&s, codes[6]) == 0);
    }
    for (unsigned i = 0; i < MANY; i++) {
        int status = 0;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        in += (unsigned)WEXITSTATUS(status);
    }
    assert_int_equal(in, 1);
    scratch_free(&s);
}

/* ---- The file. ---- */

static void file_and_mode(void **state)
{
    codes_text codes;
    struct scratch s = with_codes(codes);
    CLEANUP_FREE char *path = scratch_path(&s, CODES), *text = scratch_read(&s, CODES, NULL);
    struct stat st;
    (void)state;

    assert_int_equal(use(&s, WRONG), -EKEYREJECTED); /* so that it was written by hwfp */
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    for (size_t i = 0; i < HWFP_RECOVERY_CODES; i++)
        assert_null(strstr(text, codes[i]));
    scratch_free(&s);
}

static void a_new_set_voids_the_old(void **state)
{
    codes_text codes, fresh;
    struct scratch s = with_codes(codes);
    (void)state;

    assert_int_equal(hwfp_recovery_make(s.system, false, fresh, NULL), -EEXIST);
    assert_int_equal(hwfp_recovery_make(s.system, true, fresh, NULL), 0);
    assert_int_equal(use(&s, codes[1]), -EKEYREJECTED);
    assert_int_equal(use(&s, fresh[1]), 0);
    assert_int_equal(hwfp_recovery_remove(s.system, NULL), 0);
    assert_int_equal(hwfp_recovery_remove(s.system, NULL), -ENOENT);
    assert_int_equal(use(&s, fresh[2]), -ENOENT);
    scratch_free(&s);
}

static void no_vault_no_codes(void **state)
{
    codes_text codes;
    struct scratch s = scratch_new("r630", NULL);
    struct hwfp_recovery recovery;
    (void)state;

    assert_int_equal(hwfp_recovery_make(s.system, false, codes, NULL), -ENOENT);
    assert_int_equal(hwfp_recovery_status(s.system, &recovery, NULL), -ENOENT);
    assert_int_equal(use(&s, WRONG), -ENOENT);
    scratch_free(&s);
}

static void a_flipped_bit_anywhere_is_noticed(void **state)
{
    codes_text codes;
    struct scratch s = with_codes(codes);
    struct hwfp_recovery recovery;
    CLEANUP_FREE char *path = scratch_path(&s, CODES);
    size_t size = 0;
    CLEANUP_FREE char *text = scratch_read(&s, CODES, &size);
    CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
    (void)state;

    for (size_t i = 0; i < size; i++) {
        char flipped = (char)(text[i] ^ (1 << (i % 7)));

        assert_int_equal(pwrite(fd, &flipped, 1, (off_t)i), 1);
        assert_true(hwfp_recovery_status(s.system, &recovery, NULL) < 0);
        assert_int_equal(pwrite(fd, &text[i], 1, (off_t)i), 1);
    }
    expect(&s, 10, 0);
    for (size_t n = size; n-- > 0;) {
        assert_int_equal(truncate(path, (off_t)n), 0);
        assert_int_equal(hwfp_recovery_status(s.system, &recovery, NULL), -EBADMSG);
    }
    assert_int_equal(use(&s, codes[0]), -EBADMSG);
    scratch_free(&s);
}

/* Whoever put a spent line back without the key is noticed; each fault has its own answer. */
static void faults_of_the_file(void **state)
{
    static const struct {
        const char *command;
        int r;
    } faults[] = {
        {"sed -i '1s/^hwfp-recovery 1/hwfp-recovery 2/' %s", -EPROTO},
        {"sed -i '$p' %s", -EBADMSG},
        {"sed -i '$d' %s", -EBADMSG},
        {"sed -i 's/^failures 0/failures 9/' %s", -EBADMSG},
        {"printf 'more\\n' >>%s", -EBADMSG},
        {"printf '\\0' >>%s", -EBADMSG},
        {"head -c 5000 /dev/zero >>%s", -EFBIG},
        {"chmod 0620 %s", -EPERM},
        {"rm %1$s && ln -s lock %1$s", -EPERM},
        {"rm %1$s && mkfifo %1$s", -EPERM},
        {"rm %1$s && mkdir %1$s", -EPERM},
        {"rm %s", -ENOENT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        codes_text codes;
        struct scratch s = with_codes(codes);
        CLEANUP_FREE char *path = scratch_path(&s, CODES), *command = NULL, *error = NULL;
        struct hwfp_recovery recovery;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        assert_true(asprintf(&command, faults[i].command, path) > 0);
#pragma GCC diagnostic pop
        assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
        assert_int_equal(hwfp_recovery_use(s.system, codes[0], &recovery, &error), faults[i].r);
        assert_non_null(error);
        assert_null(strchr(error, '\n'));
        scratch_free(&s);
    }
}

static void under_another_key_they_are_void(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    codes_text codes;
    struct scratch s = with_codes(codes);
    (void)state;

    scratch_write(&s, KEY, "damaged\n");
    assert_int_equal(use(&s, codes[0]), -ENOKEY);
    assert_int_equal(hwfp_enroll(s.system, &defaults, true, fingerprint, NULL), 0);
    assert_int_equal(use(&s, codes[0]), -ENOKEY);
    assert_int_equal(hwfp_recovery_make(s.system, false, codes, NULL), -ENOKEY);
    assert_int_equal(hwfp_recovery_make(s.system, true, codes, NULL), 0);
    assert_int_equal(use(&s, codes[0]), 0);
    scratch_free(&s);
}

static void a_damaged_vault_still_has_its_codes(void **state)
{
    codes_text codes;
    struct scratch s = with_codes(codes);
    (void)state;

    scratch_write(&s, "var/lib/hwfp/vault", "damaged\n");
    scratch_write(&s, "var/lib/hwfp/vault.old", "damaged\n");
    assert_int_equal(use(&s, codes[0]), 0);
    scratch_free(&s);
}

/* ---- The marker. ---- */

static const struct hwfp_login login = {"alice", "sshd", "192.0.2.7"};

/* In a container this program's session may have begun outside: it needs one of its own. */
static struct scratch with_marker(void)
{
    struct scratch s = scratch_new("r630", NULL);

    if (getsid(0) == 0)
        assert_true(setsid() > 0);
    scratch_write(&s, BOOT_ID, "0b1e3c1e-0000-4000-8000-000000000001\n");
    assert_int_equal(hwfp_recovered_mark(s.system, &login, NULL), 0);
    return s;
}

static void one_session_for_one_code(void **state)
{
    struct scratch s = with_marker();
    (void)state;

    assert_true(hwfp_recovered(s.system, &login));
    assert_true(hwfp_recovered_credentials(s.system, &login));
    assert_true(hwfp_recovered_open(s.system, &login));
    assert_false(hwfp_recovered_open(s.system, &login));
    assert_false(hwfp_recovered(s.system, &login));
    assert_true(hwfp_recovered_credentials(s.system, &login));
    scratch_free(&s);
}

static void for_nobody_else(void **state)
{
    static const struct hwfp_login others[] = {
        {"bob", "sshd", "192.0.2.7"},  {"alice", "su", "192.0.2.7"}, {"alice", "sshd", "192.0.2.8"},
        {"alice", "sshd", NULL},       {NULL, "sshd", "192.0.2.7"},  {"alicesshd", "", "192.0.2.7"},
        {"alices", "shd", "192.0.2.7"}};
    struct scratch s = with_marker();
    int status = 0;
    pid_t child;
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        assert_false(hwfp_recovered(s.system, &others[i]));
        assert_false(hwfp_recovered_credentials(s.system, &others[i]));
        assert_false(hwfp_recovered_open(s.system, &others[i]));
    }
    /* A process of the same kernel session is vouched for, one of another is not. */
    child = fork();
    if (child == 0) {
        if (!hwfp_recovered(s.system, &login) || setsid() < 0)
            _exit(1);
        _exit(hwfp_recovered(s.system, &login) ? 2 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    scratch_write(&s, BOOT_ID, "0b1e3c1e-0000-4000-8000-000000000002\n");
    assert_false(hwfp_recovered(s.system, &login));
    scratch_free(&s);
}

static void not_for_long(void **state)
{
    static const char *const edits[] = {
        "sed -Ei 's/[0-9]+$/1/' %s/*",            /* long ago */
        "sed -Ei 's/[0-9]+$/999999999999/' %s/*", /* not as hwfp makes it */
        "sed -Ei 's/ [0-9a-f]{64} / /' %s/*",
        "chmod 0644 %s/*",
        "chmod 0755 %s",
        "for f in %s/*; do ln -sf /etc/hostname $f; done",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
        struct scratch s = with_marker();
        CLEANUP_FREE char *path = scratch_path(&s, MARKERS), *command = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        assert_true(asprintf(&command, edits[i], path) > 0);
#pragma GCC diagnostic pop
        assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
        assert_false(hwfp_recovered(s.system, &login));
        assert_false(hwfp_recovered_open(s.system, &login));
        scratch_free(&s);
    }
}

/* What nobody came for, or nobody could be let in by, goes when the next one is marked. */
static void none_is_left_for_ever(void **state)
{
    struct scratch s = with_marker();
    CLEANUP_FREE char *path = scratch_path(&s, MARKERS), *make = NULL, *look = NULL;
    long session = (long)getsid(0);
    (void)state;

    assert_true(
        asprintf(&make,
                 "cd %s && cp %ld 3 && sed -E 's/[0-9]+$/1/' 3 >1.opened && cp 1.opened 2 && "
                 "echo >4 && echo >5.new && ln -s 3 6 && chmod 0600 [1-5]*",
                 path, session) > 0);
    assert_int_equal(system(make), 0); /* NOLINT(cert-env33-c) */
    assert_int_equal(hwfp_recovered_mark(s.system, &login, NULL), 0);
    assert_true(hwfp_recovered(s.system, &login));
    assert_true(asprintf(&look, "cd %s && [ \"$(ls | grep -vx %ld | paste -sd ' ')\" = '3 5.new' ]",
                         path, session) > 0);
    assert_int_equal(system(look), 0); /* NOLINT(cert-env33-c) */
    scratch_free(&s);
}

static void what_was_said_goes_with_the_session(void **state)
{
    static const struct hwfp_login root = {"root", "sshd", "192.0.2.7"};
    struct scratch s = with_marker();
    (void)state;

    assert_int_equal(hwfp_said_mark(s.system, &login, "flagged", NULL), 0);
    assert_true(hwfp_said(s.system, &login, "flagged"));
    assert_false(hwfp_said(s.system, &login, "flagged"));
    assert_int_equal(hwfp_said_mark(s.system, &login, "flagged", NULL), 0);
    assert_false(hwfp_said(s.system, &root, "flagged"));
    assert_false(hwfp_said(s.system, &login, "flagged"));
    scratch_free(&s);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_made_can_be_read),
        T(each_symbol_turns_up),
        T(spellings),
        T(the_digest_is_scrypt),
        T(what_is_no_setting_gives_no_digest),
        T(each_digest_has_its_salt),
        T(each_lets_in_once),
        T(typed_with_look_alikes),
        T(another_codes_number_is_wrong),
        T(what_is_no_code_is_counted_too),
        T(ten_wrong_ones_lock),
        T(no_room_no_way_in),
        T(a_held_lock_refuses),
        T(of_many_at_once_one_gets_in),
        T(file_and_mode),
        T(a_new_set_voids_the_old),
        T(no_vault_no_codes),
        T(a_flipped_bit_anywhere_is_noticed),
        T(faults_of_the_file),
        T(under_another_key_they_are_void),
        T(a_damaged_vault_still_has_its_codes),
        T(one_session_for_one_code),
        T(for_nobody_else),
        T(none_is_left_for_ever),
        T(what_was_said_goes_with_the_session),
        T(not_for_long),
    };

    return cmocka_run_group_tests(tests, make_template, free_template);
}
