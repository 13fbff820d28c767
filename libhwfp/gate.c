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

int look_at(const struct hwfp_system *system, const struct hwfp_config *config,
            const struct hwfp_vault *vault, struct look *ret)
{
    int r = hwfp_hash_collect(system, &vault->key, config->ignore, &ret->hash);

    if (r == 0)
        decide(vault, &ret->hash, config->policy, &ret->decision);
    return r;
}

void look_clear(struct look *look)
{
    hwfp_hash_clear(&look->hash);
}

int gate_add_machine(struct hwfp_vault *vault, const struct hwfp_hash *hash, enum hwfp_trust trust,
                     const char *what, const char *fingerprint)
{
    int r = vault_add_machine(vault, fingerprint, trust, hash);

    if (r == 0)
        r = vault_add_event(vault, what, fingerprint, NULL);
    if (r == 0)
        vault_set_current(vault, fingerprint);
    return r;
}

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

/* NULL: none of the vault's. */
static struct hwfp_machine *machine_of(const struct gate *g)
{
    size_t i = g->look.decision.machine;

    return i == NO_MACHINE ? NULL : &g->vault->machines[i];
}

/* Something on record is not there at all, or there is less of it: it may only be late. */
static bool could_settle(const struct gate *g)
{
    const struct decision *d = &g->look.decision;
    const struct hwfp_hash *record;

    if (d->verdict == HWFP_SAME || d->reference == NO_MACHINE)
        return false;
    record = &g->vault->machines[d->reference].hash;
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        enum hwfp_class class = hwfp_component_class((enum hwfp_component)c);
        const struct hwfp_items *is = &g->look.hash.component[c];

        if ((class == HWFP_CHASSIS || class == HWFP_PART) &&
            (is->n < record->component[c].n || is->incomplete))
            return true;
    }
    return false;
}

static void fill_fingerprints(struct gate *g)
{
    const struct decision *d = &g->look.decision;
    const struct hwfp_machine *machine = machine_of(g);
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
    result->could_settle = could_settle(g);
    fill_fingerprints(g);
    if (g->vault->damage && !result->problem)
        sentence_add(&result->problem, "%s", g->vault->damage);
    return set_reason(result, d->verdict, d->reason);
}

/* ---- What the vault should learn. ---- */

/* An uncertain verdict neither rotates nor follows drift, and so never writes. The ssm policy keeps
 * its record as it was, as the agent does. */
static bool may_follow(const struct gate *g)
{
    return g->look.decision.fits && g->config->policy == HWFP_POLICY_HARDWARE;
}

static bool needs_change(const struct gate *g)
{
    const struct hwfp_machine *machine = machine_of(g);

    if (g->look.decision.verdict == HWFP_UNCERTAIN)
        return false;
    if (!machine)
        return !(g->flags & HWFP_GATE_NO_ROTATE);
    return strcmp(machine->fingerprint, g->vault->current) != 0 ||
           (may_follow(g) && drift_found(&machine->hash, &g->look.hash, NULL));
}

static int rotate(struct gate *g)
{
    char evidence[2 * HWFP_DIGEST_SIZE + 1], fingerprint[HWFP_FINGERPRINT_SIZE];
    int r;

    /* One that this boot had to keep outside the vault stays this machine's. */
    hash_evidence_digest(&g->look.hash, &g->vault->key, evidence);
    if (!verdict_find_unsaved(g->system, evidence, fingerprint) ||
        hwfp_vault_find(g->vault, fingerprint))
        vault_new_fingerprint(fingerprint);
    r = gate_add_machine(g->vault, &g->look.hash, HWFP_QUARANTINED, "rotate", fingerprint);
    if (r == 0) {
        g->look.decision.machine = g->vault->n_machines - 1;
        g->result->rotated = true;
    }
    return r;
}

static int follow_drift(struct gate *g, struct hwfp_machine *machine)
{
    CLEANUP_FREE char *names = NULL;
    int r = 0;

    if (!may_follow(g) || !drift_found(&machine->hash, &g->look.hash, &names))
        return 0;
    r = drift_follow(&machine->hash, &g->look.hash);
    if (r == 0 && names)
        r = vault_add_event(g->vault, "drift", machine->fingerprint, names);
    machine->updated = time(NULL);
    g->result->drifted = r == 0 && names; /* a new address is none */
    return r;
}

