/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two hardware hashes and a policy in; bits, similarity, verdict and reason out. Touches nothing
 * else.
 *
 * Each witness that can be compared gives bits, for or against, by the table in bits.c; guards, in
 * words, hold the sum where evidence of that kind cannot say so much; the sum is the verdict and
 * the similarity. hwfp-similarity(7) says the same, so that a reader can do it with a pencil.
 */
#include "judge/judge.h"

#include <string.h>

#include "hash.h"
#include "judge/ssm.h"
#include "util.h"

/* How a component bears on the question, wherever that is known from: a comparison, or a guess at
 * what a copy would look like. */
enum state { NOT_COMPARED, AGREES, DISAGREES };

struct witness {
    enum state state;
    size_t common, smaller;    /* items on both sides, and on the smaller one */
    enum hwfp_component group; /* the first component that has the same number */
};

struct evidence_compared {
    struct witness witness[HWFP_COMPONENTS];
    bool was_virtual, is_virtual;
    bool boot_loader_serial; /* the chip has a number of its own beside the device tree's */
    bool kind_changed;       /* bare metal became virtual, or the other way round */
    bool hidden;             /* chassis evidence is on record, and none is to be seen */
    bool all_here;           /* every item on record that the table knows, and there is one */
    bool more_than_disks;    /* something else than disks is on record */
};

static bool usable(const struct hwfp_items *set)
{
    return set->status == HWFP_USABLE && set->n > 0;
}

/* Chassis evidence or a part. An asset tag is what somebody typed. */
static bool is_evidence(enum hwfp_component c)
{
    enum hwfp_class class = hwfp_component_class(c);

    return c != HWFP_ASSET_TAG && (class == HWFP_CHASSIS || class == HWFP_PART);
}

/* ---- From two hashes to witnesses. ---- */

static void compare_items(const struct hwfp_items *was, const struct hwfp_items *is,
                          struct hwfp_comparison *ret, enum hwfp_component c)
{
    size_t common = items_common(was, is);

    ret->component[c].recorded = (uint32_t)was->n;
    ret->component[c].current = (uint32_t)is->n;
    ret->component[c].common = (uint32_t)common;
    if (!usable(was) || !usable(is))
        ret->component[c].match = HWFP_MATCH_UNKNOWN;
    else if (common == 0)
        ret->component[c].match = HWFP_MATCH_NONE;
    else if (common == was->n && common == is->n)
        ret->component[c].match = HWFP_MATCH_ALL;
    else
        ret->component[c].match = HWFP_MATCH_SOME;
}

/* The first component with the same number, on either side. */
static enum hwfp_component group_of(const struct hwfp_items *was, const struct hwfp_items *is,
                                    enum hwfp_component c)
{
    if (usable(was) && was->derived && was->derived_from < c)
        c = was->derived_from;
    if (usable(is) && is->derived && is->derived_from < c)
        c = is->derived_from;
    return c;
}

/* The numbers that are compared by themselves, whichever of their fields is, if that weighs no less
 * than an address does. */
static void find_said(const struct hwfp_hash *recorded, const struct hwfp_hash *current,
                      const struct hwfp_comparison *comparison, bool ret[HWFP_COMPONENTS])
{
    bool both_virtual = recorded->virtual_machine && current->virtual_machine;
    int address = judge_bits(HWFP_NIC_MAC, both_virtual).agrees;
    enum hwfp_component group[HWFP_COMPONENTS];

    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++) {
        group[c] = group_of(&recorded->component[c], &current->component[c], c);
        ret[c] = false;
    }
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        for (enum hwfp_component o = 0; o < HWFP_COMPONENTS; o++)
            if (group[o] == group[c] && comparison->component[o].match != HWFP_MATCH_UNKNOWN &&
                judge_bits(o, both_virtual).agrees >= address)
                ret[c] = true;
}

/* An address that is a part of such a number (a system UUID made of a NIC's address) has its say
 * there. */
