# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # the variables are for those who source this
# Guests for scenarios; README.md beside this file tells how to write one, and explains each function.
set -uo pipefail
umask 022
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/tap.bash
. tests/tap.bash

BUILD=${BUILD:-build}
# Debian's, by its code name; and the guest's architecture: amd64 or arm64.
RELEASE=${RELEASE:-trixie}
ARCH=${ARCH:-amd64}
vm=$(realpath -m "$BUILD/vm/$RELEASE")
[ "$ARCH" = amd64 ] || vm+=-$ARCH
# The packages that are, or may be, installed.
debs=$(realpath -m "$BUILD/debs/$RELEASE")
debs() { ls "$debs"/{hwfp,libpam-hwfp}_*_"$ARCH".deb; }
name=$(basename "$0" .sh)
readonly PASSWORD=correct-horse ROOT_PASSWORD=battery-staple
# Seconds within which a guest has to boot, to answer, to power off: many times what it takes.
readonly PATIENCE=${PATIENCE:-900}
CPUS=${CPUS:-2}

emulator=(qemu-system-x86_64 -machine "pc,usb=off,vmport=off,hpet=off" -cpu "qemu64,+rdrand")
CONSOLE=ttyS0
# A PC's kernel measures its TSC and tries its timer for some milliseconds, in which a busy host may not run
# it at all: it panics then, or its clock runs many times too fast, so that systemd's patience ends at once.
TIMERS='tsc=unstable clocksource=acpi_pm no_timer_check'
[ "$ARCH" = amd64 ] || { emulator=(qemu-system-aarch64 -machine virt -cpu cortex-a72) CONSOLE=ttyAMA0 TIMERS=''; }
emulator+=(-accel "tcg,thread=multi,tb-size=256" -smp "$CPUS" -m 512 -nodefaults -no-user-config)

scratch=$(mktemp -d "${TMPDIR:-/tmp}/hwfp-guest-XXXXXX")
declare -A identities=() qemu=() to_agent=() from_agent=() to_qmp=() from_qmp=() to_console=()

# ---- Machines. ----

# identity NAME UUID SERIAL MAC DISK-SERIAL
identity() { identities[$1]=${*:2}; }
identity A 4c4c4544-0042-3510-8054-b3c04f4e3232 7QX31M2 52:54:00:11:22:33 S4EVNF0M712345
identity B 4c4c4544-0051-4a10-8038-c7c04f5a4d33 9ZK84P7 52:54:00:44:55:66 S4EVNF0M798765

add_smbios() {
	args+=(-smbios "type=0,vendor=Example Systems,version=1.7.3,date=03/14/2024"
		-smbios "type=1,manufacturer=Example Systems,product=Server 210,serial=SYS$2,uuid=$1"
		-smbios "type=2,manufacturer=Example Systems,product=MB-210,serial=BRD$2"
		-smbios "type=3,manufacturer=Example Systems,serial=CHS$2")
}
# A board that the boot loader tells of by a device tree, as a Raspberry Pi: QEMU's own, with a serial number.
add_device_tree() {
	local dtb=$scratch/$1.dtb
	"${emulator[@]}" -machine "dumpdtb=$dtb" >/dev/null 2>&1
	fdtput -t s "$dtb" / serial-number "$1" && fdtput -t s "$dtb" / model "Raspberry Pi 4 Model B Rev 1.4" ||
		bail "there is no device tree"
	args+=(-dtb "$dtb")
}
# add_nic MAC [NETDEV-OPTIONS]
add_nic() {
	args+=(-netdev "user,id=nic$nics,restrict=on${2:-}"
		-device "virtio-net-pci,netdev=nic$nics,mac=$1,romfile=")
	nics=$((nics + 1))
}
# add_drive FILE SERIAL
add_drive() {
	local format=raw
	[[ $1 != *.qcow2 ]] || format=qcow2
	args+=(-drive "if=none,id=drive$drives,file=$1,format=$format,cache=$cache"
		-device "virtio-blk-pci,drive=drive$drives${2:+,serial=$2}")
	drives=$((drives + 1))
}

# ---- Disks: layers over what tests/vm/build made. ----

disk() { qemu-img create -q -f qcow2 -F "$(format_of "$2")" -b "$vm/$2" "$(disk_file "$1")"; }
clone() { cp "$(disk_file "$1")" "$(disk_file "$2")"; }
disk_file() { echo "$scratch/$1.qcow2"; }
format_of() { case $1 in *.qcow2) echo qcow2 ;; *) echo raw ;; esac; }

# ---- Starting and stopping. ----

