/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two hardware hashes and a policy in, a similarity and its reasons out; touches nothing else.
 *
 * The number and the verdict are made apart. The number (0 to 100) is for people, for the threshold
 * and for choosing the most similar machine. The verdict follows the rules of hwfp-similarity(7) in
 * their order; the threshold only ever turns a `same` into a `different`, never the other way, so
 * no threshold lets a copy in.
 */
#include <string.h>

#include "hash.h"
#include "ssm.h"
#include "util.h"

/*
 * Weights count within a class only. Chassis: a serial that the firmware keeps in one place is
 * worth as much as the UUID; the board's and the enclosure's are more often missing or shared.
 * Part: a disk's serial is the surest to be unique, DIMMs are changed in pairs. Model: all about
 * alike, the BIOS version and the memory layout change most easily.
 */
static const unsigned weights[HWFP_COMPONENTS] = {
    [HWFP_SYSTEM_UUID] = 30,      [HWFP_SYSTEM_SERIAL] = 30, [HWFP_BOARD_SERIAL] = 20,
    [HWFP_CHASSIS_SERIAL] = 10,   [HWFP_ASSET_TAG] = 5,      [HWFP_DEVICETREE_SERIAL] = 40,
    [HWFP_CLOUD_INSTANCE] = 40,   [HWFP_DISK_SERIAL] = 40,   [HWFP_NIC_MAC] = 35,
    [HWFP_DIMM_SERIAL] = 25,      [HWFP_SYSTEM_MODEL] = 25,  [HWFP_BOARD_MODEL] = 25,
    [HWFP_DEVICETREE_MODEL] = 25, [HWFP_CPU_MODEL] = 25,     [HWFP_MEMORY_LAYOUT] = 15,
    [HWFP_BIOS_VERSION] = 10,
};

/* Shares of the classes, in percent. Where chassis evidence can be compared it has three quarters,
 * so that nothing else can outvote it (25 is below every sensible threshold); model evidence, the
 * same on every unit of the model, never gets a machine to the default threshold by itself. */
enum { CHASSIS_SHARE = 75, PART_SHARE = 20, MODEL_SHARE = 5 };
enum { PART_SHARE_ALONE = 85, MODEL_SHARE_ALONE = 15 };

/* What the comparison of one class's components came to. */
struct tally {
    unsigned weight, found;                 /* of those that could be compared; in hundredths */
    unsigned matched, contradicted;         /* how many components */
    unsigned recorded, missing, unreadable; /* on record; and of these absent or unknown now */
};

/* The facts that the rules ask for. */
struct facts {
    struct tally chassis, part, model;
    bool only_uuid_matches, only_uuid_contradicts;
    bool only_one_serial_matches;
    bool only_enclosure_matches; /* and something else of the chassis contradicts */
    bool other_chassis;          /* chassis evidence is here, none of it of a kind on record */
    bool only_disks_match;       /* of the parts, and another kind of part is on record */
    bool only_disks_differ;      /* of the parts, and every other kind of part on record matches */
    bool every_part_found;       /* every recorded item of every kind of part that can be read */
    bool every_kind_matches;     /* something of every recorded kind of part */
    bool every_readable_kind_matches; /* unreadable ones left out: they neither add nor take */
    unsigned part_weight_recorded, part_weight_matched;
    unsigned soldered_differ; /* items of the kinds other than disks that have nothing in common */
    bool was_virtual, is_virtual;
};

struct pair {
    const struct hwfp_hash *recorded, *current;
};

static bool usable(const struct hwfp_items *set)
{
    return set->status == HWFP_USABLE && set->n > 0;
}