static bool said_within(const struct hwfp_item *item, const bool said[HWFP_COMPONENTS])
{
    return item->within && said[item->within - 1];
}

/* By the smaller side: what is absent contradicts nothing. */
static void compare_addresses(const struct hwfp_items *was, const struct hwfp_items *is,
                              const bool said[HWFP_COMPONENTS], struct witness *ret)
{
    size_t i = 0, k = 0, common = 0, said_there = 0, gone = 0, new = 0;

    while (i < was->n || k < is->n) {
        int order = i == was->n ? 1
                    : k == is->n
                        ? -1
                        : memcmp(was->items[i].digest, is->items[k].digest, HWFP_DIGEST_SIZE);

        if (order == 0 && said_within(&was->items[i], said) && said_within(&is->items[k], said))
            said_there++;
        else if (order == 0)
            common++;
        if (order < 0)
            gone += !said_within(&was->items[i], said);
        if (order > 0)
            new += !said_within(&is->items[k], said);
        i += order <= 0;
        k += order >= 0;
    }
    ret->common = common;
    /* Where the interface on the board is this one, another one beside it contradicts nothing. */
    ret->smaller = common == 0 && said_there > 0 ? 0 : common + (gone < new ? gone : new);
}

static void compare_witness(const struct hwfp_items *was, const struct hwfp_items *is,
                            const struct hwfp_comparison *comparison,
                            const bool said[HWFP_COMPONENTS], enum hwfp_component c,
                            struct witness *ret)
{
    *ret = (struct witness){.group = group_of(was, is, c)};
    if (comparison->component[c].match == HWFP_MATCH_UNKNOWN)
        return;
    if (c == HWFP_NIC_MAC || c == HWFP_NIC_MAC_SOFT) {
        compare_addresses(was, is, said, ret);
    } else {
        ret->common = comparison->component[c].common;
        ret->smaller = was->n < is->n ? was->n : is->n;
    }
    ret->state = ret->common > 0 ? AGREES : ret->smaller > 0 ? DISAGREES : NOT_COMPARED;
}

/* Is something to be seen in place of the chassis evidence on record? What cannot be read is not
 * hidden. */
static bool chassis_is_hidden(const struct hwfp_hash *recorded, const struct hwfp_hash *current)
{
    bool on_record = false;

    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++) {
        if (hwfp_component_class(c) != HWFP_CHASSIS || c == HWFP_ASSET_TAG)
            continue;
        if (usable(&current->component[c]))
            return false;
        if (!usable(&recorded->component[c]))
            continue;
        if (current->component[c].status == HWFP_UNREADABLE)
            return false;
        on_record = true;
    }
    return on_record;
}

static bool chip_tells_another(const struct hwfp_hash *hash)
{
    const struct hwfp_items *chip = &hash->component[HWFP_SOC_SERIAL];

    return usable(chip) && usable(&hash->component[HWFP_DEVICETREE_SERIAL]) && !chip->derived;
}

static void gather(const struct hwfp_hash *recorded, const struct hwfp_hash *current,
                   const struct hwfp_comparison *comparison, struct evidence_compared *ret)
{
    /* A container does not see its hardware, and its host's kind says nothing of what it was. */
    bool container = recorded->container || current->container;
    bool both_virtual = recorded->virtual_machine && current->virtual_machine, any = false;
    bool said[HWFP_COMPONENTS];

    *ret = (struct evidence_compared){
        .was_virtual = recorded->virtual_machine,
        .is_virtual = current->virtual_machine,
        .boot_loader_serial = chip_tells_another(recorded) || chip_tells_another(current),
        .hidden = !container && chassis_is_hidden(recorded, current),
        .kind_changed = !container && recorded->virtual_machine != current->virtual_machine,
        .all_here = true,
    };
    find_said(recorded, current, comparison, said);
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++) {
        const struct hwfp_items *was = &recorded->component[c];

        compare_witness(was, &current->component[c], comparison, said, c, &ret->witness[c]);
        if (!usable(was) || judge_bits(c, both_virtual).agrees == 0)
            continue;
        any = any || is_evidence(c);
        ret->all_here = ret->all_here && comparison->component[c].common == was->n;
        if (is_evidence(c) && c != HWFP_DISK_SERIAL)
            ret->more_than_disks = true;
    }
    ret->all_here = ret->all_here && any && !ret->kind_changed;
}

