/* SPDX-License-Identifier: BSD-2-Clause */
/* What an administrator does to a vault: accept, rotate, forget, set the threshold, enrol, seal. */
#include "admin.h"

#include <errno.h>
#include <string.h>

#include "util.h"
#include "verdict.h"

void publish_again(const struct hwfp_system *system, const struct hwfp_config *config,
                   unsigned flags)
{
    struct hwfp_result result;

    (void)hwfp_gate(system, config, HWFP_GATE_PUBLISH | flags, &result);
    hwfp_result_clear(&result);
}

/* ---- What changes the vault by what this machine is. ---- */

struct request {
    const struct hwfp_system *system;
    const struct hwfp_config *config;
    const char *name; /* of a machine, or NULL for this one */
    struct look look;
    char fingerprint[HWFP_FINGERPRINT_SIZE]; /* the outcome's */
    bool accepted_this;                      /* the machine that this is, as it is now */
};

static int carry_out(struct request *request,
                     int (*change_vault)(struct request *, struct hwfp_vault *, char **),
                     const char *failure, char ret_fingerprint[HWFP_FINGERPRINT_SIZE],
                     char **ret_error)
{
    struct vault_change change;
    int r = vault_begin(request->system, 0, &change, ret_error);

    if (r < 0)
        return r;
    r = look_at(request->system, request->config, 0, change.vault, &request->look);
    if (r == 0)
        r = change_vault(request, change.vault, ret_error);
    if (r == 0)
        r = vault_save(&change, ret_error);
    look_clear(&request->look);
    vault_end(&change);
    if (r < 0)
        return fail(ret_error, r, "%s: %s", failure, vault_strerror(r));
    copy_text(ret_fingerprint, HWFP_FINGERPRINT_SIZE, request->fingerprint);
    publish_again(request->system, request->config, request->accepted_this ? GATE_NEW_FACTS : 0);
    return 0;
}

/* ---- Accept. ---- */

static int trust_machine(struct hwfp_vault *vault, struct hwfp_machine *machine)
{
    machine->trust = HWFP_TRUSTED;
    return vault_add_event(vault, "accept", machine->fingerprint, NULL);
}

static bool knows(const struct request *request, const struct hwfp_vault *vault,
                  const struct hwfp_machine *machine, struct hwfp_comparison *ret)
{
    hwfp_compare(&machine->hash, &request->look.hash, request->config->policy, vault->threshold,
                 ret);
    return ret->verdict == HWFP_SAME;
}

/* What is on record and keeps this machine from being the same has to go, and no more than that:
 * the kinds of part that are gone, or else what the chassis does not tell any more. */
static int add_evidence(const struct request *request, struct hwfp_vault *vault,
                        struct hwfp_machine *machine, char **ret_error)
{
    const struct hwfp_hash *current = &request->look.hash;
    struct hwfp_comparison comparison;
    int r = drift_accept(&machine->hash, current);

    if (r < 0)
        return r;
    if (!knows(request, vault, machine, &comparison))
        drift_drop(&machine->hash, current, HWFP_PART);
    if (!knows(request, vault, machine, &comparison)) {
        drift_drop(&machine->hash, current, HWFP_CHASSIS);
        drift_drop(&machine->hash, current, HWFP_MODEL); /* told by the same firmware */
    }
    if (!knows(request, vault, machine, &comparison))
        return fail(ret_error, -ENODATA, "this machine could not be known again: %s",
                    comparison.reason);
    machine->updated = time(NULL);
    return trust_machine(vault, machine);
}

static int trust_this(const struct request *request, struct hwfp_vault *vault,
                      struct hwfp_machine *machine, char **ret_error)
{
    return request->look.decision.fits ? trust_machine(vault, machine)
                                       : add_evidence(request, vault, machine, ret_error);
}

static int accept_this(struct request *request, struct hwfp_vault *vault, char **ret_error)
{
    const struct look *look = &request->look;
    struct hwfp_machine *machine = look_machine(look, vault);
    CLEANUP_FREE char *why = machine ? NULL : learn_why(look);
    int r = check_strength(request->config, &look->hash, ret_error);

    if (r < 0)
        return r;
    if (!machine) {
        learn_fingerprint(request->system, look, vault, request->fingerprint);
        return learn_machine(vault, &look->hash, HWFP_TRUSTED, "accept", request->fingerprint, why);
    }
    copy_text(request->fingerprint, HWFP_FINGERPRINT_SIZE, machine->fingerprint);
    r = trust_this(request, vault, machine, ret_error);
    vault_set_current(vault, request->fingerprint);
    return r;
}

