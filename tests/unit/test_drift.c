/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Years of repairs on random machines: after each of them the machine is still itself, and no
 * foreign one is.
 *
 * What counts as a repair depends on what a machine is known by. One without chassis evidence is
 * its parts: where all of a kind are replaced at once an administrator is asked, and where nothing
 * is left of them it is another machine. So such machines keep two NICs and two disks here, a
 * repair touches two parts at most, and no device is late in the same boot. A machine known by one
 * MAC alone cannot be repaired at all. A virtual machine whose UUID is all that is left of it looks
 * like a clone that kept the UUID: an administrator is asked. A Raspberry Pi's NICs are soldered;
 * those that come and go are USB adapters. A mainboard is replaced only where the service tag is
 * written anew, as the vendor does; that one, too, an administrator accepts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "decide.h"
#include "hash.h"
#include "hash_build.h"
#include "hwfp.h"
#include "prng.h"
#include "scratch.h"
#include "util.h"
#include "vault.h"

#include <cmocka.h>

#define SEED UINT64_C(0x64726966) /* change it to see other years */
#define SEQUENCES 1000
#define REPAIRS 30
#define FOREIGNERS 2 /* looked at after each repair */

#define BIT(c) (UINT32_C(1) << (c))

/* What a kind of machine has. */
struct kind {
    const char *name;
    bool virtual_machine;
    bool asks;        /* its identity is so weak that a repair may be uncertain */
    bool soldered;    /* its NICs are on the board: none is ever replaced */
    uint32_t chassis; /* components, each with one item */
    uint32_t derived; /* of these */
    uint32_t models;
    struct {
        size_t least, most;
    } part[4];
};

enum part { DISK, NIC, DIMM, ADAPTER, PARTS };
static const enum hwfp_component part_component[PARTS] = {HWFP_DISK_SERIAL, HWFP_NIC_MAC,
                                                          HWFP_DIMM_SERIAL, HWFP_NIC_MAC_SOFT};

#define SMBIOS_MODELS                                                                              \
    (BIT(HWFP_SYSTEM_MODEL) | BIT(HWFP_BOARD_MODEL) | BIT(HWFP_BIOS_VERSION) |                     \
     BIT(HWFP_CPU_MODEL) | BIT(HWFP_MEMORY_LAYOUT))

static const struct kind server = {"server",
                                   false,
                                   false,
                                   false,
                                   BIT(HWFP_SYSTEM_UUID) | BIT(HWFP_SYSTEM_SERIAL) |
                                       BIT(HWFP_BOARD_SERIAL) | BIT(HWFP_CHASSIS_SERIAL) |
                                       BIT(HWFP_ASSET_TAG),
                                   0,
                                   SMBIOS_MODELS,
                                   {{1, 8}, {1, 6}, {1, 16}}};

static const struct kind kinds[] = {
    {"PC",
     false,
     false,
     false,
     BIT(HWFP_SYSTEM_UUID) | BIT(HWFP_BOARD_SERIAL),
     0,
     SMBIOS_MODELS,
     {{1, 3}, {1, 2}, {1, 4}, {0, 2}}},
    {"PC with nothing but a UUID",
     false,
     true,
     false,
     BIT(HWFP_SYSTEM_UUID),
     0,
     SMBIOS_MODELS,
     {{1, 3}, {1, 2}, {0, 0}}},
    {"virtual machine",
     true,
     true,
     false,
     BIT(HWFP_SYSTEM_UUID),
     0,
     SMBIOS_MODELS,
     {{0, 4}, {0, 3}, {0, 0}}},
    {"virtual machine with a serial made of the UUID",
     true,
     true,
     false,
     BIT(HWFP_SYSTEM_UUID) | BIT(HWFP_SYSTEM_SERIAL),
     BIT(HWFP_SYSTEM_SERIAL),
     SMBIOS_MODELS,
     {{0, 4}, {1, 3}, {0, 0}}},
    {"cloud instance",
     true,
     false,
     false,
     BIT(HWFP_SYSTEM_UUID) | BIT(HWFP_SYSTEM_SERIAL) | BIT(HWFP_CLOUD_INSTANCE),
     BIT(HWFP_SYSTEM_SERIAL),
     SMBIOS_MODELS,
     {{0, 4}, {1, 3}, {0, 0}}},
    {"Raspberry Pi",
     false,
     false,
     true,
     BIT(HWFP_DEVICETREE_SERIAL),
     0,
     BIT(HWFP_DEVICETREE_MODEL) | BIT(HWFP_CPU_MODEL),
     {{1, 2}, {1, 2}, {0, 0}, {0, 2}}},
    {"board without a serial number",
     false,
     true,
     false,
     0,
     0,
     BIT(HWFP_DEVICETREE_MODEL) | BIT(HWFP_CPU_MODEL),
     {{2, 4}, {2, 4}, {0, 0}}},
    {"server whose firmware was never filled in",
     false,
     true,
     false,
     0,
     0,
     SMBIOS_MODELS,
     {{2, 6}, {2, 4}, {2, 8}}},
};

