/* SPDX-License-Identifier: BSD-2-Clause */
/* The decision: collect, load, compare, rotate. */
#include "gate.h"

#include <errno.h>
#include <string.h>

#include "hash.h"
#include "system.h"
#include "util.h"
#include "verdict.h"

struct gate {
    const struct hwfp_system *system;
    const struct hwfp_config *config;
    unsigned flags;
    struct hwfp_result *result;
    struct hwfp_vault *vault;
    struct look look;
};

/* ---- The published verdict, for callers who may not read the hardware. ---- */

static int set_reason(struct hwfp_result *result, enum hwfp_verdict verdict, const char *reason)
{
    result->verdict = verdict;
    free(result->reason);
    result->reason = strdup(reason ? reason : "out of memory");
    return result->reason ? 0 : -ENOMEM;
}

static int use_published(struct gate *g)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_result *result = g->result;
    struct hwfp_published p;

    result->from_published = true;
    if (hwfp_published_read(g->system, &p, &error) < 0)
        return set_reason(result, HWFP_ERROR, error);
    result->similarity = p.similarity;
    result->threshold = p.threshold;
    result->strength = p.strength;
    result->policy = p.policy;
    result->unsaved = p.unsaved;
    copy_text(result->fingerprint, sizeof(result->fingerprint), p.fingerprint);
    copy_text(result->previous_fingerprint, sizeof(result->previous_fingerprint),
              p.previous_fingerprint);
    return set_reason(result, p.verdict, p.reason);
}

/* ---- From a decision to a result. ---- */

static void fill_fingerprints(struct gate *g)
{
    const struct decision *d = &g->look.decision;
    const struct hwfp_machine *machine = look_machine(&g->look, g->vault);
    struct hwfp_result *result = g->result;
    const char *mine = machine ? machine->fingerprint : "";
    /* What is in force is the previous one for a machine that is about to take over. */
    const char *previous =
        strcmp(mine, g->vault->current) == 0 ? g->vault->previous : g->vault->current;

    copy_text(result->fingerprint, sizeof(result->fingerprint), mine);
    copy_text(result->previous_fingerprint, sizeof(result->previous_fingerprint), previous);
    result->compared_with[0] = '\0';
    if (d->reference != NO_MACHINE)
        copy_text(result->compared_with, sizeof(result->compared_with),
                  g->vault->machines[d->reference].fingerprint);
}

static void count_machines(struct gate *g)
{
    g->result->n_trusted = g->result->n_quarantined = 0;
    for (size_t i = 0; i < g->vault->n_machines; i++)
        if (g->vault->machines[i].trust == HWFP_TRUSTED)
            g->result->n_trusted++;
        else
            g->result->n_quarantined++;
}

static int fill_result(struct gate *g)
{
    const struct decision *d = &g->look.decision;
    struct hwfp_result *result = g->result;

    result->similarity = d->comparison.similarity;
    result->threshold = g->vault->threshold;
    result->strength = hwfp_hash_strength(&g->look.hash);
    result->comparison = d->comparison;
    count_machines(g);
    result->could_settle = look_could_settle(&g->look, g->vault, g->config->policy);
    fill_fingerprints(g);
    if (g->vault->damage && !result->problem)
        sentence_add(&result->problem, "%s", g->vault->damage);
    return set_reason(result, d->verdict, d->reason);
}

/* ---- What the vault learns. ---- */

static struct lesson lesson_of(struct gate *g)
{
    return (struct lesson){.system = g->system,
                           .policy = g->config->policy,
                           .may_rotate = !(g->flags & HWFP_GATE_NO_ROTATE),
                           .vault = g->vault,
                           .look = &g->look};
}

static int learn_and_save(struct gate *g, struct vault_change *change, char **ret_error)
{
    struct lesson lesson = lesson_of(g);
    int r;

    if (!learn_needed(&lesson))
        return 0;
    r = learn(&lesson);
    g->result->rotated = lesson.rotated;
    g->result->drifted = lesson.drifted;
    return r < 0 ? r : vault_save(change, ret_error);
}

/* Under the lock everything is loaded and decided again: another login may have rotated meanwhile.
 */
