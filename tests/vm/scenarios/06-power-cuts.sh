#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The power is cut twenty times, at random moments of enrolment, of a clone's first boot and of accept.
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"

# Five disks, each of which loses its power four times: on its first boot, while the machine is accepted
# and rotated again and again, on the first boot as a clone, and while the clone is accepted. The boot
# after each looks at what is left, and goes on from there.
readonly DISKS=${DISKS:-5}
SEED=${SEED:-$$}
RANDOM=$SEED
echo "# SEED=$SEED makes the same delays again"
# To the local file systems and no further: hwfp's own units are started when the host is ready to cut.
readonly SHORT='systemd.unit=local-fs.target systemd.wants=vm-agent.service'
# A slow disk makes the moments between two writes long, so that most of the cuts come there.
readonly WRITES_PER_SECOND=15
cuts=0 amid=0 untold=0 unfinished=no

# What the guest tells goes through a port of its own straight into a file, which the cut cannot take back.
log=$scratch/told
told() { grep -Eo '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' "$log" | sort -u; }
# in_this_boot REGEX: what was told since the boot began.
in_this_boot() { tail -c +$((log_start + 1)) "$log" | grep -E -- "$1"; }

# QEMU obeys the flushes of the guest, and what was not flushed may be lost: like a disk with a cache.
start() {
	log_start=$(stat -c %s "$log")
	boot guest "$1" --as "$2" --cache writeback --append "$SHORT" -- \
		-chardev "file,id=told,path=$log,append=on" -device virtserialport,chardev=told,name=told
}
units='hwfp-boot.service hwfp-enroll.service'

# Tells when the first byte is written to the vault's folder, and what is published.
watch_units='
m=/run/vm-agent/script d=/var/lib/hwfp
systemctl start --no-block '$units'
until [ $d/lock -nt $m ] || [ $d/vault.new -nt $m ] || [ $d/vault -nt $m ]; do :; done
echo writing
until [ -e /run/hwfp/verdict ]; do :; done
grep ^fingerprint= /run/hwfp/verdict'
# Each change is told by the command itself, when it is made.
keep_changing='hwfp accept && while hwfp rotate && hwfp accept; do :; done'

# cut_amid WHAT SCRIPT MOST REGEX: up to MOST ms after the guest has told what fits.
cut_amid() {
	local delay=$((RANDOM % $3))
	cuts=$((cuts + 1)) what="cut $cuts ($1)"
	monitor guest "block_set_io_throttle drive0 0 0 0 0 0 $WRITES_PER_SECOND" >/dev/null
	in_guest guest "(echo started; $2) >/dev/vport0p2 2>&1 </dev/null &"
	until in_this_boot "$4" >/dev/null || ! alive guest; do sleep 0.02; done
	sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
	cut_power guest
	unfinished=no
	{ in_this_boot writing && ! in_this_boot fingerprint=; } >/dev/null && unfinished=yes
	echo "# cut $cuts, $1: $delay ms after \"$4\"; told: $(in_this_boot . | tail -n 1)"
}

status() { in_guest guest 'hwfp --json status'; }
is() { [ "$(jq -r ".$1" <<<"$out")" = "$2" ]; }

# How many changes are on record that were never told; each is told in one line.
untold() {
	local history
	history=$(in_guest guest 'hwfp --json history' | jq '.events | length')
	echo $((${history:-0} - $(grep -Ec 'fingerprint=|is now|is trusted' "$log")))
}

# Nothing is put right, no earlier generation is needed, and no fingerprint that was told is lost.
whole() {
	local history lost
	is problem null || is verdict unenrolled || return
	history=$(in_guest guest 'hwfp --json history') || history='{"events":[]}'
	lost=$(comm -23 <(told) <(jq -r '.events[].fingerprint // empty' <<<"$history" | sort -u))
	[ -z "$lost" ] || { out+=$'\nlost: '$lost; false; }
}

# next DISK MACHINE: the boot after a cut, before hwfp's units are started in it.
next() {
	start "$1" "$2"
	# The change that was going on: begun and not told, or on record, or its files are left.
	if [ $unfinished = yes ] || [ "$(untold)" -gt "$untold" ] ||
		in_guest guest 'ls /var/lib/hwfp' | grep -E '\.(new|link)$' >/dev/null; then
		amid=$((amid + 1))
	fi
	run status
	check "$what: the next boot finds a whole vault, and every fingerprint that was told" whole
}
# ... and after.
finish_boot() {
	in_guest guest "systemctl start $units" >/dev/null
	untold=$(untold)
	run status
}

# Too few amid a change would show nothing: then more disks are cut, as many again at most.
for ((i = 1; i <= DISKS || (amid < DISKS && i <= 2 * DISKS); i++)); do
	: >"$log"
	untold=0
	disk "disk$i" installed.qcow2
	start "disk$i" A
	cut_amid 'first boot' "$watch_units" 600 writing

	next "disk$i" A
	finish_boot
	check "$what: and the verdict same, with what was told" \
		'is verdict same && whole && { [ -z "$(told)" ] || is fingerprint "$(told)"; }'
	cut_amid 'accept and rotate' "$keep_changing" 2000 started

	next "disk$i" B
	check "$what: and the verdict different for a clone" 'is verdict different'
	cut_amid 'first boot of a clone' "$watch_units" 350 writing
	given=$(in_this_boot fingerprint= | cut -d= -f2)

	next "disk$i" B
	finish_boot
	check "$what: and the verdict different, with what was told" \
		'is verdict different && whole && ! is fingerprint null && { [ -z "$given" ] || is fingerprint "$given"; }'
	cut_amid 'accept and rotate of a clone' "$keep_changing" 2000 started
	accepted=$(in_this_boot 'is trusted')

	next "disk$i" B
	finish_boot
	check "$what: and the verdict same if accept had said so" \
		'whole && { is verdict same || { [ -z "$accepted" ] && is verdict different; }; }'
	cut_power guest
done
echo "# at least $amid of $cuts cuts came after the first write of a change and before it was told"
check 'as many cuts as there were disks, or more, came amid a change' '[ $amid -ge $DISKS ]'
finish
