#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The units as installed, by systemd's own judgement; and the drop-ins of hwfp gate.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

image=$scratch/image
units=$image/usr/lib/systemd/system
drop_in=$image/etc/systemd/system/nginx.service.d/50-hwfp.conf
own=(hwfp-boot.service hwfp-enroll.service hwfp-different.service hwfp-record.service
    hwfp-verified.target hwfp-different.target)

# ---- The units. ----

# What the units name, and do not bring, need only be there.
make_image() {
    local program
    make -s install DESTDIR="$image" BUILD="$BUILD" LIBEXECDIR=/usr/libexec/hwfp \
        MULTIARCH=any >/dev/null &&
        cp -a /lib/systemd/system/. "$units/" && mkdir -p "$image/usr/bin" || return
    for program in systemctl udevadm true; do
        install -m 0755 /dev/null "$image/usr/bin/$program"
    done
}
verify() { run systemd-analyze verify --man=no --root="$image" --recursive-errors=yes "$@"; }
setting() { sed -n "s/^$1=//p" "$units/$2"; }

run make_image
check 'they install' '[ $rc = 0 ]'
for unit in "${own[@]}"; do
    verify "$unit"
    check "systemd-analyze verify finds nothing in $unit" '[ $rc = 0 ] && [ -z "$out" ]'
done
mv "$image/usr/libexec/hwfp/hwfp-boot" "$scratch/"
verify hwfp-boot.service
check 'it would find a program that is missing' '[ $rc != 0 ]'
mv "$scratch/hwfp-boot" "$image/usr/libexec/hwfp/"

for unit in "${own[@]}"; do
    [[ $unit == *.service ]] || continue
    run systemd-analyze security --offline=yes --threshold=15 "$units/$unit"
    check "the exposure of $unit is 1.5 or lower" '[ $rc = 0 ]'
done
run grep -lE '^(PrivateNetwork|PrivateDevices|ProcSubset|PrivateUsers)=' \
    "$units/hwfp-boot.service" "$units/hwfp-enroll.service"
check 'no sandbox hides the NICs or the disks' '[ $rc = 1 ]'
check 'of boot and enrolment one runs, whatever there is: their conditions are opposites' \
    '[ "$(setting ConditionPathExists hwfp-boot.service | xargs)" = \
       "|/var/lib/hwfp/vault |!/var/lib/hwfp/ticket" ] &&
     [ "$(setting ConditionPathExists hwfp-enroll.service | xargs)" = \
       "/var/lib/hwfp/ticket !/var/lib/hwfp/vault" ]'
check 'no unit pulls systemd-udev-settle.service into every boot' \
    '! grep -hE "^(Wants|Requires)=.*udev-settle" "$units"/hwfp-*'

# The units that the manual shows.
example() { # NAME: between its name and the next .fi, unescaped
    sed -n "/^\.IR .*\/$1\.service/,/^\.fi/p" man/hwfp-boot.service.8 |
        sed -e '1,/^\.nf/d' -e '/^\.fi/d' -e 's/\\-/-/g' -e 's/\\e$/\\/' >"$units/${1//\\/}.service"
}
for program in sh ssh-keygen test touch curl; do
    install -m 0755 /dev/null "$image/usr/bin/$program"
done
ln -sfn usr/bin "$image/bin"
example 'renew\\-identity'
example 'call\\-home'
for unit in renew-identity.service call-home.service; do
    verify "$unit"
    check "so is $unit, as the manual shows it" \
        '[ $rc = 0 ] && [ -z "$out" ] && grep -qx WantedBy=hwfp-different.target "$units/$unit"'
done

run systemctl --root="$image" enable hwfp-boot.service
wants=$image/etc/systemd/system/sysinit.target.wants
check 'enabling one enables all four' \
    '[ $rc = 0 ] && [ -L "$wants/hwfp-boot.service" ] && [ -L "$wants/hwfp-enroll.service" ] &&
     [ -L "$wants/hwfp-different.service" ] &&
     [ -L "${wants/sysinit/multi-user}/hwfp-record.service" ]'

