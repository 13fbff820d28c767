/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the usual changes, and what a change does to a hardware hash. */
#include "simulate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "hash.h"
#include "util.h"

#define BIT(number) (UINT32_C(1) << (unsigned)(number))

#define UUID BIT(HWFP_SYSTEM_UUID)
#define DISK BIT(HWFP_DISK_SERIAL)
#define NIC BIT(HWFP_NIC_MAC)
#define DIMM BIT(HWFP_DIMM_SERIAL)
#define ADDRESS BIT(HWFP_IP_ADDRESS)
#define MAINBOARD (UUID | BIT(HWFP_BOARD_SERIAL))
#define SERVICE_TAG (BIT(HWFP_SYSTEM_SERIAL) | BIT(HWFP_CHASSIS_SERIAL))

/* What comes from SMBIOS or the device tree, and thus appears and vanishes together. */
#define FIRMWARE                                                                                   \
    (MAINBOARD | SERVICE_TAG | DIMM | BIT(HWFP_ASSET_TAG) | BIT(HWFP_CLOUD_INSTANCE) |             \
     BIT(HWFP_DEVICETREE_SERIAL) | BIT(HWFP_SYSTEM_MODEL) | BIT(HWFP_BOARD_MODEL) |                \
     BIT(HWFP_DEVICETREE_MODEL) | BIT(HWFP_BIOS_VERSION) | BIT(HWFP_MEMORY_LAYOUT))

#define UNIT                                                                                       \
    (BIT(HWFP_CHASSIS) | BIT(HWFP_PART)) /* classes that tell two units of a model apart           \
                                          */

enum where { ANYWHERE, BARE_METAL, VIRTUAL_MACHINE };

struct usual {
    const char *name;
    uint32_t components[SIMULATE_WAYS];
    uint32_t classes;   /* bits 1 << enum hwfp_class: their components change, too, all items */
    uint32_t kept;      /* except for these, which must be usable */
    uint32_t any, also; /* at least one of each must be usable, unless 0 */
    bool several;       /* only where a component of `any` has more than one item */
    enum where where;
};

/* A new mainboard has NICs of its own, and a service tag only if somebody writes it. A copied disk
 * brings the image, and the addresses where they are static. */
static const struct usual usual[] = {
    {.name = "one disk", .components = {[SIMULATE_ONE] = DISK}},
    {.name = "all disks", .components = {[SIMULATE_ALL] = DISK}, .any = DISK, .several = true},
    {.name = "one NIC", .components = {[SIMULATE_ONE] = NIC}},
    {.name = "all NICs", .components = {[SIMULATE_ALL] = NIC}, .any = NIC, .several = true},
    {.name = "one DIMM", .components = {[SIMULATE_ONE] = DIMM}},
    {.name = "all DIMMs", .components = {[SIMULATE_ALL] = DIMM}, .any = DIMM, .several = true},
    {.name = "every part", .classes = BIT(HWFP_PART), .any = NIC, .also = DISK | DIMM},
    {.name = "BIOS update", .components = {[SIMULATE_ALL] = BIT(HWFP_BIOS_VERSION)}},
    {.name = "CPU and memory",
     .components = {[SIMULATE_ALL] = BIT(HWFP_CPU_MODEL) | BIT(HWFP_MEMORY_LAYOUT) | DIMM},
     .any = BIT(HWFP_MEMORY_LAYOUT)},
    {.name = "mainboard, same service tag",
     .components = {[SIMULATE_ALL] = MAINBOARD | NIC},
     .any = MAINBOARD,
     .also = SERVICE_TAG,
     .where = BARE_METAL},
    {.name = "mainboard, no service tag",
     .components =
         {[SIMULATE_ALL] = MAINBOARD | NIC, [SIMULATE_GONE] = SERVICE_TAG | BIT(HWFP_ASSET_TAG)},
     .any = MAINBOARD,
     .where = BARE_METAL},
    {.name = "new UUID", .components = {[SIMULATE_ALL] = UUID}},
    {.name = "renamed", .components = {[SIMULATE_ALL] = BIT(HWFP_MACHINE_ID) | BIT(HWFP_HOSTNAME)}},
    {.name = "other network", .components = {[SIMULATE_ALL] = ADDRESS}},
    {.name = "reinstalled", .classes = BIT(HWFP_IMAGE)},
    {.name = "new disks, reinstalled",
     .components = {[SIMULATE_ALL] = DISK},
     .classes = BIT(HWFP_IMAGE),
     .any = DISK},
    {.name = "firmware unreadable", .components = {[SIMULATE_HIDDEN] = FIRMWARE}},
    {.name = "firmware silent", .components = {[SIMULATE_GONE] = FIRMWARE}},
    {.name = "clone, new UUID and MAC",
     .components = {[SIMULATE_ALL] = UUID | NIC | BIT(HWFP_CLOUD_INSTANCE)},
     .where = VIRTUAL_MACHINE},
    {.name = "disks moved, same model", .classes = UNIT, .kept = DISK},
    {.name = "copy, same model", .classes = UNIT},
    {.name = "copy, other network",
     .components = {[SIMULATE_ALL] = ADDRESS},
     .classes = UNIT,
     .any = ADDRESS},
    {.name = "copy, firmware silent",
     .components = {[SIMULATE_GONE] = FIRMWARE},
     .classes = UNIT,
     .any = FIRMWARE,
     .also = DISK | NIC},
    {.name = "copy, other model", .classes = UNIT | BIT(HWFP_MODEL)},
};
_Static_assert(ARRAY_SIZE(usual) < SIMULATE_MAX, "and the one that changes nothing");

