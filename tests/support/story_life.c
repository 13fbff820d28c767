/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to random machines, how they are copied, and which of it cannot be told. */
#include <string.h>

#include "hash.h"
#include "story.h"
#include "util.h"

#define BIT(c) (UINT32_C(1) << (c))
#define FIRMWARE                                                                                   \
    (BIT(HWFP_SYSTEM_UUID) | BIT(HWFP_SYSTEM_SERIAL) | BIT(HWFP_BOARD_SERIAL) |                    \
     BIT(HWFP_CHASSIS_SERIAL) | BIT(HWFP_DEVICETREE_SERIAL) | BIT(HWFP_SOC_SERIAL) |               \
     BIT(HWFP_OEM_KEY) | BIT(HWFP_CLOUD_INSTANCE))
#define ADDRESSES (BIT(HWFP_NIC_MAC) | BIT(HWFP_NIC_MAC_SOFT))

/* ---- Parts. ---- */

/* A disk that can be taken out; m->n_disks where there is none. */
static size_t choose_disk(struct prng *p, const struct story_machine *m)
{
    size_t i = m->n_disks > 0 ? prng_below(p, m->n_disks) : 0;

    return i < m->n_disks && !m->disk[i].soldered && !m->disk[i].usb ? i : m->n_disks;
}

static bool change_disk(struct prng *p, enum story_event event, struct story_machine *m)
{
    size_t i = choose_disk(p, m);

    if (event == EVENT_DISK_ADDED) {
        if (m->n_disks == STORY_DISKS)
            return false;
        story_draw_disk(p, m, &m->disk[m->n_disks++]);
        return true;
    }
    if (i == m->n_disks || (event == EVENT_DISK_REMOVED && m->n_disks == 1))
        return false;
    if (event == EVENT_DISK_REPLACED)
        story_draw_disk(p, m, &m->disk[i]);
    else if (event == EVENT_DISK_TO_USB)
        m->disk[i].usb = true;
    else
        m->disk[i] = m->disk[--m->n_disks];
    return true;
}

static bool change_dimms(struct prng *p, bool all, struct story_machine *m)
{
    if (m->n_dimms == 0)
        return false;
    if (all) {
        m->gigabytes *= 2;
        for (size_t i = 0; i < m->n_dimms; i++)
            story_draw_dimm(p, m, m->dimm[i]);
    } else if (prng_chance(p, 50) && m->n_dimms < STORY_DIMMS) {
        story_draw_dimm(p, m, m->dimm[m->n_dimms++]);
    } else {
        story_draw_dimm(p, m, m->dimm[prng_below(p, m->n_dimms)]);
    }
    return true;
}

/* The first interface of this place, but for the management controller's; m->n_nics: none. */
static size_t find_nic(const struct story_machine *m, enum story_place place)
{
    size_t i = place == PLACE_USB && m->model->maker->management_nic ? m->model->nics + 1 : 0;

    while (i < m->n_nics && m->nic[i].place != place)
        i++;
    return i < m->n_nics ? i : m->n_nics;
}

static void take_nic(struct story_machine *m, size_t i)
{
    m->n_nics--;
    memmove(&m->nic[i], &m->nic[i + 1], (m->n_nics - i) * sizeof(m->nic[0]));
}

static bool add_nic(struct prng *p, enum story_place place, struct story_machine *m)
{
    if (m->n_nics == STORY_NICS)
        return false;
    m->nic[m->n_nics] = (struct story_nic){.place = place};
    story_draw_address(p, false, m->nic[m->n_nics++].address);
    return true;
}

static bool change_nic(struct prng *p, enum story_event event, struct story_machine *m)
{
    size_t i;

    switch (event) {
    case EVENT_NIC_CARD_ADDED:
        return add_nic(p, PLACE_CARD, m);
    case EVENT_NIC_CARD_REPLACED:
        i = find_nic(m, PLACE_CARD);
        if (i == m->n_nics)
            return false;
        story_draw_address(p, false, m->nic[i].address);
        return true;
    case EVENT_USB_NIC:
        i = find_nic(m, PLACE_USB);
        if (i == m->n_nics)
            return add_nic(p, PLACE_USB, m);
        take_nic(m, i);
        return true;
    default:
        /* A built-in one is gone. Whoever had only that buys another; a UUID that the firmware
         * makes of the first one is made of the next (metal-stack/metal-hammer #52). */
        i = find_nic(m, PLACE_BUILT_IN);
        if (i == m->n_nics)
            return false;
        take_nic(m, i);
        if (find_nic(m, PLACE_BUILT_IN) == m->n_nics)
            return add_nic(p, prng_chance(p, 50) ? PLACE_CARD : PLACE_USB, m);
        if (m->model->maker->uuid == HABIT_OF_MAC)
            story_draw_uuid(p, m);
        return true;
    }
}

