/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of bits. A weight is log2 of how much likelier what is seen is on this machine than on
 * another one, in tenths; hwfp-similarity(7) has the same table with the reason for each, and a
 * test compares the two.
 */
#include "judge/judge.h"

#include "util.h"

static const struct judge_bits on_bare_metal[HWFP_COMPONENTS] = {
    [HWFP_SYSTEM_UUID] = {60, -50, 0},       [HWFP_SYSTEM_SERIAL] = {50, -45, 0},
    [HWFP_BOARD_SERIAL] = {50, -45, 0},      [HWFP_CHASSIS_SERIAL] = {20, -25, 0},
    [HWFP_DEVICETREE_SERIAL] = {40, -50, 0}, [HWFP_SOC_SERIAL] = {50, -80, 0},
    [HWFP_OEM_KEY] = {50, -45, 0},           [HWFP_CLOUD_INSTANCE] = {100, -120, 0},
    [HWFP_DISK_SERIAL] = {10, -20, 0},       [HWFP_NIC_MAC] = {50, -45, -75},
    [HWFP_NIC_MAC_SOFT] = {10, -10, 0},      [HWFP_DIMM_SERIAL] = {50, -35, -45},
    [HWFP_CPU_SERIAL] = {50, -35, 0},        [HWFP_EFI_TOKEN] = {40, -20, 0},
    [HWFP_SYSTEM_MODEL] = {3, -20, 0},       [HWFP_BOARD_MODEL] = {3, -40, 0},
    [HWFP_DEVICETREE_MODEL] = {3, -20, 0},   [HWFP_CPU_MODEL] = {3, -20, 0},
    [HWFP_MEMORY_LAYOUT] = {3, -5, 0},
};

/* What a hypervisor gives its guest; a serial number may be the host's. */
static const struct judge_bits on_virtual_machine[HWFP_COMPONENTS] = {
    [HWFP_SYSTEM_UUID] = {60, -55, 0},      [HWFP_SYSTEM_SERIAL] = {10, -10, 0},
    [HWFP_BOARD_SERIAL] = {10, -10, 0},     [HWFP_DEVICETREE_SERIAL] = {40, -50, 0},
    [HWFP_SOC_SERIAL] = {10, -10, 0},       [HWFP_OEM_KEY] = {10, -10, 0},
    [HWFP_CLOUD_INSTANCE] = {100, -120, 0}, [HWFP_DISK_SERIAL] = {20, -20, 0},
    [HWFP_NIC_MAC] = {25, -30, 0},          [HWFP_EFI_TOKEN] = {10, -10, 0},
};

struct judge_bits judge_bits(enum hwfp_component c, bool virtual_machine)
{
    return virtual_machine ? on_virtual_machine[c] : on_bare_metal[c];
}

struct judge_bits judge_bits_of_boot_loader(void)
{
    return (struct judge_bits){10, -10, 0};
}

int judge_similarity(int bits)
{
    /* 2^(i/10) in millionths: no mathematics library in somebody else's process. */
    static const uint64_t root[] = {1000000, 1071773, 1148698, 1231144, 1319508,
                                    1414214, 1515717, 1624505, 1741101, 1866066};
    unsigned distance = (unsigned)(bits < 0 ? -bits : bits);
    uint64_t power, least;

    if (distance > 200)
        distance = 200;
    power = root[distance % ARRAY_SIZE(root)] << (distance / ARRAY_SIZE(root));
    /* The smaller of the two chances; the larger one is the rest. */
    least = (100000000 + (power + 1000000) / 2) / (power + 1000000);
    return (int)(bits < 0 ? least : 100 - least);
}
