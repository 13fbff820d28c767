/* SPDX-License-Identifier: BSD-2-Clause */
/* What was meant by a word that is mistyped: the candidate with the fewest letters wrong. */
#include <string.h>

#include "command.h"
#include "util.h"

#define LETTERS_MAX 24 /* longer ones are near to nothing */

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters have to be added, left out, replaced, or exchanged with their neighbour to make
 * one word of the other (optimal string alignment). */
static unsigned letters_wrong(const char *a, size_t n_a, const char *b, size_t n_b)
{
    unsigned d[LETTERS_MAX + 1][LETTERS_MAX + 1];

    for (size_t i = 0; i <= n_a; i++)
        d[i][0] = (unsigned)i;
    for (size_t k = 0; k <= n_b; k++)
        d[0][k] = (unsigned)k;
    for (size_t i = 1; i <= n_a; i++)
        for (size_t k = 1; k <= n_b; k++) {
            unsigned replaced = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);

            d[i][k] = smaller(replaced, smaller(d[i - 1][k], d[i][k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                d[i][k] = smaller(d[i][k], d[i - 2][k - 2] + 1);
        }
    return d[n_a][n_b];
}

/* One letter in three may be wrong: of "xyz" nothing is meant. */
struct nearest nearest_to(const char *word)
{
    return (struct nearest){.word = word, .distance = (unsigned)(strlen(word) / 3)};
}

void nearest_try(struct nearest *nearest, const char *name)
{
    size_t n_word = strlen(nearest->word), n_name = strlen(name);
    unsigned wrong;

    if (n_word > LETTERS_MAX || n_name > LETTERS_MAX)
        return;
    wrong = letters_wrong(nearest->word, n_word, name, n_name);
    if (wrong < nearest->distance || (wrong == nearest->distance && !nearest->name)) {
        nearest->name = name;
        nearest->distance = wrong;
    }
}