static int accept_named(struct request *request, struct hwfp_vault *vault, char **ret_error)
{
    struct hwfp_machine *machine = hwfp_vault_find(vault, request->name);
    int r;

    if (!machine)
        return vault_unknown(request->name, ret_error);
    request->accepted_this = machine == look_machine(&request->look, vault);
    r = check_strength(request->config,
                       request->accepted_this ? &request->look.hash : &machine->hash, ret_error);
    if (r < 0)
        return r;
    copy_text(request->fingerprint, HWFP_FINGERPRINT_SIZE, machine->fingerprint);
    return request->accepted_this ? trust_this(request, vault, machine, ret_error)
                                  : trust_machine(vault, machine);
}

static int accept(struct request *request, struct hwfp_vault *vault, char **ret_error)
{
    if (request->name)
        return accept_named(request, vault, ret_error);
    request->accepted_this = true;
    return accept_this(request, vault, ret_error);
}

int hwfp_accept(const struct hwfp_system *system, const struct hwfp_config *config,
                const char *fingerprint, char ret_fingerprint[HWFP_FINGERPRINT_SIZE],
                char **ret_error)
{
    struct request request = {.system = system, .config = config, .name = fingerprint};

    return carry_out(&request, accept, "the machine cannot be accepted", ret_fingerprint,
                     ret_error);
}

/* ---- Rotate. ---- */

static int rotate(struct request *request, struct hwfp_vault *vault, char **ret_error)
{
    const struct look *look = &request->look;
    char *fresh = request->fingerprint, old[HWFP_FINGERPRINT_SIZE + 9];
    struct hwfp_machine *machine = look_machine(look, vault);
    CLEANUP_FREE char *why = machine ? NULL : learn_why(look);
    int r = 0;

    if (look->decision.verdict == HWFP_UNCERTAIN)
        return fail(ret_error, -EBUSY,
                    "it is uncertain which machine this is; accept it first, then rotate");
    /* One that lives under /run only has been published: it goes into the history, too. */
    if (!machine && look_unsaved(request->system, look, vault, fresh))
        r = vault_add_event(vault, "rotate", fresh, why);
    vault_new_fingerprint(fresh);
    if (!machine)
        return r < 0 ? r
                     : learn_machine(vault, &look->hash, HWFP_QUARANTINED, "rotate", fresh, why);
    (void)snprintf(old, sizeof(old), "replaces %s", machine->fingerprint);
    copy_text(machine->fingerprint, sizeof(machine->fingerprint), fresh);
    r = vault_add_event(vault, "rotate", fresh, old);
    vault_set_current(vault, fresh);
    return r;
}

int hwfp_rotate(const struct hwfp_system *system, const struct hwfp_config *config,
                char ret_fingerprint[HWFP_FINGERPRINT_SIZE], char **ret_error)
{
    struct request request = {.system = system, .config = config};

    return carry_out(&request, rotate, "the fingerprint cannot be rotated", ret_fingerprint,
                     ret_error);
}

/* ---- Forget. ---- */

static size_t count_trusted(const struct hwfp_vault *vault)
{
    size_t n = 0;

    for (size_t i = 0; i < vault->n_machines; i++)
        n += vault->machines[i].trust == HWFP_TRUSTED;
    return n;
}

static int forget(struct hwfp_vault *vault, const char *fingerprint, char **ret_error)
{
    struct hwfp_machine *machine = hwfp_vault_find(vault, fingerprint);
    int r;

    if (!machine)
        return vault_unknown(fingerprint, ret_error);
    if (machine->trust == HWFP_TRUSTED && count_trusted(vault) == 1)
        return fail(ret_error, -EBUSY,
                    "%s is the only trusted machine: without it every login would be refused",
                    machine->fingerprint);
    r = vault_add_event(vault, "forget", machine->fingerprint, NULL);
    if (r == 0 && strcmp(vault->current, machine->fingerprint) == 0)
        vault_set_current(vault, "");
    if (r == 0)
        vault_remove_machine(vault, (size_t)(machine - vault->machines));
    return r;
}