static void compare_component(const struct pair *pair, unsigned c, struct hwfp_comparison *ret)
{
    const struct hwfp_items *was = &pair->recorded->component[c];
    const struct hwfp_items *is = &pair->current->component[c];
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

/* The share of a component that is found, in hundredths: by the smaller of the two sets, so that a
 * disk more, or one not there yet, takes nothing. Chassis evidence is either found or not. */
static unsigned found_share(const struct hwfp_comparison *comparison, unsigned c)
{
    uint32_t was = comparison->component[c].recorded, is = comparison->component[c].current;
    uint32_t smaller = was < is ? was : is;

    if (comparison->component[c].common == 0)
        return 0;
    if (hwfp_component_class((enum hwfp_component)c) == HWFP_CHASSIS)
        return 100;
    return 100 * comparison->component[c].common / smaller;
}

/* Follows the UUID, so it is no witness beside it. */
static bool is_derived(const struct pair *pair, unsigned c)
{
    return pair->recorded->component[c].derived || pair->current->component[c].derived;
}

static void count(const struct pair *pair, const struct hwfp_comparison *comparison, unsigned c,
                  struct tally *tally)
{
    const struct hwfp_items *is = &pair->current->component[c];

    if (!usable(&pair->recorded->component[c]))
        return;
    tally->recorded++;
    if (!usable(is)) {
        tally->missing += is->status != HWFP_UNREADABLE;
        tally->unreadable += is->status == HWFP_UNREADABLE;
        return;
    }
    tally->weight += 100 * weights[c];
    tally->found += weights[c] * found_share(comparison, c);
    tally->matched += comparison->component[c].match != HWFP_MATCH_NONE;
    tally->contradicted += comparison->component[c].match == HWFP_MATCH_NONE;
}

/* By the smaller side: what is absent contradicts nothing. */
static unsigned count_differing(const struct hwfp_comparison *comparison, unsigned c)
{
    uint32_t was = comparison->component[c].recorded, is = comparison->component[c].current;

    if (comparison->component[c].match != HWFP_MATCH_NONE)
        return 0;
    return was < is ? was : is;
}

static void gather_parts(const struct pair *pair, const struct hwfp_comparison *comparison,
                         struct facts *facts)
{
    bool all_found = true, all_kinds = true, readable_kinds = true;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        const struct hwfp_items *was = &pair->recorded->component[c];

        if (hwfp_component_class((enum hwfp_component)c) != HWFP_PART || !usable(was))
            continue;
        all_kinds = all_kinds && comparison->component[c].common > 0;
        if (pair->current->component[c].status == HWFP_UNREADABLE)
            continue;
        all_found = all_found && comparison->component[c].common == was->n;
        readable_kinds = readable_kinds && comparison->component[c].common > 0;
        facts->part_weight_recorded += weights[c];
        if (comparison->component[c].common > 0)
            facts->part_weight_matched += weights[c];
    }
    facts->soldered_differ =
        count_differing(comparison, HWFP_NIC_MAC) + count_differing(comparison, HWFP_DIMM_SERIAL);
    facts->every_part_found = facts->part.matched > 0 && all_found;
    facts->every_kind_matches = facts->part.recorded > 0 && all_kinds;
    facts->every_readable_kind_matches = facts->part.recorded > 0 && readable_kinds;
    facts->only_disks_differ = facts->part.recorded > 1 &&
                               facts->part.matched == facts->part.recorded - 1 &&
                               comparison->component[HWFP_DISK_SERIAL].match == HWFP_MATCH_NONE;
    facts->only_disks_match = facts->part.matched == 1 && facts->part.recorded > 1 &&
                              comparison->component[HWFP_DISK_SERIAL].common > 0;
}

static bool has_other_chassis(const struct pair *pair)
{
    bool other = false;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (hwfp_component_class((enum hwfp_component)c) == HWFP_CHASSIS && c != HWFP_ASSET_TAG &&
            usable(&pair->current->component[c])) {
            if (usable(&pair->recorded->component[c]))
                return false;
            other = true;
        }
    return other;
}

static void gather(const struct pair *pair, const struct hwfp_comparison *comparison,
                   struct facts *facts)
{
    enum hwfp_match uuid = comparison->component[HWFP_SYSTEM_UUID].match;
    enum hwfp_match enclosure = comparison->component[HWFP_CHASSIS_SERIAL].match;

    *facts = (struct facts){.was_virtual = pair->recorded->virtual_machine,
                            .is_virtual = pair->current->virtual_machine};
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        enum hwfp_class class = hwfp_component_class((enum hwfp_component)c);

