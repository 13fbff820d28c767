/* SPDX-License-Identifier: BSD-2-Clause */
#include "facts.h"

#include <errno.h>
#include <ini.h>
#include <string.h>

#include "util.h"

/*
 * Those whose value is more than a text:
 *   board2 = SERIAL [| PRODUCT [| MANUFACTURER]]   another board of the SMBIOS table, behind
 * board.* cpu.ppin = NUMBER, in hexadecimal, of the next processor in sysfs soc.serial =
 * /sys/devices/soc0/serial_number devicetree.vm-uuid = UUID of a guest on POWER;
 * devicetree.compatible = "one|other" sysinfo.vm = NAME [| UUID] of a guest on s390x, in
 * /proc/sysinfo xen.type, xen.uuid, xen.features: /sys/hypervisor; xen.capabilities: /proc/xen msdm
 * = KEY, in the ACPI table; efi.token, efi.seed = hexadecimal, in EFI variables vmclock = COUNTER,
 * or "none"
 */
static const struct {
    const char *name;
    bool repeatable;
} known[] = {
    {"smbios.version", false},
    {"bios.vendor", false},
    {"bios.version", false},
    {"bios.date", false},
    {"bios.virtual", false},
    {"system.manufacturer", false},
    {"system.product", false},
    {"system.version", false},
    {"system.serial", false},
    {"system.uuid", false},
    {"system.uuid_order", false},
    {"system.sku", false},
    {"system.family", false},
    {"board.manufacturer", false},
    {"board.product", false},
    {"board.version", false},
    {"board.serial", false},
    {"board.asset_tag", false},
    {"board2", true},
    {"chassis.manufacturer", false},
    {"chassis.type", false},
    {"chassis.version", false},
    {"chassis.serial", false},
    {"chassis.asset_tag", false},
    {"processor", true},
    {"memory.max_gib", false},
    {"memory.slots", false},
    {"dimm", true},
    {"cpu.vendor", false},
    {"cpu.family", false},
    {"cpu.model", false},
    {"cpu.stepping", false},
    {"cpu.name", false},
    {"cpu.flags", false},
    {"cpu.count", false},
    {"cpu.arm", true},
    {"cpu.serial", false},
    {"cpu.hardware", false},
    {"cpu.revision", false},
    {"cpu.machine", false},
    {"cpu.ppin", true},
    {"soc.serial", false},
    {"devicetree.serial", false},
    {"devicetree.model", false},
    {"devicetree.compatible", false},
    {"devicetree.vm-uuid", false},
    {"sysinfo.vm", false},
    {"xen.type", false},
    {"xen.uuid", false},
    {"xen.features", false},
    {"xen.capabilities", false},
    {"msdm", false},
    {"efi.token", false},
    {"efi.seed", false},
    {"disk", true},
    {"nic", true},
    {"machine-id", false},
    {"hostname", false},
    {"ip", true},
    {"fs-uuid", true},
    {"container", false},
    {"boot-id", false},
    {"fwcfg.smbios", false},
    {"fwcfg.uuid", false},
    {"fwcfg.serial", false},
    {"fwcfg.vmgenid", false},
    {"vmclock", false},
    {"cmdline", false},
};

static int check_name(const struct facts *facts, const char *name, char **ret_error)
{
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (strcmp(known[i].name, name) != 0)
            continue;
        if (!known[i].repeatable && facts_value(facts, name))
            return fail(ret_error, -EINVAL, "%s: there can be only one", name);
        return 0;
    }
    return fail(ret_error, -EINVAL, "%s: there is no fact of this name", name);
}

static void fact_clear(struct fact *fact)
{
    free(fact->name);
    free(fact->value);
    free(fact->cut);
}

static int fact_cut(struct fact *fact, char **ret_error)
{
    char *rest = fact->cut, *field;

    for (size_t i = 0; i < FACT_FIELDS_MAX; i++)
        fact->field[i] = "";
    while ((field = strsep(&rest, "|"))) {
        if (fact->n_fields == FACT_FIELDS_MAX)
            return fail(ret_error, -EINVAL, "%s = %s: more than %d fields", fact->name, fact->value,
                        FACT_FIELDS_MAX);
        fact->field[fact->n_fields++] = trim(field);
    }
    return 0;
}