/* ---- From witnesses to the sum. ---- */

static struct judge_bits bits_of(const struct evidence_compared *e, enum hwfp_component c)
{
    bool both_virtual = e->was_virtual && e->is_virtual;

    if (c == HWFP_DEVICETREE_SERIAL && e->boot_loader_serial && !both_virtual)
        return judge_bits_of_boot_loader();
    return judge_bits(c, both_virtual);
}

static int say(const struct evidence_compared *e, enum hwfp_component c)
{
    const struct witness *w = &e->witness[c];
    struct judge_bits bits = bits_of(e, c);

    switch (w->state) {
    case AGREES:
        /* What stayed beside something that was replaced may have been carried over; but no
         * hypervisor's device is. */
        if (e->was_virtual && e->is_virtual)
            return bits.agrees;
        return (bits.agrees * (int)w->common + bits.disagrees * (int)(w->smaller - w->common)) /
               (int)w->smaller;
    case DISAGREES:
        return w->smaller > 1 && bits.several ? bits.several : bits.disagrees;
    case NOT_COMPARED:
    default:
        return 0;
    }
}

/* A number that stands in several fields counts once: for, where it is heaviest, and against. What
 * leaves with the mainboard says nothing more against where its serial number does. */
static bool said_already(const struct evidence_compared *e, enum hwfp_component c)
{
    int bits = say(e, c);

    if ((c == HWFP_OEM_KEY || c == HWFP_EFI_TOKEN) && bits < 0 && say(e, HWFP_BOARD_SERIAL) < 0)
        return true;
    for (enum hwfp_component o = 0; o < HWFP_COMPONENTS; o++) {
        int other = say(e, o);

        if (o == c || e->witness[o].group != e->witness[c].group || (bits > 0) != (other > 0) ||
            other == 0)
            continue;
        if (bits > 0 ? other > bits : other < bits)
            return true;
        if (other == bits && o < c)
            return true;
    }
    return false;
}

static void add_up(const struct evidence_compared *e, struct hwfp_comparison *ret)
{
    ret->hidden = e->hidden ? JUDGE_HIDDEN : 0;
    ret->kind_changed = e->kind_changed ? JUDGE_KIND_CHANGED : 0;
    ret->sum = ret->hidden + ret->kind_changed;
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++) {
        ret->component[c].bits = said_already(e, c) ? 0 : say(e, c);
        ret->sum += ret->component[c].bits;
    }
}

/* ---- The guards. ---- */

/* What the guards ask for. A witness of one bit is too little to set one off. */
struct facts {
    unsigned chassis_agrees, chassis_disagrees; /* witnesses: a number in two fields is one */
    bool agrees, disagrees;                     /* anything but models */
    bool only_disks_agree, only_uuid_agrees;
    bool nic_or_dimm_agrees;
};

static struct facts facts_of(const struct evidence_compared *e, const struct hwfp_comparison *c)
{
    struct facts f = {.only_disks_agree = true, .only_uuid_agrees = true};
    bool for_it[HWFP_COMPONENTS] = {false};

