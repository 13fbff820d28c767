/* SPDX-License-Identifier: BSD-2-Clause */
#include "decide.h"

#include <string.h>

#include "hash.h"
#include "judge/judge.h"
#include "util.h"

struct best {
    size_t machine;
    int fit;
};

/* The best of each kind so far. */
struct ranking {
    struct best same_trusted, same_quarantined, uncertain_trusted, uncertain_quarantined;
    struct best trusted; /* whatever its verdict */
    struct hwfp_comparison trusted_comparison;
};

/* Of two that fit alike the one in force stays so, or else it is the older one: which of them it is
 * must not depend on their order in the vault. */
static bool goes_before(const struct hwfp_vault *vault, size_t a, size_t b)
{
    const struct hwfp_machine *x = &vault->machines[a], *y = &vault->machines[b];

    if (strcmp(x->fingerprint, vault->current) == 0 || strcmp(y->fingerprint, vault->current) == 0)
        return strcmp(x->fingerprint, vault->current) == 0;
    return x->added != y->added ? x->added < y->added : strcmp(x->fingerprint, y->fingerprint) < 0;
}

static bool improve(const struct hwfp_vault *vault, struct best *best, size_t machine, int fit)
{
    if (best->machine != NO_MACHINE &&
        (best->fit > fit || (best->fit == fit && !goes_before(vault, machine, best->machine))))
        return false;
    *best = (struct best){machine, fit};
    return true;
}

/* How well a machine fits: by the similarity, and where that is too coarse by the sum. */
enum { RANK_STEP = 1000000, FIT_STEP = 4000 };
static int fit_of(const struct hwfp_comparison *comparison)
{
    return comparison->similarity * FIT_STEP + FIT_STEP / 2 + comparison->bits;
}

/* same before uncertain before different, then by similarity: the reference of the reports. */
static int rank_of(const struct hwfp_comparison *comparison)
{
    int step = comparison->verdict == HWFP_SAME ? 2 : comparison->verdict == HWFP_UNCERTAIN ? 1 : 0;

    return step * RANK_STEP + fit_of(comparison);
}

static void rank_machine(const struct hwfp_vault *vault, size_t i,
                         const struct hwfp_comparison *comparison, struct ranking *ranking)
{
    bool trusted = vault->machines[i].trust == HWFP_TRUSTED;

    if (comparison->verdict == HWFP_SAME)
        improve(vault, trusted ? &ranking->same_trusted : &ranking->same_quarantined, i,
                fit_of(comparison));
    if (comparison->verdict == HWFP_UNCERTAIN)
        improve(vault, trusted ? &ranking->uncertain_trusted : &ranking->uncertain_quarantined, i,
                fit_of(comparison));
    if (trusted && improve(vault, &ranking->trusted, i, rank_of(comparison)))
        ranking->trusted_comparison = *comparison;
}

int decide_compare(const struct hwfp_hash *record, const struct hwfp_hash *current,
                   enum hwfp_policy policy, int threshold, struct hwfp_comparison *ret)
{
    struct hwfp_hash today = {0};
    int r;

    if (record->collector >= HWFP_COLLECTOR) {
        hwfp_compare(record, current, policy, threshold, ret);
        return 0;
    }
    r = hwfp_hash_copy(record, &today);
    if (r == 0)
        r = hash_bring_up(&today, current);
    if (r == 0)
        hwfp_compare(&today, current, policy, threshold, ret);
    hwfp_hash_clear(&today);
    return r;
}

static int rank(const struct hwfp_vault *vault, const struct hwfp_hash *current,
                enum hwfp_policy policy, struct ranking *ret)
{
    const struct best none = {NO_MACHINE, 0};
    int r = 0;

    *ret = (struct ranking){none, none, none, none, none, {0}};
    for (size_t i = 0; r == 0 && i < vault->n_machines; i++) {
        struct hwfp_comparison comparison;

        r = decide_compare(&vault->machines[i].hash, current, policy, vault->threshold,
                           &comparison);
        if (r == 0)
            rank_machine(vault, i, &comparison, ret);
    }
    return r;
}

static bool beats(const struct best *a, const struct best *b)
{
    return a->machine != NO_MACHINE && (b->machine == NO_MACHINE || a->fit > b->fit);
}

static bool at_least(const struct best *a, const struct best *b)
{
    return a->machine != NO_MACHINE && a->fit >= b->fit;
}

