/* SPDX-License-Identifier: BSD-2-Clause */
/* hwfp doctor: the vault, how well the machine is known, and what it is judged now. */
#include <errno.h>
#include <stdlib.h>

#include "doctor.h"
#include "util.h"

static void no_vault(struct doctor *d)
{
    if (doctor_exists(d, "var/lib/hwfp/ticket")) {
        doctor_say(d, DOCTOR_OK,
                   "there is no vault yet; the one-use ticket is there, and the next "
                   "boot enrols the machine");
        return;
    }
    doctor_say(d, DOCTOR_PROBLEM, "there is no vault and no ticket: the machine is unenrolled");
    doctor_mend(d, "%s enroll, if this is the right machine", d->hwfp);
}

static void bad_vault(struct doctor *d, int r, const char *error)
{
    CLEANUP_FREE char *sentence = doctor_sentence(d, error);

    doctor_say(d, DOCTOR_PROBLEM, "%s", sentence ? sentence : "the vault cannot be loaded");
    if (r == -EPROTO)
        doctor_mend(d, "install the version of hwfp that wrote it, or a newer one");
    else if (r != -EPERM)
        doctor_mend(
            d, "restore %s/var/lib/hwfp from a backup of this machine, or else %s enroll --again",
            d->root, d->hwfp);
}

/* Any change writes a whole vault; this one changes nothing else. */
static void tell_damage(struct doctor *d, const struct hwfp_vault *vault)
{
    CLEANUP_FREE char *sentence = doctor_sentence(d, vault->damage);

    doctor_say(d, DOCTOR_WARNING, "%s", sentence ? sentence : "the vault is damaged");
    for (size_t i = 0; i < vault->n_machines; i++) {
        if (vault->machines[i].trust != HWFP_TRUSTED)
            continue;
        doctor_mend(d, "%s accept %s, which is trusted already, writes a whole vault", d->hwfp,
                    vault->machines[i].fingerprint);
        return;
    }
}

static void check_strength(struct doctor *d, const struct hwfp_vault *vault)
{
    enum hwfp_strength best = HWFP_STRENGTH_NONE;

    for (size_t i = 0; i < vault->n_machines; i++)
        if (vault->machines[i].trust == HWFP_TRUSTED &&
            hwfp_hash_strength(&vault->machines[i].hash) > best)
            best = hwfp_hash_strength(&vault->machines[i].hash);
    if (best == HWFP_STRENGTH_STRONG || best == HWFP_STRENGTH_FAIR) {
        doctor_say(d, DOCTOR_OK, "the strength of the identity on record is %s",
                   hwfp_strength_name(best));
        return;
    }
    doctor_say(d, DOCTOR_WARNING,
               "the strength of the identity on record is %s: a copy may pass for this machine",
               hwfp_strength_name(best));
    doctor_mend(d, "%s status shows what the machine is known by; hwfp-similarity(7), STRENGTH",
                d->hwfp);
}

/* amazon-ssm-agent's way to switch its check off, which this takes over from it. */
static void check_threshold(struct doctor *d, const struct hwfp_vault *vault)
{
    if (vault->threshold != HWFP_THRESHOLD_OFF)
        return;
    doctor_say(d, DOCTOR_PROBLEM, "the threshold is %d: every copy passes", vault->threshold);
    doctor_mend(d, "%s threshold %d", d->hwfp, HWFP_THRESHOLD_DEFAULT);
}

static void tell_verdict(struct doctor *d, const struct hwfp_result *result)
{
    CLEANUP_FREE char *reason = doctor_sentence(d, result->reason);

    if (result->verdict == HWFP_SAME) {
        doctor_say(d, DOCTOR_OK, "this machine is the same, similarity %d", result->similarity);
        return;
    }
    doctor_say(d, result->verdict == HWFP_UNCERTAIN ? DOCTOR_WARNING : DOCTOR_PROBLEM,
               "the verdict is %s: %s", hwfp_verdict_name(result->verdict),
               reason ? reason : "no memory");
    if (result->verdict == HWFP_DIFFERENT || result->verdict == HWFP_UNCERTAIN)
        doctor_mend(d, "%s diff shows what differs; %s accept, if this machine is to be trusted",
                    d->hwfp, d->hwfp);
}

/* An image brings no hardware: there is nothing to compare. */
static void check_verdict(struct doctor *d)
{
    struct hwfp_result result = {0};

    if (!hwfp_system_is_live(d->system) && !doctor_exists(d, "sys/class") &&
        !doctor_exists(d, "sys/firmware"))
        return;
    if (d->session->config_error)
        return;
    if (hwfp_gate(d->system, d->config, HWFP_GATE_READ_ONLY, &result) < 0)
        d->no_memory = true;
    else
        tell_verdict(d, &result);
    d->judged = !result.from_published;
    d->verdict = result.verdict;
    hwfp_result_clear(&result);
}

void doctor_machine(struct doctor *d)
{
    CLEANUP_FREE char *error = NULL;
    struct hwfp_vault *vault = NULL;
    int r = hwfp_vault_load(d->system, &vault, &error);

    if (r == -ENOENT) {
        no_vault(d);
        return;
    }
    if (r < 0) {
        bad_vault(d, r, error);
        return;
    }
    if (vault->damage)
        tell_damage(d, vault);
    check_strength(d, vault);
    check_threshold(d, vault);
    check_verdict(d);
    vault = hwfp_vault_free(vault);
}
