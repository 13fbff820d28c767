#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installed, upgraded with a configuration that both sides have changed, removed, installed again,
# purged and installed anew: people can log in at every step.
# shellcheck source=tests/vm/guest.bash
. "$(dirname "$0")/../guest.bash"
# shellcheck source=tests/vm/logins.bash
. tests/vm/logins.bash

# The version before this one, with another default configuration.
make_previous() {
	local deb tree version
	mkdir "$scratch/new" "$scratch/old"
	cp $(debs) "$scratch/new/"
	for deb in "$scratch"/new/*.deb; do
		tree=$scratch/tree-${deb##*/}
		version=$(dpkg-deb -f "$deb" Version)
		dpkg-deb -R "$deb" "$tree"
		sed -i "s/$version\b/0.0.1/" "$tree/DEBIAN/control"
		[ ! -e "$tree/etc/hwfp/hwfp.conf" ] || echo '# An earlier default.' >>"$tree/etc/hwfp/hwfp.conf"
		dpkg-deb -b --root-owner-group "$tree" "$scratch/old/${deb##*/}" >/dev/null
	done
}
apt() { run in_guest A "export DEBIAN_FRONTEND=noninteractive; apt-get -q -y $1"; }
version() { in_guest A "dpkg-query -W -f '\${Version} \${db:Status-Status}\n' hwfp libpam-hwfp" | sort -u; }
verdict() { in_guest A 'hwfp --json status' | jq -r .verdict; }
pam_lines() { in_guest A 'grep -c "pam_hwfp" /etc/pam.d/common-*' | awk -F: '{ n += $2 } END { print n }'; }
failed() { in_guest A 'systemctl list-units --failed --plain --no-legend' | sed 's/ .*//'; }

at_console() {
	await A 'login: $' >/dev/null && type_in A "$1" &&
		await A 'Password: ' >/dev/null && type_in A "$2" &&
		await A '[#$] $' && type_in A exit
}
# logins TEXT: each way in, and not a word of hwfp.
logins() {
	run ssh_by_key A bob "printf '%s\n' '$PASSWORD' | su alice -c 'echo su is \$USER'"
	check "$1: logins by ssh key, and su" '[ $rc = 0 ] && says "su is alice" && ! says hwfp'
	run ssh_by_password A alice "$PASSWORD" 'echo ssh is $USER'
	check "$1: by ssh password" '[ $rc = 0 ] && says "ssh is alice" && ! says hwfp'
	run at_console alice "$PASSWORD"
	check "$1: at the console" '[ $rc = 0 ] && says "alice@" && ! says hwfp'
}
# all_logins TEXT: and by what has a stack of its own.
all_logins() {
	logins "$1"
	run by_sudo A
	check "$1: by sudo" '[ $rc = 0 ] && grep -qx root <<<"$out" && ! says hwfp'
	run by_cron A
	check "$1: by cron" '[ $rc = 0 ] && says verdict='
	run by_user_manager A
	check "$1: with systemctl --user" 'grep -qx active <<<"$out" && says "0 loaded units" && ! says hwfp'
}

make_previous
disk server bare.ext4
boot A server
tar -C "$scratch" -c old new | put A /root/debs.tar
in_guest A 'tar -C /root -xf /root/debs.tar; find / -xdev | sort >/root/before; md5sum /etc/pam.d/* >/root/pam.before'
apt 'install /root/old/*.deb'
check 'the previous version can be installed' '[ $rc = 0 ] && [ "$(version)" = "0.0.1 installed" ]'
logins 'installed'
power_off A