        /* An asset tag is what somebody typed: it joins the number below, and decides nothing. */
        if (class == HWFP_CHASSIS && c != HWFP_ASSET_TAG && !is_derived(pair, c))
            count(pair, comparison, c, &facts->chassis);
        else if (class == HWFP_PART)
            count(pair, comparison, c, &facts->part);
        else if (class == HWFP_MODEL)
            count(pair, comparison, c, &facts->model);
    }
    facts->only_uuid_matches = facts->chassis.matched == 1 && uuid >= HWFP_MATCH_SOME;
    facts->only_one_serial_matches =
        facts->chassis.matched == 1 &&
        (comparison->component[HWFP_SYSTEM_SERIAL].common > 0 ||
         comparison->component[HWFP_BOARD_SERIAL].common > 0 || enclosure >= HWFP_MATCH_SOME);
    /* No provider renews an instance's id at a power cycle, though it may be made of the UUID. */
    facts->only_uuid_contradicts =
        facts->chassis.contradicted == 1 && uuid == HWFP_MATCH_NONE &&
        comparison->component[HWFP_CLOUD_INSTANCE].match != HWFP_MATCH_NONE;
    facts->only_enclosure_matches = facts->chassis.matched == 1 &&
                                    facts->chassis.contradicted > 0 && enclosure >= HWFP_MATCH_SOME;
    facts->other_chassis = has_other_chassis(pair);
    gather_parts(pair, comparison, facts);
}

/* It has the model's small share: within the chassis's, a tag that differs would take more while
 * the chassis matches than when that match is gone. */
static void add_asset_tag(const struct hwfp_comparison *comparison, struct tally *model)
{
    enum hwfp_match match = comparison->component[HWFP_ASSET_TAG].match;

    if (match == HWFP_MATCH_UNKNOWN)
        return;
    model->weight += 100 * weights[HWFP_ASSET_TAG];
    model->found += match == HWFP_MATCH_NONE ? 0 : 100 * weights[HWFP_ASSET_TAG];
}

/* Percent by the shares of those classes that can be compared at all. */
static int similarity_number(const struct facts *facts, const struct hwfp_comparison *comparison)
{
    const struct tally *chassis = &facts->chassis, *part = &facts->part;
    struct tally model = facts->model;
    bool alone = chassis->weight == 0;
    uint64_t shares = 0, found = 0;
    const struct {
        const struct tally *tally;
        unsigned share;
    } classes[] = {
        {chassis, CHASSIS_SHARE},
        {part, alone ? PART_SHARE_ALONE : PART_SHARE},
        {&model, alone ? MODEL_SHARE_ALONE : MODEL_SHARE},
    };

    add_asset_tag(comparison, &model);
    /* A model alone is not even a beginning. */
    if (alone && part->weight == 0)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
        if (classes[i].tally->weight > 0) {
            shares += classes[i].share;
            found += (uint64_t)classes[i].share * 10000 * classes[i].tally->found /
                     classes[i].tally->weight;
        }
    return shares == 0 ? 0 : (int)(found / (shares * 100));
}

struct finding {
    enum hwfp_verdict verdict;
    const char *reason;
};

static struct finding judge_contradiction(const struct facts *f)
{
    if (f->only_uuid_contradicts && f->every_part_found)
        return (struct finding){HWFP_UNCERTAIN,
                                "only the system UUID changed and every part is still here: a "
                                "hypervisor that makes a new one, or a copy of all else"};
    return (struct finding){HWFP_DIFFERENT, "the chassis is another one"};
}

/* Nothing that stays in a machine is here: no part at all, or disks, which move. */
static bool parts_are_elsewhere(const struct facts *f)
{
    return f->part.contradicted > 0 && (f->part.matched == 0 || f->only_disks_match);
}

/* No part on record is here, and no other in its place: removed, or kept from being seen. */
static bool parts_are_hidden(const struct facts *f)
{
    return f->part.recorded > 0 && f->part.missing == f->part.recorded;
}

static struct finding judge_mixed(const struct facts *f)
{
    /* Blades share an enclosure; that does not make the one next door this one. */
    if (f->only_enclosure_matches && parts_are_elsewhere(f))
        return (struct finding){HWFP_DIFFERENT,
                                "the chassis is another one (only the enclosure is shared)"};
    return (struct finding){HWFP_UNCERTAIN,
                            "some chassis evidence matches and some contradicts: a mainboard "
                            "replaced, or a service tag written anew"};
}

/* What two machines of one batch may have in common. A single part that differs beside a serial is
 * a replaced one. */
static struct finding judge_lone_match(const struct facts *f)
{
    if (f->only_uuid_matches && f->part.matched > 0)
        return (struct finding){HWFP_UNCERTAIN,
                                "only the system UUID and the disks match: boards of one model may "
                                "share a UUID, and disks move"};
    if (f->only_uuid_matches)
        return (struct finding){HWFP_UNCERTAIN,
                                "only the system UUID matches and no part on record is here: "
                                "boards of one model may share a UUID"};
    if (f->only_one_serial_matches && f->part.contradicted + f->part.missing > 1)
        return (struct finding){HWFP_UNCERTAIN,
                                "of the chassis only one serial number matches, and the parts are "
                                "others: a maker may write one number into a whole batch"};
    return (struct finding){HWFP_SAME, "the chassis is the one on record"};
}