static const char *const way_names[SIMULATE_WAYS] = {
    [SIMULATE_ALL] = "all",
    [SIMULATE_ONE] = "one",
    [SIMULATE_GONE] = "gone",
    [SIMULATE_HIDDEN] = "hidden",
};

uint32_t simulate_components(const struct simulate_change *change)
{
    uint32_t all = 0;

    for (unsigned way = 0; way < SIMULATE_WAYS; way++)
        all |= change->components[way];
    return all;
}

static uint32_t components_usable(const struct hwfp_hash *hash)
{
    uint32_t usable = 0;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (hash->component[c].status == HWFP_USABLE && hash->component[c].n > 0)
            usable |= BIT(c);
    return usable;
}

/* What a hypervisor makes of the UUID follows it. A maker's UUID is made of the serial number,
 * which stays as it is. */
static uint32_t components_derived(const struct hwfp_hash *hash)
{
    uint32_t derived = 0;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (hash->virtual_machine && hash->component[c].derived &&
            hash->component[c].derived_from == HWFP_SYSTEM_UUID)
            derived |= BIT(c);
    return derived;
}

static void add_derived(const struct hwfp_hash *hash, struct simulate_change *change)
{
    uint32_t follow = components_derived(hash) & ~simulate_components(change);

    for (unsigned way = 0; way < SIMULATE_WAYS; way++)
        if (change->components[way] & UUID)
            change->components[way] |= follow;
}

uint32_t simulate_restrict(const struct hwfp_hash *hash, struct simulate_change *change)
{
    uint32_t usable = components_usable(hash), left_out = simulate_components(change) & ~usable;

    add_derived(hash, change);
    for (unsigned way = 0; way < SIMULATE_WAYS; way++)
        change->components[way] &= usable;
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (simulate_has(change->components[SIMULATE_ONE], c) && hash->component[c].n == 1) {
            change->components[SIMULATE_ONE] &= ~BIT(c);
            change->components[SIMULATE_ALL] |= BIT(c);
        }
    return left_out;
}

static void add_classes(const struct usual *row, struct simulate_change *change)
{
    uint32_t taken = simulate_components(change) | row->kept;

    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (simulate_has(row->classes, hwfp_component_class((enum hwfp_component)c)) &&
            !simulate_has(taken, c))
            change->components[SIMULATE_ALL] |= BIT(c);
}

static bool has_several(const struct hwfp_hash *hash, uint32_t components)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        if (simulate_has(components, c) && hash->component[c].n > 1)
            return true;
    return false;
}

static bool is_there(uint32_t wanted, uint32_t usable)
{
    return wanted == 0 || (wanted & usable) != 0;
}

static bool makes_sense(const struct usual *row, const struct hwfp_hash *hash)
{
    uint32_t usable = components_usable(hash);

    if (row->where != ANYWHERE && hash->virtual_machine != (row->where == VIRTUAL_MACHINE))
        return false;
    return is_there(row->any, usable) && is_there(row->also, usable) &&
           is_there(row->kept, usable) && (!row->several || has_several(hash, row->any));
}