# A boot whose vault comes over the network, and the network after sysinit.target.
mkdir -p "$image/etc/systemd/system"
cat >"$image/etc/systemd/system/var-lib-hwfp.mount" <<'END'
[Unit]
DefaultDependencies=no
Wants=network-online.target
After=network-online.target remote-fs-pre.target
Before=remote-fs.target umount.target
Conflicts=umount.target
[Mount]
What=server:/hwfp
Where=/var/lib/hwfp
Type=nfs
END
cat >"$image/etc/systemd/system/wait-online.service" <<'END'
[Unit]
Before=network-online.target
[Service]
Type=oneshot
ExecStart=/usr/bin/true
END
mkdir -p "$image/etc/systemd/system/network-online.target.wants"
ln -s ../wait-online.service "$image/etc/systemd/system/network-online.target.wants/"
run systemd-analyze verify --man=no --root="$image" multi-user.target
check 'there is no ordering cycle where the vault is on network storage' '! says cycle'
mkdir -p "$image/etc/systemd/system/hwfp-boot.service.d"
printf '[Unit]\nBefore=sysinit.target\n' >"$image/etc/systemd/system/hwfp-boot.service.d/early.conf"
run systemd-analyze verify --man=no --root="$image" multi-user.target
check 'one would be found' 'says cycle'
rm -r "$image/etc/systemd/system/hwfp-boot.service.d"

# ---- hwfp-boot --published, by which hwfp-different.target is reached. ----

boot() { run on "$1" "$BUILD/hwfp-boot"; }
published() { run on "$1" "$BUILD/hwfp-boot" --published "$2"; }
configure 'mode = flag'
published A different
check 'nothing published: not different' '[ $rc = 1 ] && [ -z "$out" ]'
run on A "$BUILD/hwfp" enroll
boot A
published A different
check 'the original is not different' '[ $rc = 1 ]'
published A same
check 'it is the same' '[ $rc = 0 ]'
boot B
check 'in flag mode the copy passes' '[ $rc = 0 ]'
published B different
check 'and is different' '[ $rc = 0 ]'
published B strange
check 'an unknown verdict is a mistake, and not a match' '[ $rc = 2 ] && says strange'
sed -i 's/^boot_id=.*/boot_id=00000000-0000-0000-0000-000000000000/' "$disk/run/hwfp/verdict"
published B different
check 'a verdict of another boot does not count' '[ $rc = 1 ] && says "another boot"'

