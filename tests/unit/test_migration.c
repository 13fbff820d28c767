/* SPDX-License-Identifier: BSD-2-Clause */
/* Vaults that hwfp 0.1.0 wrote (tests/vaults): read, judged the same, and written anew as today's.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "decide.h"
#include "hash.h"
#include "hwfp.h"
#include "scratch.h"
#include "tree.h"
#include "util.h"

#include <cmocka.h>

#define VAULT "var/lib/hwfp/vault"

static const struct hwfp_config defaults = {.mode = HWFP_MODE_DENY};

/* With the folders above it. */
static void write_in(const struct scratch *s, const char *path, const char *text)
{
    struct tree tree = tree_open(s->path);

    tree_text(&tree, path, "%s", text);
    assert_null(tree.error);
    tree_close(&tree);
}

static void put_file(const struct scratch *s, const char *machine, const char *file)
{
    CLEANUP_FREE char *from = NULL, *to = NULL, *text = NULL;
    size_t size = 0;
    int fd;

    assert_true(asprintf(&from, "tests/vaults/0.1.0/%s/%s", machine, file) > 0);
    assert_true(asprintf(&to, "var/lib/hwfp/%s", file) > 0);
    fd = open(from, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read_all(fd, 1 << 16, &text, &size), 0);
    (void)close(fd);
    write_in(s, to, text);
}

/* As the upgrade finds it. */
static void put_vault(const struct scratch *s, const char *machine)
{
    CLEANUP_FREE char *folder = scratch_path(s, "var/lib/hwfp");

    put_file(s, machine, "key");
    put_file(s, machine, "vault");
    assert_int_equal(chmod(folder, 0700), 0);
}

static void make_dom0(const struct scratch *s)
{
    write_in(s, "sys/hypervisor/type", "xen\n");
    write_in(s, "proc/xen/capabilities", "control_d\n");
}

static struct hwfp_vault *load(const struct scratch *s)
{
    struct hwfp_vault *vault = NULL;

    assert_int_equal(hwfp_vault_load(s->system, &vault, NULL), 0);
    assert_null(vault->damage);
    return vault;
}

static bool is_version(const struct scratch *s, unsigned version)
{
    CLEANUP_FREE char *text = scratch_read(s, VAULT, NULL);
    unsigned found = 0;

    assert_int_equal(sscanf(text, "hwfp-vault %u ", &found), 1);
    return found == version;
}

static void expect(const struct scratch *s, unsigned flags, enum hwfp_verdict verdict,
                   const char *fingerprint)
{
    struct hwfp_result result;

    assert_int_equal(hwfp_gate(s->system, &defaults, flags, &result), 0);
    if (result.verdict != verdict)
        print_error("%s, %d: %s\n", hwfp_verdict_name(result.verdict), result.similarity,
                    result.reason);
    assert_int_equal(result.verdict, verdict);
    if (verdict == HWFP_SAME)
        assert_int_equal(result.similarity, 100);
    if (fingerprint)
        assert_string_equal(result.fingerprint, fingerprint);
    assert_null(result.problem);
    hwfp_result_clear(&result);
}

/* Looking writes nothing; a check follows, once. */
static void migrate(const struct scratch *s, const char *machine)
{
    CLEANUP_FREE char *written = NULL, *again = NULL;
    struct hwfp_vault *vault;
    char fingerprint[HWFP_FINGERPRINT_SIZE];

    put_vault(s, machine);
    vault = load(s);
    assert_int_equal(vault->n_machines, 1);
    assert_int_equal(vault->machines[0].hash.collector, 1);
    copy_text(fingerprint, sizeof(fingerprint), vault->machines[0].fingerprint);
    hwfp_vault_free(vault);

    expect(s, HWFP_GATE_READ_ONLY, HWFP_SAME, fingerprint);
    assert_true(is_version(s, 1));
    expect(s, 0, HWFP_SAME, fingerprint);
    assert_true(is_version(s, 2));
    written = scratch_read(s, VAULT, NULL);
    expect(s, 0, HWFP_SAME, fingerprint);
    again = scratch_read(s, VAULT, NULL);
    assert_string_equal(written, again);

    vault = load(s);
    assert_int_equal(vault->machines[0].hash.collector, HWFP_COLLECTOR);
    assert_int_equal(vault->n_machines, 1);
    assert_int_equal(vault->machines[0].trust, HWFP_TRUSTED);
    hwfp_vault_free(vault);
}

static void each_sample_machine_is_itself_after_the_upgrade(void **state)
{
    static const char *const machines[] = {"r630", "kvm", "pi4", "microvm"};
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
        struct scratch s = scratch_new(machines[i], NULL);

        migrate(&s, machines[i]);
        scratch_free(&s);
    }
}

