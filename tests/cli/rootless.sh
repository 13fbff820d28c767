#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Root in name only, who may not read the vault: without capabilities, and in a user namespace. The
# verdict is hwfp-boot's, if that is really root's.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

readonly USER_ID=60991
field() { grep '^{' <<<"$out" | jq -r ".$1"; }

# ---- Without capabilities, and no right to the folder. ----

configure 'mode = deny'
run on A "$BUILD/hwfp" enroll
check 'machine A is enrolled' '[ $rc = 0 ]'
powerless='chmod 0 /var/lib/hwfp && setpriv --bounding-set=-all --inh-caps=-all "$0" --json check; rc=$?
           chmod 0700 /var/lib/hwfp; exit $rc'
rm -rf "$disk/run/hwfp"
run on A sh -c "$powerless" "$BUILD/hwfp"
check 'nothing published: error, for want of a verdict' \
    '[ $rc = 5 ] && [ "$(field verdict)" = error ] && [[ $(field reason) == *"no verdict was published"* ]]'
run on A "$BUILD/hwfp-boot"
run on A sh -c "$powerless" "$BUILD/hwfp"
check "with hwfp-boot's verdict: the same" '[ $rc = 0 ] && [ "$(field verdict)" = same ]'
check 'and it says that, and why, this was not found out here' \
    '[[ $(field problem) == *"/var/lib/hwfp cannot be opened: Permission denied; the verdict that hwfp-boot published is used" ]]'
run on B "$BUILD/hwfp-boot"
run on B sh -c "$powerless" "$BUILD/hwfp"
check 'on a copy: different' '[ $rc = 1 ] && [ "$(field verdict)" = different ]'

# ---- In a user namespace. The kernel makes none in a chroot: on this system, with other folders. ----

# The program, where an ordinary user can reach it; enrol publishes, as hwfp-boot does.
own=$scratch/own
install -D -t "$own" "$BUILD/hwfp" && chmod 0755 "$scratch"
prepare='mount -t tmpfs tmpfs /var/lib && mount -t tmpfs -o mode=0755 tmpfs /run &&
    "$0/hwfp" --quiet enroll && [ -e /run/hwfp/verdict ]'
as_user="setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups"
namespaced() { run unshare --mount --net sh -c "$prepare && $1 \"\$0/hwfp\" --json status" "$own"; }

# A configuration would be nobody's there, too, which is an error of its own.
if [ ! -e /etc/hwfp ] && $as_user unshare --user --map-root-user true 2>/dev/null; then
    namespaced "$as_user"
    check 'an ordinary user has the published verdict' '[ $rc = 0 ] && [ "$(field verdict)" = same ]'
    check 'in the ordinary way: nothing is wrong' '[ "$(field problem)" = null ]'
    namespaced "$as_user unshare --user --map-root-user"
    check 'made root of a namespace, to whom real root is nobody, he has none: error' \
        '[ $rc = 5 ] && [[ $(field reason) == *"not to be believed"* ]]'
    check 'and it says why' '[[ $(field problem) == *"cannot be opened: Permission denied"* ]]'
    namespaced "$as_user unshare --user"
    check 'so it is with nobody of a namespace' '[ $rc = 5 ] && [[ $(field reason) == *"not to be believed"* ]]'
else
    echo "ok $((++tests_run)) - in a user namespace # SKIP none may be made here, or hwfp is installed"
fi
finish
