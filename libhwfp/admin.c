/* SPDX-License-Identifier: BSD-2-Clause */
/* What an administrator does to the vault: enrol, accept, rotate, adopt, forget, set the threshold,
 * seal. */
#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "gate.h"
#include "system.h"
#include "util.h"
#include "verdict.h"

/* The published verdict must not lag behind what was just changed. A failure to publish is told by
 * the next check; the change itself stands. */
static void publish_again(const struct hwfp_system *system, const struct hwfp_config *config)
{
    struct hwfp_result result;

    (void)hwfp_gate(system, config, HWFP_GATE_PUBLISH, &result);
    hwfp_result_clear(&result);
}

static int check_strength(const struct hwfp_config *config, const struct hwfp_hash *hash,
                          char **ret_error)
{
    enum hwfp_strength strength = hwfp_hash_strength(hash);

    if (strength >= config->min_strength)
        return 0;
    return fail(ret_error, -ERANGE,
                "this machine's identity is %s; min_strength in the configuration asks for %s",
                hwfp_strength_name(strength), hwfp_strength_name(config->min_strength));
}

/* ---- Enrol. ---- */

/* In memory. The caller saves, and then removes the ticket. */
static int first_machine(const struct hwfp_system *system, const struct hwfp_config *config,
                         struct vault_change *change, const char *fingerprint, char **ret_error)
{
    struct hwfp_hash hash = {0};
    int r = change->vault ? 0 : vault_new(change, ret_error);

    if (r == 0)
        r = hwfp_hash_collect(system, &change->vault->key, config->ignore, &hash);
    if (r == 0)
        r = check_strength(config, &hash, ret_error);
    if (r == 0)
        r = gate_add_machine(change->vault, &hash, HWFP_TRUSTED, "enroll", fingerprint);
    hwfp_hash_clear(&hash);
    return r;
}

int gate_enroll(const struct hwfp_system *system, const struct hwfp_config *config,
                struct vault_change *change, char ret_fingerprint[HWFP_FINGERPRINT_SIZE],
                char **ret_error)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    int r;

    vault_new_fingerprint(fingerprint);
    r = first_machine(system, config, change, fingerprint, ret_error);
    if (r == 0)
        r = vault_save(change, ret_error);
    if (r == 0)
        r = vault_remove_ticket(change);
    if (r == 0)
        copy_text(ret_fingerprint, HWFP_FINGERPRINT_SIZE, fingerprint);
    return r < 0 ? fail(ret_error, r, "enrolment failed: %s", strerror(-r)) : 0;
}

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
    if (r == 0 && change.vault)
        r = start_afresh(&change);
    if (r == 0)
        r = gate_enroll(system, config, &change, ret_fingerprint, ret_error);
    vault_end(&change);
    if (r == 0)
        publish_again(system, config);
    return r;
}

/* ---- What changes the vault by what this machine is. ---- */

struct request {
    const struct hwfp_config *config;
    const char *name; /* of a machine, or NULL for this one */
    struct look look;
    char fingerprint[HWFP_FINGERPRINT_SIZE]; /* the outcome's */
};

static int carry_out(const struct hwfp_system *system, struct request *request,
                     int (*change_vault)(struct request *, struct hwfp_vault *, char **),
                     const char *failure, char ret_fingerprint[HWFP_FINGERPRINT_SIZE],
                     char **ret_error)
{
    struct vault_change change;
    int r = vault_begin(system, 0, &change, ret_error);

    if (r < 0)
        return r;
    r = look_at(system, request->config, change.vault, &request->look);
    if (r == 0)
        r = change_vault(request, change.vault, ret_error);
    if (r == 0)
        r = vault_save(&change, ret_error);
    look_clear(&request->look);
    vault_end(&change);
    if (r < 0)
        return fail(ret_error, r, "%s: %s", failure, strerror(-r));
    copy_text(ret_fingerprint, HWFP_FINGERPRINT_SIZE, request->fingerprint);
    publish_again(system, request->config);
    return 0;
}

/* ---- Accept. ---- */

static int trust_machine(struct hwfp_vault *vault, struct hwfp_machine *machine)
{
    machine->trust = HWFP_TRUSTED;
    return vault_add_event(vault, "accept", machine->fingerprint, NULL);
}

static int add_evidence(struct hwfp_vault *vault, struct hwfp_machine *machine,
                        const struct look *look)
{
    int r = drift_accept(&machine->hash, &look->hash);

    machine->updated = time(NULL);
    if (r == 0)
        r = trust_machine(vault, machine);
    return r;
}