/* It was taken for a virtual machine, and is none. */
static void a_xen_dom0_is_itself_after_the_upgrade(void **state)
{
    struct scratch s = scratch_new("r630", "cpu.flags=fpu hypervisor tsc", NULL);
    struct hwfp_vault *vault;
    (void)state;

    make_dom0(&s);
    put_vault(&s, "dom0");
    vault = load(&s);
    assert_true(vault->machines[0].hash.virtual_machine);
    hwfp_vault_free(vault);
    migrate(&s, "dom0");
    vault = load(&s);
    assert_false(vault->machines[0].hash.virtual_machine);
    hwfp_vault_free(vault);
    scratch_free(&s);
}

/* The old record is no weaker against a copy. */
static void no_copy_gets_in_by_the_upgrade(void **state)
{
    static const struct {
        const char *machine, *facts[4];
    } copies[] = {
        {"r630",
         {"system.uuid=4c4c4544-0042-3410-8051-c3c04f584d32", "system.serial=B4QXM2X",
          "board.serial=.B4QXM2X.CN7475153I0999.", "chassis.serial=B4QXM2X"}},
        {"kvm",
         {"system.uuid=11111111-2222-4333-8444-555555555556",
          "nic=enp1s0|virtio|52:54:00:00:00:99"}},
        {"pi4",
         {"devicetree.serial=10000000cafef00d", "cpu.serial=10000000cafef00d",
          "nic=eth0|platform|dc:a6:32:00:00:99"}},
        {"microvm", {"nic=eth0|virtio|06:00:ac:10:00:99"}},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
        const char *const *f = copies[i].facts;
        struct scratch s = scratch_new(copies[i].machine, f[0], f[1], f[2], f[3], NULL);

        put_vault(&s, copies[i].machine);
        expect(&s, HWFP_GATE_READ_ONLY, HWFP_DIFFERENT, "");
        expect(&s, HWFP_GATE_NO_ROTATE, HWFP_DIFFERENT, "");
        assert_true(is_version(&s, 1)); /* nothing was learnt of a copy */
        scratch_free(&s);
    }
}

/* The generation before the first change is still the old hwfp's. */
static void the_previous_generation_is_read_too(void **state)
{
    struct scratch s = scratch_new("r630", NULL);
    struct hwfp_vault *vault = NULL;
    (void)state;

    migrate(&s, "r630");
    scratch_write(&s, VAULT, "junk");
    assert_int_equal(hwfp_vault_load(s.system, &vault, NULL), 0);
    assert_non_null(strstr(vault->damage, "previous generation is used"));
    assert_int_equal(vault->machines[0].hash.collector, 1);
    hwfp_vault_free(vault);
    scratch_free(&s);
}

/* What is only known today to be locally administered was a NIC's address like any other. */
static void addresses_of_one_kind_become_two(void **state)
{
    static const char soldered[] = "nic=eno1|pci|24:6e:96:0c:1a:40";
    static const char adapter[] = "nic=enx1|usb|00:0e:c6:11:22:33";
    static const struct hwfp_key key = {{42}};
    struct scratch s = scratch_new("r630", soldered, adapter, NULL);
    struct hwfp_hash now, record;
    struct hwfp_comparison c;
    (void)state;

    assert_int_equal(hwfp_hash_collect(s.system, &key, 0, &now), 0);
    assert_int_equal(now.component[HWFP_NIC_MAC].n, 1);
    assert_int_equal(now.component[HWFP_NIC_MAC_SOFT].n, 1);
    assert_int_equal(hwfp_hash_copy(&now, &record), 0);
    record.collector = 1;
    assert_int_equal(
        items_unite(&record.component[HWFP_NIC_MAC], &now.component[HWFP_NIC_MAC_SOFT]), 0);
    items_clear(&record.component[HWFP_NIC_MAC_SOFT]);
    assert_int_equal(decide_compare(&record, &now, HWFP_POLICY_HARDWARE, 100, &c), 0);
    assert_int_equal(c.verdict, HWFP_SAME);
    assert_int_equal(c.similarity, 100);
    assert_int_equal(hash_bring_up(&record, &now), 0);
    assert_int_equal(record.component[HWFP_NIC_MAC].n, 1);
    assert_int_equal(record.component[HWFP_NIC_MAC_SOFT].n, 1);
    hwfp_hash_clear(&record);
    hwfp_hash_clear(&now);
    scratch_free(&s);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(each_sample_machine_is_itself_after_the_upgrade),
        T(a_xen_dom0_is_itself_after_the_upgrade),
        T(no_copy_gets_in_by_the_upgrade),
        T(the_previous_generation_is_read_too),
        T(addresses_of_one_kind_become_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
