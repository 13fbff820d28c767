/* SPDX-License-Identifier: BSD-2-Clause */
/* The vault against every kind of damage: each has its own answer, and nothing is lost. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "digest.h"
#include "hwfp.h"
#include "scratch.h"
#include "util.h"
#include "vault.h"

#include <cmocka.h>

#define VAULT "var/lib/hwfp/vault"
#define OLD "var/lib/hwfp/vault.old"
#define KEY "var/lib/hwfp/key"

static const struct hwfp_config defaults = {.mode = HWFP_MODE_DENY};

/* Enrolled, and changed once, so that the generations differ: `fingerprint` is in both. */
static struct scratch enrolled(char fingerprint[HWFP_FINGERPRINT_SIZE])
{
    struct scratch s = scratch_new("r630", NULL);

    assert_int_equal(hwfp_enroll(s.system, &defaults, false, fingerprint, NULL), 0);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 50, NULL), 0);
    return s;
}

/* The error of loading, whose sentence must hold `words`; 0 and `damage` when it was answered by
 * the previous generation. */
static void expect_load(const struct scratch *s, int r, const char *words)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_vault *vault = NULL;
    const char *said;

    assert_int_equal(hwfp_vault_load(s->system, &vault, &error), r);
    said = vault ? vault->damage : error;
    if (!said)
        said = "nothing";
    if (!strstr(said, words))
        print_error("said: %s\n", said);
    assert_non_null(strstr(said, words));
    assert_null(strchr(said, '\n'));
    hwfp_vault_free(vault);
}

static void expect_whole(const struct scratch *s, int threshold)
{
    struct hwfp_vault *vault = NULL;

    assert_int_equal(hwfp_vault_load(s->system, &vault, NULL), 0);
    assert_null(vault->damage);
    assert_int_equal(vault->threshold, threshold);
    hwfp_vault_free(vault);
}

/* In place: whatever other name the file has, it is damaged, too. */
static void overwrite_in(const struct scratch *s, const char *path, const char *text)
{
    CLEANUP_FREE char *full = scratch_path(s, path);
    CLEANUP_CLOSE int fd = open(full, O_WRONLY | O_CLOEXEC);

    assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
}

static void unlink_in(const struct scratch *s, const char *path)
{
    CLEANUP_FREE char *full = scratch_path(s, path);

    assert_int_equal(unlink(full), 0);
}

static void files_and_modes(void **state)
{
    static const struct {
        const char *path;
        mode_t mode;
    } files[] = {{"var/lib/hwfp", 0700}, {VAULT, 0600}, {OLD, 0600}, {KEY, 0600}};
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = scratch_new("r630", NULL);
    mode_t old_mask = umask(geteuid() == 0 ? 0277 : 0077); /* whatever the caller's is */
    (void)state;

    assert_int_equal(hwfp_enroll(s.system, &defaults, false, fingerprint, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        CLEANUP_FREE char *path = scratch_path(&s, files[i].path);
        struct stat st;

        assert_int_equal(lstat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, files[i].mode);
    }
    (void)umask(old_mask);
    scratch_free(&s);
}

static void a_flipped_bit_anywhere_is_noticed(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    CLEANUP_FREE char *path = scratch_path(&s, VAULT);
    size_t size = 0;
    CLEANUP_FREE char *text = scratch_read(&s, VAULT, &size);
    CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
    (void)state;

    for (size_t i = 0; i < size; i++) {
        char flipped = (char)(text[i] ^ (1 << (i % 7)));

        assert_int_equal(pwrite(fd, &flipped, 1, (off_t)i), 1);
        expect_load(&s, 0, "previous generation is used");
        assert_int_equal(pwrite(fd, &text[i], 1, (off_t)i), 1);
    }
    expect_whole(&s, 50);
    scratch_free(&s);
}

static void truncated_anywhere_is_noticed(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    CLEANUP_FREE char *path = scratch_path(&s, VAULT);
    struct stat st;
    (void)state;

    assert_int_equal(stat(path, &st), 0);
    for (size_t n = (size_t)st.st_size; n-- > 0;) {
        assert_int_equal(truncate(path, (off_t)n), 0);
        expect_load(&s, 0, n == 0 ? "it is empty" : "is damaged");
    }
    scratch_free(&s);
}

static void both_generations_damaged_is_an_error_and_loses_nothing(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE], again[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    struct hwfp_result result;
    (void)state;

    scratch_write(&s, VAULT, "hwfp-vault ");
    scratch_write(&s, OLD, "");
    expect_load(&s, -EBADMSG, "/var/lib/hwfp/vault is damaged");
    assert_int_equal(hwfp_gate(s.system, &defaults, 0, &result), 0);
    assert_int_equal(result.verdict, HWFP_ERROR);
    hwfp_result_clear(&result);
    assert_int_equal(hwfp_enroll(s.system, &defaults, false, again, NULL), -EBADMSG);
    assert_int_equal(hwfp_enroll(s.system, &defaults, true, again, NULL), 0);
    expect_whole(&s, HWFP_THRESHOLD_DEFAULT);
    scratch_free(&s);
}

/* The next change writes a whole vault again; the damaged one is put aside, not overwritten. */
static void a_damaged_vault_is_put_aside(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    CLEANUP_FREE char *command = NULL;
    struct hwfp_vault *vault = NULL;
    (void)state;

    scratch_write(&s, VAULT, "junk");
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 60, NULL), 0);
    expect_whole(&s, 60);
    assert_int_equal(hwfp_vault_load(s.system, &vault, NULL), 0);
    assert_non_null(hwfp_vault_find(vault, fingerprint));
    hwfp_vault_free(vault);
    assert_true(asprintf(&command, "grep -qx junk %s/var/lib/hwfp/vault.damaged-*", s.path) > 0);
    assert_int_equal(system(command), 0); /* NOLINT(bugprone-command-processor,cert-env33-c) */
    scratch_free(&s);
}