boot A server
check 'the next boot enrols' '[ "$(verdict)" = same ]'
in_guest A 'sed -i "s/^#mode = flag/mode = deny/" /etc/hwfp/hwfp.conf; hwfp gate cron; systemctl daemon-reload'
fingerprint=$(in_guest A 'hwfp --json status' | jq -r .fingerprint)
apt '-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install /root/new/*.deb'
check 'it can be upgraded' '[ $rc = 0 ] && [[ $(version) != 0.0.1* ]] && [[ $(version) == *" installed" ]]'
run in_guest A 'cd /etc/hwfp && grep "^mode = deny" hwfp.conf && grep "^# An earlier default" hwfp.conf &&
	test -e hwfp.conf.dpkg-dist && ! grep "earlier\|^mode" hwfp.conf.dpkg-dist'
check 'the administrator'\''s configuration is kept, the new one lies beside it' '[ $rc = 0 ]'
run in_guest A 'ls -A /var/lib/hwfp'
check 'so is the vault, and there is no ticket' \
	'says vault && ! says ticket && [ "$(in_guest A "hwfp --json status" | jq -r .fingerprint)" = "$fingerprint" ]'
all_logins 'upgraded, in mode deny'

# A file of the administrator's own, which needs the module.
in_guest A 'echo "auth requisite pam_hwfp.so" >/etc/pam.d/own'
before=$(in_guest A 'md5sum /etc/pam.d/*')
apt 'remove libpam-hwfp'
check 'while a service'\''s own file names the module its removal is refused, and says why' \
	'[ $rc != 0 ] && says "every login by these files would be refused" && says /etc/pam.d/own'
check 'the package is whole, and so are its four lines of the stacks of all services' \
	'[[ $(version) == *" installed" ]] && [ "$(pam_lines)" = 4 ] && [ "$(in_guest A "md5sum /etc/pam.d/*")" = "$before" ]'
logins 'not removed'
in_guest A 'rm /etc/pam.d/own'

apt 'remove hwfp'
check 'it can be removed' '[ $rc = 0 ] && [ "$(pam_lines)" = 0 ]'
check 'vault and configuration are kept' 'in_guest A "ls /var/lib/hwfp/vault /etc/hwfp/hwfp.conf" >/dev/null'
run in_guest A 'systemctl is-active cron; systemctl list-units --state=active --plain --no-legend "hwfp*"'
check 'it stops no unit that was gated, and of its own leaves none' '[ "$out" = active ]'
run in_guest A 'systemctl restart cron && systemctl is-active cron'
check 'a unit that was gated starts' '[ $rc = 0 ]'
all_logins 'removed'

apt 'install /root/new/*.deb'
check 'installed again it is the same machine, and mode deny' \
	'[ $rc = 0 ] && [ "$(verdict)" = same ] && [ "$(in_guest A "hwfp --json status" | jq -r .mode)" = deny ]'
logins 'installed again'

apt 'purge hwfp libpam-hwfp'
check 'it can be purged' '[ $rc = 0 ] && [ "$(pam_lines)" = 0 ]'
all_logins 'purged'
run in_guest A 'find / -xdev | sort | comm -13 /root/before - | grep -i hwfp
	find /run -name "*hwfp*"; grep -rl hwfp /etc /var/lib/pam /var/lib/systemd /usr/lib/systemd /usr/share/pam-configs
	md5sum --quiet -c /root/pam.before; systemctl list-units --all --plain --no-legend "*hwfp*"'
check 'nothing is left of it' '[ -z "$out" ]'
check 'no unit has failed' '[ -z "$(failed)" ]'

apt 'install /root/new/*.deb'
check 'after that an installation is a first one: there is a ticket' \
	'[ $rc = 0 ] && in_guest A "ls /var/lib/hwfp/ticket" >/dev/null && [ "$(verdict)" = unenrolled ]'
logins 'installed anew'
power_off A
boot A server
check 'the next boot enrols' '[ "$(verdict)" = same ] && [ -z "$(failed)" ]'
run in_guest A 'hwfp --json status'
check 'under a new fingerprint' '[ "$(jq -r .fingerprint <<<"$out")" != "$fingerprint" ]'
logins 'enrolled'
power_off A
finish
