/* SPDX-License-Identifier: BSD-2-Clause */
/* What the vault learns of a check: a new machine, drift, a return. */
#include "learn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hash.h"
#include "util.h"

void learn_fingerprint(const struct hwfp_system *system, const struct look *look,
                       const struct hwfp_vault *vault, char ret[HWFP_FINGERPRINT_SIZE])
{
    if (!look_unsaved(system, look, vault, ret))
        vault_new_fingerprint(ret);
}

char *learn_why(const struct look *look)
{
    const struct decision *d = &look->decision;
    uint32_t changed = hwfp_result_changed(&(struct hwfp_result){.comparison = d->comparison});
    const char *verb = changed & (changed - 1) ? "differ" : "differs";
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    (void)fprintf(out, "%s: ", hwfp_verdict_name(d->verdict));
    for (unsigned c = 0; changed; c++)
        if (changed & UINT32_C(1) << c) {
            changed &= ~(UINT32_C(1) << c);
            (void)fputs(hwfp_component_name((enum hwfp_component)c), out);
            if (changed)
                (void)fputs(", ", out);
            else
                (void)fprintf(out, " %s; ", verb);
        }
    (void)fputs(d->reason ? d->reason : "no reason", out);
    return text_finish(out, &text);
}

int learn_machine(struct hwfp_vault *vault, const struct hwfp_hash *hash, enum hwfp_trust trust,
                  const char *what, const char *fingerprint, const char *detail)
{
    int r = vault_add_machine(vault, fingerprint, trust, hash);

    if (r == 0)
        r = vault_add_event(vault, what, fingerprint, detail);
    if (r == 0)
        vault_set_current(vault, fingerprint);
    return r;
}

/* An uncertain verdict neither rotates nor follows drift, and so never writes. The ssm policy keeps
 * its record as it was, as the agent does. */
static bool may_follow(const struct lesson *l)
{
    return l->look->decision.fits && l->policy == HWFP_POLICY_HARDWARE;
}

bool learn_needed(const struct lesson *l)
{
    const struct hwfp_machine *machine = look_machine(l->look, l->vault);

    if (l->look->decision.verdict == HWFP_UNCERTAIN)
        return false;
    if (!machine)
        return l->may_rotate;
    return strcmp(machine->fingerprint, l->vault->current) != 0 ||
           (may_follow(l) && drift_found(&machine->hash, &l->look->hash, NULL));
}

/* Another one may have had to make room, and those behind it have moved. */
static size_t index_of(const struct hwfp_vault *vault, const char *fingerprint)
{
    const struct hwfp_machine *machine = hwfp_vault_find(vault, fingerprint);

    return machine ? (size_t)(machine - vault->machines) : NO_MACHINE;
}

static int add_quarantined(struct lesson *l, const char *fingerprint)
{
    struct decision *d = &l->look->decision;
    CLEANUP_FREE char *why = learn_why(l->look);
    char reference[HWFP_FINGERPRINT_SIZE] = "";
    int r;

    if (!why)
        return -ENOMEM;
    if (d->reference != NO_MACHINE)
        copy_text(reference, sizeof(reference), l->vault->machines[d->reference].fingerprint);
    r = learn_machine(l->vault, &l->look->hash, HWFP_QUARANTINED, "rotate", fingerprint, why);
    if (r < 0)
        return r;
    d->reference = index_of(l->vault, reference);
    d->machine = index_of(l->vault, fingerprint);
    return 0;
}

static int rotate(struct lesson *l)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    int r;

    learn_fingerprint(l->system, l->look, l->vault, fingerprint);
    r = add_quarantined(l, fingerprint);
    l->rotated = r == 0;
    return r;
}

static int follow_drift(struct lesson *l, struct hwfp_machine *machine)
{
    CLEANUP_FREE char *names = NULL;
    int r = 0;

    if (!may_follow(l) || !drift_found(&machine->hash, &l->look->hash, &names))
        return 0;
    r = drift_follow(&machine->hash, &l->look->hash);
    if (r == 0 && names)
        r = vault_add_event(l->vault, "drift", machine->fingerprint, names);
    machine->updated = time(NULL);
    l->drifted = r == 0 && names; /* a new address is none */
    return r;
}

static int return_to(struct lesson *l, const struct hwfp_machine *machine)
{
    if (strcmp(machine->fingerprint, l->vault->current) == 0)
        return 0;
    vault_set_current(l->vault, machine->fingerprint);
    return vault_add_event(l->vault, "return", machine->fingerprint, NULL);
}

int learn(struct lesson *l)
{
    struct hwfp_machine *machine = look_machine(l->look, l->vault);
    int r;

    if (!machine)
        return rotate(l);
    r = follow_drift(l, machine);
    return r < 0 ? r : return_to(l, machine);
}