static void the_first_generation_has_a_second_copy(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    (void)state;

    assert_int_equal(hwfp_enroll(s.system, &defaults, false, fingerprint, NULL), 0);
    overwrite_in(&s, VAULT, "damaged in place");
    expect_load(&s, 0, "previous generation is used");
    unlink_in(&s, VAULT);
    expect_load(&s, 0, "previous generation is used");
    scratch_free(&s);
}

/* It is not as if there had never been one: nothing is enrolled over it. */
static void a_damaged_previous_generation_alone_is_an_error(void **state)
{
    CLEANUP_FREE char *command = NULL;
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    (void)state;

    unlink_in(&s, VAULT);
    overwrite_in(&s, OLD, "damaged");
    expect_load(&s, -EBADMSG, "/var/lib/hwfp/vault is missing, and /var/lib/hwfp/vault.old");
    assert_int_equal(hwfp_enroll(s.system, &defaults, false, fingerprint, NULL), -EBADMSG);
    assert_int_equal(hwfp_enroll(s.system, &defaults, true, fingerprint, NULL), 0);
    assert_true(asprintf(&command, "ls %s/var/lib/hwfp/vault.old.damaged-* >/dev/null", s.path) >
                0);
    assert_int_equal(system(command), 0); /* NOLINT(bugprone-command-processor,cert-env33-c) */
    scratch_free(&s);
}

static void expect_machines(const struct scratch *s, size_t machines, size_t events)
{
    struct hwfp_vault *vault = NULL;

    assert_int_equal(hwfp_vault_load(s->system, &vault, NULL), 0);
    assert_int_equal(vault->n_machines, machines);
    assert_int_equal(vault->n_events, events);
    hwfp_vault_free(vault);
}

/* The damage of one file must not undo what the administrator did. */
static void what_was_revoked_stays_so_in_the_previous_generation(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE], second[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    (void)state;

    scratch_change(&s, "pi4", NULL);
    assert_int_equal(hwfp_accept(s.system, &defaults, NULL, second, NULL), 0);
    expect_machines(&s, 2, 3);
    assert_int_equal(hwfp_forget(s.system, &defaults, fingerprint, NULL), 0);
    scratch_write(&s, VAULT, "junk");
    expect_load(&s, 0, "previous generation is used");
    expect_machines(&s, 1, 4); /* both fingerprints stay on record */
    assert_int_equal(hwfp_enroll(s.system, &defaults, true, fingerprint, NULL), 0);
    scratch_write(&s, VAULT, "junk");
    expect_machines(&s, 1, 6);
    scratch_free(&s);
}

