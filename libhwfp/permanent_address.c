/* SPDX-License-Identifier: BSD-2-Clause */
#include "permanent_address.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

/* IFLA_PERM_ADDRESS, which is an enumerator, so that its absence from older headers cannot be
 * tested for. */
#define PERM_ADDRESS 54

#define SEQUENCE 1
#define DUMP_SIZE 32768 /* the largest piece of a dump that the kernel sends */

static int take_attribute(const struct nlattr *attribute, void *data)
{
    struct permanent_address *a = data;
    uint16_t type = mnl_attr_get_type(attribute);

    if (type == IFLA_IFNAME && mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
        copy_text(a->name, sizeof(a->name), mnl_attr_get_str(attribute));
    if (type == PERM_ADDRESS && mnl_attr_get_payload_len(attribute) == ETH_ALEN) {
        memcpy(&a->address, mnl_attr_get_payload(attribute), ETH_ALEN);
        a->has_address = true;
    }
    return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *message, void *data)
{
    struct permanent_addresses *known = data;
    struct permanent_address a = {0}, *larger;

    if (message->nlmsg_type != RTM_NEWLINK)
        return MNL_CB_OK;
    if (mnl_attr_parse(message, sizeof(struct ifinfomsg), take_attribute, &a) < 0)
        return MNL_CB_ERROR;
    if (!a.has_address || !a.name[0])
        return MNL_CB_OK;
    larger = reallocarray(known->all, known->n + 1, sizeof(*larger));
    if (!larger)
        return MNL_CB_ERROR;
    known->all = larger;
    known->all[known->n++] = a;
    return MNL_CB_OK;
}

static bool ask(const struct mnl_socket *socket)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
        struct nlattr filter;
        uint32_t filter_mask; /* cppcheck-suppress unusedStructMember */
    } request = {
        .header = {.nlmsg_len = sizeof(request),
                   .nlmsg_type = RTM_GETLINK,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                   .nlmsg_seq = SEQUENCE},
        .link = {.ifi_family = AF_UNSPEC},
        /* Counters are the larger part of an answer, and cost the kernel a sum over its CPUs. */
        .filter = {.nla_len = sizeof(struct nlattr) + sizeof(uint32_t), .nla_type = IFLA_EXT_MASK},
        .filter_mask = RTEXT_FILTER_SKIP_STATS,
    };

    return mnl_socket_sendto(socket, &request, sizeof(request)) >= 0;
}

static void receive(const struct mnl_socket *socket, struct permanent_addresses *known)
{
    CLEANUP_FREE char *piece = malloc(DUMP_SIZE);
    int more = MNL_CB_OK;

    while (piece && more == MNL_CB_OK) {
        ssize_t n = mnl_socket_recvfrom(socket, piece, DUMP_SIZE);

        if (n <= 0)
            return;
        more =
            mnl_cb_run(piece, (size_t)n, SEQUENCE, mnl_socket_get_portid(socket), take_link, known);
    }
}

static int by_name(const void *a, const void *b)
{
    const struct permanent_address *one = a, *other = b;

    return strcmp(one->name, other->name);
}

void permanent_addresses_read(struct permanent_addresses *ret)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

    if (!socket)
        return;
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0 && ask(socket))
        receive(socket, ret);
    (void)mnl_socket_close(socket);
    if (ret->n > 0)
        qsort(ret->all, ret->n, sizeof(*ret->all), by_name);
}

void permanent_addresses_clear(struct permanent_addresses *addresses)
{
    free(addresses->all);
    *addresses = (struct permanent_addresses){0};
}

const struct ether_addr *permanent_addresses_find(const struct permanent_addresses *addresses,
                                                  const char *name)
{
    struct permanent_address key = {0};
    const struct permanent_address *found = NULL;

    copy_text(key.name, sizeof(key.name), name);
    if (addresses->n > 0)
        found = bsearch(&key, addresses->all, addresses->n, sizeof(key), by_name);
    return found ? &found->address : NULL;
}
