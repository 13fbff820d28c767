#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From the package to the first login: installed with apt, enrolled at the next boot, and every way to
# log in open, with nothing waiting for it.
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"
# shellcheck source=tests/vm/logins.bash
. tests/vm/logins.bash

verdict() { jq -r .verdict <<<"$out"; }
# enrolled_by COMPONENT: it is there, it is on record, and they are the same.
enrolled_by() {
	jq -e --arg n "$1" 'any(.components[]; .name == $n and .status == "usable" and .recorded >= 1 and
		.recorded == .current and .match == "all")' <<<"$out" >/dev/null
}
events() { in_guest "$1" 'hwfp --json history' | jq -r '[.events[].what] | join(" ")'; }

disk server installed.qcow2
boot A server
run in_guest A 'cat /var/log/apt/history.log'
check 'apt has installed both packages in the running guest' \
	'says "Install: " && says "hwfp:amd64 (0" && says "libpam-hwfp:amd64 (0" && ! says Error'
run in_guest A 'hwfp --json status'
check 'the next boot has enrolled, and the verdict is same' '[ $rc = 0 ] && [ "$(verdict)" = same ]'
for component in system-uuid system-serial board-serial chassis-serial nic-mac disk-serial; do
	check "with evidence of $component, all of what is there" 'enrolled_by $component'
done
fingerprint=$(jq -r .fingerprint <<<"$out")
run events A
check 'at once: no drift came after it' '[ "$out" = enroll ]'
run in_guest A 'systemctl show -P ConditionResult hwfp-boot hwfp-enroll | grep .'
check 'the unit for first boots has done it' '[ "$(paste -sd " " <<<"$out")" = "no yes" ]'
power_off A

boot A server
run in_guest A 'hwfp --json status'
check 'the verdict of an ordinary boot is same' '[ "$(verdict)" = same ] && [ "$(jq -r .fingerprint <<<"$out")" = "$fingerprint" ]'
run in_guest A 'systemctl show -P ConditionResult hwfp-boot hwfp-enroll | grep .'
check 'the unit for ordinary boots has found it, and udev is not waited for' '[ "$(paste -sd " " <<<"$out")" = "yes no" ]'
run in_guest A 'cat /run/hwfp/verdict; ls -ld /run/hwfp /run/hwfp/verdict'
check 'it is published' 'says verdict=same && says drwxr-xr-x && says -rw-r--r--'
run in_guest A 'systemctl is-active hwfp-verified.target hwfp-different.target'
check 'hwfp-verified.target can be reached, hwfp-different.target is not' '! grep -qx active <<<"$out"'
run in_guest A 'systemctl start hwfp-verified.target'
check 'and a service that requires it starts' '[ $rc = 0 ]'
run in_guest A 'systemctl list-units --failed --plain --no-legend; systemd-analyze --man=no verify $(dpkg -L hwfp | grep "/systemd/system/hwfp-")'
check 'no unit has failed, none of ours has a mistake' '[ -z "$out" ]'
run in_guest A 'for unit in $(dpkg -L hwfp | sed -n "s,.*/systemd/system/\(hwfp-.*.service\)\$,\1,p"); do
	systemd-analyze security --no-pager --threshold=15 $unit >/dev/null || echo $unit; done'
check 'the exposure of each is 1.5 at most, says systemd-analyze security' '[ -z "$out" ]'

# What waits for it, by the units' own ordering.
run in_guest A 'for unit in ssh systemd-user-sessions; do
		systemctl show -P After $unit.service | tr " " "\n" | grep -x hwfp-different.service
	done; systemctl show -P After hwfp-different | tr " " "\n" | grep -x hwfp-boot.service'
check 'ssh and users come after hwfp-different.service, and that after hwfp-boot.service' \
	'[ "$(xargs <<<"$out")" = "hwfp-different.service hwfp-different.service hwfp-boot.service" ]'
# Where the time of a boot goes. A guest that its host has held up shows more than its units' own time: of
# three boots one is enough.
chain() { in_guest A 'systemd-analyze critical-chain multi-user.target ssh.service --no-pager'; }
nothing_waits() { grep -q multi-user.target <<<"$chain" && ! grep -q hwfp <<<"$chain"; }
# When hwfp-boot was done, and when the last of what else each is ordered after was there.
order() {
	in_guest A 'at() { systemctl show -P $1 -- $2; }
		at ExecMainExitTimestampMonotonic hwfp-boot
		for unit in ssh systemd-user-sessions; do
			for other in $(at After $unit.service); do
				case $other in hwfp-*) continue ;; esac
				there=$(at ActiveEnterTimestampMonotonic $other)
				[ $there -gt $(at InactiveExitTimestampMonotonic $unit.service) ] || echo $there $other
			done | sort -n | tail -n 1
		done'
}
is_first() {
	[ "$(wc -l <<<"$order")" = 3 ] &&
		awk 'NR == 1 { hwfp = $1 } $1 <= 0 || NR > 1 && $1 <= hwfp { bad = 1 } END { exit bad }' <<<"$order"
}
for try in 1 2 3; do
	chain=$(chain) order=$(order)
	printf '%s\n' "$chain" "$order" | sed 's/^/# /'
	! { nothing_waits && is_first; } && [ $try -lt 3 ] || break
	power_off A
	boot A server
done
out=$chain
check 'no critical chain has a unit of hwfp in it' nothing_waits
out=$order
check 'hwfp-boot is done before the last of what else ssh and users are ordered after' is_first
run in_guest A 'systemctl show -P ExecMainStartTimestampMonotonic -P ExecMainExitTimestampMonotonic hwfp-boot
	systemctl show -P ExecMainStartTimestampMonotonic systemd-user-sessions'
