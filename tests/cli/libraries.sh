#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The shared libraries that each program needs, compared with the list below. The script uses only
# readelf and ldd, so that it also runs in a fresh tree of another release.
# shellcheck source=tests/tap.bash
. "$(dirname "$0")/../tap.bash"
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export BUILD=${BUILD:-build} LC_ALL=C.UTF-8

# A new library is a new dependency and needs its reason in the README's table.
common='libc.so.6 libcjson.so.1 libcrypto.so.3 libinih.so.1 libmnl.so.0 libuuid.so.1'
declare -A needed=(
    [hwfp]="$common libaudit.so.1 libcrypt.so.1"
    [hwfp-boot]="$common libaudit.so.1"
    [pam_hwfp.so]="$common libcrypt.so.1 libpam.so.0"
)
# The libraries that those need in turn depend on the release: libaudit needs libcap-ng, and the
# libcrypto of OpenSSL 3.5 needs zlib and zstd. Other releases may need any of these, and no others.
of_12='libcap-ng.so.0'
of_13='libcap-ng.so.0 libz.so.1 libzstd.so.1'
release=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
case $release in
'debian 12') behind=$of_12 ;;
'debian 13') behind=$of_13 ;;
*) behind='' ;;
esac

sorted() { tr -s ' ' '\n' | sort -u | xargs; }
direct() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sorted; }
# The loader and the kernel's vdso are not looked up by name: ldd prints no arrow for them.
all_of() { ldd "$1" | awk '$2 == "=>" { print $1, ($3 == "not" ? "(not found)" : "") }' | sorted; }

for program in hwfp hwfp-boot pam_hwfp.so; do
    expected=$(sorted <<<"${needed[$program]}")
    out=$(direct "$BUILD/$program")
    check "$program needs the libraries of the list, and no others" '[ "$out" = "$expected" ]'

    # libpam needs libaudit.
    [ "$program" != pam_hwfp.so ] || expected+=' libaudit.so.1'
    out=$(all_of "$BUILD/$program")
    if [ -n "$behind" ]; then
        expected=$(sorted <<<"$expected $behind")
        check "$program: with these, ldd lists what $release adds, and nothing else" '[ "$out" = "$expected" ]'
    else
        expected=$(sorted <<<"$expected $of_12 $of_13")
        check "$program: with these, ldd lists nothing that no release adds" \
            '[ -n "$out" ] && [ -z "$(comm -23 <(xargs -n1 <<<"$out") <(xargs -n1 <<<"$expected"))" ]'
    fi
done
finish
