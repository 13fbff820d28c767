#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The Debian packages: built, then installed, upgraded, removed and purged on a throw-away layer over
# this system (overlayfs in a mount namespace of its own), with a real login at every step.
[ "${1:-}" = --inside ] || exec "$(dirname "$0")/../namespace" --net -- "$0" --inside

# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
debs=$(realpath -m "$BUILD")/deb
layers=$scratch/layers
system=$scratch/system
trap 'umount -R "$system"; umount "$layers"; rm -rf --one-file-system "$scratch"' EXIT

# ---- The packages. ----

build_packages() {
    tests/debs >"$scratch/deb.log" 2>&1 || { cat "$scratch/deb.log"; bail "make deb fails"; }
    version=$(dpkg-parsechangelog -S Version)
    cp "$debs"/{hwfp,libpam-hwfp,libhwfp-dev}_"$version"_*.deb "$scratch/"
}

# The next version, with another default configuration.
make_upgrade() {
    local package tree
    mkdir "$scratch/new"
    for package in hwfp libpam-hwfp; do
        tree=$scratch/tree-$package
        dpkg-deb -R "$scratch/$package"_*.deb "$tree"
        sed -i "s/$version\b/$version+1/" "$tree/DEBIAN/control"
        [ $package != hwfp ] || echo '# A later default.' >>"$tree/etc/hwfp/hwfp.conf"
        dpkg-deb -b --root-owner-group "$tree" "$scratch/new/$package.deb" >/dev/null
    done
}

# Packages that are older by their version, and have units and module in /lib, as 0.1.0 had.
make_old() {
    local package tree
    mkdir "$scratch/old"
    for package in hwfp libpam-hwfp; do
        tree=$scratch/old-tree-$package
        dpkg-deb -R "$scratch/$package"_*.deb "$tree"
        sed -i "s/$version\b/0.1.0/" "$tree/DEBIAN/control"
        mv "$tree/usr/lib" "$tree/lib"
        sed -i 's|  usr/lib/|  lib/|' "$tree/DEBIAN/md5sums"
        dpkg-deb -b --root-owner-group "$tree" "$scratch/old/$package.deb" >/dev/null
    done
}

# ---- The system that they are installed on. ----

inside() { chroot "$system" "$@"; }

mount_system() {
    mkdir "$layers" "$system"
    # An overlay, as in a container, cannot be the upper layer of another.
    mount -t tmpfs tmpfs "$layers"
    mkdir "$layers/upper" "$layers/work"
    mount -t overlay -o "lowerdir=/,upperdir=$layers/upper,workdir=$layers/work" overlay "$system" &&
        mount -t proc proc "$system/proc" && mount -t tmpfs tmpfs "$system/dev" &&
        cp -a /dev/{null,zero,full,random,urandom,tty,fd,stdin,stdout,stderr} "$system/dev/" &&
        mount -t tmpfs -o mode=0755 tmpfs "$system/run"
}

# Whatever this machine has of hwfp, and however its PAM files were edited.
clean_system() {
    rm -f "$system/var/lib/man-db/auto-update" # an index of all manuals, made anew each time
    inside dpkg --purge hwfp libpam-hwfp libhwfp-dev
    rm -rf "$system"/{etc,var/lib}/hwfp
    inside pam-auth-update --package --force
    inside useradd -m hwfptest
    inside useradd -m hwfpold
    printf 'hwfptest:hwfptest\nhwfpold:hwfptest\n' | inside chpasswd
    inside chage -d 1 -M 10 hwfpold
    printf '@include common-%s\n' auth account session >"$system/etc/pam.d/hwfptest"
    cp -a "$system/etc/pam.d" "$scratch/pam.d"
} >"$scratch/clean.log" 2>&1

# boot MACHINE: the disk is started there.
boot() {
    local tree=$scratch/trees/$1 file
    for file in /sys /proc/cpuinfo /proc/cmdline; do
        ! mountpoint -q "$system$file" || umount "$system$file"
        [ ! -e "$tree$file" ] || mount --bind "$tree$file" "$system$file"
    done
    rm -rf "$system/run/hwfp"
    [ ! -x "$system/usr/libexec/hwfp/hwfp-boot" ] ||
        inside /usr/libexec/hwfp/hwfp-boot 2>>"$scratch/boot.log"
}