# boot GUEST DISK [OPTION]...
boot() {
	local guest=$1 machine=$1 uuid serial mac disk_serial args=() nics=0 drives=0
	local cache=unsafe append='' wait=yes nic=yes extra=()
	local file
	file=$(disk_file "$2")
	shift 2
	while [ $# -gt 0 ]; do
		case $1 in
		--as) machine=$2; shift ;;
		--append) append+=" $2"; shift ;;
		--cache) cache=$2; shift ;;
		--drive) extra+=("add_drive $2"); shift ;;
		--nic) extra+=("add_nic $2"); shift ;;
		--no-nic) nic=no ;;
		--no-wait) wait=no ;;
		--) shift; break ;;
		*) bail "boot: unknown option $1" ;;
		esac
		shift
	done
	[ -n "${identities[$machine]:-}" ] || bail "boot: there is no identity $machine"
	read -r uuid serial mac disk_serial <<<"${identities[$machine]}"
	if [ "$ARCH" = arm64 ]; then add_device_tree "$serial"; else add_smbios "$uuid" "$serial"; fi
	add_drive "$file" "$disk_serial"
	[ $nic = no ] || add_nic "$mac" ,hostfwd=tcp:127.0.0.1:0-:22
	for file in ${extra[@]+"${extra[@]}"}; do $file; done
	start_qemu "$guest" -append "console=$CONSOLE root=/dev/vda ro quiet loglevel=3 mitigations=off \
random.trust_cpu=on nokaslr $TIMERS$append" "${args[@]}" "$@"
	[ $wait = no ] || wait_up "$guest"
}

# The pipes are opened for reading and writing until QEMU has opened its ends: nobody waits for the
# other. After that the end of QEMU is an end of file.
start_qemu() {
	local guest=$1 dir=$scratch/$1 pipe agent qmp fd
	shift
	mkdir -p "$dir"
	rm -f "$dir"/{agent,qmp,console}.{in,out} "$dir/lost"
	mkfifo "$dir"/{agent,qmp,console}.{in,out}
	exec {agent}<>"$dir/agent.out" {qmp}<>"$dir/qmp.out"
	setpriv --pdeathsig KILL "${emulator[@]}" -display none -no-reboot \
		-kernel "$vm/vmlinuz" -initrd "$vm/initrd.img" \
		-chardev "pipe,id=agent,path=$dir/agent" -device virtio-serial-pci \
		-device virtserialport,chardev=agent,name=agent \
		-chardev "pipe,id=console,path=$dir/console" -serial chardev:console \
		-chardev "pipe,id=qmp,path=$dir/qmp" -mon chardev=qmp,mode=control "$@" \
		</dev/null >"$dir/qemu.log" 2>&1 &
	qemu[$guest]=$!
	disown # bash has nothing to say when it is killed
	until read -r -t 1 -u "$qmp" fd || ! alive "$guest"; do :; done
	alive "$guest" || give_up "$guest" "QEMU starts"
	setpriv --pdeathsig KILL cat <"$dir/console.out" >>"$dir/console.log" &
	exec {fd}>"$dir/console.in"
	to_console[$guest]=$fd
	exec {fd}>"$dir/agent.in"
	to_agent[$guest]=$fd
	exec {fd}>"$dir/qmp.in"
	to_qmp[$guest]=$fd
	exec {fd}<"$dir/agent.out"
	from_agent[$guest]=$fd
	exec {fd}<"$dir/qmp.out"
	from_qmp[$guest]=$fd
	exec {agent}<&- {qmp}<&-
	qmp "$guest" '"qmp_capabilities"' >/dev/null || give_up "$guest" "QEMU answers"
}

alive() { kill -0 "${qemu[$1]}" 2>/dev/null; }

# Whatever its units say about themselves: that they are well is for the scenario to check.
wait_up() {
	in_guest "$1" 'systemctl is-system-running --wait; true' >/dev/null ||
		give_up "$1" "guest $1 boots"
}

wait_gone() {
	local deadline=$((SECONDS + PATIENCE))
	while alive "$1"; do
		[ "$SECONDS" -lt "$deadline" ] || give_up "$1" "guest $1 powers off"
		sleep 0.1
	done
	forget "$1"
}

forget() {
	local fd
	for fd in "${to_agent[$1]}" "${from_agent[$1]}" "${to_qmp[$1]}" "${from_qmp[$1]}" "${to_console[$1]}"; do
		exec {fd}<&-
	done
	unset "qemu[$1]"
}

power_off() {
	in_guest "$1" 'systemctl --no-block poweroff' >/dev/null
	wait_gone "$1"
}

# cut_power GUEST: the power fails.
cut_power() {
	kill -KILL "${qemu[$1]}"
	wait_gone "$1"
}

# ---- Talking to a guest. ----