static const struct kind *random_kind(struct prng *p)
{
    return prng_chance(p, 30) ? &server : &kinds[prng_below(p, ARRAY_SIZE(kinds))];
}

/* ---- Machines. ---- */

struct machine {
    const struct kind *kind;
    struct hwfp_hash hash;         /* what there is, whether it shows itself today or not */
    struct hwfp_item board_serial; /* of a server's board, told by its firmware or not */
};

static struct hwfp_items *parts_of(struct hwfp_hash *hash, enum part part)
{
    return &hash->component[part_component[part]];
}

static void put_new(struct prng *p, struct hwfp_items *set)
{
    struct hwfp_item item = item_random(p);

    items_put(set, &item);
}

static void renew(struct prng *p, struct hwfp_items *set)
{
    bool derived = set->derived;

    items_clear(set);
    put_new(p, set);
    set->derived = derived;
}

static void random_machine(struct prng *p, const struct kind *kind, struct machine *ret)
{
    *ret = (struct machine){.kind = kind};
    ret->hash.virtual_machine = kind->virtual_machine;
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        enum hwfp_class class = hwfp_component_class((enum hwfp_component)c);

        if (((kind->chassis | kind->models) & BIT(c)) || class == HWFP_IMAGE || class == HWFP_PLACE)
            put_new(p, &ret->hash.component[c]);
        ret->hash.component[c].derived = (kind->derived & BIT(c)) != 0;
    }
    for (unsigned i = 0; i < PARTS; i++) {
        size_t least = kind->part[i].least, most = kind->part[i].most;

        for (size_t n = least + prng_below(p, most - least + 1); n > 0; n--)
            put_new(p, parts_of(&ret->hash, (enum part)i));
    }
}

static void copy_set(struct hwfp_items *to, const struct hwfp_items *from)
{
    items_clear(to);
    assert_int_equal(items_copy(from, to), 0);
}

/* The image runs on another unit of the model. Now and then it came with a disk of this one, or
 * with all of them; and some devices there may be late, too. */
static void random_foreigner(struct prng *p, const struct machine *mine, struct machine *ret)
{
    struct hwfp_items *disks = parts_of(&ret->hash, DISK);
    const struct hwfp_items *my_disks = &mine->hash.component[HWFP_DISK_SERIAL];

    random_machine(p, mine->kind, ret);
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (hwfp_component_class((enum hwfp_component)c) >= HWFP_MODEL)
            copy_set(&ret->hash.component[c], &mine->hash.component[c]);
    if (my_disks->n > 0 && prng_chance(p, 10))
        copy_set(disks, my_disks);
    else if (my_disks->n > 0 && prng_chance(p, 20))
        items_put(disks, &my_disks->items[prng_below(p, my_disks->n)]);
    if (prng_chance(p, 10))
        items_spoil(parts_of(&ret->hash, NIC), prng_chance(p, 50) ? HWFP_ABSENT : HWFP_UNREADABLE);
}

/* ---- What happens to them. ---- */

static void change_layout(struct prng *p, struct hwfp_hash *hash, enum part part)
{
    if (part == DIMM)
        renew(p, &hash->component[HWFP_MEMORY_LAYOUT]);
}