void story_boot(struct prng *p, struct story_machine *m)
{
    for (size_t i = 0; i < m->n_nics; i++)
        if (m->nic[i].made_up)
            story_draw_address(p, true, m->nic[i].address);
}

/* ---- The firmware, and the board. ---- */

/* A chassis number that the firmware tells, drawn from those that are there; HWFP_ASSET_TAG: none.
 */
static unsigned choose_number(struct prng *p, const struct story_machine *m, unsigned from)
{
    unsigned first = from + (unsigned)prng_below(p, HWFP_ASSET_TAG - from);

    for (unsigned i = 0; i < HWFP_ASSET_TAG - from; i++) {
        unsigned c = from + (first - from + i) % (HWFP_ASSET_TAG - from);

        if (m->number[c][0] && c != HWFP_OEM_KEY && c != HWFP_SOC_SERIAL)
            return c;
    }
    return HWFP_ASSET_TAG;
}

static void renew_text(struct prng *p, char text[STORY_TEXT])
{
    if (text[0])
        story_draw_hex(p, strlen(text), text);
}

static bool change_firmware(struct prng *p, enum story_event event, struct story_machine *m)
{
    enum story_habit uuid = m->model->maker->uuid;
    bool changed = false;
    unsigned c;

    story_draw_hex(p, 4, m->bios);
    switch (event) {
    case EVENT_FIRMWARE_NEW_UUID:
        /* The maker's default, which all have after that update (MeshCentral #8152), or a new one.
         */
        if (uuid == HABIT_NONE || uuid == HABIT_JUNK)
            return false;
        if (prng_chance(p, 50)) {
            copy_text(m->number[HWFP_SYSTEM_UUID], STORY_TEXT,
                      "03000200-0400-0500-0006-000700080009");
        } else {
            story_draw_hex(p, 8, m->number[HWFP_SYSTEM_UUID]);
            (void)snprintf(m->number[HWFP_SYSTEM_UUID] + 8, STORY_TEXT - 8, "%s",
                           "-6a1e-4c77-9d52-");
            story_draw_hex(p, 12, m->number[HWFP_SYSTEM_UUID] + 24);
        }
        return true;
    case EVENT_FIRMWARE_NEW_SERIAL:
        c = choose_number(p, m, HWFP_SYSTEM_SERIAL);
        if (c == HWFP_ASSET_TAG)
            return false;
        /* A boot loader that knows the chip's number now (armbian/build #5510). */
        if (c == HWFP_DEVICETREE_SERIAL && m->number[HWFP_SOC_SERIAL][0] &&
            strcmp(m->number[c], m->number[HWFP_SOC_SERIAL]) != 0)
            copy_text(m->number[c], STORY_TEXT, m->number[HWFP_SOC_SERIAL]);
        else
            renew_text(p, m->number[c]);
        return true;
    case EVENT_FIRMWARE_LOSES_FIELDS:
        for (c = 0; c < HWFP_SOC_SERIAL; c++)
            if (m->number[c][0] && prng_chance(p, 60)) {
                copy_text(m->lost[c], STORY_TEXT, m->number[c]);
                copy_text(m->number[c], STORY_TEXT,
                          c == HWFP_SYSTEM_UUID ? "00000000-0000-0000-0000-000000000000"
                                                : "Default string");
                changed = true;
            }
        return changed;
    case EVENT_FIRMWARE_GAINS_FIELDS:
        for (c = 0; c < HWFP_DEVICETREE_SERIAL; c++) {
            if (m->lost[c][0])
                copy_text(m->number[c], STORY_TEXT, m->lost[c]);
            else if (c != HWFP_SYSTEM_UUID && m->model->maker->board_serial == HABIT_JUNK)
                story_draw_hex(p, 10, m->number[c]);
            else
                continue;
            m->lost[c][0] = '\0';
            changed = true;
        }
        return changed;
    default:
        return true;
    }
}

