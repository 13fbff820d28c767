#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make install, uninstall and help; and whose the build folder is after sudo make.
# shellcheck source=tests/tap.bash
. "$(dirname "$0")/../tap.bash"
set -uo pipefail
umask 022
cd "$(dirname "$0")/../.." || exit 1

BUILD=${BUILD:-build}
unset MAKEFLAGS MAKELEVEL MFLAGS
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
image=$scratch/image

make_here() { make --no-print-directory BUILD="$BUILD" DESTDIR="$image" MULTIARCH=any "$@"; }
files() { (cd "$image" && find . ! -type d | sort); }
have() { for file; do [ -e "$image$file" ] || return 1; done; }

# ---- Install. ----

run make_here install
check 'make install installs' '[ $rc = 0 ]'
check 'units, the module and its profile are where systemd, libpam and pam-auth-update look' \
    'have /usr/lib/systemd/system/hwfp-{boot,enroll,different,record}.service /usr/share/pam-configs/hwfp \
        /usr/lib/any/security/pam_hwfp.so'
check 'outside of /etc all is in /usr: on systems of today /lib and /sbin are links to it' \
    '[ "$(ls "$image" | xargs)" = "etc usr" ]'
run find "$image" -newer Makefile ! -perm -0644
check 'everyone may read it' '[ -z "$out" ]'
out=$(cd "$image" && grep -rlE '@[A-Z]+@' . --include='*.pc' --include='*.conf' --include='*.service')
check 'no placeholder is left in a file' '[ -z "$out" ]'

# ---- Uninstall. ----

run make_here uninstall
check 'make uninstall leaves no file' '[ $rc = 0 ] && out=$(files) && [ -z "$out" ]'
run find "$image" -name '*hwfp*'
check 'nor a folder of hwfp'\''s own' '[ -z "$out" ]'
run make_here uninstall
check 'a second one has nothing to do' '[ $rc = 0 ] && [ -z "$out" ]'

make_here install >/dev/null
mkdir -p "$image/var/lib/hwfp" "$image/usr/share/man/man8"
touch "$image/var/lib/hwfp/vault" "$image/etc/hwfp/hwfp.conf.d/own.conf" "$image/usr/share/man/man8/other.8"
echo 'mode = deny' >>"$image/etc/hwfp/hwfp.conf"
make_here install >/dev/null
check 'installing again keeps a changed configuration' 'grep -q "^mode = deny" "$image/etc/hwfp/hwfp.conf"'
run make_here uninstall
check 'uninstalling keeps that, drop-ins, the vault and what is not hwfp'\''s, and tells' \
    '[ $rc = 0 ] && [ "$(files | xargs)" = "./etc/hwfp/hwfp.conf ./etc/hwfp/hwfp.conf.d/own.conf \
./usr/share/man/man8/other.8 ./var/lib/hwfp/vault" ] &&
     says "/etc/hwfp is kept" && says "/var/lib/hwfp is kept"'

make_here install >/dev/null
mkdir -p "$image/etc/pam.d" "$image/etc/systemd/system/web.service.d"
echo 'account requisite pam_hwfp.so' >"$image/etc/pam.d/sshd"
before=$(files)
run make_here uninstall
check 'a line of PAM that names the module: nothing is removed' \
    '[ $rc != 0 ] && says etc/pam.d/sshd && [ "$(files)" = "$before" ]'
sed -i 's/^/#/' "$image/etc/pam.d/sshd"
touch "$image/etc/systemd/system/web.service.d/50-hwfp.conf"
before=$(files)
run make_here uninstall
check 'nor with a unit that is gated' '[ $rc != 0 ] && says web.service && [ "$(files)" = "$before" ]'
rm -rf "$image"

# ---- Another PREFIX. ----

run make_here install PREFIX=/usr/local
check 'PREFIX is obeyed, by the units, too' \
    '[ $rc = 0 ] && have /usr/local/lib/systemd/system/hwfp-boot.service /usr/local/sbin/hwfp &&
     grep -qx "ExecStart=/usr/local/libexec/hwfp/hwfp-boot" "$image/usr/local/lib/systemd/system/hwfp-boot.service" &&
     grep -qx "prefix=/usr/local" "$image/usr/local/lib/any/pkgconfig/hwfp.pc"'
check 'but where libpam and pam-auth-update have one folder each' \
    '[ "$(files | grep -v ^./usr/local/ | xargs)" = \
"./etc/cloud/clean.d/90-hwfp ./etc/hwfp/hwfp.conf \
./usr/lib/any/security/pam_hwfp.so ./usr/share/pam-configs/hwfp" ]'
run make_here uninstall PREFIX=/usr/local
check 'and uninstalled alike' '[ $rc = 0 ] && [ -z "$(files)" ]'

# ---- The build folder, after sudo make in a user's tree. ----

tree=$scratch/tree
mkdir "$tree"
cp -a Makefile ./*.[ch] ./*.map hwfp libhwfp include conf man "$tree/"
cp -a "$BUILD" "$tree/build"
rm "$tree/build/hwfp" "$tree/build/obj/hwfp_boot.o"
mkdir "$scratch/outside"
ln -s "$scratch/outside" "$tree/build/link"
chown -hR 60991:60992 "$tree"
run env -C "$tree" make --no-print-directory MULTIARCH=any
check 'what sudo make makes in a user'\''s tree belongs to the user' \
    '[ $rc = 0 ] && [ -x "$tree/build/hwfp" ] && [ -z "$(find "$tree" ! -uid 60991 -o ! -gid 60992)" ]'
check 'what a link in it leads to does not' '[ "$(stat -c %u "$scratch/outside")" = 0 ]'

# ---- Help. ----

run make --no-print-directory help
targets=$(sed -n 's/^\.PHONY: //p' Makefile | tr ' ' '\n' | grep -vxE '(try|check|deb|rpm)-deps|tools|source' | sort)
check 'make help has a line for every target' \
    '[ -n "$targets" ] && [ -z "$(comm -23 <(echo "$targets") <(awk "/^  /{ print \$1 }" <<<"$out" | sort))" ]'
missing=''
for name in $(grep -oE '^[A-Z]+ \?=' Makefile | cut -d' ' -f1 | grep -vx MULTIARCH); do
    grep -qwE "$name" <<<"$out" || missing+=" $name"
done
check 'and names every variable' '[ -z "$missing" ]'
check 'in 80 columns or fewer' '! grep -qE "^.{81}" <<<"$out"'
finish