int facts_add(struct facts *facts, const char *name, const char *value, char **ret_error)
{
    struct fact fact = {0}, *larger = NULL;
    int r = check_name(facts, name, ret_error);

    if (r < 0)
        return r;
    fact.name = strdup(name);
    fact.value = strdup(value);
    fact.cut = strdup(value);
    if (fact.name && fact.value && fact.cut)
        larger = reallocarray(facts->all, facts->n + 1, sizeof(*larger));
    if (larger)
        facts->all = larger;
    r = larger ? fact_cut(&fact, ret_error) : fail(ret_error, -ENOMEM, "out of memory");
    if (r < 0)
        fact_clear(&fact);
    else
        facts->all[facts->n++] = fact;
    return r;
}

void facts_remove(struct facts *facts, const char *name, const char *first)
{
    size_t kept = 0;

    for (size_t i = 0; i < facts->n; i++) {
        if (strcmp(facts->all[i].name, name) == 0 &&
            (!first || strcmp(facts->all[i].field[0], first) == 0))
            fact_clear(&facts->all[i]);
        else
            facts->all[kept++] = facts->all[i];
    }
    facts->n = kept;
}

/* An argument "NAME=VALUE" empties its name, or, afterwards, adds its value. */
static int override(struct facts *facts, const char *argument, bool empty, char **ret_error)
{
    const char *equals = strchr(argument, '=');
    const struct facts none = {0};
    char name[64];
    int r;

    if (!equals)
        return fail(ret_error, -EINVAL, "%s: expected NAME=VALUE", argument);
    (void)snprintf(name, sizeof(name), "%.*s", (int)(equals - argument), argument);
    r = check_name(&none, name, ret_error);
    if (r == 0 && empty)
        facts_remove(facts, name, NULL);
    else if (r == 0 && equals[1])
        r = facts_add(facts, name, equals + 1, ret_error);
    return r;
}

int facts_override(struct facts *facts, char *const *arguments, size_t n, char **ret_error)
{
    int r = 0;

    /* First every name is emptied, then filled, so that two arguments of a name both count. */
    for (size_t i = 0; i < n && r == 0; i++)
        r = override(facts, arguments[i], true, ret_error);
    for (size_t i = 0; i < n && r == 0; i++)
        r = override(facts, arguments[i], false, ret_error);
    return r;
}

struct reading {
    struct facts *facts;
    char *error;
};

/* inih's handler: 0 is an error, whose line it counts. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;

    if (*section) {
        (void)fail(&reading->error, -EINVAL, "[%s]: a facts file has no sections", section);
        return 0;
    }
    return facts_add(reading->facts, name, value, &reading->error) == 0;
}

int facts_read(struct facts *facts, const char *path, char **ret_error)
{
    CLEANUP_FCLOSE FILE *file = fopen(path, "re");
    struct reading reading = {.facts = facts};
    int line, r = 0;

    if (!file)
        return fail(ret_error, -errno, "%s: cannot be opened: %s", path, strerrordesc_np(errno));
    line = ini_parse_file(file, take_line, &reading);
    if (line != 0)
        r = fail(ret_error, -EINVAL, "%s:%d: %s", path, line,
                 reading.error ? reading.error : "expected NAME = VALUE");
    free(reading.error);
    return r;
}

const struct fact *facts_next(const struct facts *facts, const char *name,
                              const struct fact *previous)
{
    size_t i = previous ? (size_t)(previous - facts->all) + 1 : 0;

    for (; i < facts->n; i++)
        if (strcmp(facts->all[i].name, name) == 0)
            return &facts->all[i];
    return NULL;
}

const char *facts_value(const struct facts *facts, const char *name)
{
    const struct fact *fact = facts_next(facts, name, NULL);

    return fact ? fact->value : NULL;
}

const char *facts_text(const struct facts *facts, const char *name)
{
    const char *value = facts_value(facts, name);

    return value ? value : "";
}

size_t facts_count(const struct facts *facts, const char *name)
{
    size_t count = 0;

    for (const struct fact *f = facts_next(facts, name, NULL); f; f = facts_next(facts, name, f))
        count++;
    return count;
}

bool fact_has_option(const struct fact *fact, size_t first, const char *option)
{
    for (size_t i = first; i < fact->n_fields; i++)
        if (strcmp(fact->field[i], option) == 0)
            return true;
    return false;
}

const char *fact_option(const struct fact *fact, size_t first, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = first; i < fact->n_fields; i++)
        if (strncmp(fact->field[i], name, length) == 0 && fact->field[i][length] == '=')
            return fact->field[i] + length + 1;
    return NULL;
}

void facts_clear(struct facts *facts)
{
    for (size_t i = 0; i < facts->n; i++)
        fact_clear(&facts->all[i]);
    free(facts->all);
    *facts = (struct facts){0};
}
