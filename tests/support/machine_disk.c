/* SPDX-License-Identifier: BSD-2-Clause */
/* /sys/block: disk = NAME | KIND | SERIAL [| OPTION...] */
#include <limits.h>
#include <string.h>

#include "machine.h"
#include "util.h"

enum { NAME, KIND, SERIAL, OPTIONS };

#define FOLDER_MAX 2048
#define MODEL "Sample"
/* How SCSI and NVMe fill a serial number that was left out. */
#define BLANK "                    "
#define PAGE_MAX 255

struct disk {
    struct tree *tree;
    const struct fact *fact;
    const char *serial;      /* "": the maker left it out */
    unsigned number;         /* makes addresses of disks differ */
    char device[FOLDER_MAX]; /* the folder of the device */
    char block[FOLDER_MAX];  /* the folder of the block device */
};

static const char *padded_serial(const struct disk *d)
{
    return *d->serial ? d->serial : BLANK;
}

static void in(const char *folder, const char *name, char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/%s", folder, name);
}

/* An attribute with an identity in it; "unreadable" makes it a folder, so that reading it fails. */
static void identity(struct disk *d, const char *folder, const char *name, const void *bytes,
                     size_t size)
{
    char path[PATH_MAX];

    in(folder, name, path);
    if (fact_has_option(d->fact, OPTIONS, "unreadable"))
        tree_folder(d->tree, path);
    else
        tree_bytes(d->tree, path, bytes, size, 0444);
}

static void identity_text(struct disk *d, const char *folder, const char *name, const char *value)
{
    char line[PAGE_MAX + 2];

    (void)snprintf(line, sizeof(line), "%s\n", value);
    identity(d, folder, name, line, strlen(line));
}

static void identity_hex(const char *text, char *ret_hex, size_t size)
{
    size_t n = strnlen(text, (size - 1) / 2);

    hex_encode((const uint8_t *)text, n, ret_hex);
}

/* A VPD page: two bytes, the big-endian length of what follows, and that. */
static void vpd_page(struct disk *d, const char *name, uint8_t code, const uint8_t *data,
                     size_t size)
{
    uint8_t page[4 + PAGE_MAX] = {0, code, 0, (uint8_t)size};

    memcpy(page + 4, data, size);
    identity(d, d->device, name, page, 4 + size);
}

/* One designator of the Device Identification page: NAA when the wwid says so, else T10. */
static void vpd_page_83(struct disk *d, const char *wwid)
{
    uint8_t data[PAGE_MAX] = {0x01, 0x03, 0, 8};
    size_t length;

    if (wwid && strncmp(wwid, "naa.", 4) == 0 && hex_decode(wwid + 4, data + 4, 8) == 0) {
        vpd_page(d, "vpd_pg83", 0x83, data, 12);
        return;
    }
    length =
        (size_t)snprintf((char *)data + 4, sizeof(data) - 4, "ATA     %.200s", padded_serial(d));
    data[0] = 0x02;
    data[1] = 0x01;
    data[3] = (uint8_t)length;
    vpd_page(d, "vpd_pg83", 0x83, data, 4 + length);
}

static void write_scsi(struct disk *d)
{
    const char *wwid = fact_option(d->fact, OPTIONS, "wwid"), *serial = padded_serial(d);
    char made[PAGE_MAX];

    if (strlen(serial) >= PAGE_MAX)
        tree_fail(d->tree, "disk = %s: the serial number is too long", d->fact->value);
    else
        vpd_page(d, "vpd_pg80", 0x80, (const uint8_t *)serial, strlen(serial));
    vpd_page_83(d, wwid);
    (void)snprintf(made, sizeof(made), "t10.ATA     %.200s", d->serial);
    if (wwid || *d->serial)
        identity_text(d, d->device, "wwid", wwid ? wwid : made);
    tree_attribute(d->tree, d->device, "vendor", "ATA");
    tree_attribute(d->tree, d->device, "model", MODEL);
}

static void write_nvme(struct disk *d)
{
    const char *wwid = fact_option(d->fact, OPTIONS, "wwid");
    char serial[2 * PAGE_MAX], model[2 * sizeof(MODEL)], made[PAGE_MAX];

    identity_hex(d->serial, serial, sizeof(serial));
    identity_hex(MODEL, model, sizeof(model));
    (void)snprintf(made, sizeof(made), "nvme.144d-%.180s-%s-00000001", serial, model);
    identity_text(d, d->device, "serial", padded_serial(d));
    tree_attribute(d->tree, d->device, "model", MODEL);
    if (wwid || *d->serial)
        identity_text(d, d->block, "wwid", wwid ? wwid : made);
}

static void write_virtio(struct disk *d)
{
    char text[32];

    /* The driver prints the 20 bytes that the device gave, without a newline. */
    (void)snprintf(text, sizeof(text), "%.20s", d->serial);
    identity(d, d->block, "serial", text, strlen(text));
}

/* The serial number is a part of the CID: bytes 9 to 12. */
static void write_mmc(struct disk *d)
{
    const char *cid = d->serial;

    identity_text(d, d->device, "cid", cid);
    if (strlen(cid) == 32) {
        char serial[16];

        (void)snprintf(serial, sizeof(serial), "0x%.8s", cid + 18);
        identity_text(d, d->device, "serial", serial);
    }
    tree_attribute(d->tree, d->device, "type", "SD");
}