login() { run inside pamtester hwfptest "$1" authenticate acct_mgmt open_session <<<hwfptest; }
enter() { run inside pamtester hwfptest "$1" "${@:2}" </dev/null; }
mode_of() { stat -c '%a %U:%G' "$system$1"; }
# pam_umask decides nothing; from Debian 13 on it stands before all that pam-auth-update keeps.
pam_line() { grep -v '^#' "$system/etc/pam.d/common-$1" | grep . | grep -v pam_umask | sed -n "$2p"; }
lines() { cat "$system"/etc/pam.d/common-* | grep -c hwfp; }
ticket() { [ -e "$system/var/lib/hwfp/ticket" ]; }
vault() { [ -e "$system/var/lib/hwfp/vault" ]; }
at_boot() { [ -L "$system/etc/systemd/system/sysinit.target.wants/hwfp-boot.service" ]; }
verdict() { inside hwfp --json status | jq -r .verdict; }
pam_as_before() { diff -r "$scratch/pam.d" "$system/etc/pam.d"; }
install_all() { run inside dpkg -i "$scratch"/{hwfp,libpam-hwfp,libhwfp-dev}_*.deb; }

build_packages
make_upgrade
make_old
mount_system || bail "no overlay can be mounted"
boot A
clean_system
run lintian --allow-root --fail-on error,warning "$debs"/*.changes
check 'lintian finds neither errors nor warnings' '[ $rc = 0 ]'

tests_of() { DEB_BUILD_OPTIONS=$1 DEB_BUILD_PROFILES=$2 make -s -n -f debian/rules override_dh_auto_test; }
check 'building runs the unit tests, and does not with nocheck, the option or the profile' \
    '[[ $(tests_of "" "") == *check-unit* ]] && [ -z "$(tests_of nocheck "")" ] && [ -z "$(tests_of "" nocheck)" ]'

login hwfptest
before=$rc
enter hwfpold acct_mgmt
expired=$out
check 'without hwfp: a login passes, an expired password is to be changed' \
    '[ $before = 0 ] && [ $rc != 0 ] && says "token"'

# ---- From /lib to /usr/lib, which are one folder. ----

# in_place FOLDER: all files of both packages are there, with the packages' own content, and dpkg knows them
# there. Without documentation, which this system may leave out.
in_place() {
    local package file
    for package in hwfp libpam-hwfp; do
        inside dpkg --verify "$package" | grep -v ' /usr/share/\(doc\|man\)/' && return 1
        inside dpkg -L "$package" >"$scratch/listed"
        ! grep -E '^/(usr/)?lib/(systemd|[^/]*/security)' "$scratch/listed" | grep -v "^$1/" || return 1
        while read -r file; do
            [ -e "$system$file" ] || return 1
        done < <(grep -v '^/usr/share/\(doc\|man\)/' "$scratch/listed")
    done
}
run inside dpkg -i "$scratch"/old/{hwfp,libpam-hwfp}.deb
check 'packages with units and module in /lib can be installed' '[ $rc = 0 ] && run in_place /lib && [ $rc = 0 ]'
run inside dpkg -i "$scratch"/{hwfp,libpam-hwfp}_*.deb
check 'upgraded to those that have them in /usr/lib, no file is lost' \
    '[ $rc = 0 ] && run in_place /usr/lib && [ $rc = 0 ] && at_boot && [ "$(lines)" = 4 ]'
login hwfptest
check 'a login passes' '[ $rc = 0 ] && ! says hwfp:'
run inside dpkg --purge libpam-hwfp hwfp
check 'and they can be purged' '[ $rc = 0 ] && ! at_boot && run pam_as_before && [ $rc = 0 ]'

# ---- Installation. ----

install_all
check 'the packages can be installed' '[ $rc = 0 ]'
check 'files belong to root, with the usual modes' '
    [ "$(mode_of /usr/sbin/hwfp)" = "755 root:root" ] &&
    [ "$(mode_of /usr/libexec/hwfp/hwfp-boot)" = "755 root:root" ] &&
    [ "$(mode_of /etc/hwfp/hwfp.conf)" = "644 root:root" ] &&
    [ "$(mode_of /etc/hwfp/hwfp.conf.d)" = "755 root:root" ] &&
    [ "$(mode_of "$(inside dpkg -L libpam-hwfp | grep so$)")" = "644 root:root" ]'
