/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operating system carries along, and where it stands. */
#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#include "machine.h"
#include "util.h"

static void write_line(struct tree *tree, const char *path, const char *value)
{
    if (value)
        tree_text(tree, path, "%s\n", value);
}

static void write_filesystems(struct tree *tree, const struct facts *facts)
{
    char path[PATH_MAX], target[64];
    unsigned number = 0;

    for (const struct fact *f = NULL; (f = facts_next(facts, "fs-uuid", f));) {
        if (strchr(f->value, '/')) {
            tree_fail(tree, "fs-uuid = %s: no UUID of a file system", f->value);
            return;
        }
        (void)snprintf(path, sizeof(path), "dev/disk/by-uuid/%.200s", f->value);
        (void)snprintf(target, sizeof(target), "../../sda%u", ++number);
        tree_link(tree, path, target);
    }
}

/* Each container manager leaves its own mark; in LXC's containers systemd does. */
static void write_container(struct tree *tree, const char *manager)
{
    if (!manager)
        return;
    if (strcmp(manager, "docker") == 0)
        tree_text(tree, ".dockerenv", "%s", "");
    else if (strcmp(manager, "podman") == 0)
        tree_text(tree, "run/.containerenv", "%s", "");
    else if (strcmp(manager, "systemd-nspawn") == 0 || strcmp(manager, "lxc") == 0)
        tree_text(tree, "run/systemd/container", "%s", manager);
    else
        tree_fail(tree, "container: \"%s\" is neither docker, podman, lxc nor systemd-nspawn",
                  manager);
}

static void print_leaf(FILE *out, const char *address, const char *route)
{
    (void)fprintf(out, "     |-- %s\n        %s\n", address, route);
}

/* A table of the kernel's routing trie; it prints the local one's leaves in both. */
static void print_table(struct tree *tree, FILE *out, const char *title, const struct facts *facts)
{
    struct in_addr address;

    (void)fprintf(out, "%s:\n  +-- 0.0.0.0/0 3 0 5\n", title);
    print_leaf(out, "0.0.0.0", "/0 universe UNICAST");
    print_leaf(out, "127.0.0.0", "/8 host LOCAL");
    print_leaf(out, "127.0.0.1", "/32 host LOCAL");
    print_leaf(out, "127.255.255.255", "/32 link BROADCAST");
    for (const struct fact *f = NULL; (f = facts_next(facts, "ip", f));) {
        if (inet_pton(AF_INET, f->value, &address) != 1)
            tree_fail(tree, "ip = %s: no IPv4 address", f->value);
        print_leaf(out, f->value, "/32 host LOCAL");
    }
}

static void write_routes(struct tree *tree, const struct facts *facts)
{
    CLEANUP_FREE char *text = NULL;
    size_t size = 0;
    FILE *out;

    if (!facts_value(facts, "ip"))
        return;
    out = open_memstream(&text, &size);
    if (!out) {
        tree_fail(tree, "out of memory");
        return;
    }
    print_table(tree, out, "Main", facts);
    print_table(tree, out, "Local", facts);
    if (fclose(out) != 0)
        tree_fail(tree, "out of memory");
    else
        tree_bytes(tree, "proc/net/fib_trie", text, size, 0444);
}

void machine_os(struct tree *tree, const struct facts *facts)
{
    write_line(tree, "etc/machine-id", facts_value(facts, "machine-id"));
    write_line(tree, "etc/hostname", facts_value(facts, "hostname"));
    write_line(tree, "proc/sys/kernel/random/boot_id", facts_value(facts, "boot-id"));
    write_line(tree, "proc/cmdline", facts_value(facts, "cmdline"));
    write_filesystems(tree, facts);
    write_container(tree, facts_value(facts, "container"));
    write_routes(tree, facts);
}
