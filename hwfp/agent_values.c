/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As agent/managedInstances/fingerprint has it: what fails is an empty value, and the texts that
 * programs print are hashed as they are, times and version lines included.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* MD5_*: see libhwfp/digest.c */
#include "agent_values.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <string.h>
#include <sys/utsname.h>

#include "agent_run.h"
#include "system.h"
#include "util.h"

#define TEXT_MAX 65536
#define ARGUMENTS_MAX 4
#define DMIDECODE "/usr/sbin/dmidecode"

struct collecting {
    const struct hwfp_system *system;
    struct agent_environment environment;
    unsigned timeout_seconds;
    struct agent_values *values;
};

/* One of the nine. Gives a text of its own, "" for a failure; leaves NULL what it cannot know. */
struct source {
    const char *name;
    int (*get)(struct collecting *c, const struct source *source, char **ret_text);
    const char *argv[ARGUMENTS_MAX];
};

static int give(const char *text, char **ret_text)
{
    *ret_text = strdup(text);
    return *ret_text ? 0 : -ENOMEM;
}

/* ---- Files. ---- */

/* The whole file, its newline included: the agent does not trim it. */
static int get_machine_id(struct collecting *c, const struct source *source, char **ret_text)
{
    static const char *const paths[] = {"etc/machine-id", "var/lib/dbus/machine-id"};
    CLEANUP_FREE char *text = calloc(1, TEXT_MAX + 1);

    (void)source;
    if (!text)
        return -ENOMEM;
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        if (!system_exists(c->system, paths[i]))
            continue;
        if (system_read(c->system, paths[i], text, TEXT_MAX) < 0)
            text[0] = '\0';
        break;
    }
    return give(text, ret_text);
}

/* hostname(5): the first line that is no comment. */
static int get_hostname_of_tree(const struct collecting *c, char **ret_text)
{
    char text[4096], *rest = text, *line;

    if (system_read_text(c->system, "etc/hostname", text, sizeof(text)) < 0)
        return 0;
    while ((line = strsep(&rest, "\n"))) {
        line = trim(line);
        if (*line && *line != '#')
            return give(line, ret_text);
    }
    return 0;
}

static int get_hostname(struct collecting *c, const struct source *source, char **ret_text)
{
    struct utsname name;

    (void)source;
    if (!hwfp_system_is_live(c->system))
        return get_hostname_of_tree(c, ret_text);
    return give(uname(&name) == 0 ? name.nodename : "", ret_text);
}

/* ---- The network. getifaddrs(3) lists in the kernel's order, as Go does. ---- */

/* The first IPv4 address outside 127.0.0.0/8, whatever the interface and its state. */
static bool is_address(const struct ifaddrs *i, char *text, size_t size)
{
    const void *address = i->ifa_addr;
    const struct in_addr *ipv4;

    if (!address || i->ifa_addr->sa_family != AF_INET)
        return false;
    ipv4 = &((const struct sockaddr_in *)address)->sin_addr;
    return ntohl(ipv4->s_addr) >> 24 != IN_LOOPBACKNET &&
           inet_ntop(AF_INET, ipv4, text, (socklen_t)size);
}

/* Go takes a tunnel's IP address for no hardware address. */
static bool is_tunnel(const struct sockaddr_ll *link)
{
    return (link->sll_halen == 4 &&
            (link->sll_hatype == ARPHRD_TUNNEL || link->sll_hatype == ARPHRD_IPGRE)) ||
           (link->sll_halen == 16 &&
            (link->sll_hatype == ARPHRD_TUNNEL6 || link->sll_hatype == ARPHRD_IP6GRE));
}

/* The first hardware address that is not all zeros; of InfiniBand's it is longer than the struct.
 */
static bool is_hardware_address(const struct ifaddrs *i, char *text, size_t size)
{
    const void *address = i->ifa_addr;
    const struct sockaddr_ll *link = address;
    const uint8_t *bytes;
    size_t used = 0;
    bool any = false;

    if (!address || i->ifa_addr->sa_family != AF_PACKET || is_tunnel(link))
        return false;
    bytes = (const uint8_t *)address + offsetof(struct sockaddr_ll, sll_addr);
    for (size_t k = 0; k < link->sll_halen && used + 4 <= size; k++) {
        used += (size_t)snprintf(text + used, size - used, "%s%02x", k ? ":" : "", bytes[k]);
        any = any || bytes[k] != 0;
    }
    return any;
}