    for (enum hwfp_component i = 0; i < HWFP_COMPONENTS; i++) {
        bool chassis = hwfp_component_class(i) == HWFP_CHASSIS && bits_of(e, i).agrees > 10;
        int bits = c->component[i].bits;

        f.disagrees = f.disagrees || (bits < -10 && is_evidence(i));
        if (bits > 0 && is_evidence(i)) {
            f.agrees = true;
            f.only_disks_agree = f.only_disks_agree && i == HWFP_DISK_SERIAL;
            f.only_uuid_agrees = f.only_uuid_agrees && i == HWFP_SYSTEM_UUID;
            if (chassis) {
                f.chassis_agrees++;
                for_it[e->witness[i].group] = true;
            }
        }
    }
    for (enum hwfp_component i = 0; i < HWFP_COMPONENTS; i++)
        if (hwfp_component_class(i) == HWFP_CHASSIS && bits_of(e, i).agrees > 10 &&
            c->component[i].bits < 0 && !for_it[e->witness[i].group])
            f.chassis_disagrees++;
    f.only_disks_agree = f.only_disks_agree && f.agrees;
    f.only_uuid_agrees = f.only_uuid_agrees && f.agrees;
    f.nic_or_dimm_agrees =
        c->component[HWFP_NIC_MAC].bits > 0 || c->component[HWFP_DIMM_SERIAL].bits > 0;
    return f;
}

/* In their order; the first that holds is the reason. */
static const char *different_by_guard(const struct facts *f, const struct hwfp_comparison *c)
{
    if (!f->agrees && f->disagrees)
        return "nothing that can be compared agrees";
    if (c->component[HWFP_CLOUD_INSTANCE].bits < 0)
        return "this is another cloud instance";
    if (f->chassis_disagrees > 1 && f->chassis_agrees == 0)
        return "the chassis is another one as a whole";
    return NULL;
}

static const char *never_same(const struct evidence_compared *e, const struct facts *f)
{
    if (e->witness[HWFP_BOARD_SERIAL].state == DISAGREES && say(e, HWFP_BOARD_SERIAL) < -10)
        return "the mainboard's serial number is another one: the board was replaced, or "
               "everything was moved to another one";
    if (f->only_disks_agree && e->more_than_disks)
        return "the disks are all that agrees, and disks move from machine to machine";
    if (e->was_virtual && e->is_virtual && f->only_uuid_agrees && f->disagrees)
        return "the system UUID is all that agrees: a virtual machine that was moved, or a clone "
               "that kept the UUID";
    if (e->hidden && !f->nic_or_dimm_agrees)
        return "the chassis evidence on record is not to be seen any more, and neither a network "
               "interface nor a memory module agrees";
    return NULL;
}

static const char *reason_of_sum(const struct facts *f, int bits)
{
    if (!f->agrees && !f->disagrees)
        return "nothing that tells one machine from another can be compared";
    if (bits >= JUDGE_SAME)
        return "the evidence on record is here";
    if (bits <= JUDGE_DIFFERENT)
        return "the evidence on record is another machine's";
    return "some of the evidence on record agrees, and as much disagrees or is missing";
}

void judge_hold_below_same(struct hwfp_comparison *comparison)
{
    if (comparison->bits < JUDGE_SAME)
        return;
    comparison->bits = JUDGE_SAME - 1;
    comparison->similarity = judge_similarity(comparison->bits);
    comparison->verdict = HWFP_UNCERTAIN;
}

static void conclude(const struct evidence_compared *e, struct hwfp_comparison *ret)
{
    struct facts facts = facts_of(e, ret);
    const char *held = different_by_guard(&facts, ret);

    ret->bits = ret->sum;
    if (e->all_here) {
        ret->bits = ret->sum > JUDGE_SAME ? ret->sum : JUDGE_SAME;
        ret->verdict = HWFP_SAME;
        ret->similarity = 100;
        ret->reason = "all evidence on record is here";
        return;
    }
    if (held && ret->bits > JUDGE_DIFFERENT)
        ret->bits = JUDGE_DIFFERENT;
    if (!held) {
        held = never_same(e, &facts);
        if (held && ret->bits >= JUDGE_SAME)
            ret->bits = JUDGE_SAME - 1;
        else if (ret->bits <= JUDGE_DIFFERENT || !held)
            held = reason_of_sum(&facts, ret->bits);
    }
    ret->reason = held;
    ret->verdict = ret->bits >= JUDGE_SAME        ? HWFP_SAME
                   : ret->bits <= JUDGE_DIFFERENT ? HWFP_DIFFERENT
                                                  : HWFP_UNCERTAIN;
    ret->similarity = judge_similarity(ret->bits);
}

