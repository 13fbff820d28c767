/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpuinfo.h"

#include <errno.h>
#include <string.h>

#include "util.h"

int cpuinfo_read(const struct hwfp_system *system, char **ret_text)
{
    CLEANUP_FREE char *text = malloc(CPUINFO_MAX + 1);
    ssize_t n;

    if (!text)
        return -ENOMEM;
    n = system_read(system, "proc/cpuinfo", text, CPUINFO_MAX);
    if (n < 0)
        return (int)n;
    /* A line that the limit cut in two would be a wrong value. */
    if (n == (ssize_t)CPUINFO_MAX)
        while (n > 0 && text[n - 1] != '\n')
            n--;
    text[n] = '\0';
    *ret_text = text;
    text = NULL;
    return 0;
}

bool cpuinfo_next(char **text, char **ret_name, char **ret_value)
{
    char *line = strsep(text, "\n"), *value = line;

    if (!line)
        return false;
    (void)strsep(&value, ":");
    *ret_name = trim(line);
    *ret_value = trim(value ? value : line + strlen(line));
    return true;
}
