/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines and history of a vault in memory. */
#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "util.h"
#include "vault.h"

#define DRIFT_EVENTS_MAX 128

/* The oldest quarantined machine makes room; its fingerprint is in the history already. */
static int make_room(struct hwfp_vault *vault)
{
    size_t oldest = vault->n_machines;

    if (vault->n_machines < HWFP_MACHINES_MAX)
        return 0;
    for (size_t i = 0; i < vault->n_machines; i++)
        if (vault->machines[i].trust == HWFP_QUARANTINED &&
            (oldest == vault->n_machines ||
             vault->machines[i].added < vault->machines[oldest].added))
            oldest = i;
    if (oldest == vault->n_machines)
        return -EUSERS;
    (void)vault_add_event(vault, "evict", vault->machines[oldest].fingerprint, NULL);
    vault_remove_machine(vault, oldest);
    return 0;
}

int vault_add_machine(struct hwfp_vault *vault, const char *fingerprint, enum hwfp_trust trust,
                      const struct hwfp_hash *hash)
{
    struct hwfp_machine machine = {.trust = trust, .added = time(NULL), .updated = time(NULL)};
    struct hwfp_machine *larger;
    int r = make_room(vault);

    if (r < 0)
        return r;
    copy_text(machine.fingerprint, sizeof(machine.fingerprint), fingerprint);
    r = hwfp_hash_copy(hash, &machine.hash);
    if (r < 0)
        return r;
    larger = realloc(vault->machines, (vault->n_machines + 1) * sizeof(*larger));
    if (!larger) {
        hwfp_hash_clear(&machine.hash);
        return -ENOMEM;
    }
    larger[vault->n_machines++] = machine;
    vault->machines = larger;
    return 0;
}

const char *vault_strerror(int r)
{
    return r == -EUSERS ? "the vault holds 64 trusted machines, as many as it can: forget one first"
                        : strerror(-r);
}

void vault_remove_machine(struct hwfp_vault *vault, size_t index)
{
    hwfp_hash_clear(&vault->machines[index].hash);
    memmove(&vault->machines[index], &vault->machines[index + 1],
            (vault->n_machines - index - 1) * sizeof(*vault->machines));
    vault->n_machines--;
}

static int copy_event(const char *what, const char *fingerprint, const char *detail,
                      struct hwfp_event *ret)
{
    struct hwfp_event event = {.when = time(NULL), .what = strdup(what)};

    event.fingerprint = fingerprint ? strdup(fingerprint) : NULL;
    event.detail = detail ? strdup(detail) : NULL;
    if (!event.what || (fingerprint && !event.fingerprint) || (detail && !event.detail)) {
        free(event.what);
        free(event.fingerprint);
        free(event.detail);
        return -ENOMEM;
    }
    *ret = event;
    return 0;
}

/* Fingerprints are kept for ever; of mere drift the last ones are enough. */
static void forget_old_drift(struct hwfp_vault *vault)
{
    size_t n = 0, first = vault->n_events;

    for (size_t i = vault->n_events; i-- > 0;)
        if (strcmp(vault->events[i].what, "drift") == 0) {
            n++;
            first = i;
        }
    if (n <= DRIFT_EVENTS_MAX)
        return;
    free(vault->events[first].what);
    free(vault->events[first].fingerprint);
    free(vault->events[first].detail);
    memmove(&vault->events[first], &vault->events[first + 1],
            (vault->n_events - first - 1) * sizeof(*vault->events));
    vault->n_events--;
}

int vault_add_event(struct hwfp_vault *vault, const char *what, const char *fingerprint,
                    const char *detail)
{
    struct hwfp_event event, *larger;
    int r = copy_event(what, fingerprint, detail, &event);

    if (r < 0)
        return r;
    larger = realloc(vault->events, (vault->n_events + 1) * sizeof(*larger));
    if (!larger) {
        free(event.what);
        free(event.fingerprint);
        free(event.detail);
        return -ENOMEM;
    }
    larger[vault->n_events++] = event;
    vault->events = larger;
    if (strcmp(what, "drift") == 0)
        forget_old_drift(vault);
    return 0;
}

void vault_set_current(struct hwfp_vault *vault, const char *fingerprint)
{
    if (strcmp(vault->current, fingerprint) == 0)
        return;
    /* None is in force after the current machine was forgotten: what was before it still is. */
    if (*vault->current)
        copy_text(vault->previous, sizeof(vault->previous), vault->current);
    copy_text(vault->current, sizeof(vault->current), fingerprint);
}

void vault_new_fingerprint(char ret[HWFP_FINGERPRINT_SIZE])
{
    uuid_t uuid;

    uuid_generate_random(uuid);
    uuid_unparse_lower(uuid, ret);
}
