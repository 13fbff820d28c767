/* SPDX-License-Identifier: BSD-2-Clause */
/* The fingerprint and the threshold of a vault of amazon-ssm-agent. */
#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "admin.h"
#include "util.h"

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
    int r = look_at(system, config, 0, vault, &look);

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
    int r = first_machine(system, config, change, fingerprint, NULL, ret_error);

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
    publish_again(system, config, 0);
    return 0;
}