# request GUEST SECONDS SCRIPT INPUT-FILE: its output, and its exit status; 255 without an answer.
request() {
	local LC_ALL=C guest=$1 seconds=$2 script=$3 input=$4 id=$EPOCHREALTIME got='' status length
	[ ! -e "$scratch/$guest/lost" ] || { echo "guest $guest was lost"; return 255; }
	{
		printf '%s %d %d %d\n' "$id" "$seconds" ${#script} "$(stat -L -c %s "$input")"
		printf '%s' "$script"
		cat "$input"
	} | timeout "$PATIENCE" cat >&"${to_agent[$guest]}"
	while read -r -t $((seconds + PATIENCE)) -u "${from_agent[$guest]}" got status length; do
		# What came too late for the one who asked is thrown away.
		[ "$got" = "$id" ] || exec >/dev/null
		timeout "$PATIENCE" head -c "$length" <&"${from_agent[$guest]}"
		[ "$got" != "$id" ] || return "$status"
	done
	: >"$scratch/$guest/lost"
	echo "guest $guest does not answer"
	return 255
}

# in_guest GUEST COMMAND [SECONDS]
in_guest() { (request "$1" "${3:-$PATIENCE}" "$2" /dev/null); }

# put GUEST FILE: standard input becomes that file in the guest.
put() {
	local file status
	file=$(mktemp "$scratch/put-XXXXXX")
	cat >"$file"
	(request "$1" "$PATIENCE" "cat >$(printf %q "$2")" "$file")
	status=$?
	rm "$file"
	return $status
}

# qmp GUEST COMMAND-JSON [ARGUMENTS-JSON]: the answer's "return".
qmp() {
	local line fd=${from_qmp[$1]}
	echo "{\"execute\":$2,\"arguments\":${3:-{\}}}" >&"${to_qmp[$1]}"
	while read -r -t "$PATIENCE" -u "$fd" line; do
		case $line in
		'{"return"'*) jq -r .return <<<"$line"; return 0 ;;
		'{"error"'*) jq -r .error.desc <<<"$line"; return 1 ;;
		esac
	done
	echo "QEMU does not answer"
	return 1
}

# monitor GUEST COMMAND: of QEMU's monitor, such as "info block".
monitor() {
	qmp "$1" '"human-monitor-command"' "$(jq -cn --arg c "$2" '{"command-line": $c}')" | tr -d '\r'
}

ssh_port() { monitor "$1" 'info usernet' | awk '/HOST_FORWARD/ { print $4; exit }'; }

# ssh_to GUEST SSH-ARGUMENTS...
ssh_to() {
	local port
	port=$(ssh_port "$1")
	timeout "$PATIENCE" ssh -F none -p "$port" -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -o ConnectTimeout=60 "${@:2}"
}

# ssh_by_key GUEST USER COMMAND...
ssh_by_key() {
	ssh_to "$1" -n -i "$vm/id" -o PreferredAuthentications=publickey "$2@127.0.0.1" "${@:3}"
}

# ssh_by_password GUEST USER PASSWORD COMMAND...
ssh_by_password() {
	ANSWER=$3 SSH_ASKPASS=$PWD/tests/vm/askpass SSH_ASKPASS_REQUIRE=force ssh_to "$1" -n \
		-o PreferredAuthentications=password -o NumberOfPasswordPrompts=1 "$2@127.0.0.1" "${@:4}"
}

# type_in GUEST TEXT: and the Enter key, on its serial console.
type_in() {
	local dir=$scratch/$1
	stat -c %s "$dir/console.log" >"$dir/console.seen"
	printf '%s\r' "$2" >&"${to_console[$1]}"
}

# What the console has shown since the last type_in.
screen() { tail -c +$(($(cat "$scratch/$1/console.seen" 2>/dev/null || echo 0) + 1)) "$scratch/$1/console.log"; }

# await GUEST REGEX: until the console has shown it since the last type_in.
await() {
	local deadline=$((SECONDS + PATIENCE))
	until screen "$1" | grep -Eq -- "$2"; do
		[ "$SECONDS" -lt "$deadline" ] && alive "$1" || { screen "$1"; return 1; }
		sleep 0.1
	done
	screen "$1"
}

# ---- The end. ----

# give_up GUEST TEXT: without it nothing more can be tested.
give_up() {
	out=$(tail -n 25 "$scratch/$1/qemu.log" "$scratch/$1/console.log" 2>/dev/null)
	rc=1
	check "$2" false
	exit 1
}

keep_consoles() {
	local guest file to=$BUILD/vm/failed/${vm##*/}-$name
	rm -rf "$to"
	mkdir -p "$to"
	for guest in "${!qemu[@]}"; do
		! alive "$guest" || in_guest "$guest" 'journalctl -b --no-pager' 60 >"$to/$guest.journal"
	done
	for file in "$scratch"/*/{console,qemu}.log; do
		[ ! -s "$file" ] || cp "$file" "$to/$(basename "${file%/*}").${file##*/}"
	done
	echo "# consoles and journals: $to"
}

on_exit() { :; }

clean_up() {
	local status=$? guest
	trap - EXIT
	# Whoever interrupts wants no more waiting.
	[ $status = 0 ] || [ $status -gt 128 ] || keep_consoles
	for guest in "${!qemu[@]}"; do
		kill -KILL "${qemu[$guest]}" 2>/dev/null
		until ! alive "$guest"; do sleep 0.1; done
	done
	on_exit
	rm -rf --one-file-system "$scratch"
	exit $status
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