static void write_nothing(struct disk *d)
{
    (void)d;
}

/* nvme1n2 is a namespace of the controller nvme1. */
static void place_nvme(struct disk *d)
{
    const char *name = d->fact->field[NAME];
    size_t controller = strcspn(name + strlen("nvme"), "n") + strlen("nvme");

    (void)snprintf(d->device, sizeof(d->device),
                   "sys/devices/pci0000:00/0000:00:1d.0/%04x:%02x:00.0/nvme/%.*s", d->number >> 8,
                   d->number & 0xff, (int)controller, name);
    (void)snprintf(d->block, sizeof(d->block), "%.1024s/%s", d->device, name);
}

static void place_below(struct disk *d, const char *device)
{
    copy_text(d->device, sizeof(d->device), device);
    (void)snprintf(d->block, sizeof(d->block), "%.1024s/block/%s", d->device, d->fact->field[NAME]);
}

static void place_scsi(struct disk *d)
{
    char device[FOLDER_MAX];

    (void)snprintf(device, sizeof(device),
                   "sys/devices/pci0000:00/0000:00:1f.2/ata%u/host%u/target%u:0:0/%u:0:0:0",
                   d->number, d->number, d->number, d->number);
    place_below(d, device);
}

static void place_usb(struct disk *d)
{
    char device[FOLDER_MAX];

    (void)snprintf(device, sizeof(device),
                   "sys/devices/pci0000:00/0000:00:14.0/usb2/2-%u/2-%u:1.0/host%u/target%u:0:0/"
                   "%u:0:0:0",
                   d->number, d->number, d->number, d->number, d->number);
    place_below(d, device);
}

static void place_virtio(struct disk *d)
{
    char device[FOLDER_MAX];

    (void)snprintf(device, sizeof(device), "sys/devices/pci0000:00/%04x:00:%02x.0/virtio%u",
                   d->number >> 5, d->number & 0x1f, d->number);
    place_below(d, device);
}

static void place_mmc(struct disk *d)
{
    char device[FOLDER_MAX];

    (void)snprintf(device, sizeof(device),
                   "sys/devices/platform/soc/fe340000.mmc/mmc_host/mmc%u/mmc%u:aaaa", d->number,
                   d->number);
    place_below(d, device);
}

static void place_virtual(struct disk *d)
{
    d->device[0] = '\0';
    (void)snprintf(d->block, sizeof(d->block), "sys/devices/virtual/block/%s",
                   d->fact->field[NAME]);
}

static const struct kind {
    const char *name, *bus;
    void (*place)(struct disk *d);
    void (*write)(struct disk *d);
} kinds[] = {
    {"nvme", "class/nvme", place_nvme, write_nvme},
    {"scsi", "bus/scsi", place_scsi, write_scsi},
    {"usb", "bus/scsi", place_usb, write_scsi},
    {"virtio", "bus/virtio", place_virtio, write_virtio},
    {"mmc", "bus/mmc", place_mmc, write_mmc},
    {"loop", NULL, place_virtual, write_nothing},
    {"md", NULL, place_virtual, write_nothing},
    {"dm", NULL, place_virtual, write_nothing},
    {"zram", NULL, place_virtual, write_nothing},
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static void write_disk(struct disk *d, const struct kind *kind)
{
    char subsystem[PATH_MAX];
    bool removable = fact_has_option(d->fact, OPTIONS, "removable");
    bool hidden = fact_has_option(d->fact, OPTIONS, "hidden");

    kind->place(d);
    tree_attribute(d->tree, d->block, "size", "209715200");
    tree_attribute(d->tree, d->block, "removable", removable ? "1" : "0");
    tree_attribute(d->tree, d->block, "hidden", hidden ? "1" : "0");
    tree_relative_link(d->tree, d->block, "subsystem", "sys/class/block");
    tree_relative_link(d->tree, "sys/block", d->fact->field[NAME], d->block);
    tree_relative_link(d->tree, "sys/class/block", d->fact->field[NAME], d->block);
    kind->write(d);
    if (!kind->bus)
        return;
    tree_relative_link(d->tree, d->block, "device", d->device);
    (void)snprintf(subsystem, sizeof(subsystem), "sys/%s", kind->bus);
    tree_folder(d->tree, subsystem);
    tree_relative_link(d->tree, d->device, "subsystem", subsystem);
}

void machine_disk(struct tree *tree, const struct facts *facts)
{
    static const char *const options[] = {
        "removable", "hidden", "wwid=", "blank", "unreadable", NULL};
    struct disk d = {.tree = tree};

    tree_folder(tree, "sys/block");
    for (const struct fact *f = NULL; (f = facts_next(facts, "disk", f));) {
        const struct kind *kind = find_kind(f->field[KIND]);

        d.fact = f;
        d.number++;
        d.serial = fact_has_option(f, OPTIONS, "blank") ? "" : f->field[SERIAL];
        machine_check_options(tree, f, OPTIONS, options);
        if (!*f->field[NAME] || strchr(f->field[NAME], '/'))
            tree_fail(tree, "disk = %s: expected NAME | KIND | SERIAL", f->value);
        else if (!kind)
            tree_fail(tree, "disk = %s: \"%s\" is no kind of disk", f->value, f->field[KIND]);
        else
            write_disk(&d, kind);
    }
}