static void replace_board(struct prng *p, bool tag, struct story_machine *m)
{
    static const unsigned kept[] = {HWFP_SYSTEM_SERIAL, HWFP_CHASSIS_SERIAL};
    char number[HWFP_ASSET_TAG][STORY_TEXT];
    enum story_habit uuid = m->model->maker->uuid;

    memcpy(number, m->number, sizeof(number));
    for (size_t i = 0; i < m->n_nics; i++)
        if (m->nic[i].place == PLACE_BUILT_IN)
            story_draw_address(p, false, m->nic[i].address);
    story_draw_numbers(p, m);
    renew_text(p, m->efi_token);
    for (size_t i = 0; tag && i < ARRAY_SIZE(kept); i++)
        copy_text(m->number[kept[i]], STORY_TEXT, number[kept[i]]);
    /* Written with the tag: what is made of it, and where the tool has it, the UUID. */
    if (tag && (uuid == HABIT_OF_SERIAL || (uuid == HABIT_OWN && prng_chance(p, 50))))
        copy_text(m->number[HWFP_SYSTEM_UUID], STORY_TEXT, number[HWFP_SYSTEM_UUID]);
    if (tag && prng_chance(p, 50))
        copy_text(m->number[HWFP_OEM_KEY], STORY_TEXT, number[HWFP_OEM_KEY]);
}

static bool cannot_read(struct prng *p, struct story_look *look)
{
    static const uint32_t unreadable[] = {FIRMWARE | BIT(HWFP_DIMM_SERIAL), BIT(HWFP_DISK_SERIAL),
                                          ADDRESSES, BIT(HWFP_CPU_MODEL)};

    look->unreadable |= unreadable[prng_below(p, ARRAY_SIZE(unreadable))];
    return true;
}

bool story_happens(struct prng *p, enum story_event event, struct story_machine *m,
                   struct story_look *look)
{
    const struct story_maker *maker = m->model->maker;

    switch (event) {
    case EVENT_DISK_REPLACED:
    case EVENT_DISK_ADDED:
    case EVENT_DISK_REMOVED:
    case EVENT_DISK_TO_USB:
        return change_disk(p, event, m);
    case EVENT_DIMM_REPLACED:
    case EVENT_DIMMS_ALL_REPLACED:
        return change_dimms(p, event == EVENT_DIMMS_ALL_REPLACED, m);
    case EVENT_NIC_CARD_ADDED:
    case EVENT_NIC_CARD_REPLACED:
    case EVENT_USB_NIC:
    case EVENT_ONBOARD_NIC_LOST:
        return change_nic(p, event, m);
    case EVENT_CPU_REPLACED:
        renew_text(p, m->cpu_serial);
        if (prng_chance(p, 50))
            story_draw_hex(p, 6, m->cpu);
        return true;
    case EVENT_FIRMWARE_UPDATED:
    case EVENT_FIRMWARE_NEW_UUID:
    case EVENT_FIRMWARE_NEW_SERIAL:
    case EVENT_FIRMWARE_LOSES_FIELDS:
    case EVENT_FIRMWARE_GAINS_FIELDS:
        return change_firmware(p, event, m);
    case EVENT_EFI_TOKEN_LOST:
        renew_text(p, m->efi_token);
        return m->efi_token[0];
    case EVENT_BOARD_REPLACED_WITH_TAG:
    case EVENT_BOARD_REPLACED_WITHOUT_TAG:
        if (event == EVENT_BOARD_REPLACED_WITH_TAG && maker->system_serial != HABIT_OWN)
            return false;
        replace_board(p, event == EVENT_BOARD_REPLACED_WITH_TAG, m);
        return true;
    case EVENT_ENCLOSURE_REPLACED:
        if (maker->chassis_serial != HABIT_OWN)
            return false;
        renew_text(p, m->number[HWFP_CHASSIS_SERIAL]);
        return true;
    case EVENT_DISKS_LATE:
        look->absent |= BIT(HWFP_DISK_SERIAL);
        return m->n_disks > 0;
    case EVENT_NIC_LATE:
        look->late_nics = m->n_nics > 0 ? 1 + prng_below(p, m->n_nics) : 0;
        return m->n_nics > 0;
    case EVENT_UNREADABLE:
        return cannot_read(p, look);
    case EVENT_VM_MOVED:
        story_draw_hex(p, 9, m->host);
        story_show_host(p, m);
        if (prng_chance(p, 30))
            story_draw_hex(p, 6, m->cpu);
        return true;
    case EVENT_VM_RESIZED:
        m->gigabytes *= 2;
        if (prng_chance(p, 20))
            story_draw_hex(p, 6, m->cpu);
        return true;
    case EVENT_VM_NEW_MAC:
        if (m->n_nics == 0)
            return false;
        story_draw_address(p, false, m->nic[prng_below(p, m->n_nics)].address);
        return true;
    case EVENT_VM_NEW_DISK_SERIALS:
        for (size_t i = 0; i < m->n_disks; i++)
            story_draw_disk(p, m, &m->disk[i]);
        return m->model->disk_serials;
    case EVENT_VM_POWER_CYCLE:
        if (maker->renews_uuid)
            story_draw_uuid(p, m);
        return true;
    case EVENT_KERNEL_UPGRADED: /* rule 1: shows the same evidence */
        return true;
    default:
        return false;
    }
}