/* Nothing but a setting (a higher threshold, the ssm policy) ever told these two apart. */
static bool share_chassis(const struct hwfp_machine *a, const struct hwfp_machine *b)
{
    bool shared = false;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        const struct hwfp_items *x = &a->hash.component[c], *y = &b->hash.component[c];

        if (hwfp_component_class((enum hwfp_component)c) != HWFP_CHASSIS || c == HWFP_ASSET_TAG ||
            x->n == 0 || y->n == 0)
            continue;
        if (items_common(x, y) == 0)
            return false;
        shared = true;
    }
    return shared;
}

static bool is_that_copy(const struct ranking *r, const struct hwfp_vault *vault)
{
    return beats(&r->same_quarantined, &r->same_trusted) &&
           !share_chassis(&vault->machines[r->same_quarantined.machine],
                          &vault->machines[r->same_trusted.machine]);
}

/* The trusted machine on a tie; where a quarantined one fits better this is that copy. */
static void decide_same(const struct ranking *r, const struct hwfp_vault *vault,
                        struct decision *ret)
{
    bool switched_off = vault->threshold == HWFP_THRESHOLD_OFF;

    ret->fits = !switched_off;
    if (r->same_trusted.machine != NO_MACHINE && (switched_off || !is_that_copy(r, vault))) {
        ret->verdict = HWFP_SAME;
        ret->machine = r->same_trusted.machine;
        ret->reason = r->trusted_comparison.reason;
        return;
    }
    ret->verdict = HWFP_DIFFERENT;
    ret->machine = r->same_quarantined.machine;
    ret->reason = "this machine is known, and no administrator has accepted it yet";
}

/* Only ever towards a trusted machine; where a quarantined one fits as well, it is different. */
static void decide_uncertain(const struct ranking *r, struct decision *ret)
{
    ret->fits = false;
    if (r->uncertain_trusted.machine != NO_MACHINE &&
        !at_least(&r->uncertain_quarantined, &r->uncertain_trusted)) {
        ret->verdict = HWFP_UNCERTAIN;
        ret->machine = r->uncertain_trusted.machine;
        ret->reason = r->trusted_comparison.reason;
        return;
    }
    ret->verdict = HWFP_DIFFERENT;
    ret->machine = r->uncertain_quarantined.machine;
    ret->reason = "this resembles a machine that no administrator has accepted";
}

/* What was the same is uncertain, under the rule that holds for all that is uncertain. */
static void doubt_same(const struct ranking *r, const char *doubt, struct decision *ret)
{
    struct ranking doubted = *r;

    doubted.uncertain_trusted = r->same_trusted;
    if (at_least(&r->same_quarantined, &r->same_trusted))
        doubted.uncertain_quarantined = r->same_quarantined;
    decide_uncertain(&doubted, ret);
    if (ret->verdict == HWFP_UNCERTAIN) {
        ret->reason = doubt;
        judge_hold_below_same(&ret->comparison);
    }
}

int decide_in_doubt(const struct hwfp_vault *vault, const struct hwfp_hash *current,
                    enum hwfp_policy policy, const char *doubt, struct decision *ret)
{
    struct ranking r;
    int failed = rank(vault, current, policy, &r);

    if (failed < 0)
        return failed;
    *ret = (struct decision){.verdict = HWFP_DIFFERENT,
                             .machine = NO_MACHINE,
                             .reference = r.trusted.machine,
                             .comparison = r.trusted_comparison,
                             .reason = r.trusted_comparison.reason};
    if (!ret->reason)
        ret->reason = "no machine in the vault is trusted";
    if (r.same_trusted.machine != NO_MACHINE || r.same_quarantined.machine != NO_MACHINE)
        decide_same(&r, vault, ret);
    else if (r.uncertain_trusted.machine != NO_MACHINE ||
             r.uncertain_quarantined.machine != NO_MACHINE)
        decide_uncertain(&r, ret);
    if (doubt && ret->verdict == HWFP_SAME && ret->fits)
        doubt_same(&r, doubt, ret);
    return 0;
}

int decide(const struct hwfp_vault *vault, const struct hwfp_hash *current, enum hwfp_policy policy,
           struct decision *ret)
{
    return decide_in_doubt(vault, current, policy, NULL, ret);
}
