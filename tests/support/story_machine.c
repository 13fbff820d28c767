/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines as their makers fill them in, and the evidence that the sources find on them. */
#include <ctype.h>
#include <err.h>
#include <string.h>

#include "hash.h"
#include "story.h"
#include "util.h"

/* Supermicro's, on every board of X12 and later. */
#define MANAGEMENT_ADDRESS "be:3a:f2:b6:05:9f"

const char *story_kind_name(enum story_kind kind)
{
    static const char *const names[STORY_KINDS] = {
        [STORY_SERVER] = "server",
        [STORY_PC] = "desktop or laptop with a serial number",
        [STORY_JUNK] = "desktop with junk firmware",
        [STORY_PI] = "board with a serial number (Raspberry Pi)",
        [STORY_BOARD] = "board without one, or with a constant",
        [STORY_VM] = "virtual machine",
        [STORY_MICRO] = "microVM, container",
    };

    return names[kind];
}

/* ---- Numbers. ---- */

static unsigned between(struct prng *p, const unsigned range[2])
{
    return range[0] + (unsigned)prng_below(p, range[1] - range[0] + 1);
}

static void draw_text(struct prng *p, const char *alphabet, size_t n, char *ret)
{
    size_t letters = strlen(alphabet);

    for (size_t i = 0; i < n; i++)
        ret[i] = alphabet[prng_below(p, letters)];
    ret[n] = '\0';
}

void story_draw_hex(struct prng *p, size_t n, char *ret)
{
    draw_text(p, "0123456789abcdef", n, ret);
}

static void draw_serial(struct prng *p, size_t n, char ret[STORY_TEXT])
{
    draw_text(p, "0123456789BCDFGHJKLMNPQRSTVWXYZ", n, ret);
}

/* Three bytes behind the maker's. */
static void draw_address_of(struct prng *p, const char *maker, char ret[STORY_TEXT])
{
    unsigned number = (unsigned)prng_below(p, 1U << 24);

    (void)snprintf(ret, STORY_TEXT, "%s:%02x:%02x:%02x", maker, number >> 16, number >> 8 & 0xff,
                   number & 0xff);
}

void story_draw_address(struct prng *p, bool local, char ret[STORY_TEXT])
{
    static const char *const makers[] = {"3c:ec:ef", "b4:96:91", "18:66:da", "e4:5f:01"};
    const char *maker = makers[prng_below(p, ARRAY_SIZE(makers))];

    draw_address_of(p, local ? "02:81:7c" : maker, ret);
}

static void print_uuid(const uint8_t u[16], char ret[STORY_TEXT])
{
    (void)snprintf(ret, STORY_TEXT,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0],
                   u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13],
                   u[14], u[15]);
}

/* Version 4, as most makers draw it. */
static void draw_random_uuid(struct prng *p, char ret[STORY_TEXT])
{
    uint8_t u[16];

    for (size_t i = 0; i < sizeof(u); i++)
        u[i] = (uint8_t)prng_below(p, 256);
    u[6] = (uint8_t)((u[6] & 0x0f) | 0x40);
    u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
    print_uuid(u, ret);
}

/* Dell scatters the seven characters of the tag; HPE puts the serial number's ten at the end. */
static void make_uuid_of_serial(const char *serial, char ret[STORY_TEXT])
{
    static const unsigned char place[7] = {10, 5, 6, 9, 13, 14, 15};
    uint8_t dell[16] = {'L', 'L', 'E', 'D', 0, 0, 0, 0x10, 0x80, 0, 0, 0xc0, 0x4f};
    uint8_t hpe[16] = {'7', '6', '2', '5', '0', '2'};

    if (strlen(serial) == ARRAY_SIZE(place)) {
        for (size_t i = 0; i < ARRAY_SIZE(place); i++)
            dell[place[i]] = (uint8_t)serial[i];
        dell[place[0]] |= 0x80;
        print_uuid(dell, ret);
        return;
    }
    memcpy(hpe + 6, serial, 10);
    print_uuid(hpe, ret);
}

/* The model's first bytes, and the address of the first interface that is built in. */
static void make_uuid_of_address(const struct story_machine *m, char ret[STORY_TEXT])
{
    char digits[STORY_TEXT];
    const char *address = "000000000000";
    size_t n = 0;

    for (size_t i = 0; i < m->n_nics; i++)
        if (m->nic[i].place == PLACE_BUILT_IN) {
            for (const char *c = m->nic[i].address; *c; c++)
                if (*c != ':')
                    digits[n++] = *c;
            digits[n] = '\0';
            address = digits;
            break;
        }
    (void)snprintf(ret, STORY_TEXT, "%.24s%.12s", m->model->uuid, address);
}

