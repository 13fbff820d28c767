/* SPDX-License-Identifier: BSD-2-Clause */
/* The console exemption: who is at the machine's own console, and who only says so. */
#include "config_console.h"

#include <string.h>

#include "hwfp.h"
#include "util.h"

#define VIRTUAL_TERMINALS 63 /* MAX_NR_CONSOLES of linux/vt.h */

bool config_console_service(const char *service)
{
    static const char *const never[] = {"anacron",      "atd", "cron",    "crond",     "doas",
                                        "polkit-1",     "ssh", "runuser", "runuser-l", "sshd",
                                        "systemd-user", "su",  "su-l",    "sudo",      "sudo-i"};

    for (size_t i = 0; i < ARRAY_SIZE(never); i++)
        if (strcmp(service, never[i]) == 0)
            return false;
    return true;
}

static const char *below_dev(const char *tty)
{
    return strncmp(tty, "/dev/", 5) == 0 ? tty + 5 : tty;
}

/* tty1 to tty63; tty0 is whichever is in front, and tty the one that the caller has. */
static bool is_virtual_terminal(const char *name)
{
    unsigned number = 0;

    if (strncmp(name, "tty", 3) != 0 || name[3] < '1' || name[3] > '9')
        return false;
    for (const char *c = name + 3; *c; c++) {
        if (*c < '0' || *c > '9' || number > VIRTUAL_TERMINALS)
            return false;
        number = number * 10 + (unsigned)(*c - '0');
    }
    return number <= VIRTUAL_TERMINALS;
}

/* ttyp0 to ttyef: pty(7), BSD-style pseudoterminals. */
static bool is_old_pseudo_terminal(const char *name)
{
    return strlen(name) == 5 && strncmp(name, "tty", 3) == 0 &&
           strchr("pqrstuvwxyzabcde", name[3]) && strchr("0123456789abcdef", name[4]);
}

const char *config_console_line(const char *line)
{
    const char *name = below_dev(line);
    size_t n = strlen(name);

    if (n == 0 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != n)
        return NULL;
    if (n == strcspn(name, "0123456789") && strcmp(name, "console") != 0)
        return NULL;
    if (strncmp(name, "tty", 3) == 0 && name[3] >= '0' && name[3] <= '9')
        return NULL;
    return is_old_pseudo_terminal(name) ? NULL : name;
}

static bool is_listed(char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool hwfp_config_exempt_console(const struct hwfp_config *config, const char *service,
                                const char *tty, const char *rhost)
{
    if (config->console != HWFP_MODE_FLAG || !service || !tty || (rhost && *rhost))
        return false;
    if (strcmp(service, "login") != 0 &&
        !is_listed(config->console_services, config->n_console_services, service))
        return false;
    tty = below_dev(tty);
    return config_console_service(service) &&
           (is_virtual_terminal(tty) ||
            is_listed(config->console_lines, config->n_console_lines, tty));
}