static struct finding judge_chassis_match(const struct facts *f)
{
    /* What each hypervisor's guest has to itself says nothing of a machine that became one. */
    if ((parts_are_elsewhere(f) || parts_are_hidden(f)) && !(f->was_virtual && f->is_virtual))
        return judge_lone_match(f);
    return (struct finding){HWFP_SAME, "the chassis is the one on record"};
}

static struct finding judge_hidden_chassis(const struct facts *f)
{
    /* Nothing is hidden where the machine tells its chassis in other fields: an SD card's image in
     * a server. */
    if (f->other_chassis && f->part.contradicted > 0 && f->part.matched == 0)
        return (struct finding){HWFP_DIFFERENT,
                                "the chassis is of another kind, and every part is another one"};
    if (f->every_kind_matches)
        return (struct finding){HWFP_SAME, "the chassis tells nothing today, but every kind of "
                                           "part on record is still here"};
    return (struct finding){HWFP_UNCERTAIN, "the chassis evidence on record is not there any more"};
}

static struct finding judge_parts(const struct facts *f)
{
    if (f->part.matched + f->part.contradicted == 0)
        return (struct finding){HWFP_UNCERTAIN, "nothing usable in common to compare"};
    if (f->part.matched == 0)
        return (struct finding){HWFP_DIFFERENT, "every part is another one"};
    /* Nobody replaces two that are soldered at once, and there is no chassis to tell otherwise. */
    if (f->only_disks_match && f->chassis.recorded == 0 && f->soldered_differ > 1 &&
        !(f->was_virtual && f->is_virtual))
        return (struct finding){HWFP_DIFFERENT,
                                "the disks are all that matches, and they move; what stays in a "
                                "machine is another one"};
    if (f->only_disks_match)
        return (struct finding){
            HWFP_UNCERTAIN, "the disks are all that matches: disks move from machine to machine"};
    if (f->chassis.recorded > 0 && !f->every_readable_kind_matches)
        return (struct finding){HWFP_UNCERTAIN,
                                "the chassis cannot be read, and not every kind of part that can "
                                "is here"};
    if (f->only_disks_differ && !f->was_virtual && !f->is_virtual)
        return (struct finding){HWFP_SAME, "the disks were replaced, every other part is here"};
    if (2 * f->part_weight_matched < f->part_weight_recorded)
        return (struct finding){HWFP_UNCERTAIN, "too few of the parts on record are still here"};
    return (struct finding){HWFP_SAME, "the parts are those on record"};
}

/* Rules 5 and 6 of the design, in their order. */
static struct finding judge(const struct facts *f)
{
    const struct tally *chassis = &f->chassis;

    if (chassis->contradicted > 0 && chassis->matched == 0)
        return judge_contradiction(f);
    if (chassis->contradicted > 0)
        return judge_mixed(f);
    if (chassis->matched > 0)
        return judge_chassis_match(f);
    if (chassis->recorded > 0 && chassis->unreadable == 0)
        return judge_hidden_chassis(f);
    return judge_parts(f);
}

static void compare_hardware(const struct pair *pair, int threshold, struct hwfp_comparison *ret)
{
    struct facts facts;
    struct finding finding;

    gather(pair, ret, &facts);
    ret->similarity = similarity_number(&facts, ret);
    finding = judge(&facts);
    if (finding.verdict == HWFP_SAME && ret->similarity < threshold)
        finding = (struct finding){HWFP_DIFFERENT, "the similarity is below the threshold"};
    ret->verdict = finding.verdict;
    ret->reason = finding.reason;
}

void hwfp_compare(const struct hwfp_hash *recorded, const struct hwfp_hash *current,
                  enum hwfp_policy policy, int threshold, struct hwfp_comparison *ret)
{
    const struct pair pair = {recorded, current};

    *ret = (struct hwfp_comparison){0};
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        compare_component(&pair, c, ret);
    if (policy == HWFP_POLICY_SSM)
        ssm_compare(recorded, current, threshold, ret);
    else
        compare_hardware(&pair, threshold, ret);
    if (threshold == HWFP_THRESHOLD_OFF) {
        ret->verdict = HWFP_SAME;
        ret->reason = "the similarity check is switched off (threshold -1)";
    }
}