static void repair_part(struct prng *p, struct machine *m)
{
    enum part part = (enum part)prng_below(p, PARTS);
    struct hwfp_items *set = parts_of(&m->hash, part);
    size_t least = m->kind->part[part].least, most = m->kind->part[part].most;
    unsigned what = (unsigned)prng_below(p, 3);

    if (most == 0 || (part == NIC && m->kind->soldered))
        return;
    if (set->n > 0 && (what == 0 || (what == 1 && set->n > least)))
        items_take(set, prng_below(p, set->n));
    if (set->n < least || (what != 1 && set->n < most))
        put_new(p, set);
    change_layout(p, &m->hash, part);
}

static void repair_parts(struct prng *p, struct machine *m)
{
    repair_part(p, m);
    if (prng_chance(p, 40))
        repair_part(p, m);
}

/* A new version; some fill in a serial number that was a placeholder, or lose one. */
static void update_firmware(struct prng *p, struct machine *m)
{
    struct hwfp_items *board = &m->hash.component[HWFP_BOARD_SERIAL];

    if (m->kind->models & BIT(HWFP_BIOS_VERSION))
        renew(p, &m->hash.component[HWFP_BIOS_VERSION]);
    if (m->kind != &server || prng_chance(p, 80))
        return;
    if (board->n == 0) {
        items_put(board, &m->board_serial);
        return;
    }
    m->board_serial = board->items[0];
    items_spoil(board, HWFP_PLACEHOLDER);
}

static void change_cpu(struct prng *p, struct machine *m)
{
    renew(p, &m->hash.component[HWFP_CPU_MODEL]);
}

static void change_image_and_place(struct prng *p, struct machine *m)
{
    for (unsigned c = HWFP_MACHINE_ID; c <= HWFP_IP_ADDRESS; c++)
        if (prng_chance(p, 50))
            renew(p, &m->hash.component[c]);
}

static void change_asset_tag(struct prng *p, struct machine *m)
{
    if (m->kind->chassis & BIT(HWFP_ASSET_TAG))
        renew(p, &m->hash.component[HWFP_ASSET_TAG]);
}

static void change_nothing(struct prng *p, struct machine *m)
{
    (void)p;
    (void)m;
}

static void (*const repairs[])(struct prng *p, struct machine *m) = {
    repair_parts, repair_parts,           repair_parts,     update_firmware,
    change_cpu,   change_image_and_place, change_asset_tag, change_nothing,
};

/* The new board has a NIC of its own; its UUID is written anew with the tag, or not. */
static void replace_mainboard(struct prng *p, struct machine *m)
{
    struct hwfp_items *nics = parts_of(&m->hash, NIC);

    renew(p, &m->hash.component[HWFP_BOARD_SERIAL]);
    if (prng_chance(p, 70))
        renew(p, &m->hash.component[HWFP_SYSTEM_UUID]);
    if (prng_chance(p, 50))
        renew(p, &m->hash.component[HWFP_BIOS_VERSION]);
    items_take(nics, prng_below(p, nics->n));
    put_new(p, nics);
}

/* Some of a kind of part do not show themselves today, or cannot be read. */
static void be_late(struct prng *p, struct hwfp_hash *look)
{
    struct hwfp_items *set = parts_of(look, (enum part)prng_below(p, PARTS));

    if (set->n == 0)
        return;
    if (prng_chance(p, 30)) {
        items_spoil(set, prng_chance(p, 50) ? HWFP_UNREADABLE : HWFP_ABSENT);
        return;
    }
    items_take(set, prng_below(p, set->n));
    set->incomplete = set->n > 0 && prng_chance(p, 50);
}

/* ---- The years. ---- */

struct years {
    struct prng prng;
    struct machine machine;
    struct hwfp_vault *vault; /* the first machine is this one */
    int sequence, repair;
    unsigned *asked; /* how often an administrator had to accept */
};

static void hold(bool holds, const char *what, const struct years *y, const struct hwfp_hash *look,
                 const struct decision *d)
{
    if (holds)
        return;
    hash_show("recorded", &y->vault->machines[0].hash);
    hash_show("current", look);
    print_error("sequence %d (%s), repair %d: %s: %s, %d: %s\n", y->sequence, y->machine.kind->name,
                y->repair, what, hwfp_verdict_name(d->verdict), d->comparison.similarity,
                d->reason);
    fail();
}

static struct decision decide_on(const struct years *y, const struct hwfp_hash *look)
{
    struct decision d;