/* ---- Copies. ---- */

/* A soldered one stays where it is: its image goes instead. */
static void move_disk(const struct story_machine *from, size_t i, struct story_machine *to)
{
    if (i >= from->n_disks || from->disk[i].soldered)
        return;
    if (i < to->n_disks && !to->disk[i].soldered)
        to->disk[i] = from->disk[i];
    else if (to->n_disks < STORY_DISKS)
        to->disk[to->n_disks++] = from->disk[i];
    /* In a machine's own bay. */
    to->disk[i < to->n_disks ? i : to->n_disks - 1].usb = false;
}

static void move_all_disks(const struct story_machine *from, struct story_machine *to)
{
    to->n_disks = to->n_disks > 0 && to->disk[0].soldered ? 1 : 0;
    for (size_t i = 0; i < from->n_disks; i++)
        if (!from->disk[i].soldered && to->n_disks < STORY_DISKS) {
            to->disk[to->n_disks] = from->disk[i];
            to->disk[to->n_disks++].usb = false;
        }
}

static void move_parts(const struct story_machine *from, struct story_machine *to)
{
    move_all_disks(from, to);
    memcpy(to->dimm, from->dimm, sizeof(to->dimm));
    to->n_dimms = from->n_dimms;
    to->gigabytes = from->gigabytes;
    for (size_t i = to->n_nics; i-- > 0;)
        if (to->nic[i].place == PLACE_CARD)
            take_nic(to, i);
    for (size_t i = 0; i < from->n_nics; i++)
        if (from->nic[i].place == PLACE_CARD && to->n_nics < STORY_NICS)
            to->nic[to->n_nics++] = from->nic[i];
}

static void keep_addresses(const struct story_machine *from, struct story_machine *to)
{
    memcpy(to->nic, from->nic, sizeof(to->nic));
    to->n_nics = from->n_nics;
}

/* A provider's own number is new on each instance, and so is the UUID that goes with it. */
static void keep_numbers(const struct story_machine *from, struct story_machine *to)
{
    if (from->model->maker->cloud_instance == HABIT_NONE)
        memcpy(to->number, from->number, sizeof(to->number));
}

static void hide(struct prng *p, struct story_look *look)
{
    static const struct {
        uint32_t absent, unreadable;
    } ways[] = {
        {FIRMWARE, 0},
        {FIRMWARE | ADDRESSES, 0},
        {FIRMWARE | BIT(HWFP_DIMM_SERIAL), 0},
        {FIRMWARE | BIT(HWFP_DIMM_SERIAL) | ADDRESSES, 0},
        {ADDRESSES, 0},
        {ADDRESSES | BIT(HWFP_DIMM_SERIAL), 0},
        {0, ADDRESSES | BIT(HWFP_DIMM_SERIAL)},
        {0, FIRMWARE},
        {FIRMWARE, ADDRESSES},
    };
    size_t way = prng_below(p, ARRAY_SIZE(ways));

    look->absent |= ways[way].absent;
    look->unreadable |= ways[way].unreadable;
}