/* ---- The comparison. ---- */

static void compare_hardware(const struct hwfp_hash *recorded, const struct hwfp_hash *current,
                             int threshold, struct hwfp_comparison *ret)
{
    struct evidence_compared evidence;

    gather(recorded, current, ret, &evidence);
    add_up(&evidence, ret);
    conclude(&evidence, ret);
    if (ret->verdict == HWFP_SAME && ret->similarity < threshold) {
        ret->verdict = HWFP_DIFFERENT;
        ret->reason = "the similarity is below the threshold";
    }
}

void hwfp_compare(const struct hwfp_hash *recorded, const struct hwfp_hash *current,
                  enum hwfp_policy policy, int threshold, struct hwfp_comparison *ret)
{
    *ret = (struct hwfp_comparison){0};
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        compare_items(&recorded->component[c], &current->component[c], ret, c);
    if (policy == HWFP_POLICY_SSM)
        ssm_compare(recorded, current, threshold, ret);
    else
        compare_hardware(recorded, current, threshold, ret);
    if (threshold == HWFP_THRESHOLD_OFF) {
        ret->verdict = HWFP_SAME;
        ret->reason = "the similarity check is switched off (threshold -1)";
    }
}

/* ---- The strength. ---- */

/* What the two nearest copies are: `disks` agree where this disk was moved into another unit, and
 * disagree where its image was copied. */
static enum hwfp_verdict judge_copy(const struct hwfp_hash *hash, enum state disks)
{
    struct hwfp_comparison comparison = {0};
    struct evidence_compared e = {.was_virtual = hash->virtual_machine,
                                  .is_virtual = hash->virtual_machine,
                                  .boot_loader_serial = chip_tells_another(hash)};

    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++) {
        const struct hwfp_items *set = &hash->component[c];
        struct witness *w = &e.witness[c];
        size_t own = set->n;

        *w = (struct witness){.group = group_of(set, set, c)};
        if (!usable(set))
            continue;
        for (size_t i = 0; c == HWFP_NIC_MAC && i < set->n; i++)
            own -= set->items[i].within && usable(&hash->component[set->items[i].within - 1]);
        w->common = w->smaller = own;
        if (own > 0)
            w->state = c == HWFP_DISK_SERIAL ? disks
                       : hwfp_component_class(c) == HWFP_MODEL || c == HWFP_NIC_MAC_SOFT
                           ? AGREES
                           : DISAGREES;
        e.more_than_disks = e.more_than_disks || (is_evidence(c) && c != HWFP_DISK_SERIAL &&
                                                  judge_bits(c, hash->virtual_machine).agrees > 0);
    }
    /* A disk, or an address of software's, that is all there is: the copy has everything. */
    e.all_here = true;
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        if (e.witness[c].state == DISAGREES && bits_of(&e, c).disagrees != 0)
            e.all_here = false;
    add_up(&e, &comparison);
    conclude(&e, &comparison);
    return comparison.verdict;
}

static bool has_evidence(const struct hwfp_hash *hash)
{
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++)
        if (is_evidence(c) && usable(&hash->component[c]) &&
            judge_bits(c, hash->virtual_machine).agrees > 0)
            return true;
    return false;
}

enum hwfp_strength hwfp_hash_strength(const struct hwfp_hash *hash)
{
    enum hwfp_verdict copied = judge_copy(hash, DISAGREES), moved = judge_copy(hash, AGREES);

    if (!has_evidence(hash))
        return HWFP_STRENGTH_NONE;
    if (copied == HWFP_DIFFERENT && moved == HWFP_DIFFERENT)
        return HWFP_STRENGTH_STRONG;
    if (copied != HWFP_SAME && moved != HWFP_SAME &&
        (copied == HWFP_DIFFERENT || moved == HWFP_DIFFERENT))
        return HWFP_STRENGTH_FAIR;
    return HWFP_STRENGTH_WEAK;
}
