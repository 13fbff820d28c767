/* SPDX-License-Identifier: BSD-2-Clause */
/* /sys/class/net: nic = NAME | KIND | MAC [| OPTION...] */
#include <string.h>

#include "machine.h"
#include "util.h"

enum { NAME, KIND, MAC, OPTIONS };

#define FOLDER_MAX 2048

struct nic {
    struct tree *tree;
    const struct fact *fact;
    unsigned number;         /* makes addresses on a bus differ */
    char device[FOLDER_MAX]; /* the folder of the device; "" for a virtual interface */
    char net[FOLDER_MAX];    /* the folder of the interface */
};

static void place_pci(struct nic *n)
{
    (void)snprintf(n->device, sizeof(n->device),
                   "sys/devices/pci0000:00/0000:00:03.0/%04x:%02x:00.0", n->number >> 8,
                   n->number & 0xff);
}

static void place_usb(struct nic *n)
{
    (void)snprintf(n->device, sizeof(n->device),
                   "sys/devices/pci0000:00/0000:00:14.0/usb1/1-%u/1-%u:1.0", n->number, n->number);
}

static void place_virtio(struct nic *n)
{
    (void)snprintf(n->device, sizeof(n->device), "sys/devices/pci0000:00/%04x:00:%02x.1/virtio%u",
                   n->number >> 5, n->number & 0x1f, 100 + n->number);
}

static void place_platform(struct nic *n)
{
    (void)snprintf(n->device, sizeof(n->device), "sys/devices/platform/scb/fd58%04x.ethernet",
                   n->number & 0xffff);
}

static void place_vf(struct nic *n)
{
    (void)snprintf(n->device, sizeof(n->device),
                   "sys/devices/pci0000:00/0000:00:03.0/%04x:%02x:10.0", n->number >> 8,
                   n->number & 0xff);
}

static void place_virtual(struct nic *n)
{
    n->device[0] = '\0';
}

static const struct kind {
    const char *name, *type, *bus;
    void (*place)(struct nic *n);
} kinds[] = {
    {"pci", "1", "pci", place_pci},
    {"usb", "1", "usb", place_usb},
    {"virtio", "1", "virtio", place_virtio},
    {"platform", "1", "platform", place_platform},
    {"vf", "1", "pci", place_vf},
    {"virtual", "1", NULL, place_virtual},
    {"loopback", "772", NULL, place_virtual}, /* ARPHRD_LOOPBACK */
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static void parent(const char *path, char ret_parent[FOLDER_MAX])
{
    copy_text(ret_parent, FOLDER_MAX, path);
    *strrchr(ret_parent, '/') = '\0';
}

static void write_device(struct nic *n, const struct kind *kind)
{
    bool removable = fact_has_option(n->fact, OPTIONS, "removable");
    char subsystem[64], above[FOLDER_MAX];

    (void)snprintf(subsystem, sizeof(subsystem), "sys/bus/%s", kind->bus);
    tree_folder(n->tree, subsystem);
    tree_relative_link(n->tree, n->device, "subsystem", subsystem);
    tree_relative_link(n->tree, n->net, "device", n->device);
    parent(n->device, above);
    if (strcmp(kind->name, "usb") == 0) /* it is the USB device that is removable, not its parts */
        tree_attribute(n->tree, above, "removable",
                       removable                                    ? "removable"
                       : fact_has_option(n->fact, OPTIONS, "fixed") ? "fixed"
                                                                    : "unknown");
    else if (removable)
        tree_attribute(n->tree, n->device, "removable", "removable");
    if (strcmp(kind->name, "vf") == 0)
        tree_relative_link(n->tree, n->device, "physfn", above);
}

static void write_interface(struct nic *n, const struct kind *kind)
{
    const char *assign = fact_option(n->fact, OPTIONS, "assign");
    const char *permanent = fact_option(n->fact, OPTIONS, "perm");
    char number[16];

    (void)snprintf(number, sizeof(number), "%u", n->number);
    tree_attribute(n->tree, n->net, "address", n->fact->field[MAC]);
    tree_attribute(n->tree, n->net, "addr_assign_type", assign ? assign : "0");
    tree_attribute(n->tree, n->net, "type", kind->type);
    tree_attribute(n->tree, n->net, "ifindex", number);
    tree_attribute(n->tree, n->net, "operstate", "up");
    if (permanent)
        tree_attribute(n->tree, n->net, "bonding_slave/perm_hwaddr", permanent);
    tree_relative_link(n->tree, n->net, "subsystem", "sys/class/net");
    tree_relative_link(n->tree, "sys/class/net", n->fact->field[NAME], n->net);
}

static void write_nic(struct nic *n, const struct kind *kind)
{
    kind->place(n);
    (void)snprintf(n->net, sizeof(n->net), "%.1024s/net/%.200s",
                   *n->device ? n->device : "sys/devices/virtual", n->fact->field[NAME]);
    write_interface(n, kind);
    if (*n->device)
        write_device(n, kind);
}

void machine_nic(struct tree *tree, const struct facts *facts)
{
    static const char *const options[] = {"assign=", "perm=", "removable", "fixed", NULL};
    struct nic n = {.tree = tree};

    tree_folder(tree, "sys/class/net");
    for (const struct fact *f = NULL; (f = facts_next(facts, "nic", f));) {
        const struct kind *kind = find_kind(f->field[KIND]);

        n.fact = f;
        n.number++;
        machine_check_options(tree, f, OPTIONS, options);
        if (!*f->field[NAME] || strchr(f->field[NAME], '/'))
            tree_fail(tree, "nic = %s: expected NAME | KIND | MAC", f->value);
        else if (!kind)
            tree_fail(tree, "nic = %s: \"%s\" is no kind of NIC", f->value, f->field[KIND]);
        else
            write_nic(&n, kind);
    }
}
