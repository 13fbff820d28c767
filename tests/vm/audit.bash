# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # out is of tests/tap.bash
# A guest's audit log, for scenarios, after guest.bash.

# The kernel keeps the order of records: what was before a mark is in the log when the mark is.
# shellcheck disable=SC2016 # for the guest's shell
readonly MARK='mark=hwfp-mark-$EPOCHREALTIME; auditctl -m $mark
	until grep -q "$mark" /var/log/audit/audit.log; do sleep 0.1; done'

# What opens the session of ssh: from OpenSSH 9.8 on a program of its own.
readonly SSHD='/usr/(sbin/sshd|lib/openssh/sshd-session)'

# records GUEST SELECTION: what ausearch finds up to now, a record a line, in $out.
records() { run in_guest "$1" "$MARK; ausearch --input-logs $2 -i"; out=$(grep type= <<<"$out"); }

# matching TYPE FIELD...: how many records of $out have all of these.
matching() {
	local text field
	text=$(grep "type=$1 " <<<"$out")
	for field in "${@:2}"; do text=$(grep -E -- "[ '(]$field([ ')]|\$)" <<<"$text"); done
	grep -c . <<<"$text"
}

# found TYPE FIELD...: exactly one has.
found() { [ "$(matching "$@")" = 1 ]; }