void story_make_copy(struct prng *p, enum story_copy copy, const struct story_machine *original,
                     const struct story_model *twins, const struct story_model *other,
                     struct story_machine *ret, struct story_look *look)
{
    bool elsewhere =
        copy == COPY_IMAGE_ON_OTHER || copy == COPY_DISK_IN_OTHER || copy == COPY_OTHER_KIND;

    story_draw_machine(p, elsewhere ? other : twins, ret);
    /* A software's constant goes with the image. */
    if (original->model->maker->address == ADDRESS_IN_IMAGE && elsewhere && ret->n_nics > 0)
        copy_text(ret->nic[0].address, STORY_TEXT, original->model->address);
    switch (copy) {
    case COPY_DISK_IN_TWIN:
    case COPY_DISK_IN_OTHER:
        move_disk(original, 0, ret);
        break;
    case COPY_ALL_DISKS_IN_TWIN:
        move_all_disks(original, ret);
        break;
    case COPY_PARTS_IN_TWIN:
        move_parts(original, ret);
        break;
    case COPY_IN_ENCLOSURE:
        copy_text(ret->enclosure, STORY_TEXT, original->enclosure);
        copy_text(ret->host, STORY_TEXT, original->host);
        story_draw_numbers(p, ret);
        break;
    case COPY_HIDDEN:
        if (prng_chance(p, 50))
            move_disk(original, 0, ret);
        hide(p, look);
        break;
    case COPY_OTHER_KIND:
        /* For a licence's sake. */
        if (ret->virtual_machine && prng_chance(p, 30)) {
            copy_text(ret->number[HWFP_SYSTEM_UUID], STORY_TEXT,
                      original->number[HWFP_SYSTEM_UUID]);
            copy_text(ret->number[HWFP_SYSTEM_SERIAL], STORY_TEXT,
                      original->number[HWFP_SYSTEM_SERIAL]);
        }
        break;
    case COPY_VM_NEW_UUID_KEPT_MAC:
        keep_addresses(original, ret);
        break;
    case COPY_VM_KEPT_UUID_NEW_MAC:
        keep_numbers(original, ret);
        break;
    case COPY_VM_KEPT_ALL:
        keep_numbers(original, ret);
        keep_addresses(original, ret);
        break;
    default:
        break;
    }
    if (copy == COPY_VM_KEPT_ALL ||
        (copy >= COPY_VM_NEW_UUID_NEW_MAC && prng_chance(p, story_clone_keeps_disk)))
        move_all_disks(original, ret);
    if (copy >= COPY_VM_NEW_UUID_NEW_MAC && prng_chance(p, 50)) {
        copy_text(ret->host, STORY_TEXT, original->host);
        copy_text(ret->cpu, STORY_TEXT, original->cpu);
        story_show_host(p, ret);
    }
}

/* ---- What cannot be told. ---- */

const char *story_untold_name(enum story_untold untold)
{
    static const char *const names[STORY_UNTOLD] = {
        [UNTOLD_NOT] = "can be told",
        [UNTOLD_NO_EVIDENCE] = "nothing on record can be compared",
        [UNTOLD_ALL_IS_HERE] = "copy: all that can be compared is the original's",
        [UNTOLD_ONE_REPAIR] = "copy: one kind of part is another's, all else is here",
        [UNTOLD_UUID_RENEWED] = "guest: a new UUID, all else is here",
        [UNTOLD_NOTHING_LEFT] = "home: nothing is left of what is on record",
        [UNTOLD_LOOSE_LEFT] = "home: only disks and software's addresses are left",
        [UNTOLD_TYPED_LEFT] = "home: only typed serials, disks and software's addresses are left",
        [UNTOLD_BOARD_WITHOUT_TAG] = "home: board replaced, tag not written",
        [UNTOLD_PARTS_MOVED] = "copy: disks, DIMMs and cards in another unit",
    };

    return names[untold];
}

/* Evidence of a unit, as far as its kind has any. A guest's enclosure and memory are made up. */
static bool counts(enum hwfp_component c, bool virtual_machine)
{
    enum hwfp_class class = hwfp_component_class(c);

    if (c == HWFP_ASSET_TAG || (class != HWFP_CHASSIS && class != HWFP_PART))
        return false;
    return !virtual_machine || (c != HWFP_CHASSIS_SERIAL && c != HWFP_DIMM_SERIAL &&
                                c != HWFP_CPU_SERIAL && c != HWFP_EFI_TOKEN);
}