    decide(y->vault, look, HWFP_POLICY_HARDWARE, &d);
    return d;
}

/* As the gate does. */
static void follow(struct years *y, const struct decision *d, const struct hwfp_hash *look)
{
    if (d->verdict == HWFP_SAME && d->fits && drift_found(&y->vault->machines[0].hash, look, NULL))
        assert_int_equal(drift_follow(&y->vault->machines[0].hash, look), 0);
}

/* As an administrator does who was asked: afterwards nobody is asked again. */
static void accept_this(struct years *y, const struct hwfp_hash *look)
{
    struct decision d;

    assert_int_equal(drift_accept(&y->vault->machines[0].hash, look), 0);
    ++*y->asked;
    d = decide_on(y, look);
    hold(d.verdict == HWFP_SAME && d.machine == 0, "accepted, and yet", y, look, &d);
}

static void boot(struct years *y, bool late, bool may_ask)
{
    struct hwfp_hash look;
    struct decision d;

    hash_duplicate(&y->machine.hash, &look);
    if (late)
        be_late(&y->prng, &look);
    d = decide_on(y, &look);
    hold(d.verdict != HWFP_DIFFERENT, "a false alarm", y, &look, &d);
    hold(d.verdict == HWFP_SAME || may_ask, "asked without need", y, &look, &d);
    hold(d.machine == 0, "another machine's fingerprint", y, &look, &d);
    if (d.verdict == HWFP_UNCERTAIN && !late)
        accept_this(y, &look);
    else
        follow(y, &d, &look);
    hwfp_hash_clear(&look);
}

/* It boots elsewhere, rotates, and comes home. */
static void quarantine(struct years *y, const struct hwfp_hash *look, const struct decision *d)
{
    if (d->verdict == HWFP_DIFFERENT && d->machine == NO_MACHINE && y->vault->n_machines < 4 &&
        y->machine.kind->chassis)
        assert_int_equal(vault_add_machine(y->vault, "a copy", HWFP_QUARANTINED, look), 0);
}

static void look_at_foreigners(struct years *y)
{
    for (int i = 0; i < FOREIGNERS; i++) {
        struct machine other;
        struct decision d;

        random_foreigner(&y->prng, &y->machine, &other);
        d = decide_on(y, &other.hash);
        hold(d.verdict != HWFP_SAME, "a foreign machine", y, &other.hash, &d);
        if (prng_chance(&y->prng, 5))
            quarantine(y, &other.hash, &d);
        hwfp_hash_clear(&other.hash);
    }
}

static void repair_once(struct years *y)
{
    const struct kind *kind = y->machine.kind;
    bool swap = kind == &server && prng_chance(&y->prng, 5);
    bool late = prng_chance(&y->prng, 20);

    if (swap)
        replace_mainboard(&y->prng, &y->machine);
    else if (!late || !kind->asks)
        repairs[prng_below(&y->prng, ARRAY_SIZE(repairs))](&y->prng, &y->machine);
    boot(y, late && !swap, swap || kind->asks);
    look_at_foreigners(y);
}

static void live_through(struct years *y)
{
    y->vault = calloc(1, sizeof(*y->vault));
    assert_non_null(y->vault);
    y->vault->threshold = HWFP_THRESHOLD_DEFAULT;
    random_machine(&y->prng, random_kind(&y->prng), &y->machine);
    assert_int_equal(vault_add_machine(y->vault, "this one", HWFP_TRUSTED, &y->machine.hash), 0);
    for (y->repair = 0; y->repair < REPAIRS; y->repair++)
        repair_once(y);
    y->vault = hwfp_vault_free(y->vault);
    hwfp_hash_clear(&y->machine.hash);
}

static void years_of_repairs_are_neither_alarm_nor_opening(void **state)
{
    unsigned asked = 0;
    struct years y = {.prng = {SEED}, .asked = &asked};
    (void)state;

    for (y.sequence = 0; y.sequence < SEQUENCES; y.sequence++)
        live_through(&y);
    print_message("# seed %llx: %d sequences of %d repairs, %u accepted by an administrator\n",
                  (unsigned long long)SEED, SEQUENCES, REPAIRS, asked);
    assert_true(asked > 0); /* mainboards were replaced */
}