static void switching_the_comparison_on_is_final_too(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    struct hwfp_vault *vault = NULL;
    (void)state;

    assert_int_equal(hwfp_set_threshold(s.system, &defaults, HWFP_THRESHOLD_OFF, NULL), 0);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 40, NULL), 0);
    unlink_in(&s, VAULT);
    assert_int_equal(hwfp_vault_load(s.system, &vault, NULL), 0);
    assert_int_equal(vault->threshold, 40);
    hwfp_vault_free(vault);
    scratch_free(&s);
}

static void missing_is_not_unsafe_is_not_damaged(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    CLEANUP_FREE char *vault = scratch_path(&s, VAULT), *dir = scratch_path(&s, "var/lib/hwfp");
    CLEANUP_FREE char *key = scratch_path(&s, KEY);
    (void)state;

    assert_int_equal(chmod(vault, 0620), 0);
    expect_load(&s, -EPERM, "/var/lib/hwfp/vault has mode 0620");
    assert_int_equal(chmod(vault, 0602), 0);
    expect_load(&s, -EPERM, "/var/lib/hwfp/vault has mode 0602");
    assert_int_equal(chmod(vault, 0600), 0);
    assert_int_equal(chmod(dir, 0770), 0);
    expect_load(&s, -EPERM, "/var/lib/hwfp has mode 0770");
    assert_int_equal(chmod(dir, 0700), 0);
    assert_int_equal(chmod(key, 0666), 0);
    expect_load(&s, -EPERM, "/var/lib/hwfp/key has mode 0666");
    assert_int_equal(chmod(key, 0600), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(vault, 12345, 0), 0);
        expect_load(&s, -EPERM, "/var/lib/hwfp/vault is owned by user 12345; expected root");
        assert_int_equal(chown(vault, 0, 0), 0);
    }
    expect_whole(&s, 50);
    unlink_in(&s, VAULT);
    unlink_in(&s, OLD);
    expect_load(&s, -ENOENT, "/var/lib/hwfp/vault is missing");
    scratch_free(&s);
}

static void a_symlink_or_a_fifo_is_refused(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    CLEANUP_FREE char *vault = scratch_path(&s, VAULT), *old = scratch_path(&s, OLD);
    (void)state;

    assert_int_equal(unlink(vault), 0);
    assert_int_equal(symlink("vault.old", vault), 0);
    expect_load(&s, -EPERM, "symbolic link");
    assert_int_equal(unlink(vault), 0);
    assert_int_equal(mkfifo(vault, 0600), 0);
    expect_load(&s, -EPERM, "not a regular file");
    assert_int_equal(unlink(vault), 0);
    assert_int_equal(rename(old, vault), 0);
    expect_whole(&s, HWFP_THRESHOLD_DEFAULT);
    scratch_free(&s);
}

static void a_symlinked_folder_is_refused(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    CLEANUP_FREE char *dir = scratch_path(&s, "var/lib/hwfp");
    CLEANUP_FREE char *moved = scratch_path(&s, "var/lib/moved");
    (void)state;

    assert_int_equal(rename(dir, moved), 0);
    assert_int_equal(symlink("moved", dir), 0);
    expect_load(&s, -EPERM, "/var/lib/hwfp is not a folder");
    scratch_free(&s);
}

/* As root, a link in an image that is looked at by --root would lead out of it. */
static void a_link_of_the_tree_leads_nowhere_else(void **state)
{
    struct scratch s = scratch_new("r630", NULL), outside = scratch_new("kvm", NULL);
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    CLEANUP_FREE char *link = scratch_path(&s, "var");
    CLEANUP_FREE char *to = scratch_path(&outside, "empty");
    (void)state;

    (void)rmdir(link);
    assert_int_equal(mkdir(to, 0755), 0);
    assert_int_equal(symlink(to, link), 0);
    assert_true(hwfp_enroll(s.system, &defaults, false, fingerprint, NULL) < 0);
    assert_false(scratch_exists(&outside, "empty/lib"));
    scratch_free(&s);
    scratch_free(&outside);
}

/* ---- A host program that has given cJSON an allocator of its own. ---- */

enum { HEAD = 16 };

