#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A memory snapshot that is restored under another identity, within one boot: what hwfp-boot recorded
# against what a login finds.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

published() { sed -n "s/^$1=//p" "$disk/run/hwfp/verdict"; }
# become FACT...: machine A goes on, in the same boot, with other facts.
become() { "$BUILD/tests/mktree" -f "$scratch/trees/A" "$scratch/A.facts" "$@"; }
# as_user COMMAND...: as someone who may not read the hardware
as_user() { on A setpriv --reuid 60991 --regid 60991 --clear-groups "$@"; }

id='fwcfg.vmgenid=324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87'
new_id='fwcfg.vmgenid=7a1c0b9d-58e2-4f33-9c67-0d1f4be2a865'
copy='fwcfg.smbios=yes'
new_uuid='fwcfg.uuid=0c7be6d2-91f4-4ab8-8d35-6e2f90a1c7d4'
new_disk='disk=nvme0n1 | nvme | S4EVNF0M700007'

configure 'mode = deny' 'uncertain = deny'
run on A "$BUILD/hwfp" enroll
rm -rf "$disk/run/hwfp"
run on A "$BUILD/hwfp-boot"
check 'hwfp-boot records the disks, and leaves open what it cannot see' \
    '[ $rc = 0 ] && [ -n "$(published boot_disk)" ] && [ -z "$(published boot_generation_id)$(published boot_smbios)" ]'
become "$id" "$copy"
run on A "$BUILD/hwfp" check
check 'what is seen for the first time is no change, and a check does not record it' \
    '[ $rc = 0 ] && [ -z "$(published boot_generation_id)" ]'
run on A "$BUILD/hwfp-boot"
check 'hwfp-boot completes it when it runs again' \
    '[ $rc = 0 ] && [ -n "$(published boot_generation_id)" ] && [ -n "$(published boot_smbios)" ]'
check 'no id and no serial number can be read from it' \
    '! grep -qiE "324e6eaf|af6e4e32|4c4c4544|S4EVNF" "$disk/run/hwfp/verdict"'

vault=$(sha256sum "$disk/var/lib/hwfp/vault")
become "$new_id" "$copy"
run on A "$BUILD/hwfp" check
check 'another generation id: uncertain, and the reason says so' \
    '[ $rc = 3 ] && says "VM generation id" && says "memory snapshot was restored"'
become "$id" "$copy" "$new_uuid"
run on A "$BUILD/hwfp" status
check 'another table of the firmware, with the old one in sysfs' \
    '[ $rc = 3 ] && says "firmware describes another machine"'
become "$new_disk"
run on A "$BUILD/hwfp" --json check
check 'all disks changed: in JSON, too' '[ $rc = 3 ] && says "\"uncertain\"" && says "all disks"'
become "$new_id" "$copy" "$new_uuid" "$new_disk"
run on A "$BUILD/hwfp" diff
check 'diff tells the reason' 'says "memory snapshot"'
run on A "$BUILD/hwfp" --json diff
check 'and in JSON what the gate says beside what the hashes say' \
    '[ "$(jq -r .gate_verdict <<<"$out")" = uncertain ] && jq -e ".gate_reason | test(\"snapshot\")" <<<"$out"'
check 'neither the vault nor the published verdict has changed' \
    '[ "$(sha256sum "$disk/var/lib/hwfp/vault")" = "$vault" ] && [ "$(published verdict)" = same ]'
run as_user "$BUILD/hwfp" status
check 'who may not read the hardware is told what was published' '[ $rc = 0 ]'

pam_service snap
if can_login; then
    run on A pamtester snap hwfptest acct_mgmt
    check 'a login is refused where uncertain = deny' '[ $rc != 0 ]'
    configure 'mode = deny'
    run on A pamtester snap hwfptest acct_mgmt
    check 'and passes where it is not' '[ $rc = 0 ]'
fi
configure 'mode = deny' 'uncertain = deny' 'settle = 0'
run on A "$BUILD/hwfp-boot"
check 'hwfp-boot publishes it, and stays with it' \
    '[ $rc = 3 ] && [ "$(published verdict)" = uncertain ] && [[ $(published reason) = *"memory snapshot"* ]]'
run as_user "$BUILD/hwfp" status
check 'from then on everyone is told' '[ $rc = 3 ] && says "memory snapshot"'
configure 'mode = deny' 'policy = ssm'
run on A "$BUILD/hwfp" check
check 'the ssm policy knows nothing of it' '[ $rc = 0 ] || [ $rc = 1 ]'

configure 'mode = deny' 'uncertain = deny'
run on A "$BUILD/hwfp" accept
check 'accept' '[ $rc = 0 ]'
run on A "$BUILD/hwfp" check
check 'is the end of it' '[ $rc = 0 ] && [ "$(published verdict)" = same ]'
rm -rf "$disk/run/hwfp"
become "$id" 'disk=nvme0n1 | nvme | S4EVNF0M700009'
run on A "$BUILD/hwfp-boot"
check 'another boot starts afresh' '[ $rc = 0 ] && [ "$(published verdict)" = same ]'
finish
