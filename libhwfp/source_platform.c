/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether this is a virtual machine. The first source: what the others find means something else on
 * a virtual machine. */
#include <string.h>

#include "cpuinfo.h"
#include "evidence.h"
#include "util.h"

#define XENFEAT_DOM0 11 /* the bit of the features that only the privileged domain has */
#define SYSINFO_MAX ((size_t)16384)

static const char *const devicetree_folders[] = {
    "sys/firmware/devicetree/base",
    "proc/device-tree",
};

/* One of the words of the first "flags" line. */
static bool cpu_has_flag(const struct hwfp_system *system, const char *flag)
{
    CLEANUP_FREE char *text = NULL;
    char *rest, *name, *value, *word;

    if (cpuinfo_read(system, &text) < 0)
        return false;
    rest = text;
    while (cpuinfo_next(&rest, &name, &value)) {
        if (strcmp(name, "flags") != 0)
            continue;
        while ((word = strsep(&value, " ")))
            if (strcmp(word, flag) == 0)
                return true;
        return false;
    }
    return false;
}

/*
 * Xen's privileged domain has the machine's own devices and SMBIOS table: it is bare metal,
 * although its processors may carry the hypervisor flag.
 */
static bool is_xen_dom0(const struct hwfp_system *system)
{
    char text[256], *end;
    unsigned long features;

    if (system_read_text(system, "sys/hypervisor/properties/features", text, sizeof(text)) > 0) {
        features = strtoul(text, &end, 16);
        if (!*end)
            return (features & 1UL << XENFEAT_DOM0) != 0;
    }
    return system_read_text(system, "proc/xen/capabilities", text, sizeof(text)) > 0 &&
           strstr(text, "control_d");
}

/* Under z/VM and KVM the file describes each level of virtual machines above the partition, the
 * innermost first: "VM00 Name: ...". */
static bool is_s390_guest(const struct hwfp_system *system)
{
    CLEANUP_FREE char *text = malloc(SYSINFO_MAX + 1);
    ssize_t n = text ? system_read(system, "proc/sysinfo", text, SYSINFO_MAX) : -1;

    if (n <= 0)
        return false;
    text[n] = '\0';
    return strncmp(text, "VM00", 4) == 0 || strstr(text, "\nVM00");
}

/* A property that is a list of texts, each with its NUL. True if one of them has `part` in it. */
static bool property_has(const struct hwfp_system *system, const char *folder, const char *name,
                         const char *part)
{
    char path[128], list[1024];
    ssize_t n;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    n = system_read(system, path, list, sizeof(list) - 1);
    if (n <= 0)
        return false;
    list[n] = '\0';
    for (const char *text = list; text < list + n; text += strlen(text) + 1)
        if (strstr(text, part))
            return true;
    return false;
}

static bool has_node(const struct hwfp_system *system, const char *folder, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return system_exists(system, path);
}

/* Gunyah and its like are part of a telephone's firmware, and their first guest is the machine. */
static bool has_hypervisor_node(const struct hwfp_system *system, const char *folder)
{
    return has_node(system, folder, "hypervisor") &&
           !property_has(system, folder, "hypervisor/compatible", "gunyah");
}

/* A Power server under PowerVM runs nothing but partitions. Its machine type is the model there
 * ("IBM,9009-22A"), and without a hypervisor it stands alone ("8335-GTW"). */
static bool is_power_partition(const struct hwfp_system *system, const char *folder)
{
    char path[128], model[64];

    (void)snprintf(path, sizeof(path), "%s/model", folder);
    return has_node(system, folder, "ibm,partition-no") ||
           (system_read_text(system, path, model, sizeof(model)) > 0 &&
            strncmp(model, "IBM,", 4) == 0 && model[4] >= '0' && model[4] <= '9');
}

static bool devicetree_is_virtual(const struct hwfp_system *system, const char *folder)
{
    return property_has(system, folder, "compatible", "linux,dummy-virt") ||
           property_has(system, folder, "model", "linux,dummy-virt") ||
           property_has(system, folder, "compatible", "qemu,") ||
           property_has(system, folder, "model", "emulated by qemu") ||
           has_node(system, folder, "vm,uuid") || is_power_partition(system, folder);
}

void source_platform(const struct hwfp_system *system, struct evidence *e)
{
    bool dom0 = is_xen_dom0(system);
    char type[16];

    if (!dom0 && cpu_has_flag(system, "hypervisor"))
        e->virtual_machine = true;
    if (!dom0 && system_read_text(system, "sys/hypervisor/type", type, sizeof(type)) > 0 &&
        strcmp(type, "xen") == 0)
        e->virtual_machine = true;
    /* What follows may be hidden or made up in a container, and the flag tells as much. */
    if (e->container)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(devicetree_folders); i++)
        if (devicetree_is_virtual(system, devicetree_folders[i]) ||
            (!dom0 && has_hypervisor_node(system, devicetree_folders[i])))
            e->virtual_machine = true;
    if (is_s390_guest(system))
        e->virtual_machine = true;
    /* A dom0 may itself run inside a virtual machine, whose SMBIOS table it has then. */
    source_smbios_platform(system, e);
}