static void *host_malloc(size_t size)
{
    char *head = malloc(size + HEAD);

    /* cppcheck-suppress memleak ; host_free() gets it back */
    return head ? head + HEAD : NULL;
}

static void host_free(void *pointer)
{
    if (pointer)
        free((char *)pointer - HEAD);
}

static void the_hosts_allocator_of_json_is_kept_apart(void **state)
{
    cJSON_Hooks hooks = {host_malloc, host_free};
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct hwfp_result result;
    struct scratch s;
    (void)state;

    cJSON_InitHooks(&hooks);
    s = enrolled(fingerprint);
    assert_int_equal(hwfp_gate(s.system, &defaults, 0, &result), 0);
    free(hwfp_report_json(&result));
    hwfp_result_clear(&result);
    cJSON_InitHooks(NULL);
    scratch_free(&s);
}

static void keys(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint), other = enrolled(fingerprint);
    size_t size = 0;
    CLEANUP_FREE char *key = scratch_read(&s, KEY, &size);
    CLEANUP_FREE char *foreign = scratch_read(&other, KEY, NULL);
    (void)state;

    for (size_t i = 0; i < size; i++) {
        key[i] ^= 1;
        scratch_write(&s, KEY, key);
        expect_load(&s, -ENOKEY, "/var/lib/hwfp/key is damaged");
        key[i] ^= 1;
    }
    scratch_write(&s, KEY, foreign);
    expect_load(&s, -ENOKEY, "/var/lib/hwfp/key is not the key of /var/lib/hwfp/vault");
    scratch_write(&s, KEY, key);
    expect_whole(&s, 50);
    unlink_in(&s, KEY);
    expect_load(&s, -ENOKEY, "/var/lib/hwfp/key cannot be opened");
    assert_int_equal(hwfp_enroll(s.system, &defaults, false, fingerprint, NULL), -ENOKEY);
    assert_int_equal(hwfp_enroll(s.system, &defaults, true, fingerprint, NULL), 0);
    expect_whole(&s, HWFP_THRESHOLD_DEFAULT);
    scratch_free(&s);
    scratch_free(&other);
}

/* Rewrites the vault as a program that has the key would. */
static void forge(const struct scratch *s, unsigned version, const char *from, const char *to)
{
    struct hwfp_vault *vault = NULL;
    CLEANUP_FREE char *text = scratch_read(s, VAULT, NULL), *body = NULL, *whole = NULL;
    char prefix[64], id_hex[2 * VAULT_KEY_ID_SIZE + 1], hmac_hex[2 * DIGEST_FULL + 1];
    uint8_t id[DIGEST_FULL], hmac[DIGEST_FULL];
    char *start = strchr(text, '\n') + 1, *at = strstr(start, from);

    assert_non_null(at);
    assert_true(asprintf(&body, "%.*s%s%s", (int)(at - start), start, to, at + strlen(from)) > 0);
    assert_int_equal(hwfp_vault_load(s->system, &vault, NULL), 0);
    vault_key_id(&vault->key, id);
    hex_encode(id, VAULT_KEY_ID_SIZE, id_hex);
    (void)snprintf(prefix, sizeof(prefix), "hwfp-vault %u %s ", version, id_hex);
    assert_int_equal(vault_checksum(&vault->key, prefix, body, hmac), 0);
    hex_encode(hmac, sizeof(hmac), hmac_hex);
    assert_true(asprintf(&whole, "%s%s\n%s", prefix, hmac_hex, body) > 0);
    scratch_write(s, VAULT, whole);
    hwfp_vault_free(vault);
}

static void a_newer_version_is_left_alone(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    (void)state;

    forge(&s, VAULT_VERSION + 1, "{", "{");
    expect_load(&s, -EPROTO, "is of version 3; this hwfp knows versions up to 2");
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 60, NULL), -EPROTO);
    assert_int_equal(hwfp_enroll(s.system, &defaults, true, fingerprint, NULL), -EPROTO);
    scratch_free(&s);
}