static int accept_this(const struct hwfp_config *config, struct hwfp_vault *vault,
                       const struct look *look, char ret_fingerprint[HWFP_FINGERPRINT_SIZE],
                       char **ret_error)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    const struct decision *d = &look->decision;
    int r = check_strength(config, &look->hash, ret_error);

    if (r < 0)
        return r;
    if (d->machine == NO_MACHINE) {
        vault_new_fingerprint(fingerprint);
        r = gate_add_machine(vault, &look->hash, HWFP_TRUSTED, "accept", fingerprint);
    } else {
        struct hwfp_machine *machine = &vault->machines[d->machine];

        copy_text(fingerprint, sizeof(fingerprint), machine->fingerprint);
        r = d->fits ? trust_machine(vault, machine) : add_evidence(vault, machine, look);
        vault_set_current(vault, fingerprint);
    }
    if (r == 0)
        copy_text(ret_fingerprint, HWFP_FINGERPRINT_SIZE, fingerprint);
    return r;
}

static int accept_named(struct hwfp_vault *vault, const char *name, const struct look *look,
                        char ret_fingerprint[HWFP_FINGERPRINT_SIZE], char **ret_error)
{
    struct hwfp_machine *machine = hwfp_vault_find(vault, name);
    bool this_one;
    int r;

    if (!machine)
        return fail(ret_error, -ENOENT, "no machine in the vault has the fingerprint %s", name);
    this_one =
        look->decision.machine != NO_MACHINE && machine == &vault->machines[look->decision.machine];
    r = this_one && !look->decision.fits ? add_evidence(vault, machine, look)
                                         : trust_machine(vault, machine);
    if (r == 0)
        copy_text(ret_fingerprint, HWFP_FINGERPRINT_SIZE, machine->fingerprint);
    return r;
}

static int accept(struct request *request, struct hwfp_vault *vault, char **ret_error)
{
    if (request->name)
        return accept_named(vault, request->name, &request->look, request->fingerprint, ret_error);
    return accept_this(request->config, vault, &request->look, request->fingerprint, ret_error);
}

int hwfp_accept(const struct hwfp_system *system, const struct hwfp_config *config,
                const char *fingerprint, char ret_fingerprint[HWFP_FINGERPRINT_SIZE],
                char **ret_error)
{
    struct request request = {.config = config, .name = fingerprint};

    return carry_out(system, &request, accept, "the machine cannot be accepted", ret_fingerprint,
                     ret_error);
}

/* ---- Rotate. ---- */

static int rotate(struct request *request, struct hwfp_vault *vault, char **ret_error)
{
    const struct look *look = &request->look;
    char *fresh = request->fingerprint, old[HWFP_FINGERPRINT_SIZE + 9];
    struct hwfp_machine *machine;
    int r;

    if (look->decision.verdict == HWFP_UNCERTAIN)
        return fail(ret_error, -EINVAL,
                    "it is uncertain which machine this is; accept it first, then rotate");
    vault_new_fingerprint(fresh);
    if (look->decision.machine == NO_MACHINE)
        return gate_add_machine(vault, &look->hash, HWFP_QUARANTINED, "rotate", fresh);
    machine = &vault->machines[look->decision.machine];
    (void)snprintf(old, sizeof(old), "replaces %s", machine->fingerprint);
    copy_text(machine->fingerprint, sizeof(machine->fingerprint), fresh);
    r = vault_add_event(vault, "rotate", fresh, old);
    vault_set_current(vault, fresh);
    return r;
}

int hwfp_rotate(const struct hwfp_system *system, const struct hwfp_config *config,
                char ret_fingerprint[HWFP_FINGERPRINT_SIZE], char **ret_error)
{
    struct request request = {.config = config};

    return carry_out(system, &request, rotate, "the fingerprint cannot be rotated", ret_fingerprint,
                     ret_error);
}

/* ---- Forget, and the threshold. ---- */

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
        return fail(ret_error, -ENOENT, "no machine in the vault has the fingerprint %s",
                    fingerprint);
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

int hwfp_forget(const struct hwfp_system *system, const char *fingerprint, char **ret_error)
{
    struct vault_change change;
    int r = vault_begin(system, 0, &change, ret_error);

    if (r < 0)
        return r;
    r = forget(change.vault, fingerprint, ret_error);
    if (r == 0)
        r = vault_save(&change, ret_error);
    vault_end(&change);
    return r;
}

static int check_threshold(int threshold, char **ret_error)
{
    if (threshold == HWFP_THRESHOLD_OFF || (threshold >= 1 && threshold <= 100))
        return 0;
    return fail(ret_error, -EINVAL, "the threshold %d is not -1 or 1 to 100", threshold);
}

static int change_threshold(struct hwfp_vault *vault, int threshold)
{
    char detail[64];

    if (vault->threshold == threshold)
        return 0;
    (void)snprintf(detail, sizeof(detail), "from %d to %d", vault->threshold, threshold);
    vault->threshold = threshold;
    return vault_add_event(vault, "threshold", NULL, detail);
}

