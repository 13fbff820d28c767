/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the machine stands: its IP addresses. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "evidence.h"
#include "util.h"

#define FIB_TRIE_MAX ((size_t)1048576)

static void add_ipv4(const struct in_addr *address, struct evidence *e)
{
    char text[INET_ADDRSTRLEN];

    if (ntohl(address->s_addr) >> 24 == IN_LOOPBACKNET)
        return;
    evidence_add(e, HWFP_IP_ADDRESS, inet_ntop(AF_INET, address, text, sizeof(text)));
}

static void add_ipv6(const struct in6_addr *address, struct evidence *e)
{
    char text[INET6_ADDRSTRLEN];

    if (IN6_IS_ADDR_LINKLOCAL(address) || IN6_IS_ADDR_LOOPBACK(address) ||
        IN6_IS_ADDR_MULTICAST(address))
        return;
    evidence_add(e, HWFP_IP_ADDRESS, inet_ntop(AF_INET6, address, text, sizeof(text)));
}

/* ifa_addr is aligned for any address family, whatever its declared type. */
static void add_interface(const struct ifaddrs *i, struct evidence *e)
{
    const void *address = i->ifa_addr;

    if (!address || i->ifa_flags & IFF_LOOPBACK)
        return;
    if (i->ifa_addr->sa_family == AF_INET)
        add_ipv4(&((const struct sockaddr_in *)address)->sin_addr, e);
    if (i->ifa_addr->sa_family == AF_INET6)
        add_ipv6(&((const struct sockaddr_in6 *)address)->sin6_addr, e);
}

static void add_live(struct evidence *e)
{
    struct ifaddrs *all = NULL;

    if (getifaddrs(&all) < 0) {
        evidence_failed(e, HWFP_IP_ADDRESS, -errno);
        return;
    }
    for (const struct ifaddrs *i = all; i; i = i->ifa_next)
        add_interface(i, e);
    freeifaddrs(all);
}

/*
 * The kernel's routing trie tells a machine's own addresses in two lines:
 *    |-- 192.0.2.7
 *       /32 host LOCAL
 */
static void add_from_trie(char *text, struct evidence *e)
{
    static const char leaf[] = "|-- ", own[] = "/32 host LOCAL";
    struct in_addr address;
    bool known = false;
    char *line;

    while ((line = strsep(&text, "\n"))) {
        line = trim(line);
        if (strncmp(line, leaf, strlen(leaf)) == 0)
            known = inet_pton(AF_INET, line + strlen(leaf), &address) == 1;
        else if (known && strcmp(line, own) == 0)
            add_ipv4(&address, e);
    }
}

static void add_captured(const struct hwfp_system *system, struct evidence *e)
{
    CLEANUP_FREE char *text = malloc(FIB_TRIE_MAX + 1);
    ssize_t n = text ? system_read(system, "proc/net/fib_trie", text, FIB_TRIE_MAX) : -ENOMEM;

    if (n < 0) {
        evidence_failed(e, HWFP_IP_ADDRESS, (int)n);
        return;
    }
    text[n] = '\0';
    add_from_trie(text, e);
}

void source_place(const struct hwfp_system *system, struct evidence *e)
{
    if (system->live)
        add_live(e);
    else
        add_captured(system, e);
}
