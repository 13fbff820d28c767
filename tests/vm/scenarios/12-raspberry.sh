#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An SD card in another Raspberry Pi: arm64, Debian 13, and a device tree with a serial number.
# It wants to be named, "tests/vm/build trixie-arm64 && tests/vm/run 12": emulated twice, the system takes
# seven minutes to install.
export RELEASE=trixie ARCH=arm64
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"
# shellcheck source=tests/vm/logins.bash
. tests/vm/logins.bash

# Boards of one model and one batch: their serial numbers and NICs differ, the cards have none.
identity pi1 - 10000000a1b2c3d4 dc:a6:32:11:22:33
identity pi2 - 10000000e5f60718 dc:a6:32:44:55:66
component() { jq -r --arg n "$1" '.components[] | select(.name == $n) | [.status, .match] | join(" ")' <<<"$out"; }
verdict() { jq -r .verdict <<<"$out"; }

# The packages were installed by apt, and the system has not been started since.
disk card installed.qcow2
boot pi1 card
run in_guest pi1 'uname -m; tr -d "\0" </proc/device-tree/model; echo; tr -d "\0" </proc/device-tree/serial-number; echo
	dpkg-query -W -f "\${Package} \${Architecture} \${db:Status-Status}\n" hwfp libpam-hwfp'
sed 's/^/# /' <<<"$out"
check 'the packages are for arm64, on a Pi that has a serial number' \
	'says aarch64 && says 10000000a1b2c3d4 && says "libpam-hwfp arm64 installed"'
run in_guest pi1 'hwfp --json status'
check 'its first boot has enrolled it' '[ $rc = 0 ] && [ "$(verdict)" = same ]'
check 'by the serial number of its device tree' '[ "$(component devicetree-serial)" = "usable all" ]'
fingerprint=$(jq -r .fingerprint <<<"$out")
run by_key pi1
check 'a login works' 'let_in same $fingerprint'
run in_guest pi1 'echo mode = deny >/etc/hwfp/hwfp.conf.d/deny.conf; hwfp status'
sed 's/^/# /' <<<"$out"
check 'deny is set' '[ $rc = 0 ]'
power_off pi1

boot pi2 card
run in_guest pi2 'hwfp --json status'
check 'in another Pi the card is a copy' '[ $rc = 1 ] && [ "$(verdict)" = different ]'
check 'as the serial number is another one' '[ "$(component devicetree-serial)" = "usable none" ]'
check 'it has a fingerprint of its own' '[ "$(jq -r .fingerprint <<<"$out")" != "$fingerprint" ]'
run in_guest pi2 'hwfp status'
sed 's/^/# /' <<<"$out"
check 'hwfp status ends with 1' '[ $rc = 1 ]'
for way in key password su; do
	run by_$way pi2
	sed 's/^/# /' <<<"$out"
	check "a login by $way is refused, with a sentence" 'turned_away different'
done
power_off pi2

boot pi1 card
run in_guest pi1 'hwfp --json status'
check 'at home it is itself again' '[ $rc = 0 ] && [ "$(verdict)" = same ] && [ "$(jq -r .fingerprint <<<"$out")" = "$fingerprint" ]'
run by_key pi1
check 'and lets in' 'let_in same $fingerprint'
power_off pi1
finish
