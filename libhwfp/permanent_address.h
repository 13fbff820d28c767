/* SPDX-License-Identifier: BSD-2-Clause */
/* The permanent hardware addresses of the running system's network interfaces (IFLA_PERM_ADDRESS),
 * by one rtnetlink(7) dump. */
#ifndef HWFP_PERMANENT_ADDRESS_H
#define HWFP_PERMANENT_ADDRESS_H

#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

struct permanent_address {
    char name[IF_NAMESIZE];
    bool has_address;
    struct ether_addr address;
};

struct permanent_addresses {
    size_t n;
    struct permanent_address *all; /* by name */
};

/* Fills *ret, which is zero-initialised, with what the kernel tells; nothing where it tells
 * nothing, or netlink is not to be had. */
void permanent_addresses_read(struct permanent_addresses *ret);
void permanent_addresses_clear(struct permanent_addresses *addresses);

/* NULL when the kernel told none of this name. */
const struct ether_addr *permanent_addresses_find(const struct permanent_addresses *addresses,
                                                  const char *name);

#endif