# What the sandbox lets through, against what the programs ask for.
allowed() {
    local group=$1 name
    while read -r name; do
        case $name in
        @*) allowed "$name" ;;
        [a-z_]*) echo "$name" ;;
        esac
    done < <(systemd-analyze syscall-filter "$group" | sed 1d)
}
{ allowed @system-service; allowed @default; } | sort -u >"$scratch/allowed"
{ allowed @privileged; allowed @resources; } | sort -u >"$scratch/denied"
on B strace -f -qq -o /tmp/calls "$BUILD/hwfp-boot" >/dev/null 2>&1
cp -a "$disk/var/lib/hwfp" "$scratch/vault" && rm "$disk"/var/lib/hwfp/* &&
    : >"$disk/var/lib/hwfp/ticket"
on A strace -f -qq -o /tmp/more "$BUILD/hwfp-boot" >/dev/null 2>&1
sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$disk/tmp/calls" "$disk/tmp/more" | sort -u >"$scratch/made"
out=$(comm -23 "$scratch/made" <(comm -23 "$scratch/allowed" "$scratch/denied"))
check 'hwfp-boot makes no system call that its unit forbids, enrolling or not' \
    '[ -z "$out" ] && grep -qx openat "$scratch/made" && grep -qxE "renameat2?" "$scratch/made" &&
     grep -qx chown "$scratch/denied"'

# ---- hwfp gate and ungate. ----

gate() { run "$BUILD/hwfp" --root "$image" gate "$@"; }
ungate() { run "$BUILD/hwfp" --root "$image" ungate "$@"; }
ungate nginx.service
check 'what is not gated cannot be ungated' '[ $rc = 1 ] && says "nginx.service is not gated"'
gate nginx.service
check 'of a unit that is not there it warns' '[ $rc = 0 ] && says "hwfp: there is no unit nginx.service yet"'
check 'gate writes the drop-in' '[ $rc = 0 ] && [ "$(stat -c %a "$drop_in")" = 644 ]'
check 'which requires the target, and waits for it' \
    'grep -qx Requires=hwfp-verified.target "$drop_in" && grep -qx After=hwfp-verified.target "$drop_in"'
check 'nothing else is left beside it' '[ "$(ls "${drop_in%/*}")" = 50-hwfp.conf ]'
printf '[Service]\nType=oneshot\nExecStart=/usr/bin/true\n' >"$units/nginx.service"
verify nginx.service
check 'systemd takes it' '[ $rc = 0 ] && [ -z "$out" ]'
gate nginx
check 'again is no error, and a name without a dot is a service'\''s' '[ $rc = 0 ] && says nginx.service'
check 'of one that is there it does not' '! says "hwfp: "'
gate 'getty@tty7'
check 'an instance has the file of its template' '[ $rc = 0 ] && ! says "no unit"'
check 'of one that people log in by it warns' \
    'says "hwfp: people log in by getty@tty7.service: a refused machine cannot be reached by it"'
ungate 'getty@tty7'
for unit in ssh sshd.service ssh.socket systemd-logind; do
    gate $unit
    check "$unit: likewise" '[ $rc = 0 ] && says "people log in by $unit"'
    ungate $unit
done
gate dev-sda.device
check 'a device has no file' '[ $rc = 0 ] && ! says "hwfp: "'
ungate dev-sda.device
mkdir -p "$image/etc/init.d" && : >"$image/etc/init.d/old"
gate old
check 'a script of init.d is a unit' '[ $rc = 0 ] && ! says "hwfp: "'
ungate old
: >"${drop_in%/*}/other.conf"
ungate nginx
check 'ungate leaves what is not its own' '[ $rc = 0 ] && [ "$(ls "${drop_in%/*}")" = other.conf ]'
rm "${drop_in%/*}/other.conf"
(umask 077 && "$BUILD/hwfp" --root "$image" --quiet gate nginx)
check 'whatever the umask, everybody may read it' '[ "$(stat -c %a "$drop_in")" = 644 ]'
ungate nginx.service
check 'the last to leave removes the folder' '[ $rc = 0 ] && [ ! -e "${drop_in%/*}" ]'
gate 'getty@tty1.service'
check 'an instance is a unit' '[ $rc = 0 ] && [ -e "$image/etc/systemd/system/getty@tty1.service.d/50-hwfp.conf" ]'
run "$BUILD/hwfp" --root "$image" --json gate 'dev-disk-by\x2dlabel-data.mount'
check '--json tells the whole name' '[ $rc = 0 ] && says "\"gated\":true" && says "dev-disk-by\\\\x2dlabel"'
ungate 'dev-disk-by\x2dlabel-data.mount'

before=$(find "$image/etc" "$units" | sort)
for name in '' . .. ../x.service ../../x.service x/y.service /etc/x.service ..service .service \
    'a b.service' x.conf x. @x.service 'x*.service' $'x\ny.service' "$(printf 'x%.0s' {1..260}).service" \
    hwfp-boot.service hwfp-enroll hwfp-verified.target hwfp-different.target; do
    gate -- "$name"
    [ $rc = 2 ] || break
    ungate -- "$name"
    [ $rc = 2 ] || break
done
check 'what is not the name of a unit is refused, and hwfp'\''s own are' '[ $rc = 2 ]'
check 'and nothing is written' '[ "$before" = "$(find "$image/etc" "$units" | sort)" ]'
run on A "$BUILD/hwfp" gate nginx
check 'on the running system it says what remains to be done' '[ $rc = 0 ] && says "systemctl daemon-reload"'
finish