struct overlap {
    unsigned here, gone, differ; /* components: whole, not to be seen, with other items */
    unsigned parts_differ;       /* of `differ`: parts */
    unsigned agree;              /* with an item in common; not those made of another's number */
    bool loose;                  /* disks and software's addresses are all that agrees: a guest's
                                    are all software's, and kept by a clone with a new UUID */
    bool typed;                  /* those, and serial numbers that a service types */
    bool uuid_renewed;           /* the UUID and what is made of it differs, all else is here */
    bool model_differs;
};

/* What cannot be read now is left out. */
static struct overlap overlap_of(const struct hwfp_hash *a, const struct hwfp_hash *b)
{
    bool virtual_machine = a->virtual_machine && b->virtual_machine, uuid = false;
    bool of_a_host = virtual_machine || (a->container && b->container);
    struct overlap o = {.loose = true, .typed = true};
    unsigned derived = 0;

    for (unsigned i = 0; i < HWFP_COMPONENTS; i++) {
        enum hwfp_component c = (enum hwfp_component)i;
        const struct hwfp_items *was = &a->component[c], *is = &b->component[c];
        size_t common = items_common(was, is);

        /* A guest or a container may start on another host. */
        if (!of_a_host && hwfp_component_class(c) == HWFP_MODEL && c != HWFP_BIOS_VERSION &&
            c != HWFP_MEMORY_LAYOUT && was->n > 0 && is->n > 0 && common == 0)
            o.model_differs = true;
        if (!counts(c, virtual_machine) || was->n == 0 || is->status == HWFP_UNREADABLE)
            continue;
        o.here += common == was->n;
        o.gone += common < was->n && is->n == 0;
        if (common < was->n && is->n > 0) {
            o.differ++;
            o.parts_differ += hwfp_component_class(c) == HWFP_PART;
            uuid = uuid || c == HWFP_SYSTEM_UUID;
            derived +=
                c == HWFP_SYSTEM_UUID || (was->derived && was->derived_from == HWFP_SYSTEM_UUID);
        }
        if (common > 0 && !was->derived) {
            o.agree++;
            o.loose = o.loose && (c == HWFP_DISK_SERIAL || c == HWFP_NIC_MAC_SOFT ||
                                  (uuid && virtual_machine && c == HWFP_NIC_MAC));
            o.typed = o.typed && (c == HWFP_DISK_SERIAL || c == HWFP_NIC_MAC_SOFT ||
                                  c == HWFP_SYSTEM_SERIAL || c == HWFP_CHASSIS_SERIAL);
        }
    }
    o.uuid_renewed = virtual_machine && uuid && o.differ == derived && o.gone == 0 && o.agree > 0;
    return o;
}

enum story_untold story_untold_at_home(const struct hwfp_hash *before, const struct hwfp_hash *now)
{
    struct overlap o = overlap_of(before, now);

    if (o.agree == 0 && o.differ == 0)
        return UNTOLD_NO_EVIDENCE;
    if (o.uuid_renewed)
        return UNTOLD_UUID_RENEWED;
    if (o.agree == 0)
        return UNTOLD_NOTHING_LEFT;
    if (o.loose && o.differ > 0)
        return UNTOLD_LOOSE_LEFT;
    if (o.typed && !before->virtual_machine && o.differ > 1)
        return UNTOLD_TYPED_LEFT;
    return UNTOLD_NOT;
}

enum story_untold story_untold_copy(const struct hwfp_hash *steady, const struct hwfp_hash *copy)
{
    struct overlap o = overlap_of(steady, copy);

    if (o.here + o.gone + o.differ == 0)
        return UNTOLD_NO_EVIDENCE;
    if (steady->virtual_machine != copy->virtual_machine || o.model_differs || o.gone > 0)
        return UNTOLD_NOT;
    if (o.uuid_renewed)
        return UNTOLD_UUID_RENEWED;
    if (o.differ == 0)
        return UNTOLD_ALL_IS_HERE;
    if (o.differ == 1 && o.parts_differ == 1 && o.agree > 0)
        return UNTOLD_ONE_REPAIR;
    return UNTOLD_NOT;
}
