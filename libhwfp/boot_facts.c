/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot_facts.h"

#include <string.h>

#include "digest.h"
#include "evidence.h"
#include "hash.h"
#include "util.h"

/* ---- As they are now. ---- */

static int digest_fact(const struct hwfp_key *key, const char *name, const void *value, size_t size,
                       char ret[HWFP_BOOT_FACT_SIZE])
{
    struct digest_key *digest_key = NULL;
    uint8_t digest[DIGEST_FULL];
    int r = digest_key_new(key->bytes, sizeof(key->bytes), &digest_key);

    if (r < 0)
        return r;
    digest_hmac(digest_key, name, strlen(name) + 1, value, size, digest);
    digest_key_free(digest_key);
    hex_encode(digest, HWFP_DIGEST_SIZE, ret);
    return 0;
}

static int add_generation_id(const struct hwfp_system *system, const struct hwfp_key *key,
                             struct hwfp_boot_facts *facts)
{
    uint8_t id[GENERATION_ID_SIZE];

    if (source_generation_id(system, id) < 0)
        return 0;
    return digest_fact(key, "generation-id", id, sizeof(id), facts->generation_id);
}

static int add_generation_counter(const struct hwfp_system *system, const struct hwfp_key *key,
                                  struct hwfp_boot_facts *facts)
{
    char text[32];
    uint64_t counter;

    if (source_generation_counter(system, &counter) < 0)
        return 0;
    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)counter);
    return digest_fact(key, "generation-counter", text, strlen(text), facts->generation_counter);
}

/* Something to know a machine by, and nothing of that kind that could not be read. */
static bool has_chassis_evidence(const struct hwfp_hash *hash)
{
    size_t items = 0;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++) {
        const struct hwfp_items *set = &hash->component[c];

        if (hwfp_component_class((enum hwfp_component)c) != HWFP_CHASSIS)
            continue;
        if (set->status == HWFP_UNREADABLE || set->incomplete)
            return false;
        items += set->n;
    }
    return items > 0;
}

/* The chassis evidence, not the table's bytes: those may change where a running guest is moved to
 * another host, or is given memory, and it is still the same machine. */
static int add_smbios(const struct hwfp_system *system, const struct hwfp_key *key, uint32_t ignore,
                      struct hwfp_boot_facts *facts)
{
    const uint32_t dimms = UINT32_C(1) << HWFP_DIMM_SERIAL;
    struct hwfp_hash copy = {0};
    int r = hash_collect_firmware_copy(system, key, ignore | dimms, &copy);

    if (r == 0 && has_chassis_evidence(&copy))
        hash_evidence_digest(&copy, key, facts->smbios);
    hwfp_hash_clear(&copy);
    return r;
}

/* That all disks have changed can only be seen where all of them have a name. */
static void add_disks(const struct hwfp_items *disks, struct hwfp_boot_facts *facts)
{
    if (disks->incomplete || disks->unnamed || disks->n > HWFP_BOOT_DISKS_MAX)
        return;
    for (size_t i = 0; i < disks->n; i++)
        hex_encode(disks->items[i].digest, HWFP_DIGEST_SIZE, facts->disk[i]);
    facts->n_disks = disks->n;
}

int boot_facts_collect(const struct hwfp_system *system, const struct hwfp_key *key,
                       uint32_t ignore, const struct hwfp_hash *hash, struct hwfp_boot_facts *ret)
{
    struct hwfp_boot_facts facts = {0};
    /* What is left out is left out of the facts: under another `ignore` they are others. */
    int r = digest_fact(key, "boot-facts", &ignore, sizeof(ignore), facts.key);

    /* A container's host may be another one at any time. */
    if (r == 0 && !hash->container) {
        add_disks(&hash->component[HWFP_DISK_SERIAL], &facts);
        r = add_generation_id(system, key, &facts);
        if (r == 0)
            r = add_generation_counter(system, key, &facts);
        if (r == 0)
            r = add_smbios(system, key, ignore, &facts);
    }
    if (r == 0)
        *ret = facts;
    return r;
}

/* ---- Then and now. ---- */

static bool fact_changed(const char *recorded, const char *now)
{
    return *recorded && *now && strcmp(recorded, now) != 0;
}

static bool has_disk(const struct hwfp_boot_facts *facts, const char *disk)
{
    for (size_t i = 0; i < facts->n_disks; i++)
        if (strcmp(facts->disk[i], disk) == 0)
            return true;
    return false;
}

static bool all_disks_changed(const struct hwfp_boot_facts *recorded,
                              const struct hwfp_boot_facts *now)
{
    for (size_t i = 0; i < now->n_disks; i++)
        if (has_disk(recorded, now->disk[i]))
            return false;
    return recorded->n_disks > 0 && now->n_disks > 0;
}

const char *boot_facts_changed(const struct hwfp_boot_facts *recorded,
                               const struct hwfp_boot_facts *now)
{
    if (fact_changed(recorded->key, now->key))
        return NULL;
    if (fact_changed(recorded->smbios, now->smbios))
        return "the firmware describes another machine than earlier in this boot: "
               "a memory snapshot was restored";
    if (fact_changed(recorded->generation_id, now->generation_id))
        return "the VM generation id is another one than earlier in this boot: "
               "a memory snapshot was restored";
    if (fact_changed(recorded->generation_counter, now->generation_counter))
        return "the VM clock's generation counter is another one than earlier in this boot: "
               "a memory snapshot was restored";
    if (all_disks_changed(recorded, now))
        return "all disks are others than earlier in this boot: "
               "the trace of a restored memory snapshot";
    return NULL;
}

/* ---- Completing. ---- */

static bool complete_fact(char *recorded, const char *now)
{
    if (*recorded || !*now)
        return false;
    copy_text(recorded, HWFP_BOOT_FACT_SIZE, now);
    return true;
}

/* Disks that were late, or were put in since, belong to those of which one must still be there. */
static bool complete_disks(struct hwfp_boot_facts *recorded, const struct hwfp_boot_facts *now)
{
    size_t before = recorded->n_disks;

    for (size_t i = 0; i < now->n_disks && recorded->n_disks < HWFP_BOOT_DISKS_MAX; i++)
        if (!has_disk(recorded, now->disk[i]))
            copy_text(recorded->disk[recorded->n_disks++], HWFP_BOOT_FACT_SIZE, now->disk[i]);
    return recorded->n_disks > before;
}

bool boot_facts_complete(struct hwfp_boot_facts *recorded, const struct hwfp_boot_facts *now)
{
    bool added = false;

    if (fact_changed(recorded->key, now->key))
        *recorded = (struct hwfp_boot_facts){0};
    if (boot_facts_changed(recorded, now))
        return false;
    added = complete_fact(recorded->key, now->key);
    added = complete_fact(recorded->generation_id, now->generation_id) || added;
    added = complete_fact(recorded->generation_counter, now->generation_counter) || added;
    added = complete_fact(recorded->smbios, now->smbios) || added;
    return complete_disks(recorded, now) || added;
}
