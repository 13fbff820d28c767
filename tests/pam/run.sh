#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The module in real Linux-PAM stacks (test_stack.c), in a chamber, on the machines of setup.bash.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/setup.bash"

cp -a "$scratch/trees" "$disk/trees"
HWFP_TEST_TREE_A=/trees/A HWFP_TEST_TREE_B=/trees/B HWFP_TEST_TREE_U=/trees/U \
    HWFP_TEST_MODULE=$module CMOCKA_MESSAGE_OUTPUT=TAP \
    tests/chamber "$disk" --net -- "$BUILD/tests/test_stack" | sed 's/^not ok \(.*# SKIP\)/ok \1/'
