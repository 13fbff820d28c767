/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A code is 17 symbols of Crockford's base 32, which has no I, L, O and U. The first is the code's
 * number, so that one scrypt digest tells whether it is right, and not one for each code there is.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "recovery.h"
#include "util.h"

#define RANDOM_SYMBOLS (RECOVERY_SYMBOLS - 1)
#define GROUP 4

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int recovery_code_make(unsigned number, char ret[HWFP_RECOVERY_CODE_SIZE])
{
    uint8_t random[RANDOM_SYMBOLS];
    char *to = ret;

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -EIO;
    *to++ = alphabet[number];
    for (size_t i = 0; i < sizeof(random); i++) {
        if (i % GROUP == 0)
            *to++ = '-';
        *to++ = alphabet[random[i] & 31];
    }
    *to = '\0';
    explicit_bzero(random, sizeof(random));
    return 0;
}

/* The symbol that is meant, or NUL. */
static char symbol_of(char typed)
{
    char c = ascii_lower(typed);

    if (c == 'o')
        c = '0';
    else if (c == 'i' || c == 'l')
        c = '1';
    else if (c == 'u')
        c = 'v';
    for (const char *symbol = alphabet; *symbol; symbol++)
        if (ascii_lower(*symbol) == c)
            return *symbol;
    return '\0';
}

int recovery_code_read(const char *typed, char ret[RECOVERY_SYMBOLS + 1], unsigned *ret_number)
{
    char symbols[RECOVERY_SYMBOLS + 1] = "";
    size_t n = 0;
    int r = 0;

    for (; r == 0 && *typed; typed++) {
        char symbol = symbol_of(*typed);

        if (strchr(" \t\r\n-_.", *typed))
            continue;
        if (!symbol || n == RECOVERY_SYMBOLS)
            r = -EINVAL;
        else
            symbols[n++] = symbol;
    }
    if (n != RECOVERY_SYMBOLS || !isdigit((unsigned char)symbols[0]))
        r = -EINVAL;
    if (r == 0) {
        memcpy(ret, symbols, sizeof(symbols));
        *ret_number = (unsigned)(symbols[0] - '0');
    }
    explicit_bzero(symbols, sizeof(symbols));
    return r;
}
