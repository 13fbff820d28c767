# SPDX-License-Identifier: BSD-2-Clause
# To be sourced.

# printed SERVICE: the lines that pam_hwfp(8) has for it.
printed() {
    awk -v service="$1" '
        $1 == ".I" { name = $2; gsub(/\\/, "", name); mine = name == "/etc/pam.d/" service }
        $1 == ".fi" { mine = 0 }
        mine && $1 ~ /^(auth|account|session)$/' man/pam_hwfp.8
}
