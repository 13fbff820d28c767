/* SPDX-License-Identifier: BSD-2-Clause */
/* The permanent addresses of the network interfaces that belong to the machine. An interface is in
 * /sys/class/net; its permanent address comes from rtnetlink(7), or from sysfs where that does not
 * tell it: below a --root, and under kernels before 5.6. */
#include <errno.h>
#include <limits.h>
#include <net/ethernet.h>
#include <netinet/ether.h>
#include <string.h>

#include "evidence.h"
#include "permanent_address.h"
#include "util.h"

#define TYPE_ETHERNET "1" /* ARPHRD_ETHER, as sysfs prints it */
#define ASSIGN_PERMANENT "0"
#define LOCALLY_ADMINISTERED 0x02 /* of the first byte (IEEE 802) */

/* A USB NIC's `device` is a USB interface; what can be unplugged is the USB device above it. A
 * Thunderbolt dock's NIC is a PCI device which says so itself, or its bridge does. */
static const char *const removable_attributes[] = {
    "device/removable",
    "device/../removable",
    "device/../../removable",
};

static ssize_t read_attribute(const struct hwfp_system *system, const char *name,
                              const char *attribute, char *value, size_t size)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "sys/class/net/%s/%s", name, attribute);
    return system_read_text(system, path, value, size);
}

static bool has(const struct hwfp_system *system, const char *name, const char *attribute)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "sys/class/net/%s/%s", name, attribute);
    return system_exists(system, path);
}

/* The device or what it is a part of, up to `levels` above it, says so. */
static bool is_said_to_be(const struct hwfp_system *system, const char *name, const char *word,
                          size_t levels)
{
    char value[16];

    for (size_t i = 0; i <= levels; i++)
        if (read_attribute(system, name, removable_attributes[i], value, sizeof(value)) > 0 &&
            strcmp(value, word) == 0)
            return true;
    return false;
}

/* The interface is a link to its folder below the device; a captured tree may have only the link to
 * the device. */
static bool is_behind_usb(const struct hwfp_system *system, const char *name)
{
    char path[PATH_MAX], target[PATH_MAX];

    (void)snprintf(path, sizeof(path), "sys/class/net/%s", name);
    if (system_readlink(system, path, target, sizeof(target)) > 0 && source_behind_usb(target))
        return true;
    (void)snprintf(path, sizeof(path), "sys/class/net/%s/device", name);
    return system_readlink(system, path, target, sizeof(target)) > 0 && source_behind_usb(target);
}

/* A USB adapter moves to another machine in a moment, unless its port says that it is soldered in,
 * as the Ethernet of a Raspberry Pi 3 is. */
static bool is_adapter(const struct hwfp_system *system, const char *name)
{
    return is_behind_usb(system, name) && !is_said_to_be(system, name, "fixed", 1);
}

/* An SR-IOV virtual function (physfn) belongs to whoever it is lent to. */
static bool belongs_to_machine(const struct hwfp_system *system, const char *name)
{
    char type[16];

    if (!has(system, name, "device") || has(system, name, "device/physfn"))
        return false;
    if (read_attribute(system, name, "type", type, sizeof(type)) > 0 &&
        strcmp(type, TYPE_ETHERNET) != 0)
        return false;
    return !is_said_to_be(system, name, "removable", ARRAY_SIZE(removable_attributes) - 1);
}

/* VirtualBox, VMware twice, Xen: on bare metal somebody typed it. */
static bool is_hypervisors(const uint8_t address[ETH_ALEN])
{
    static const uint8_t makers[][3] = {
        {0x08, 0x00, 0x27}, {0x00, 0x50, 0x56}, {0x00, 0x0c, 0x29}, {0x00, 0x16, 0x3e}};

    for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
        if (memcmp(address, makers[i], sizeof(makers[i])) == 0)
            return true;
    return false;
}

/* Whether the address comes from the maker or from software says how much it proves, on bare metal.
 * The addresses of a virtual machine are all made up, by its hypervisor. */
static void add_address(struct evidence *e, enum hwfp_component origin,
                        const struct ether_addr *address)
{
    const uint8_t *a = address->ether_addr_octet;
    char text[3 * ETH_ALEN];

    if (!e->virtual_machine && (a[0] & LOCALLY_ADMINISTERED || is_hypervisors(a)))
        origin = HWFP_NIC_MAC_SOFT;
    (void)snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3],
                   a[4], a[5]);
    evidence_add(e, origin, text);
}

/* The address that sysfs calls permanent: its length, 0 where it is another one, or -errno. */
static ssize_t read_own_address(const struct hwfp_system *system, const char *name, char *value,
                                size_t size)
{
    char assign[16];
    ssize_t n = read_attribute(system, name, "addr_assign_type", assign, sizeof(assign));

    if (n <= 0)
        return n;
    if (strcmp(assign, ASSIGN_PERMANENT) != 0)
        return 0;
    return read_attribute(system, name, "address", value, size);
}

/* A bond gives its members its own address, and keeps theirs in perm_hwaddr. */
static void add_from_sysfs(const struct hwfp_system *system, const char *name,
                           enum hwfp_component origin, struct evidence *e)
{
    char value[64];
    struct ether_addr address;
    ssize_t n = read_attribute(system, name, "bonding_slave/perm_hwaddr", value, sizeof(value));

    if (n <= 0)
        n = read_own_address(system, name, value, sizeof(value));
    if (n < 0)
        evidence_failed(e, origin, (int)n);
    else if (n > 0 && ether_aton_r(value, &address))
        add_address(e, origin, &address);
}

void source_nic(const struct hwfp_system *system, struct evidence *e)
{
    CLEANUP_CLOSEDIR DIR *folder = system_opendir(system, "sys/class/net");
    struct permanent_addresses known = {0};
    const struct dirent *entry;

    if (e->nics_of_a_pod)
        return;
    if (!folder) {
        evidence_failed(e, HWFP_NIC_MAC, -errno);
        evidence_failed(e, HWFP_NIC_MAC_SOFT, -errno);
        return;
    }
    if (system->live)
        permanent_addresses_read(&known);
    while ((entry = readdir(folder))) {
        enum hwfp_component origin;
        const struct ether_addr *address;

        if (entry->d_name[0] == '.' || !belongs_to_machine(system, entry->d_name))
            continue;
        origin = !e->virtual_machine && is_adapter(system, entry->d_name) ? HWFP_NIC_MAC_SOFT
                                                                          : HWFP_NIC_MAC;
        address = permanent_addresses_find(&known, entry->d_name);
        if (address)
            add_address(e, origin, address);
        else
            add_from_sysfs(system, entry->d_name, origin, e);
    }
    permanent_addresses_clear(&known);
}