/* Every field missing or senseless, under a checksum that fits. */
static void senseless_fields(void **state)
{
    static const struct {
        const char *from, *to;
    } forgeries[] = {
        {"{", "["},
        {"\"generation\":2", "\"generation\":-1"},
        {"\"generation\":2", "\"generation\":1.5"},
        {"\"generation\"", "\"g\""},
        {"\"threshold\":50", "\"threshold\":0"},
        {"\"threshold\":50", "\"threshold\":101"},
        {"\"threshold\":50", "\"threshold\":-2"},
        {"\"threshold\":50", "\"threshold\":\"50\""},
        {"\"threshold\"", "\"t\""},
        {"\"current\":\"", "\"current\":\"x"},
        {"\"machines\":[", "\"machines\":[{},"},
        {"\"machines\"", "\"m\""},
        {"\"fingerprint\":\"", "\"fingerprint\":\"z"},
        {"\"trusted\"", "\"trustworthy\""},
        {"\"trust\"", "\"t\""},
        {"\"added\":", "\"added\":-"},
        {"\"updated\"", "\"u\""},
        {"\"collector\":2", "\"collector\":0"},
        {"\"collector\":2", "\"collector\":3"},
        {"\"collector\":2", "\"collector\":1.5"},
        {"\"collector\":2", "\"collector\":\"2\""},
        {"\"collector\":2", "\"collector\":null"},
        {"\"components\"", "\"c\""},
        {"\"system-uuid\"", "\"system-uid\""},
        {"\"status\":\"usable\"", "\"status\":\"absent\""},
        {"\"items\":[\"", "\"items\":[\"0"},
        {"\"items\":[\"", "\"items\":[1,\""},
        {"\"items\"", "\"i\""},
        {"\"derived\":\"system-uuid\"", "\"derived\":\"system-uid\""},
        {"\"derived\":\"system-uuid\"", "\"derived\":\"\""},
        {"\"derived\":\"system-uuid\"", "\"derived\":0"},
        {"\"derived\":\"system-uuid\"", "\"derived\":[\"system-uuid\"]"},
        {" 32\"", " 32 \""},
        {" 32\"", " 32 system-uid\""},
        {" 32\"", " 32 system-uuid \""},
        {" 32\"", " 32 system-uuid nic-mac\""},
        {" 32\"", " 321\""},
        {" 32\"", "\""},
        {"\"history\"", "\"h\""},
        {"\"what\":\"enroll\"", "\"what\":7"},
        {"\"time\":", "\"time\":\"yesterday\",\"t\":"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(forgeries); i++) {
        char fingerprint[HWFP_FINGERPRINT_SIZE];
        struct scratch s = enrolled(fingerprint);

        forge(&s, VAULT_VERSION, forgeries[i].from, forgeries[i].to);
        unlink_in(&s, OLD);
        expect_load(&s, -EBADMSG, "/var/lib/hwfp/vault: ");
        scratch_free(&s);
    }
}

/* What is written is what is read, all of it. */
static void nothing_is_lost_on_the_way(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    struct hwfp_vault *vault = NULL;
    CLEANUP_FREE char *once = NULL, *twice = NULL;
    struct hwfp_vault copy = {0};
    (void)state;

    assert_int_equal(hwfp_vault_load(s.system, &vault, NULL), 0);
    assert_int_equal(vault_encode(vault, &once), 0);
    assert_int_equal(vault_decode(once, &copy, NULL), 0);
    assert_int_equal(vault_encode(&copy, &twice), 0);
    assert_string_equal(once, twice);
    assert_int_equal(copy.n_events, 2);
    assert_string_equal(copy.events[1].detail, "from 40 to 50");
    hwfp_vault_free(vault);
    vault = calloc(1, sizeof(*vault));
    assert_non_null(vault);
    *vault = copy;
    hwfp_vault_free(vault);
    scratch_free(&s);
}

/* In sudo and su the real user is an ordinary one: who the program works as is what counts. */
static void the_real_user_does_not_matter(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    struct hwfp_recovery recovery;

    (void)state;
    if (geteuid() == 0) {
        assert_int_equal(setreuid(65534, 0), 0);
        expect_whole(&s, 50);
        unlink_in(&s, KEY);
        assert_int_equal(hwfp_recovery_status(s.system, &recovery, NULL), -ENOENT);
        assert_int_equal(setreuid(0, 0), 0);
    }
    scratch_free(&s);
}

/* Someone else holds the lock: a bounded wait, and a sentence. */
static void what_could_not_be_read_again_is_not_written(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE], *error = NULL;
    struct scratch s = enrolled(fingerprint);
    struct vault_change change;
    char *detail = malloc(VAULT_SIZE_MAX);
    (void)state;

    assert_non_null(detail);
    memset(detail, 'x', VAULT_SIZE_MAX - 1);
    detail[VAULT_SIZE_MAX - 1] = '\0';
    assert_int_equal(vault_begin(s.system, 0, &change, NULL), 0);
    assert_int_equal(vault_add_event(change.vault, "rotate", fingerprint, detail), 0);
    assert_int_equal(vault_save(&change, &error), -EFBIG);
    assert_non_null(strstr(error, "expected 16777216 at most"));
    vault_end(&change);
    expect_machines(&s, 1, 2);
    free(error);
    free(detail);
    scratch_free(&s);
}

