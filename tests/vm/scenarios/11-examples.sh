#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the README and the manual pages print works as printed; tests/vm/examples lists it.
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"

table() { grep -v '^#' tests/vm/examples; }
commands() { cut -d' ' -f3-; }

run diff <(tests/vm/printed | sort -u) <(table | commands | sort -u)
check 'tests/vm/examples has every command that is printed, and no other' '[ $rc = 0 ]'

# runs FILE TARGET: `make TARGET`, or the program in tests/ that the Makefile has for it.
runs() {
	grep -Eq "make [^#]*\b$2( |\"|\$)" "$1" ||
		sed -n "/^$2:/,/^\$/p" Makefile | grep -o 'tests/[a-z/]*[a-z]' | grep -qFf - "$1"
}
# what_fails FILES COMMAND: the targets of make that none of the files runs, or else what words none has.
what_fails() {
	local file word test=has words files
	IFS=, read -ra files <<<"$1"
	ls "${files[@]}" >/dev/null || return
	has() { grep -qwF -- "$2" "$1"; }
	words=$(grep -oP '\bmake \K[a-z-]+' <<<"$2") && test=runs || words=$(grep -oE '[a-z]{4,}' <<<"$2")
	for word in $words; do
		for file in "${files[@]}"; do ! $test "$file" "$word" || continue 2; done
		echo "$word"
	done
}
while read -r _ files command; do
	run what_fails "$files" "$command"
	check "$command: $files" '[ $rc = 0 ] && [ -z "$out" ]'
done < <(table | grep '^-')
run what_fails tests/run 'make nothing'
check 'of what no test runs this would tell' '[ "$out" = nothing ]'
run make --no-print-directory deps
check 'make deps' '[ $rc = 0 ]'
run make --no-print-directory bench
check 'make bench tells what a check costs, beside the five commands of the agent' '[ $rc = 0 ] && says "five commands" && says "hwfp check"'
# A guest is not worth it otherwise.
[ "$tests_failed" = 0 ] || finish

disk server enrolled.qcow2
boot B server
# shellcheck disable=SC2046 # words
tar -chf - -C / usr/bin/jq $(ldd /usr/bin/jq | grep -oE '/[^ ]*(libjq|libonig)[^ ]*' | sed 's|^/||') |
	put B /root/jq.tar
printf '[Service]\nExecStart=/bin/sleep infinity\n' | put B /etc/systemd/system/nginx.service
# printed_unit NAME: as hwfp-boot.service(8) prints it, into the guest.
printed_unit() {
	sed -n "/^\.IR .*${1//-/\\\\-}.service :/,/^\.fi/p" man/hwfp-boot.service.8 |
		sed '/^\./d; s/\\-/-/g; s/\\e$/\\/' | put B "/etc/systemd/system/$1.service"
}
printed_unit renew-identity
printed_unit call-home
# There is no inventory.example.com to call: what it would be told.
printf '#!/bin/sh\nexec echo called with "$@"\n' | put B /usr/bin/curl
run in_guest B 'cd /root
	tar -C / --keep-directory-symlink -xf jq.tar
	mkdir -p /etc/facter/facts.d
	ln -s "$(cat /etc/machine-id)" /var/log/journal/remote
	mount --rbind / /mnt
	# Of two machines that are up at once.
	hwfp export inventory | jq -c ".booted = \"2025-01-01T00:00:00Z\" |
		., (.boot_id = \"00000000-0000-4000-8000-000000000000\" | .hostname = \"other\")" >inventory
	jq -cR "{message: .}" inventory >events.json; systemd-cat -t hwfp-inventory cat inventory; journalctl --sync
	chmod 0755 /usr/bin/curl
	systemctl daemon-reload; systemd-analyze verify renew-identity.service call-home.service'
check 'the units that hwfp-boot.service(8) prints are sound' '[ $rc = 0 ] && [ -z "$out" ]'
run in_guest B 'systemctl start call-home.service && journal -b -q -o cat -u call-home.service; cat /run/hwfp/verdict'
check 'the call tells both fingerprints' '[ $rc = 0 ] &&
	says "called with --fail --silent --data fingerprint=$(sed -n "s/^fingerprint=//p" <<<"$out") --data previous=$(sed -n "s/^previous_fingerprint=//p" <<<"$out") https://"'

# In one shell, for cd.
table | grep ' guest ' | commands | put B /root/commands
run in_guest B 'cd /root
	while read -r command <&3; do
		eval "$command" >/root/printed 2>&1 </dev/null
		echo "status $? $command"
		cat /root/printed
	done 3</root/commands'
done=$(grep '^status ' <<<"$out")
all=$out
while read -r -u 4 expected _ command && read -r -u 5 _ status ran; do
	out=$(grep -Fx -A 12 -- "status $status $ran" <<<"$all")
	check "$command: $expected" '[ "$status" = "$expected" ] && [ "$ran" = "$command" ]'
done 4< <(table | grep ' guest ') 5<<<"$done"
check 'each was run' '[ "$(wc -l <<<"$done")" = "$(table | grep -c " guest ")" ]'
in_guest B "systemd-run --quiet --no-block $(table | grep ' end ' | commands)" >/dev/null
wait_gone B
check 'poweroff' '! [ -n "${qemu[B]:-}" ]'
finish