/* Publishing does not rotate: a new fingerprint is the next check's to give, which records it. */
int hwfp_forget(const struct hwfp_system *system, const struct hwfp_config *config,
                const char *fingerprint, char **ret_error)
{
    struct vault_change change;
    int r = vault_begin(system, 0, &change, ret_error);

    if (r < 0)
        return r;
    change.revokes = true;
    r = forget(change.vault, fingerprint, ret_error);
    if (r == 0)
        r = vault_save(&change, ret_error);
    vault_end(&change);
    if (r == 0)
        publish_again(system, config, HWFP_GATE_NO_ROTATE);
    return r;
}

/* ---- The threshold. ---- */

int check_threshold(int threshold, char **ret_error)
{
    if (threshold == HWFP_THRESHOLD_OFF || (threshold >= 1 && threshold <= 100))
        return 0;
    return fail(ret_error, -EINVAL, "the threshold %d is not -1 or 1 to 100", threshold);
}

int change_threshold(struct hwfp_vault *vault, int threshold)
{
    char detail[64];

    if (vault->threshold == threshold)
        return 0;
    (void)snprintf(detail, sizeof(detail), "from %d to %d", vault->threshold, threshold);
    vault->threshold = threshold;
    return vault_add_event(vault, "threshold", NULL, detail);
}

int hwfp_set_threshold(const struct hwfp_system *system, const struct hwfp_config *config,
                       int threshold, char **ret_error)
{
    struct vault_change change;
    int r = check_threshold(threshold, ret_error);

    if (r < 0)
        return r;
    r = vault_begin(system, 0, &change, ret_error);
    if (r < 0)
        return r;
    if (change.vault->threshold != threshold) {
        /* With the comparison off every machine is trusted. */
        change.revokes = change.vault->threshold == HWFP_THRESHOLD_OFF;
        r = change_threshold(change.vault, threshold);
        if (r == 0)
            r = vault_save(&change, ret_error);
    }
    vault_end(&change);
    if (r == 0)
        publish_again(system, config, HWFP_GATE_NO_ROTATE);
    return r;
}

/* ---- Enrol. ---- */

static int start_afresh(struct vault_change *change)
{
    struct hwfp_vault *vault = change->vault;
    int r = 0;

    for (size_t i = 0; r == 0 && i < vault->n_machines; i++)
        r = vault_add_event(vault, "forget", vault->machines[i].fingerprint, "enrolled again");
    while (r == 0 && vault->n_machines > 0)
        vault_remove_machine(vault, vault->n_machines - 1);
    return r;
}

int hwfp_enroll(const struct hwfp_system *system, const struct hwfp_config *config, bool again,
                char ret_fingerprint[HWFP_FINGERPRINT_SIZE], char **ret_error)
{
    struct vault_change change;
    int r = vault_begin(system, VAULT_CREATE | (again ? VAULT_START_OVER : 0), &change, ret_error);

    if (r < 0)
        return r;
    if (change.vault && !again)
        r = fail(ret_error, -EEXIST, "there is a vault already: /%s/vault, with %zu machine%s",
                 VAULT_DIR, change.vault->n_machines, change.vault->n_machines == 1 ? "" : "s");
    change.revokes = again;
    if (r == 0 && change.vault)
        r = start_afresh(&change);
    if (r == 0)
        r = gate_enroll(system, config, &change, NULL, ret_fingerprint, ret_error);
    vault_end(&change);
    if (r == 0)
        publish_again(system, config, GATE_NEW_FACTS);
    return r;
}

/* ---- Seal. ---- */

/* The ticket comes last, when everything else is gone from the disk: interrupted before, this is a
 * system without a vault, which a copy is not let into, and which can be sealed again. */
int hwfp_seal(const struct hwfp_system *system, char **ret_error)
{
    struct vault_change change;
    int r = vault_lock(system, true, &change, ret_error);

    if (r < 0)
        return r;
    r = vault_empty(&change, ret_error);
    if (r == 0)
        r = verdict_remove(system, ret_error);
    if (r == 0)
        r = vault_leave_ticket(&change, ret_error);
    vault_end(&change);
    return r;
}
