/* SPDX-License-Identifier: BSD-2-Clause */
/* The first machine of a vault. */
#include <errno.h>
#include <string.h>

#include "admin.h"
#include "util.h"

int check_strength(const struct hwfp_config *config, const struct hwfp_hash *hash, char **ret_error)
{
    enum hwfp_strength strength = hwfp_hash_strength(hash);

    if (strength >= config->min_strength)
        return 0;
    return fail(ret_error, -ERANGE,
                "this machine's identity is %s; min_strength in the configuration asks for %s",
                hwfp_strength_name(strength), hwfp_strength_name(config->min_strength));
}

int first_machine(const struct hwfp_system *system, const struct hwfp_config *config,
                  struct vault_change *change, const char *fingerprint, const char *detail,
                  char **ret_error)
{
    struct hwfp_hash hash = {0};
    int r = change->vault ? 0 : vault_new(change, ret_error);

    if (r == 0)
        r = hwfp_hash_collect(system, &change->vault->key, config->ignore, &hash);
    if (r == 0)
        r = check_strength(config, &hash, ret_error);
    if (r == 0)
        r = learn_machine(change->vault, &hash, HWFP_TRUSTED, "enroll", fingerprint, detail);
    hwfp_hash_clear(&hash);
    return r;
}

int gate_enroll(const struct hwfp_system *system, const struct hwfp_config *config,
                struct vault_change *change, const char *detail,
                char ret_fingerprint[HWFP_FINGERPRINT_SIZE], char **ret_error)
{
    char fingerprint[HWFP_FINGERPRINT_SIZE];
    int r;

    vault_new_fingerprint(fingerprint);
    r = first_machine(system, config, change, fingerprint, detail, ret_error);
    if (r == 0)
        r = vault_save(change, ret_error);
    if (r == 0)
        r = vault_remove_ticket(change);
    if (r == 0)
        copy_text(ret_fingerprint, HWFP_FINGERPRINT_SIZE, fingerprint);
    return r < 0 ? fail(ret_error, r, "enrolment failed: %s", strerror(-r)) : 0;
}