/* "VMware-56 4d 3a ..., in bytes". */
static void spell_uuid(const char *uuid, char ret[STORY_TEXT])
{
    size_t n = (size_t)snprintf(ret, STORY_TEXT, "VMware-"), digits = 0;

    for (; *uuid && n < STORY_TEXT - 4; uuid++) {
        if (!isxdigit((unsigned char)*uuid))
            continue;
        if (digits > 0 && digits % 2 == 0)
            ret[n++] = ' ';
        ret[n++] = *uuid;
        digits++;
    }
    ret[n] = '\0';
}

static void draw_number(struct prng *p, enum story_habit habit, const struct story_machine *m,
                        char ret[STORY_TEXT])
{
    static const char *const junk[] = {"To Be Filled By O.E.M.", "Default string",
                                       "System Serial Number", "0123456789", "None"};
    /* What a serial number is made of: the system's, or the device tree's. */
    const char *serial = m->number[HWFP_SYSTEM_SERIAL][0] ? m->number[HWFP_SYSTEM_SERIAL]
                                                          : m->number[HWFP_DEVICETREE_SERIAL];

    ret[0] = '\0';
    switch (habit) {
    case HABIT_OWN:
        draw_serial(p, 10, ret);
        break;
    case HABIT_OF_SERIAL:
        copy_text(ret, STORY_TEXT, serial);
        break;
    case HABIT_OF_UUID:
        spell_uuid(m->number[HWFP_SYSTEM_UUID], ret);
        break;
    case HABIT_JUNK:
        copy_text(ret, STORY_TEXT, junk[prng_below(p, ARRAY_SIZE(junk))]);
        break;
    case HABIT_CONSTANT:
        copy_text(ret, STORY_TEXT, m->model->number);
        break;
    case HABIT_ENCLOSURE:
        copy_text(ret, STORY_TEXT, m->enclosure);
        break;
    case HABIT_HOST:
        copy_text(ret, STORY_TEXT, m->host);
        break;
    case HABIT_OF_MAC:
    case HABIT_NONE:
    default:
        break;
    }
}

void story_draw_uuid(struct prng *p, struct story_machine *m)
{
    char *uuid = m->number[HWFP_SYSTEM_UUID];

    switch (m->model->maker->uuid) {
    case HABIT_OF_SERIAL:
        make_uuid_of_serial(m->number[HWFP_SYSTEM_SERIAL], uuid);
        break;
    case HABIT_OF_MAC:
        make_uuid_of_address(m, uuid);
        break;
    case HABIT_CONSTANT:
        copy_text(uuid, STORY_TEXT, m->model->uuid);
        break;
    case HABIT_JUNK:
        copy_text(uuid, STORY_TEXT, "03000200-0400-0500-0006-000700080009");
        break;
    case HABIT_OWN:
        draw_random_uuid(p, uuid);
        break;
    default:
        uuid[0] = '\0';
        break;
    }
    if (m->model->maker->system_serial == HABIT_OF_UUID)
        draw_number(p, HABIT_OF_UUID, m, m->number[HWFP_SYSTEM_SERIAL]);
}