static int get_first(const struct collecting *c,
                     bool (*fits)(const struct ifaddrs *, char *, size_t), char **ret_text)
{
    struct ifaddrs *all = NULL;
    char text[128];
    bool found = false;

    if (!hwfp_system_is_live(c->system))
        return 0;
    if (getifaddrs(&all) < 0)
        return give("", ret_text);
    for (const struct ifaddrs *i = all; i && !found; i = i->ifa_next)
        found = fits(i, text, sizeof(text));
    freeifaddrs(all);
    return give(found ? text : "", ret_text);
}

static int get_address(struct collecting *c, const struct source *source, char **ret_text)
{
    (void)source;
    return get_first(c, is_address, ret_text);
}

static int get_hardware_address(struct collecting *c, const struct source *source, char **ret_text)
{
    (void)source;
    return get_first(c, is_hardware_address, ret_text);
}

/* ---- Programs. ---- */

static int give_md5(const char *output, size_t size, char **ret_text)
{
    unsigned char digest[MD5_DIGEST_LENGTH], base64[4 * ((MD5_DIGEST_LENGTH + 2) / 3) + 1];
    MD5_CTX context;

    MD5_Init(&context);
    MD5_Update(&context, output, size);
    MD5_Final(digest, &context);
    (void)EVP_EncodeBlock(base64, digest, sizeof(digest));
    return give((const char *)base64, ret_text);
}

static void is_unknown(struct collecting *c, const struct source *source, int r)
{
    const char *what = source->argv[2] ? source->argv[2] : "";

    if (r == -ETIMEDOUT) {
        c->values->late = true;
        sentence_add(&c->values->problem, "%s %s %s did not end within %u s", source->argv[0],
                     source->argv[1], what, c->timeout_seconds);
    } else {
        sentence_add(&c->values->problem, "%s %s %s printed too much", source->argv[0],
                     source->argv[1], what);
    }
}

static int get_output(struct collecting *c, const struct source *source, char **ret_text)
{
    CLEANUP_FREE char *output = NULL;
    char *argv[ARGUMENTS_MAX + 1] = {NULL};
    size_t size = 0;
    int r;

    if (!hwfp_system_is_live(c->system))
        return 0;
    for (size_t i = 0; i < ARGUMENTS_MAX; i++)
        argv[i] = (char *)source->argv[i]; /* execve(2) changes nothing */
    r = agent_run(argv, &c->environment, c->timeout_seconds, &output, &size);
    if (r == 0)
        return give_md5(output, size, ret_text);
    if (r == -ENOMEM)
        return r;
    if (r != -ETIMEDOUT && r != -EFBIG)
        return give("", ret_text);
    is_unknown(c, source, r);
    return 0;
}

/* ---- */

static const struct source sources[AGENT_VALUES] = {
    {"machine-id", get_machine_id, {NULL}},
    {"processor-hash", get_output, {DMIDECODE, "-t", "processor"}},
    {"memory-hash", get_output, {DMIDECODE, "-t", "memory"}},
    {"bios-hash", get_output, {DMIDECODE, "-t", "bios"}},
    {"system-hash", get_output, {DMIDECODE, "-t", "system"}},
    {"hostname-info", get_hostname, {NULL}},
    {"ipaddress-info", get_address, {NULL}},
    {"macaddr-info", get_hardware_address, {NULL}},
    {"disk-info", get_output, {"ls", "-l", "/dev/disk/by-uuid"}},
};

int agent_values_collect(const struct hwfp_system *system, unsigned timeout_seconds,
                         struct agent_values *ret)
{
    struct agent_values values = {0};
    struct collecting c = {.system = system, .timeout_seconds = timeout_seconds, .values = &values};
    int r = 0;

    agent_environment_read(system, &c.environment);
    for (size_t i = 0; r == 0 && i < AGENT_VALUES; i++) {
        values.value[i].name = sources[i].name;
        r = sources[i].get(&c, &sources[i], &values.value[i].text);
    }
    if (!hwfp_system_is_live(system))
        sentence_add(&values.problem, "below --root only machine-id and hostname-info can be had "
                                      "the agent's way: the others are what programs print of "
                                      "a system that runs");
    if (r < 0)
        agent_values_clear(&values);
    else
        *ret = values;
    return r;
}

void agent_values_clear(struct agent_values *values)
{
    for (size_t i = 0; i < AGENT_VALUES; i++)
        free(values->value[i].text);
    free(values->problem);
    *values = (struct agent_values){0};
}