/* ---- The same through the gate: trees, and a vault on disk. ---- */

#define GATE_SEQUENCES 20
#define GATE_REPAIRS 6

enum { DISKS = 3, NICS = 3, DIMMS = 4, SLOTS = DISKS + NICS + DIMMS, FACTS = SLOTS + 10 };
enum { FACT_SIZE = 80 };

/* Numbers stand for serial numbers; 0 is an empty slot. */
struct site {
    const char *facts; /* the sample machine that it is a unit of */
    unsigned unit, board, bios, image;
    unsigned slot[SLOTS];
    unsigned *last; /* the last number that was given out */
};

static unsigned give_number(struct site *site)
{
    return ++*site->last;
}

static void new_site(const char *facts, unsigned *last, struct site *ret)
{
    *ret = (struct site){.facts = facts, .last = last, .bios = 1, .image = 1};
    ret->unit = give_number(ret);
    ret->board = give_number(ret);
    for (size_t i = 0; i < SLOTS; i++)
        ret->slot[i] = i == DISKS - 1 || i == DISKS + NICS - 1 ? 0 : give_number(ret);
}

static void slot_fact(const struct site *site, size_t i, char ret[FACT_SIZE])
{
    unsigned n = site->slot[i];
    bool server_only = i >= DISKS + NICS && strcmp(site->facts, "r630") != 0;
    bool adapter = i > DISKS && strcmp(site->facts, "pi4") == 0;

    if (n == 0 || server_only)
        (void)snprintf(ret, FACT_SIZE, "%s=",
                       i < DISKS          ? "disk"
                       : i < DISKS + NICS ? "nic"
                                          : "dimm");
    else if (i < DISKS)
        (void)snprintf(ret, FACT_SIZE, "disk=sd%c|scsi|DISK%06u", (int)('a' + i), n);
    else if (i < DISKS + NICS)
        (void)snprintf(ret, FACT_SIZE, "nic=eth%zu|%s|24:6e:96:%02x:%02x:%02x", i,
                       adapter ? "usb" : "pci", n >> 16 & 0xff, n >> 8 & 0xff, n & 0xff);
    else
        (void)snprintf(ret, FACT_SIZE, "dimm=A%zu|8192|x|D%06u|p", i, n);
}

static void write_site(struct scratch *s, const struct site *site)
{
    char f[FACTS][FACT_SIZE];
    bool pi = strcmp(site->facts, "pi4") == 0;

    for (size_t i = 0; i < SLOTS; i++)
        slot_fact(site, i, f[i]);
    (void)snprintf(f[10], FACT_SIZE, "system.uuid=%08x-53d9-4c08-9f7e-2a1d80c5e364", site->board);
    (void)snprintf(f[11], FACT_SIZE, "board.serial=B%06u", site->board);
    (void)snprintf(f[12], FACT_SIZE, "system.serial=S%06u", site->unit);
    (void)snprintf(f[13], FACT_SIZE, "chassis.serial=C%06u", site->unit);
    (void)snprintf(f[14], FACT_SIZE, "devicetree.serial=");
    (void)snprintf(f[19], FACT_SIZE, "cpu.serial=");
    if (pi) {
        (void)snprintf(f[14], FACT_SIZE, "devicetree.serial=%016x", site->unit + 0x10000000);
        (void)snprintf(f[19], FACT_SIZE, "cpu.serial=%016x", site->unit + 0x10000000);
    }
    (void)snprintf(f[15], FACT_SIZE, "bios.version=2.%u", site->bios);
    (void)snprintf(f[16], FACT_SIZE, "hostname=host%u", site->image);
    (void)snprintf(f[17], FACT_SIZE, "machine-id=%032x", site->image);
    /* Parts are replaced with the power off. */
    (void)snprintf(f[18], FACT_SIZE, "boot-id=%08x-0000-4000-8000-000000000000", *site->last);
    scratch_change(s, site->facts, f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9],
                   f[10], f[11], f[12], f[13], f[14], f[15], f[16], f[17], f[18], f[19], NULL);
}

/* A part replaced, added or removed; the first disk and the first NIC are only ever replaced, and
 * a Raspberry Pi's own NIC is not. */