void story_draw_numbers(struct prng *p, struct story_machine *m)
{
    const struct story_maker *maker = m->model->maker;
    const struct {
        enum hwfp_component component;
        enum story_habit habit;
    } rows[] = {
        /* First those of which others are made. */
        {HWFP_SYSTEM_SERIAL, maker->system_serial},
        {HWFP_DEVICETREE_SERIAL, maker->devicetree_serial},
        {HWFP_BOARD_SERIAL, maker->board_serial},
        {HWFP_CHASSIS_SERIAL, maker->chassis_serial},
        {HWFP_SOC_SERIAL, maker->soc_serial},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        draw_number(p, rows[i].habit, m, m->number[rows[i].component]);
    /* A service tag has seven characters. */
    if (maker->uuid == HABIT_OF_SERIAL && strncmp(maker->name, "Dell", 4) == 0) {
        draw_serial(p, 7, m->number[HWFP_SYSTEM_SERIAL]);
        copy_text(m->number[HWFP_CHASSIS_SERIAL], STORY_TEXT, m->number[HWFP_SYSTEM_SERIAL]);
    }
    story_draw_uuid(p, m);
    if (maker->cloud_instance == HABIT_OWN) {
        memcpy(m->number[HWFP_CLOUD_INSTANCE], "ec2:i-0", sizeof("ec2:i-0"));
        story_draw_hex(p, 16, m->number[HWFP_CLOUD_INSTANCE] + strlen("ec2:i-0"));
    }
    if (m->model->oem_key)
        draw_serial(p, 29, m->number[HWFP_OEM_KEY]);
}

void story_show_host(struct prng *p, struct story_machine *m)
{
    const struct story_maker *maker = m->model->maker;

    if (maker->system_serial == HABIT_HOST)
        draw_number(p, HABIT_HOST, m, m->number[HWFP_SYSTEM_SERIAL]);
    if (maker->board_serial == HABIT_HOST)
        draw_number(p, HABIT_HOST, m, m->number[HWFP_BOARD_SERIAL]);
    if (maker->chassis_serial == HABIT_HOST)
        draw_number(p, HABIT_HOST, m, m->number[HWFP_CHASSIS_SERIAL]);
}

/* ---- Models and machines. ---- */

static const struct story_maker *draw_maker(struct prng *p, enum story_kind kind)
{
    unsigned shares = 0;
    size_t at;

    for (size_t i = 0; i < story_n_makers; i++)
        shares += story_makers[i].kind == kind ? story_makers[i].share : 0;
    at = prng_below(p, shares);
    for (size_t i = 0; i < story_n_makers; i++) {
        if (story_makers[i].kind != kind)
            continue;
        if (at < story_makers[i].share)
            return &story_makers[i];
        at -= story_makers[i].share;
    }
    errx(1, "no maker of kind %d", (int)kind);
}

void story_draw_model(struct prng *p, enum story_kind kind, struct story_model *ret)
{
    /* Intel's i226, a QCA switch, Xilinx' examples. */
    static const char *const defaults[] = {"00:a0:c9:00:00:00", "00:03:7f:ba:db:ad",
                                           "00:0a:35:00:01:22"};
    const struct story_maker *maker = draw_maker(p, kind);
    unsigned number = 100 + (unsigned)prng_below(p, 900);

    /* One after the other: a compiler may run initialisers in any order. */
    *ret = (struct story_model){.maker = maker};
    ret->nics = between(p, maker->nics);
    ret->dimms = between(p, maker->dimms);
    ret->gigabytes = 8U << prng_below(p, 3);
    ret->dimm_serials = prng_chance(p, maker->dimm_serials);
    ret->disk_serials = prng_chance(p, maker->disk_serials);
    ret->oem_key = prng_chance(p, maker->oem_key);
    ret->cpu_serial = prng_chance(p, maker->cpu_serial);
    ret->efi_token = prng_chance(p, maker->efi_token);
    ret->soldered_disk = prng_chance(p, maker->soldered_disk);
    if (kind == STORY_PI || kind == STORY_BOARD)
        (void)snprintf(ret->devicetree, STORY_TEXT, "%s%u", maker->board, number);
    else if (*maker->system)
        (void)snprintf(ret->system, STORY_TEXT, "%s%u", maker->system, number);
    if (*maker->system && *maker->board)
        (void)snprintf(ret->board, STORY_TEXT, "%s%u", maker->board, number);
    (void)snprintf(ret->cpu, STORY_TEXT, "processor %u", (unsigned)prng_below(p, 40));
    draw_random_uuid(p, ret->uuid);
    draw_serial(p, 12, ret->number);
    story_draw_address(p, maker->address == ADDRESS_IN_IMAGE, ret->address);
    if (maker->address == ADDRESS_DEFAULT && !prng_chance(p, story_default_is_unknown))
        copy_text(ret->address, STORY_TEXT, defaults[prng_below(p, ARRAY_SIZE(defaults))]);
}

void story_draw_disk(struct prng *p, const struct story_machine *m, struct story_disk *ret)
{
    *ret = (struct story_disk){0};
    if (!m->model->disk_serials)
        return;
    if (m->model->maker->kind == STORY_PI || m->model->maker->kind == STORY_BOARD)
        story_draw_hex(p, 32, ret->serial);
    else
        draw_serial(p, 14, ret->serial);
}

void story_draw_dimm(struct prng *p, const struct story_machine *m, char ret[STORY_TEXT])
{
    if (m->model->dimm_serials)
        draw_text(p, "0123456789ABCDEF", 8, ret);
    else
        copy_text(ret, STORY_TEXT, "00000000");
}

static void draw_built_in(struct prng *p, const struct story_model *model, size_t i,
                          struct story_nic *ret)
{
    enum story_address address = model->maker->address;

    *ret = (struct story_nic){.place = PLACE_BUILT_IN, .made_up = address == ADDRESS_EACH_BOOT};
    /* A notebook's second interface is the WLAN card. */
    if (model->maker->kind == STORY_PC && i > 0)
        ret->place = PLACE_CARD;
    if (address == ADDRESS_IN_IMAGE || address == ADDRESS_DEFAULT)
        copy_text(ret->address, STORY_TEXT, model->address);
    else if (address == ADDRESS_GIVEN)
        draw_address_of(p, "52:54:00", ret->address);
    else
        story_draw_address(p, address != ADDRESS_BURNT_IN, ret->address);
}

void story_draw_machine(struct prng *p, const struct story_model *model, struct story_machine *ret)
{
    const struct story_maker *maker = model->maker;

    *ret = (struct story_machine){
        .model = model,
        .gigabytes = model->gigabytes,
        .n_nics = model->nics,
        .n_disks = between(p, maker->disks),
        .n_dimms = model->dimms,
        .virtual_machine =
            maker->kind == STORY_VM || (maker->kind == STORY_MICRO && !maker->container),
        .container = maker->container,
    };
    copy_text(ret->cpu, STORY_TEXT, model->cpu);
    copy_text(ret->bios, STORY_TEXT, "1");
    draw_serial(p, 9, ret->enclosure);
    draw_serial(p, 9, ret->host);
    for (size_t i = 0; i < ret->n_nics; i++)
        draw_built_in(p, model, i, &ret->nic[i]);
    if (maker->management_nic) {
        ret->nic[ret->n_nics] = (struct story_nic){.place = PLACE_USB};
        copy_text(ret->nic[ret->n_nics++].address, STORY_TEXT, MANAGEMENT_ADDRESS);
    }
    for (size_t i = 0; i < ret->n_disks; i++)
        story_draw_disk(p, ret, &ret->disk[i]);
    if (ret->n_disks > 0)
        ret->disk[0].soldered = model->soldered_disk;
    for (size_t i = 0; i < ret->n_dimms; i++)
        story_draw_dimm(p, ret, ret->dimm[i]);
    if (model->cpu_serial)
        story_draw_hex(p, 16, ret->cpu_serial);
    if (model->efi_token)
        story_draw_hex(p, 64, ret->efi_token);
    story_draw_numbers(p, ret);
}

/* ---- What the sources find. ---- */

#define BIT(c) (UINT32_C(1) << (c))

static void add(struct evidence *e, const struct story_look *look, enum hwfp_component c,
                const char *value)
{
    if (look->unreadable & BIT(c))
        evidence_unreadable(e, c);
    else if (!(look->absent & BIT(c)))
        evidence_add(e, c, value);
}

/* As source_nic.c tells the two kinds of address apart. */
static void add_nics(struct evidence *e, const struct story_look *look,
                     const struct story_machine *m)
{
    for (size_t i = look->late_nics; i < m->n_nics; i++) {
        const struct story_nic *nic = &m->nic[i];
        bool local = strchr("2367abef", nic->address[1]) != NULL;
        bool soft = !m->virtual_machine && (local || nic->place == PLACE_USB);

        if (!(look->steady && nic->made_up))
            add(e, look, soft ? HWFP_NIC_MAC_SOFT : HWFP_NIC_MAC, nic->address);
    }
}

/* As source_smbios.c: what two DIMMs share is no serial number. */
static void add_dimms(struct evidence *e, const struct story_look *look,
                      const struct story_machine *m)
{
    char layout[STORY_TEXT];

    for (size_t i = 0; i < m->n_dimms; i++) {
        bool shared = false;

        for (size_t k = 0; k < m->n_dimms; k++)
            shared = shared || (k != i && strcmp(m->dimm[i], m->dimm[k]) == 0);
        add(e, look, HWFP_DIMM_SERIAL, shared ? "Not Specified" : m->dimm[i]);
    }
    (void)snprintf(layout, sizeof(layout), "%zux%u", m->n_dimms, m->gigabytes);
    if (m->model->system[0])
        add(e, look, HWFP_MEMORY_LAYOUT, layout);
}

static void add_disks(struct evidence *e, const struct story_look *look,
                      const struct story_machine *m)
{
    for (size_t i = 0; i < m->n_disks; i++)
        if (!m->disk[i].usb)
            add(e, look, HWFP_DISK_SERIAL, m->disk[i].serial[0] ? m->disk[i].serial : "blank");
}

void story_hash(const struct story_machine *m, const struct story_look *look, struct hwfp_hash *ret)
{
    static const struct hwfp_key key = {{'s', 't', 'o', 'r', 'i', 'e', 's'}};
    struct evidence e = {.virtual_machine = m->virtual_machine, .container = m->container};

    if (!m->container) {
        for (unsigned c = 0; c < HWFP_ASSET_TAG; c++)
            add(&e, look, (enum hwfp_component)c, m->number[c]);
        add(&e, look, HWFP_SYSTEM_MODEL, m->model->system);
        add(&e, look, HWFP_BOARD_MODEL, m->model->board);
        add(&e, look, HWFP_DEVICETREE_MODEL, m->model->devicetree);
        add(&e, look, HWFP_BIOS_VERSION, m->bios);
        add(&e, look, HWFP_EFI_TOKEN, m->efi_token);
        add(&e, look, HWFP_CPU_SERIAL, m->cpu_serial);
        add_dimms(&e, look, m);
        add_disks(&e, look, m);
    }
    add_nics(&e, look, m);
    add(&e, look, HWFP_CPU_MODEL, m->cpu);
    if (hash_of_evidence(&e, &key, 0, ret) < 0)
        errx(1, "no memory");
    evidence_clear(&e);
}