static int return_to(struct gate *g, const struct hwfp_machine *machine)
{
    if (strcmp(machine->fingerprint, g->vault->current) == 0)
        return 0;
    vault_set_current(g->vault, machine->fingerprint);
    return vault_add_event(g->vault, "return", machine->fingerprint, NULL);
}

static int apply(struct gate *g)
{
    struct hwfp_machine *machine = machine_of(g);
    int r;

    if (!machine)
        return rotate(g);
    r = follow_drift(g, machine);
    return r < 0 ? r : return_to(g, machine);
}

/* Under the lock everything is loaded and decided again: another login may have rotated meanwhile.
 */
static int change_locked(struct gate *g, struct vault_change *change, char **ret_error)
{
    int r = 0;

    hwfp_vault_free(g->vault);
    g->vault = change->vault;
    look_clear(&g->look);
    r = look_at(g->system, g->config, g->vault, &g->look);
    if (r == 0 && needs_change(g)) {
        r = apply(g);
        if (r == 0)
            r = vault_save(change, ret_error);
    }
    return r;
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
    return r < 0 ? fail(ret_error, r, "the vault cannot be changed: %s", strerror(-r)) : 0;
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
                                   .unsaved = result->unsaved};
    copy_text(ret->fingerprint, sizeof(ret->fingerprint), result->fingerprint);
    copy_text(ret->previous_fingerprint, sizeof(ret->previous_fingerprint),
              result->previous_fingerprint);
    copy_text(ret->reason, sizeof(ret->reason), result->reason ? result->reason : "");
    if (g->vault)
        hash_evidence_digest(&g->look.hash, &g->vault->key, ret->evidence);
}

static void claim_unsaved(struct gate *g)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_published p;

    vault_new_fingerprint(g->result->fingerprint);
    publishable(g, &p);
    if (verdict_claim_unsaved(g->system, &p, &error) == 0) {
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
        r = look_at(g->system, g->config, g->vault, &g->look);
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
    char evidence[2 * HWFP_DIGEST_SIZE + 1];

    if (g->look.decision.verdict != HWFP_DIFFERENT || g->look.decision.machine != NO_MACHINE)
        return;
    hash_evidence_digest(&g->look.hash, &g->vault->key, evidence);
    result->unsaved = verdict_find_unsaved(g->system, evidence, result->fingerprint);
}

static int check(struct gate *g)
{
    CLEANUP_FREE char *error = NULL;
    int r = look_at(g->system, g->config, g->vault, &g->look);

    if (r < 0)
        return r;
    if (!(g->flags & HWFP_GATE_READ_ONLY) && needs_change(g)) {
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
    g->result->threshold = HWFP_THRESHOLD_DEFAULT;
    for (unsigned c = 0; r == 0 && c < HWFP_COMPONENTS; c++)
        g->result->comparison.component[c].current = (uint32_t)g->look.hash.component[c].n;
    return r;
}

static int enroll_by_ticket(struct gate *g)
{
    CLEANUP_FREE char *error = NULL;
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    struct vault_change change;
    int r = vault_begin(g->system, VAULT_CREATE, &change, &error);

    if (r < 0)
        return set_reason(g->result, HWFP_ERROR, error);
    if (!change.vault)
        r = gate_enroll(g->system, g->config, &change, fingerprint, &error);
    g->vault = change.vault;
    change.vault = NULL;
    vault_end(&change);
    if (r < 0) {
        g->vault = hwfp_vault_free(g->vault);
        return set_reason(g->result, HWFP_UNENROLLED, error);
    }
    return check(g);
}

static int without_vault(struct gate *g, int error_code, const char *error)
{
    bool missing = error_code == -ENOENT;
    int r;

    if (missing && (g->flags & HWFP_GATE_ENROLL_TICKET) && vault_has_ticket(g->system))
        return enroll_by_ticket(g);
    r = look_without_vault(g);
    return r < 0 ? r : set_reason(g->result, missing ? HWFP_UNENROLLED : HWFP_ERROR, error);
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
    /* Root in name only: a user namespace, a service without capabilities. */
    if (r == -EACCES && g->system->live)
        return use_published(g);
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
