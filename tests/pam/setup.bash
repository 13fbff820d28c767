# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # the variables are for those who source this
# To be sourced by tests that need a disk and machines to start it on:
#   $disk          the root folder of the scratch system (tests/chamber), module in $module below it
#   on A COMMAND   runs COMMAND in it on machine A; B: the same model, another unit, as for a copied
#                  disk; U: machine A with another mainboard, into which the maker wrote its serial number
# and for what tests/tap.bash has.
set -uo pipefail
umask 022
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/tap.bash
. tests/tap.bash

BUILD=${BUILD:-build}
export BUILD
scratch=$(mktemp -d)
disk=$scratch/disk
module=/opt/hwfp/pam_hwfp.so
trap 'rm -rf --one-file-system "$scratch"' EXIT

# facts UUID SERIAL DISK MAC: one unit of a small server.
facts() {
    cat <<END
smbios.version = 3.2
bios.vendor = Example Systems
bios.version = 1.7.3
bios.date = 03/14/2024
system.manufacturer = Example Systems
system.product = Server 210
system.uuid = $1
system.serial = SYS$2
board.manufacturer = Example Systems
board.product = MB-210
board.serial = BRD$2
chassis.type = 23
chassis.serial = CHS$2
memory.max_gib = 128
memory.slots = 4
dimm = DIMM A1 | 16384 | Example Memory | $2A1 | M393A2K43
cpu.vendor = GenuineIntel
cpu.family = 6
cpu.model = 85
cpu.stepping = 7
cpu.name = Example CPU 4210
cpu.count = 4
disk = nvme0n1 | nvme | $3
nic = eth7 | pci | $4
END
}

# hostile_facts TEXT: a line for each string of the SMBIOS table that a source reads, with TEXT in it.
hostile_facts() {
    local name
    for name in bios.{vendor,version,date} system.{manufacturer,product,version,serial,sku,family} \
        {board,chassis}.{manufacturer,version,serial,asset_tag} board.product; do
        printf '%s=%s%s\0' "$name" "${name#*.}" "$1"
    done
    printf 'processor=CPU%s | maker%s | version%s | serial%s | f1060400fffbebbf | 10 | tag%s | part%s\0' \
        "$1" "$1" "$1" "$1" "$1" "$1"
    printf 'dimm=A1%s | 16384 | maker%s | serial%s | part%s | bank%s | tag%s\0' "$1" "$1" "$1" "$1" "$1" "$1"
}
# all_hostile TREE TEXT: each of them is in the table, which ends each by a NUL.
all_hostile() { [ "$(LC_ALL=C grep -azcF -- "${2%%$'\n'*}" "$1/sys/firmware/dmi/tables/DMI")" = 30 ]; }

make_machines() {
    mkdir -p "$scratch/trees"
    facts 4c4c4544-0042-3510-8054-b3c04f4e3232 7QX31M2 S4EVNF0M712345 3c:ec:ef:11:22:33 \
        >"$scratch/A.facts"
    facts 4c4c4544-0051-4a10-8038-c7c04f5a4d33 9ZK84P7 S4EVNF0M798765 3c:ec:ef:44:55:66 \
        >"$scratch/B.facts"
    "$BUILD/tests/mktree" "$scratch/trees/A" "$scratch/A.facts" &&
        "$BUILD/tests/mktree" "$scratch/trees/B" "$scratch/B.facts" &&
        "$BUILD/tests/mktree" "$scratch/trees/U" "$scratch/A.facts" \
            system.uuid=b3a1d0c2-7f56-4f0e-9a55-0d3c5e8f1a77 board.serial=BRD7QX58K4
}

on() {
    local machine=$1
    shift
    # Another machine is another boot, and /run does not outlive one.
    if [ "$(cat "$scratch/machine" 2>/dev/null)" != "$machine" ]; then
        rm -rf "$disk/run/hwfp"
        echo "$machine" >"$scratch/machine"
    fi
    # $BUILD/bin may have programs to be used in place of the system's: under valgrind, say.
    PATH=$(realpath -m "$BUILD")/bin:$PATH tests/chamber "$disk" --tree "$scratch/trees/$machine" -- "$@"
}

# A module with ASan in it cannot be loaded by programs without.
can_login() { [ "$(nm -D "$BUILD/pam_hwfp.so" | grep -c __asan)" = 0 ]; }

# The module is copied, so that an ordinary user can load it wherever the repository is.
make_disk() {
    tests/chamber "$disk" --net -- true &&
        install -D -m 0644 "$BUILD/pam_hwfp.so" "$disk$module" && mkdir -p "$disk/etc/hwfp" &&
        printf '%s required pam_deny.so\n' auth account session password >"$disk/etc/pam.d/other"
}

configure() { printf '%s\n' "$@" >"$disk/etc/hwfp/hwfp.conf"; }

# pam_service NAME: the module first in each phase; pam_exec shows the session's environment.
pam_service() {
    cat >"$disk/etc/pam.d/$1" <<END
auth     requisite $module
auth     required  pam_unix.so
account  requisite $module
account  required  pam_unix.so
session  required  $module
session  required  pam_permit.so
session  optional  pam_exec.so stdout quiet /usr/bin/env
password required  pam_deny.so
END
}

make_machines || bail "the machines cannot be made"
make_disk || bail "the disk cannot be made"