static int change_locked(struct gate *g, struct vault_change *change, char **ret_error)
{
    int r = 0;

    hwfp_vault_free(g->vault);
    g->vault = change->vault;
    look_clear(&g->look);
    r = look_at(g->system, g->config, g->flags, g->vault, &g->look);
    return r < 0 ? r : learn_and_save(g, change, ret_error);
}

static int record_change(struct gate *g, char **ret_error)
{
    struct vault_change change;
    int r = vault_begin(g->system, 0, &change, ret_error);

    if (r < 0)
        return r;
    r = change_locked(g, &change, ret_error);
    change.vault = NULL; /* the gate's now */
    vault_end(&change);
    return r < 0 ? fail(ret_error, r, "the vault cannot be changed: %s", vault_strerror(r)) : 0;
}

/* ---- When it cannot be written: the verdict stands, the fingerprint lives under /run. ---- */

static void publishable(const struct gate *g, struct hwfp_published *ret)
{
    const struct hwfp_result *result = g->result;

    *ret = (struct hwfp_published){.verdict = result->verdict,
                                   .mode = result->mode,
                                   .policy = result->policy,
                                   .strength = result->strength,
                                   .similarity = result->similarity,
                                   .threshold = result->threshold,
                                   .rotated = result->rotated,
                                   .enrolled = result->enrolled,
                                   .unsaved = result->unsaved,
                                   .changed = hwfp_result_changed(result)};
    copy_text(ret->fingerprint, sizeof(ret->fingerprint), result->fingerprint);
    copy_text(ret->previous_fingerprint, sizeof(ret->previous_fingerprint),
              result->previous_fingerprint);
    copy_text(ret->reason, sizeof(ret->reason), result->reason ? result->reason : "");
    ret->boot = g->look.boot;
    if (g->vault)
        hash_evidence_digest(&g->look.hash, &g->vault->key, ret->evidence);
}

static void claim_unsaved(struct gate *g)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_published p;

    vault_new_fingerprint(g->result->fingerprint);
    publishable(g, &p);
    if (verdict_claim_unsaved(g->system, &p, !g->look.boot_changed, &error) == 0) {
        g->result->unsaved = true;
        copy_text(g->result->fingerprint, sizeof(g->result->fingerprint), p.fingerprint);
        return;
    }
    /* Nowhere to keep it: another login would see another one, so there is none. */
    g->result->fingerprint[0] = '\0';
    sentence_add(&g->result->problem, "%s", error ? error : "no memory to publish the fingerprint");
}

/* The decision as it was before the failed change: the vault in memory is not what is on disk. */
static int recover(struct gate *g, const char *error)
{
    bool rotating;
    int r;

    sentence_add(&g->result->problem, "the change could not be recorded: %s", error);
    g->result->rotated = g->result->drifted = false;
    g->vault = hwfp_vault_free(g->vault);
    look_clear(&g->look);
    r = hwfp_vault_load(g->system, &g->vault, NULL);
    if (r == 0)
        r = look_at(g->system, g->config, g->flags, g->vault, &g->look);
    if (r == 0)
        r = fill_result(g);
    rotating = r == 0 && g->look.decision.verdict == HWFP_DIFFERENT &&
               g->look.decision.machine == NO_MACHINE;
    if (rotating)
        claim_unsaved(g);
    return r;
}

/* Without a change: what a machine that the vault does not know yet was given under /run. */
static void use_unsaved(struct gate *g)
{
    struct hwfp_result *result = g->result;

    if (g->look.decision.verdict == HWFP_DIFFERENT && g->look.decision.machine == NO_MACHINE)
        result->unsaved = look_unsaved(g->system, &g->look, g->vault, result->fingerprint);
}

static int check(struct gate *g)
{
    CLEANUP_FREE char *error = NULL;
    struct lesson lesson = lesson_of(g);
    int r = look_at(g->system, g->config, g->flags, g->vault, &g->look);

    if (r < 0)
        return r;
    if (!(g->flags & HWFP_GATE_READ_ONLY) && learn_needed(&lesson)) {
        r = record_change(g, &error);
        if (r < 0)
            return recover(g, error ? error : strerror(-r));
    }
    r = fill_result(g);
    if (r == 0)
        use_unsaved(g);
    return r;
}