int hwfp_set_threshold(const struct hwfp_system *system, int threshold, char **ret_error)
{
    struct vault_change change;
    int r = check_threshold(threshold, ret_error);

    if (r < 0)
        return r;
    r = vault_begin(system, 0, &change, ret_error);
    if (r < 0)
        return r;
    if (change.vault->threshold != threshold) {
        r = change_threshold(change.vault, threshold);
        if (r == 0)
            r = vault_save(&change, ret_error);
    }
    vault_end(&change);
    return r;
}

/* ---- Adopt. ---- */

static int check_adopted(const char *name, int threshold,
                         char ret_fingerprint[HWFP_FINGERPRINT_SIZE], char **ret_error)
{
    uuid_t uuid;

    if (strlen(name) != HWFP_FINGERPRINT_SIZE - 1 || uuid_parse(name, uuid) < 0 ||
        uuid_is_null(uuid))
        return fail(ret_error, -EINVAL, "'%s' is no fingerprint: expected a UUID", name);
    uuid_unparse_lower(uuid, ret_fingerprint);
    if (threshold == 0)
        return fail(ret_error, -EINVAL,
                    "the threshold 0 cannot be adopted: amazon-ssm-agent refuses to set it, but "
                    "saves it by a fault of its own after it found its vault damaged");
    return check_threshold(threshold, ret_error);
}

/* This machine takes the fingerprint only if it is trusted beyond doubt. */
static int check_adopter(const struct hwfp_vault *vault, const struct decision *decision,
                         const char *fingerprint, char **ret_error)
{
    const struct hwfp_machine *holder = hwfp_vault_find(vault, fingerprint);

    if (decision->verdict != HWFP_SAME || decision->machine == NO_MACHINE)
        return fail(ret_error, -ENOENT,
                    "the verdict is %s: only a trusted machine can adopt a fingerprint; accept it "
                    "first",
                    hwfp_verdict_name(decision->verdict));
    if (holder && holder != &vault->machines[decision->machine])
        return fail(ret_error, -EEXIST,
                    "another machine in the vault, a %s one, has the fingerprint %s",
                    holder->trust == HWFP_TRUSTED ? "trusted" : "quarantined", fingerprint);
    return 0;
}

static int add_adoption(struct hwfp_vault *vault, const char *fingerprint)
{
    return vault_add_event(vault, "adopt", fingerprint, "from amazon-ssm-agent");
}

static int give_fingerprint(struct hwfp_vault *vault, struct hwfp_machine *machine,
                            const char *fingerprint)
{
    if (strcmp(machine->fingerprint, fingerprint) == 0)
        return 0;
    copy_text(machine->fingerprint, sizeof(machine->fingerprint), fingerprint);
    vault_set_current(vault, fingerprint);
    return add_adoption(vault, fingerprint);
}

static int adopt_here(const struct hwfp_system *system, const struct hwfp_config *config,
                      struct hwfp_vault *vault, const char *fingerprint, char **ret_error)
{
    struct look look = {0};
    int r = look_at(system, config, vault, &look);

    if (r == 0)
        r = check_adopter(vault, &look.decision, fingerprint, ret_error);
    if (r == 0)
        r = give_fingerprint(vault, &vault->machines[look.decision.machine], fingerprint);
    look_clear(&look);
    return r;
}

static int adopt_first(const struct hwfp_system *system, const struct hwfp_config *config,
                       struct vault_change *change, const char *fingerprint, char **ret_error)
{
    int r = first_machine(system, config, change, fingerprint, ret_error);

    return r == 0 ? add_adoption(change->vault, fingerprint) : r;
}

static int adopt(const struct hwfp_system *system, const struct hwfp_config *config,
                 struct vault_change *change, const char *fingerprint, int threshold,
                 char **ret_error)
{
    bool first = !change->vault;
    int r = first ? adopt_first(system, config, change, fingerprint, ret_error)
                  : adopt_here(system, config, change->vault, fingerprint, ret_error);

    if (r == 0)
        r = change_threshold(change->vault, threshold);
    if (r == 0)
        r = vault_save(change, ret_error);
    return r == 0 && first ? vault_remove_ticket(change) : r;
}

int hwfp_adopt(const struct hwfp_system *system, const struct hwfp_config *config,
               const char *fingerprint, int threshold, char **ret_error)
{
    char adopted[HWFP_FINGERPRINT_SIZE];
    struct vault_change change;
    int r = check_adopted(fingerprint, threshold, adopted, ret_error);

    if (r < 0)
        return r;
    r = vault_begin(system, VAULT_CREATE, &change, ret_error);
    if (r < 0)
        return r;
    r = adopt(system, config, &change, adopted, threshold, ret_error);
    vault_end(&change);
    if (r < 0)
        return fail(ret_error, r, "the fingerprint cannot be adopted: %s", strerror(-r));
    publish_again(system, config);
    return 0;
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