check 'the verdict is there before users may log in' \
	'{ read -r from; read -r to; read -r users; } <<<"$out" && [ "$to" -gt "$from" ] && [ "$users" -gt "$to" ]'
echo "# hwfp-boot: from $((from / 1000)) ms to $((to / 1000)) ms of the boot; users: $((users / 1000)) ms"
# Processor time, in milliseconds, of twenty runs of each in turn, which must do their work.
run in_guest A 'TIMEFORMAT="%U %S"
	for i in $(seq 20); do
		{ time /bin/true; } 2>>/tmp/true.times
		{ time /usr/libexec/hwfp/hwfp-boot 2>>/tmp/said; } 2>>/tmp/boot.times || exit
	done
	[ $(grep -c "^hwfp-boot: event=boot verdict=same " /tmp/said) = 20 ] && [ $(wc -l </tmp/said) = 20 ] || { cat /tmp/said; exit 1; }
	for f in true boot; do awk "{ print (\$1 + \$2) * 1000 }" /tmp/$f.times | sort -n | sed -n 10p; done'
check 'its processor time can be measured' '[ $rc = 0 ] && [ "$(wc -l <<<"$out")" = 2 ]'
awk 'NR == 1 { t = $1 } NR == 2 { printf "# processor time, emulated, medians of 20: /bin/true %d ms, hwfp-boot %d ms, ratio %.1f\n", t, $1, $1 / (t ? t : 1) }' <<<"$out"

for way in key password su sudo login cron; do
	run by_$way A
	if [ $way = sudo ]; then
		check 'sudo lets in' '[ $rc = 0 ] && says root && ! says hwfp:'
	else
		check "$way lets in, and says nothing" 'let_in same $fingerprint && ! says hwfp:'
	fi
done
run by_user_manager A
check 'systemctl --user works' 'grep -qx active <<<"$out" && says "0 loaded units"'
run by_console A alice "$PASSWORD"
check 'so does the console' 'let_in same $fingerprint'
run by_expired_password A
check 'an expired password is told of by its own module' '[ $rc != 0 ] && ! says hwfp'
run in_guest A 'journal -b -q --no-pager -t sshd -t sshd-session -t su -t login -t sudo -t CRON | grep -c "pam_hwfp.*event=login" || true'
check 'and the log has nothing of it to tell' '[ "$out" = 0 ]'
run in_guest A 'hwfp doctor'
check 'hwfp doctor finds nothing to mend' '[ $rc = 0 ] && [ "${out##*$'"'\n'"'}" = "Nothing to mend." ]'
power_off A

# ---- A first boot whose NIC comes late. ----

plug() { qmp A '"netdev_add"' "{\"type\":\"user\",\"id\":\"$1\",\"restrict\":true}" &&
	qmp A '"device_add"' "{\"driver\":\"virtio-net-pci\",\"netdev\":\"$1\",\"mac\":\"$2\",\"romfile\":\"\"}"; }
nic() { jq -c '.components[] | select(.name == "nic-mac") | [.recorded, .current, .match]' <<<"$out"; }

# udev is busy with something until the NIC is there, as with the controller that it is behind.
disk late installed.qcow2
boot A late --no-nic --append 'systemd.unit=local-fs.target systemd.wants=vm-agent.service udev.event_timeout=600'
run in_guest A 'systemctl start systemd-udevd.service systemd-udev-trigger.service && udevadm settle && mkdir -p /run/udev/rules.d &&
	echo "KERNEL==\"zero\", ACTION==\"change\", PROGRAM=\"/bin/sh -c \047until ls -d /sys/class/net/e*; do sleep 0.1; done\047\"" \
		>/run/udev/rules.d/late.rules && udevadm control --reload && udevadm trigger --action=change /dev/zero &&
	until [ -e /run/udev/queue ]; do sleep 0.1; done; systemctl start --no-block hwfp-enroll.service &&
	until [ "$(systemctl show -P SubState hwfp-enroll)" != dead ]; do sleep 0.1; done
	systemctl show -P SubState hwfp-enroll; ls -A /var/lib/hwfp /sys/class/net'
check 'a first boot waits while udev is busy, and enrols nothing' \
	'[ $rc = 0 ] && says start-pre && says ticket && ! says vault && ! says eth && ! says ens'
run plug first 52:54:00:11:22:33
run in_guest A 'systemctl start hwfp-enroll.service; hwfp --json status'
check 'the NIC that comes meanwhile is enrolled' '[ $rc = 0 ] && [ "$(verdict)" = same ] && [ "$(nic)" = "[1,1,\"all\"]" ]'
run events A
check 'as the first thing that is on record' '[ "$out" = enroll ]'
run plug second 52:54:00:aa:bb:cc
run in_guest A 'until [ $(ls -d /sys/class/net/e* 2>/dev/null | wc -l) = 2 ]; do sleep 0.1; done; udevadm settle; hwfp --json status'
check 'one that comes later is not' '[ $rc = 0 ] && [ "$(verdict)" = same ] && [ "$(nic)" = "[1,2,\"some\"]" ]'
run in_guest A 'hwfp check; hwfp --json status'
out=${out##*$'\n'}
check 'the next check follows it' '[ "$(nic)" = "[2,2,\"all\"]" ] && [ "$(events A)" = "enroll drift" ]'
cut_power A
finish