static void repair_slot(struct prng *p, struct site *site)
{
    size_t i = prng_below(p, SLOTS);

    if (i == DISKS && strcmp(site->facts, "pi4") == 0)
        return;
    if (site->slot[i] && i != 0 && i != DISKS && prng_chance(p, 40))
        site->slot[i] = 0;
    else
        site->slot[i] = give_number(site);
}

static void repair_site(struct prng *p, struct site *site)
{
    repair_slot(p, site);
    /* Not a guest's disks and NICs at once: its UUID alone would be left. */
    if (prng_chance(p, 50) && strcmp(site->facts, "kvm") != 0)
        repair_slot(p, site);
    site->bios += prng_chance(p, 30);
    site->image += prng_chance(p, 30);
}

static enum hwfp_verdict gate(const struct scratch *s, unsigned flags,
                              char ret_fingerprint[HWFP_FINGERPRINT_SIZE])
{
    static const struct hwfp_config config = {.mode = HWFP_MODE_DENY};
    struct hwfp_result result;
    enum hwfp_verdict verdict;

    assert_int_equal(hwfp_gate(s->system, &config, flags, &result), 0);
    assert_null(result.problem);
    verdict = result.verdict;
    copy_text(ret_fingerprint, HWFP_FINGERPRINT_SIZE, result.fingerprint);
    hwfp_result_clear(&result);
    return verdict;
}

static void expect_home(const struct scratch *s, const char *fingerprint)
{
    char found[HWFP_FINGERPRINT_SIZE];

    assert_int_equal(gate(s, 0, found), HWFP_SAME);
    assert_string_equal(found, fingerprint);
}

/* The disk in slot 0 boots in another unit of the model: for a look, or for good. */
static void expect_foreign(struct scratch *s, const struct site *home, unsigned flags)
{
    char found[HWFP_FINGERPRINT_SIZE];
    struct site other;

    new_site(home->facts, home->last, &other);
    other.slot[0] = home->slot[0];
    other.image = home->image;
    write_site(s, &other);
    assert_int_equal(gate(s, flags, found), HWFP_DIFFERENT);
}

/* The vendor's service replaces the board of a server, and writes its tag into the new one. */
static void expect_new_mainboard(struct scratch *s, struct site *site, const char *fingerprint)
{
    const struct hwfp_config config = {.mode = HWFP_MODE_DENY};
    char found[HWFP_FINGERPRINT_SIZE];

    site->board = give_number(site);
    site->slot[DISKS] = give_number(site);
    write_site(s, site);
    assert_int_equal(gate(s, 0, found), HWFP_UNCERTAIN);
    assert_string_equal(found, fingerprint);
    assert_int_equal(hwfp_accept(s->system, &config, NULL, found, NULL), 0);
    assert_string_equal(found, fingerprint);
    expect_home(s, fingerprint);
}

static void live_through_the_gate(struct prng *p, struct scratch *s, struct site *site)
{
    const struct hwfp_config config = {.mode = HWFP_MODE_DENY};
    char fingerprint[HWFP_FINGERPRINT_SIZE];

    write_site(s, site);
    assert_int_equal(hwfp_enroll(s->system, &config, true, fingerprint, NULL), 0);
    for (int repair = 0; repair < GATE_REPAIRS; repair++) {
        repair_site(p, site);
        write_site(s, site);
        expect_home(s, fingerprint);
        expect_foreign(s, site, repair == 3 ? 0 : HWFP_GATE_READ_ONLY);
        if (strcmp(site->facts, "r630") == 0 && prng_chance(p, 30))
            expect_new_mainboard(s, site, fingerprint);
    }
    write_site(s, site);
    expect_home(s, fingerprint);
}

static void years_of_repairs_through_the_gate(void **state)
{
    static const char *const models[] = {"r630", "kvm", "pi4"};
    struct scratch s = scratch_new("r630", NULL);
    struct prng p = {SEED};
    unsigned last = 100;
    (void)state;

    for (size_t i = 0; i < GATE_SEQUENCES; i++) {
        struct site site;

        new_site(models[i % ARRAY_SIZE(models)], &last, &site);
        live_through_the_gate(&p, &s, &site);
    }
    scratch_free(&s);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(years_of_repairs_are_neither_alarm_nor_opening),
        T(years_of_repairs_through_the_gate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