static void a_held_lock_is_waited_for_and_then_reported(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE], *error = NULL;
    struct scratch s = enrolled(fingerprint);
    struct vault_change held;
    (void)state;

    assert_int_equal(vault_begin(s.system, 0, &held, NULL), 0);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 60, &error), -EWOULDBLOCK);
    assert_non_null(strstr(error, "/var/lib/hwfp/lock"));
    free(error);
    vault_end(&held);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 60, NULL), 0);
    scratch_free(&s);
}

/* Killed at any moment of a change, the vault is whole: here before and after each step that a
 * change leaves on disk. */
static void leftovers_of_an_interrupted_change_do_no_harm(void **state)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct scratch s = enrolled(fingerprint);
    (void)state;

    assert_false(scratch_exists(&s, "var/lib/hwfp/vault.old.link"));
    scratch_write(&s, "var/lib/hwfp/vault.new", "half a vau");
    scratch_write(&s, "var/lib/hwfp/vault.old.link", "x");
    expect_whole(&s, 50);
    assert_int_equal(hwfp_set_threshold(s.system, &defaults, 60, NULL), 0);
    expect_whole(&s, 60);
    assert_false(scratch_exists(&s, "var/lib/hwfp/vault.new"));
    assert_false(scratch_exists(&s, "var/lib/hwfp/vault.old.link"));
    scratch_free(&s);
}

/* RFC 4231, test cases 1, 2 and 3. */
static void hmac_sha_256_is_the_standards(void **state)
{
    static const struct {
        const char *key, *data, *hmac;
    } cases[] = {
        {"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
         "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct digest_key *key = NULL;
        uint8_t hmac[DIGEST_FULL];
        char hex[2 * DIGEST_FULL + 1];

        assert_int_equal(digest_key_new((const uint8_t *)cases[i].key, strlen(cases[i].key), &key),
                         0);
        digest_hmac(key, cases[i].data, 3, cases[i].data + 3, strlen(cases[i].data) - 3, hmac);
        hex_encode(hmac, sizeof(hmac), hex);
        assert_string_equal(hex, cases[i].hmac);
        digest_key_free(key);
    }
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(files_and_modes),
        T(a_flipped_bit_anywhere_is_noticed),
        T(truncated_anywhere_is_noticed),
        T(both_generations_damaged_is_an_error_and_loses_nothing),
        T(a_damaged_vault_is_put_aside),
        T(the_first_generation_has_a_second_copy),
        T(a_damaged_previous_generation_alone_is_an_error),
        T(what_was_revoked_stays_so_in_the_previous_generation),
        T(switching_the_comparison_on_is_final_too),
        T(missing_is_not_unsafe_is_not_damaged),
        T(a_symlink_or_a_fifo_is_refused),
        T(a_symlinked_folder_is_refused),
        T(keys),
        T(a_newer_version_is_left_alone),
        T(senseless_fields),
        T(nothing_is_lost_on_the_way),
        T(the_real_user_does_not_matter),
        T(a_link_of_the_tree_leads_nowhere_else),
        T(the_hosts_allocator_of_json_is_kept_apart),
        T(what_could_not_be_read_again_is_not_written),
        T(a_held_lock_is_waited_for_and_then_reported),
        T(leftovers_of_an_interrupted_change_do_no_harm),
        T(hmac_sha_256_is_the_standards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