# links FILE: what it links to in its own folder and below
links() { grep -oE '\]\([^)#]+\)' "$1" | sed 's/^](//; s/)$//' | grep -v '^https\?:' | sort -u; }
doc=$system/usr/share/doc/hwfp
out=$(for page in "$doc"/*.md "$doc"/docs/*.md; do
    links "$page" | while read -r link; do [ -e "${page%/*}/$link" ] || echo "$page: $link"; done
done)
check 'the README is installed, and links to what is installed' \
    '[ -z "$out" ] && [ "$(links "$doc/README.md" | wc -l)" -ge 5 ]'
check 'the vault is for root alone' '[ "$(mode_of /var/lib/hwfp)" = "700 root:root" ]'
check 'there is a ticket, and no vault yet' \
    '[ "$(mode_of /var/lib/hwfp/ticket)" = "600 root:root" ] && ! vault'
check 'the check at boot is enabled, and runs the installed program' \
    'at_boot && grep -q "^ExecStart=/usr/libexec/hwfp/hwfp-boot$" "$system/usr/lib/systemd/system/hwfp-boot.service"'
out=$(find "$system/etc/systemd/system" -name 'hwfp-export.*')
check 'the export is there for those who want it, with alerts and a dashboard, and not enabled' \
    '[ -z "$out" ] && [ -e "$system/usr/lib/systemd/system/hwfp-export.path" ] &&
     [ "$(mode_of /usr/share/hwfp/prometheus-rules.yml)" = "644 root:root" ] && [ -e "$system/usr/share/hwfp/grafana-dashboard.json" ]'
run inside hwfp --version
check 'program, package and changelog have one version' 'says "${version%-*}"'
run inside hwfp --json status
check 'the mode is flag' '[ "$(jq -r .mode <<<"$out")" = flag ]'
run inside sh -c 'man -w hwfp pam_hwfp hwfp.conf hwfp-similarity'
check 'the manual pages are found' '[ $rc = 0 ]'
out=$(grep -v '^#' "$system"/etc/pam.d/common-{account,session}*)
check 'hwfp is first in account' \
    '[[ $(pam_line account 1) == account*"[success=ok ignore=ignore default=die]"*pam_hwfp.so* ]]'
# Before it are the three lines that stand in for primary modules.
check 'hwfp is the first module that does anything in session' \
    '[[ $(pam_line session 4) == session*"[success=ok ignore=ignore default=die]"*pam_hwfp.so* ]]'
check 'and in sessions that are not interactive' \
    '[[ $(pam_line session-noninteractive 4) == session*default=die*pam_hwfp.so* ]]'
# Behind those that know who the user is, of whom a failed one goes to pam_deny.
check 'in auth it is behind the password, for recovery codes' '
    [[ $(pam_line auth 1) == auth*pam_unix.so* ]] && [[ $(pam_line auth 2) == auth*requisite*pam_deny.so* ]] &&
    [[ $(pam_line auth 3) == auth*required*pam_permit.so* ]] &&
    [[ $(pam_line auth 4) == auth*"[success=ok ignore=ignore default=die]"*"pam_hwfp.so recovery" ]]'
check 'and in password it is not' '[ "$(lines)" = 4 ] && ! grep -q hwfp "$system"/etc/pam.d/common-password'
login hwfptest
check 'a login passes as before, and nothing is said: the next boot enrols' \
    '[ $rc = $before ] && ! says hwfp:'
enter hwfpold acct_mgmt
check 'an expired password is to be changed as before' '[ "$out" = "$expired" ]'
cp debian/tests/smoke "$system/tmp/"
run inside /tmp/smoke
check 'the smoke test of the packages passes' '[ $rc = 0 ]'
cat >"$system/tmp/program.c" <<'END'
#include <hwfp.h>
int main(void)
{
    struct hwfp_system *system = NULL;
    int r = hwfp_system_open(NULL, &system, NULL);
    hwfp_system_free(system);
    return r < 0;
}
END
run inside sh -c 'cc -o /tmp/program /tmp/program.c $(pkg-config --cflags --libs hwfp) && /tmp/program'
check 'a program can be built with libhwfp-dev' '[ $rc = 0 ]'

# ---- At home, and on another machine. ----

boot A
check 'the first boot enrols, and uses the ticket up' '[ "$(verdict)" = same ] && vault && ! ticket'
login hwfptest
check 'a login passes, and nothing is said' '[ $rc = 0 ] && ! says hwfp:'
run inside hwfp doctor
check 'hwfp doctor finds nothing to mend in what the packages installed' \
    '[ $rc = 0 ] && says "Nothing to mend."'
boot B
run inside hwfp doctor
check 'on a copy it finds the verdict, and no other problem' \
    '[ $rc = 1 ] && says "the verdict is different" && says "Problems: 1, warnings: 0."'
login hwfptest
check 'flag: on a copy it passes, flagged' '[ $rc = 0 ] && says "(different)"'
enter hwfpold acct_mgmt
check 'flag: on a copy an expired password is to be changed as before' '[ "$out" = "$expired" ]'
sed -i 's/^#mode = flag$/mode = deny/' "$system/etc/hwfp/hwfp.conf"
boot B
login hwfptest
check 'deny: on a copy it is refused' '[ $rc != 0 ] && says "refused by hwfp (different)"'
enter hwfpold acct_mgmt
check 'deny: so is an expired password, before pam_unix' \
    '[ $rc != 0 ] && says "refused by hwfp (different)" && ! says token'
enter hwfptest open_session
check 'deny: so is a session that did not ask for the account' '[ $rc != 0 ] && says "refused by hwfp"'
cat >"$system/usr/share/pam-configs/hwfptest-sufficient" <<'END'
Name: Everyone is welcome
Default: yes
Priority: 1024
Account-Type: Primary
Account:
	sufficient	pam_permit.so
Session-Type: Additional
Session:
	sufficient	pam_permit.so
END
inside pam-auth-update --package
enter hwfptest acct_mgmt
check 'deny: a sufficient line of another profile does not help' \
    '[ $rc != 0 ] && grep -q "^account.*sufficient" "$system/etc/pam.d/common-account"'
enter hwfptest open_session
check 'deny: nor in session' \
    '[ $rc != 0 ] && grep -q "^session.*sufficient" "$system/etc/pam.d/common-session"'
inside pam-auth-update --package --remove hwfptest-sufficient
rm "$system/usr/share/pam-configs/hwfptest-sufficient"
code=$(inside hwfp --json recovery | jq -r '.codes[0]')
run inside pamtester hwfptest hwfptest authenticate acct_mgmt open_session <<<"hwfptest
$code"
check 'deny: on a copy a recovery code, behind the password, lets in' '[ $rc = 0 ] && says "recovery code"'
run inside pamtester hwfptest hwfptest authenticate <<<"wrong
$code"
check 'deny: without the password none is asked for' '[ $rc != 0 ] && ! says "recovery code"'
inside hwfp --quiet recovery --remove
boot A
login hwfptest
check 'deny: at home it passes' '[ $rc = 0 ] && ! says hwfp:'
enter hwfpold acct_mgmt
check 'deny: at home an expired password is to be changed as before' '[ "$out" = "$expired" ]'

# ---- Upgrade, removal, purge. ----

vault_before=$(sha256sum <"$system/var/lib/hwfp/vault")
run inside dpkg -i --force-confdef "$scratch"/new/{hwfp,libpam-hwfp}.deb
check 'the packages can be upgraded' '[ $rc = 0 ]'
check 'the changed configuration is kept, the new one lies beside it' '
    grep -q "^mode = deny" "$system/etc/hwfp/hwfp.conf" &&
    grep -q "later default" "$system/etc/hwfp/hwfp.conf.dpkg-dist"'
check 'so is the vault, and there is no second ticket' \
    '[ "$(sha256sum <"$system/var/lib/hwfp/vault")" = "$vault_before" ] && ! ticket'
check 'the lines of PAM stand there once' '[ "$(lines)" = 4 ]'
login hwfptest
check 'a login passes' '[ $rc = 0 ]'
boot B
login hwfptest
check 'on a copy it is refused' '[ $rc != 0 ] && says "refused by hwfp (different)"'
inside pam-auth-update --package --disable hwfp
run inside dpkg -i "$scratch/new/libpam-hwfp.deb"
check 'a profile that the administrator disabled stays so' '[ $rc = 0 ] && [ "$(lines)" = 0 ]'
inside pam-auth-update --package --enable hwfp
check 'until it is enabled again' '[ "$(lines)" = 4 ]'

echo 'account requisite pam_hwfp.so' >"$system/etc/pam.d/hwfptest-own"
run inside dpkg --remove libpam-hwfp
check 'the module is not removed under a line that an administrator wrote' \
    '[ $rc != 0 ] && says /etc/pam.d/hwfptest-own && ls "$system"/usr/lib/*/security/pam_hwfp.so >/dev/null'
check 'and the gate stands as it stood' '[ "$(lines)" = 4 ]'
login hwfptest
check 'a login on a copy is refused still' '[ $rc != 0 ] && says "refused by hwfp (different)"'
rm "$system/etc/pam.d/hwfptest-own"
for part in auth account session session-noninteractive; do
    echo "${part%%-*} optional pam_hwfp.so" >>"$system/etc/pam.d/common-$part"
done
run inside dpkg --remove libpam-hwfp
check 'nor under one outside of what pam-auth-update keeps' \
    '[ $rc != 0 ] && says /etc/pam.d/common-account && [ "$(lines)" = 8 ]'
sed -i '$d' "$system"/etc/pam.d/common-{auth,account,session,session-noninteractive}
cp "$system/etc/pam.d/common-account" "$system/etc/pam.d/common-account.dpkg-old"
run inside dpkg --remove libpam-hwfp
rm "$system/etc/pam.d/common-account.dpkg-old"
check 'removing the module takes its lines away, whatever was put aside' '[ $rc = 0 ] && run pam_as_before && [ $rc = 0 ]'
login hwfptest
check 'logins work without it, on a copy, too' '[ $rc = 0 ] && ! says hwfp'
run inside dpkg -i "$scratch/new/libpam-hwfp.deb"
check 'installed again, it is back in its place' \
    '[ $rc = 0 ] && [ "$(lines)" = 4 ] && [[ $(pam_line account 1) == *pam_hwfp.so* ]]'

run inside dpkg --remove libpam-hwfp hwfp
check 'removing hwfp keeps vault and configuration' \
    '[ $rc = 0 ] && vault && [ -e "$system/etc/hwfp/hwfp.conf" ]'
login hwfptest
check 'logins work without either, on a copy, too' '[ $rc = 0 ] && ! says hwfp'
run inside dpkg -i "$scratch"/new/{hwfp,libpam-hwfp}.deb
check 'both can be installed again, with the vault that was kept' '[ $rc = 0 ] && vault && ! ticket'
login hwfptest
check 'deny: on a copy it is refused as before' '[ $rc != 0 ] && says "refused by hwfp (different)"'
boot A
login hwfptest
check 'deny: at home a login passes as before' '[ $rc = 0 ] && ! says hwfp:'
run inside dpkg --remove libpam-hwfp hwfp
check 'and they can be removed again' '[ $rc = 0 ] && vault'
rm "$system/var/lib/hwfp/vault"
run inside dpkg -i "$scratch"/new/{hwfp,libpam-hwfp}.deb
check 'installing over what was left makes no ticket, even where the vault was deleted' \
    '[ $rc = 0 ] && ! ticket'
echo 'ignore = bios-version' >"$system/etc/hwfp/hwfp.conf.d/local.conf"
mkdir -p "$system/run/hwfp"
run inside dpkg --purge libpam-hwfp hwfp libhwfp-dev
check 'the packages can be purged' '[ $rc = 0 ] && ! at_boot'
login hwfptest
check 'logins work' '[ $rc = 0 ] && run pam_as_before && [ $rc = 0 ]'
rm "$system/etc/pam.d/hwfptest"
out=$(find "$layers/upper"/{etc,usr,lib,var} "$system/run" -name '*hwfp*' \
    ! -type c ! -name 'hwfptest' ! -name hwfpold 2>/dev/null)
check 'nothing is left behind' '[ -z "$out" ]'

install_all
check 'after a purge an installation is a first one' '[ $rc = 0 ] && ticket && at_boot && [ "$(lines)" = 4 ]'
login hwfptest
check 'a login passes, and nothing is said' '[ $rc = 0 ] && ! says hwfp:'
boot B
check 'which enrols at the next boot' '[ "$(verdict)" = same ] && ! ticket'
login hwfptest
check 'a login passes after it' '[ $rc = 0 ] && ! says hwfp:'

# hwfp-boot.service(8) tells of a vault on a file system of its own.
units=$system/etc/systemd/system
mkdir "$system/etc/own.d"
ln -s /etc/own.d "$units/linked.service.d"
mount -t tmpfs -o mode=0700 tmpfs "$system/var/lib/hwfp"
inside hwfp --quiet enroll
inside hwfp gate linked.service
inside hwfp gate plain.service
check 'two units are gated, and the vault is on another file system' \
    'vault && [ -e "$system/etc/own.d/50-hwfp.conf" ] && [ -e "$units/plain.service.d" ]'
run inside dpkg --purge libpam-hwfp hwfp libhwfp-dev
check 'purged, they are free, what is an administrator'\''s own stays, and the file system is empty' \
    '[ $rc = 0 ] && ! [ -e "$units/plain.service.d" ] && [ -L "$units/linked.service.d" ] &&
    [ -z "$(ls -A "$system/etc/own.d" "$system/var/lib/hwfp" | grep -v :)" ] && mountpoint -q "$system/var/lib/hwfp"'
umount "$system/var/lib/hwfp"
finish
