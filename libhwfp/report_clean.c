/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that may come from firmware, made fit for a terminal, a log and JSON. */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "util.h"

static size_t expected_length(unsigned char first)
{
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if ((first & 0xf0) == 0xe0)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* The length of the UTF-8 character that starts here (RFC 3629), or 0: not one, or a control
 * character. ASCII is not asked about here. */
static size_t utf8_length(const unsigned char *s)
{
    size_t n = expected_length(s[0]);

    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) /* the final NUL too */
            return 0;
    if (n == 2 && s[0] == 0xc2 && s[1] < 0xa0) /* U+0080 to U+009F: control characters */
        return 0;
    if (n == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)))
        return 0; /* overlong; a surrogate */
    if (n == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)))
        return 0; /* overlong; beyond U+10FFFF */
    return n;
}

char *report_clean(const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    for (char *c = copy; c && *c; c++) {
        size_t n;

        if (*c >= ' ' && *c <= '~')
            continue;
        n = utf8_length((const unsigned char *)c);
        if (n == 0)
            *c = '?';
        else
            c += n - 1;
    }
    return copy;
}