size_t simulate_usual(const struct hwfp_hash *hash, struct simulate_change ret[SIMULATE_MAX])
{
    size_t n = 0;

    ret[n++] = (struct simulate_change){.name = "nothing"};
    for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
        struct simulate_change *change = &ret[n];

        *change = (struct simulate_change){.name = usual[i].name};
        memcpy(change->components, usual[i].components, sizeof(change->components));
        add_classes(&usual[i], change);
        (void)simulate_restrict(hash, change);
        if (makes_sense(&usual[i], hash) && simulate_components(change) != 0)
            n++;
    }
    return n;
}

static int parse_way(const char *name, enum simulate_way *ret)
{
    for (unsigned way = 0; way < SIMULATE_WAYS; way++)
        if (strcmp(way_names[way], name) == 0) {
            *ret = (enum simulate_way)way;
            return 0;
        }
    return -EINVAL;
}

static int parse_word(char *word, struct simulate_change *change, char **ret_error)
{
    char *equals = strchr(word, '=');
    enum simulate_way way = SIMULATE_ALL;
    enum hwfp_component c;

    if (equals)
        *equals = '\0';
    if (hwfp_component_parse(word, &c) < 0)
        return fail(ret_error, -EINVAL, "'%s' is no component: hwfp status lists them", word);
    if (equals && parse_way(equals + 1, &way) < 0)
        return fail(ret_error, -EINVAL,
                    "'%s' is no way to change %s: expected all, one, gone or hidden", equals + 1,
                    word);
    if (simulate_has(simulate_components(change), c))
        return fail(ret_error, -EINVAL, "%s stands there twice", word);
    change->components[way] |= BIT(c);
    return 0;
}

int simulate_parse(const char *list, struct simulate_change *ret, char **ret_error)
{
    CLEANUP_FREE char *copy = strdup(list);
    struct simulate_change change = {.name = "as asked"};
    char *rest = copy, *word;
    int r = copy ? 0 : -ENOMEM;

    while (r == 0 && (word = strsep(&rest, ",")))
        r = parse_word(word, &change, ret_error);
    if (r == 0)
        *ret = change;
    return r;
}

char *simulate_spell(const struct simulate_change *change)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const char *comma = "";

    if (!out)
        return NULL;
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        for (unsigned way = 0; way < SIMULATE_WAYS; way++)
            if (simulate_has(change->components[way], c)) {
                (void)fprintf(out, "%s%s=%s", comma, hwfp_component_name((enum hwfp_component)c),
                              way_names[way]);
                comma = ",";
            }
    return text_finish(out, &text);
}

static int compare_items(const void *a, const void *b)
{
    const struct hwfp_item *first = a, *second = b;

    return memcmp(first->digest, second->digest, HWFP_DIGEST_SIZE);
}

/* SHA-256 of the old digest: as good as any value that was never seen, and none comes twice. */
static void renew(struct hwfp_items *set, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t digest[DIGEST_FULL];

        digest_plain("simulate", sizeof("simulate"), set->items[i].digest, HWFP_DIGEST_SIZE,
                     digest);
        memcpy(set->items[i].digest, digest, HWFP_DIGEST_SIZE);
        memset(set->items[i].label, 0, HWFP_LABEL_SIZE);
    }
    if (set->n > 1)
        qsort(set->items, set->n, sizeof(*set->items), compare_items);
}

static void change_items(enum simulate_way way, struct hwfp_items *set)
{
    switch (way) {
    case SIMULATE_ONE:
        renew(set, set->n > 0);
        break;
    case SIMULATE_GONE:
        items_clear(set);
        break;
    case SIMULATE_HIDDEN:
        items_clear(set);
        set->status = HWFP_UNREADABLE;
        break;
    case SIMULATE_ALL:
    default:
        renew(set, set->n);
        break;
    }
}

void simulate_apply(const struct simulate_change *change, struct hwfp_hash *hash)
{
    for (unsigned c = 0; c < HWFP_COMPONENTS; c++)
        for (unsigned way = 0; way < SIMULATE_WAYS; way++)
            if (simulate_has(change->components[way], c))
                change_items((enum simulate_way)way, &hash->component[c]);
}
