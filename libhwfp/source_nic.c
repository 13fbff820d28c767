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

static bool is_removable(const struct hwfp_system *system, const char *name)
{
    char value[16];

    for (size_t i = 0; i < ARRAY_SIZE(removable_attributes); i++)
        if (read_attribute(system, name, removable_attributes[i], value, sizeof(value)) > 0 &&
            strcmp(value, "removable") == 0)
            return true;
    return false;
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
    return !is_removable(system, name);
}

static void add_address(struct evidence *e, const struct ether_addr *address)
{
    const uint8_t *a = address->ether_addr_octet;
    char text[3 * ETH_ALEN];

    (void)snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3],
                   a[4], a[5]);
    evidence_add(e, HWFP_NIC_MAC, text);
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
static void add_from_sysfs(const struct hwfp_system *system, const char *name, struct evidence *e)
{
    char value[64];
    struct ether_addr address;
    ssize_t n = read_attribute(system, name, "bonding_slave/perm_hwaddr", value, sizeof(value));

    if (n <= 0)
        n = read_own_address(system, name, value, sizeof(value));
    if (n < 0)
        evidence_failed(e, HWFP_NIC_MAC, (int)n);
    else if (n > 0 && ether_aton_r(value, &address))
        add_address(e, &address);
}

void source_nic(const struct hwfp_system *system, struct evidence *e)
{
    CLEANUP_CLOSEDIR DIR *folder = system_opendir(system, "sys/class/net");
    struct permanent_addresses known = {0};
    const struct dirent *entry;

    if (!folder) {
        evidence_failed(e, HWFP_NIC_MAC, -errno);
        return;
    }
    if (system->live)
        permanent_addresses_read(&known);
    while ((entry = readdir(folder))) {
        const struct ether_addr *address;

        if (entry->d_name[0] == '.' || !belongs_to_machine(system, entry->d_name))
            continue;
        address = permanent_addresses_find(&known, entry->d_name);
        if (address)
            add_address(e, address);
        else
            add_from_sysfs(system, entry->d_name, e);
    }
    permanent_addresses_clear(&known);
}
