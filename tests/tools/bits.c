/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the table of bits as hwfp-similarity(7) has it, a component a line, without columns:
 *     NAME AGREES DISAGREES [TWO-OR-MORE] AGREES-VIRTUAL DISAGREES-VIRTUAL
 * and the two entries that belong to no component. */
#include <stdio.h>

#include "judge/judge.h"

static void print_bits(int tenths)
{
    if (tenths == 0)
        printf(" 0");
    else if (tenths % 10)
        printf(" %+.1f", tenths / 10.0);
    else
        printf(" %+d", tenths / 10);
}

int main(void)
{
    for (enum hwfp_component c = 0; c < HWFP_COMPONENTS; c++) {
        struct judge_bits metal = judge_bits(c, false), guest = judge_bits(c, true);

        if (metal.agrees == 0 && guest.agrees == 0)
            continue;
        printf("%s", hwfp_component_name(c));
        print_bits(metal.agrees);
        print_bits(metal.disagrees);
        if (metal.several)
            print_bits(metal.several);
        print_bits(guest.agrees);
        print_bits(guest.disagrees);
        putchar('\n');
    }
    printf("hidden");
    print_bits(JUDGE_HIDDEN);
    printf("\nkind");
    print_bits(JUDGE_KIND_CHANGED);
    putchar('\n');
    return 0;
}