/* ---- Without a vault. ---- */

/* The components are worth showing even so; their digests are under a key of nobody's. */
static int look_without_vault(struct gate *g)
{
    static const struct hwfp_key no_key;
    int r = hwfp_hash_collect(g->system, &no_key, g->config->ignore, &g->look.hash);

    if (r == 0)
        g->result->strength = hwfp_hash_strength(&g->look.hash);
    for (unsigned c = 0; r == 0 && c < HWFP_COMPONENTS; c++)
        g->result->comparison.component[c].current = (uint32_t)g->look.hash.component[c].n;
    return r;
}

static int enroll_by_ticket(struct gate *g)
{
    CLEANUP_FREE char *error = NULL;
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct vault_change change;
    bool had_one;
    int r = vault_begin(g->system, VAULT_CREATE, &change, &error);

    if (r < 0)
        return set_reason(g->result, HWFP_ERROR, error);
    had_one = change.vault != NULL;
    if (!had_one)
        r = gate_enroll(g->system, g->config, &change, "at boot, by the one-use ticket",
                        fingerprint, &error);
    g->vault = change.vault;
    change.vault = NULL;
    vault_end(&change);
    if (r < 0) {
        g->vault = hwfp_vault_free(g->vault);
        return set_reason(g->result, HWFP_UNENROLLED, error);
    }
    g->result->enrolled = !had_one;
    return check(g);
}

static int without_vault(struct gate *g, int error_code, const char *error)
{
    bool missing = error_code == -ENOENT, ticket = missing && vault_has_ticket(g->system);
    int r;

    if (ticket && (g->flags & HWFP_GATE_ENROLL_TICKET))
        return enroll_by_ticket(g);
    r = look_without_vault(g);
    if (r < 0)
        return r;
    g->result->awaits_enrolment = ticket;
    return set_reason(g->result, missing ? HWFP_UNENROLLED : HWFP_ERROR,
                      ticket ? "there is no vault yet; the next boot enrols this machine" : error);
}

static void publish(struct gate *g)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_published p;

    publishable(g, &p);
    if (verdict_publish(g->system, &p, &error) < 0)
        sentence_add(&g->result->problem, "%s", error ? error : "the verdict was not published");
}

static int run(struct gate *g)
{
    CLEANUP_FREE char *error = NULL;
    int r;

    if (g->system->live && geteuid() != 0)
        return use_published(g);
    r = hwfp_vault_load(g->system, &g->vault, &error);
    /* Root in name only: a user namespace, a service without capabilities, a security module. */
    if (r == -EACCES && g->system->live) {
        sentence_add(&g->result->problem, "%s; the verdict that hwfp-boot published is used",
                     error ? error : "the vault may not be read");
        return use_published(g);
    }
    if (r == 0 && (g->flags & HWFP_GATE_ENROLL_TICKET) && !(g->flags & HWFP_GATE_READ_ONLY))
        vault_use_up_ticket(g->system);
    r = r < 0 ? without_vault(g, r, error) : check(g);
    if (r == 0 && (g->flags & HWFP_GATE_PUBLISH) && !(g->flags & HWFP_GATE_READ_ONLY))
        publish(g);
    return r;
}

int hwfp_gate(const struct hwfp_system *system, const struct hwfp_config *config, unsigned flags,
              struct hwfp_result *ret_result)
{
    struct gate g = {.system = system, .config = config, .flags = flags, .result = ret_result};
    int r;

    *ret_result =
        (struct hwfp_result){.verdict = HWFP_ERROR, .mode = config->mode, .policy = config->policy};
    if (config->mode == HWFP_MODE_OFF)
        g.flags |= HWFP_GATE_READ_ONLY;
    r = run(&g);
    ret_result->hash = g.look.hash;
    hwfp_vault_free(g.vault);
    if (r < 0)
        (void)set_reason(ret_result, HWFP_ERROR, strerror(-r));
    return r == -ENOMEM ? r : 0;
}

void hwfp_result_clear(struct hwfp_result *result)
{
    free(result->reason);
    free(result->problem);
    hwfp_hash_clear(&result->hash);
    *result = (struct hwfp_result){.verdict = HWFP_ERROR};
}
