#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The audit log and the log lines: that no value forges a field, by auparse and ausearch on composed
# logs; then every event with a real auditd, found by ausearch, where the kernel lets one be started
# here (no container, no other auditd). Nothing that names the hardware may be in either.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

shopt -s nullglob
hostile=$'a" res=success verdict=same\nevent=boot \x1b[31m \xc3\xa9 \x80 \' \\" fingerprint="b\x01'
log=$scratch/audit.log
lines=$scratch/lines
home='' copy=''

# ---- Composed. ----

fields() { cut -f1 --complement "$1" | tr '\t' '\n' | cut -d= -f1 | sort | uniq -c; }
records() { "$BUILD/tests/audit_records" "$1" >"$log" && "$BUILD/tests/audit_fields" "$log"; }

records 11111111-2222-4333-8444-555555555555 >"$scratch/plain"
records "$hostile" >"$scratch/hostile"
run diff <(fields "$scratch/plain") <(fields "$scratch/hostile")
check 'no text makes, hides or doubles a field of any record' '[ $rc = 0 ] && [ -s "$scratch/plain" ]'
run ausearch -if "$log" -i
check 'each of the 11 events is one record to ausearch, and none has succeeded' \
    '[ "$(grep -c ^type= <<<"$out")" = 11 ] && [ "$(grep -c "res=failed" <<<"$out")" = 11 ] &&
     ! says "res=success" && ! says "verdict=same"'
run aureport -if "$log"
check 'aureport counts the two kinds of logins as anomalies, the changes as configuration' \
    'says "Number of anomaly events: 2" && says "Number of changes in configuration: 8"'

decoded() { # PLAIN: the values of all fields of hwfp's, as ausearch -i shows them, are as written
    grep -oE '(op|outcome|verdict|similarity|threshold|strength|policy|hwfp-mode|override|fingerprint|old-[a-z-]+|rotated|changed)=[^ ]*' <<<"$1" | sort
}
records deadbeef-dead-4eef-8ead-beefdeadbeef >/dev/null
run ausearch -if "$log" -i
check 'ausearch -i shows every value as it was written' \
    '[ -n "$(decoded "$out")" ] && [ "$(decoded "$out")" = "$(decoded "$(cat "$log")")" ]'

# A libaudit whose default was to print its errors on stderr would do so here: audit_open() fails.
run on A strace -qq -o /tmp/calls -e trace=socket -e inject=socket:error=EPROTONOSUPPORT "$BUILD/hwfp" enroll
check 'libaudit prints nothing if the kernel has no audit, and hwfp enrols' \
    '[ $rc = 0 ] && grep -q "NETLINK_AUDIT.*INJECTED" "$disk/tmp/calls" && ! says "audit support"'
rm -rf "$disk/var/lib/hwfp" "$disk/run/hwfp"

# ---- Log lines, with hostile names everywhere. ----

log_of() { # MACHINE COMMAND...: what reaches syslog goes to $lines, and all of it to $scratch/all
    local machine=$1
    shift
    rm -f "$disk/tmp/lines"
    run on "$machine" "$BUILD/tests/with_log" /tmp/lines "$@"
    cp "$disk/tmp/lines" "$lines"
    cat "$lines" >>"$scratch/all"
}
login() { log_of "$1" sh -c 'echo hwfptest | exec pamtester "$@"' sh "${@:2}"; }
line() { grep -E "pam_hwfp.*: event=$1 " "$lines"; }
stable='event=login outcome=[a-z]+ user=[^ =]* service=[^ =]* rhost=[^ =]* override=(none|module|kernel) verdict=[a-z]+ similarity=[0-9]+ threshold=-?[0-9]+ mode=[a-z]+ policy=[a-z]+ strength=[a-z]+ fingerprint=[0-9a-z-]+ previous=[0-9a-z-]+ rotated=(yes|no) changed=[a-z,-]+( unsaved=yes)?( drifted=yes)?( published=yes)? reason="[^"]*"$'

mapfile -d '' smbios_strings < <(hostile_facts "$hostile")
"$BUILD/tests/mktree" "$scratch/trees/H" "$scratch/B.facts" "${smbios_strings[@]}" \
    system.uuid=4c4c4544-0051-4a10-8038-c7c04f5a4d44 || bail 'the hostile machine cannot be made'
all_hostile "$scratch/trees/H" "$hostile" || bail 'a string of its table is not hostile'

pam_service login
configure 'mode = flag'
run on A "$BUILD/hwfp" enroll
home=$(on A "$BUILD/hwfp" --json status | jq -r .fingerprint)
login H login hwfptest authenticate acct_mgmt open_session
check 'a flagged login is one line, of the stable form' \
    '[ $rc = 0 ] && [ "$(line login | wc -l)" = 1 ] && grep -qE "$stable" "$lines"'
login H login "$hostile" acct_mgmt
check 'so is one of a user whose name is hostile' \
    '[ "$(line login | wc -l)" = 1 ] && grep -qE "$stable" "$lines" && ! line login | grep verdict=same'
login A login hwfptest authenticate acct_mgmt open_session
check 'one that is the same is none' '! grep -q "pam_hwfp\|event=" "$lines"'
run on H "$BUILD/hwfp-boot"
check 'a boot is one line' \
    '[ "$(grep -c "event=boot verdict=different" <<<"$out")" = 1 ] && [ "$(wc -l <<<"$out")" = 1 ]'

# ---- Nothing leaks. ----

# Of both machines: as they are, and without separators.
known=(7QX31M2 9ZK84P7 S4EVNF0M712345 S4EVNF0M798765 3c:ec:ef:11:22:33 3c:ec:ef:44:55:66 \
    4c4c4544-0042-3510-8054-b3c04f4e3232 4c4c4544-0051-4a10-8038-c7c04f5a4d33)
printf '%s\n' "${known[@]}" "${known[@]//[:-]/}" | sort -u >"$scratch/known"
nothing_leaks() { # WHERE: of what was gathered in $scratch/all
    cat "$disk/run/hwfp/verdict" >>"$scratch/all" 2>/dev/null
    run grep -iF -f "$scratch/known" "$scratch/all"
    check "no serial number, UUID or address of any machine is in $1" \
        '[ $rc = 1 ] && [ "$(grep -c "event=login outcome=flagged" "$scratch/all")" -ge 2 ]'
}
check 'such a search would find them' '[ "$(cat "$scratch"/[AB].facts | grep -ciF -f "$scratch/known")" -ge 8 ]'
run on B "$BUILD/hwfp-boot"
echo "$out" >>"$scratch/all"
nothing_leaks 'the log or in what is published'

# ---- A real auditd. ----

why_not() {
    command -v auditd >/dev/null || { echo 'no auditd here'; return; }
    [ "$(cat /proc/self/uid_map | xargs)" = '0 0 4294967295' ] || { echo 'a user namespace'; return; }
    local pid
    pid=$(auditctl -s 2>/dev/null | sed -n 's/^pid //p')
    [ -n "$pid" ] || { echo 'the kernel has no audit for us'; return; }
    [ "$pid" = 0 ] || echo 'another auditd runs here'
}
skip=$(why_not)
if [ -n "$skip" ]; then
    check "each event with a real auditd # SKIP $skip" true
    finish
fi

# Any other hwfp on this machine is audited by the same kernel: a session of the test's own tells its records.
echo 0 >/proc/self/loginuid
session=$(cat /proc/$$/sessionid)
was_enabled=$(auditctl -s | sed -n 's/^enabled //p')
daemon='' where=$scratch/where

# A root folder for auditd alone: its pid file, its log, its configuration.
auditd_conf() {
    sed -e 's/^space_left\b.*/space_left = 2/' -e 's/^admin_space_left\b.*/admin_space_left = 1/' \
        -e 's/^flush.*/flush = SYNC/' -e '/^name_format/d' \
        /etc/audit/auditd.conf
    printf '%s\n' 'Name = administrator' 'NAME_FORMAT = user'
}
start_auditd() { # OPTIONS...: returns when it has the kernel's records
    tests/chamber "$where" -- auditd -n "$@" &
    daemon=$!
    for _ in $(seq 200); do
        [ "$(auditctl -s | sed -n 's/^pid //p')" = 0 ] || return 0
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.05
    done
    bail 'auditd does not start'
}
stop_auditd() {
    [ -n "$daemon" ] || return 0
    kill "$daemon" 2>/dev/null
    wait "$daemon" 2>/dev/null
    daemon=''
}
clean_up() {
    stop_auditd
    auditctl -e "$was_enabled" >/dev/null 2>&1
    rm -rf --one-file-system "$scratch"
}
trap clean_up EXIT

tests/chamber "$where" -- true
mkdir -p "$where/var/log/audit" "$where/etc/audit/plugins.d"
auditd_conf >"$where/etc/audit/auditd.conf"
chmod 0640 "$where/etc/audit/auditd.conf"

# Every record before this one is in the log when this one is: the kernel keeps their order.
marks=0
mark() {
    marks=$((marks + 1))
    auditctl -m "hwfp-test-mark-$$-$marks" >/dev/null
    for _ in $(seq 200); do
        ! grep -q "hwfp-test-mark-$$-$marks" "$where/var/log/audit/audit.log" || return 0
        sleep 0.05
    done
    bail 'auditd does not write'
}
found() { # TYPE FIELD...: exactly one new record of the type has all of these
    local type=$1 text
    shift
    mark
    out=$(ausearch -if <(new_records) -m "$type" -i 2>/dev/null | grep '^\(node=[^ ]* \)\?type=')
    text=$out
    for field; do
        text=$(grep -E -- "[ ']$field( |'|\$)" <<<"$text")
    done
    [ "$(grep -c . <<<"$text")" = 1 ]
}
seen=0
new_records() {
    tail -n +$((seen + 1)) "$where/var/log/audit/audit.log" | sed '/hwfp-test-mark-'"$$-$marks/q" | grep " ses=$session "
}
next() { mark; seen=$(wc -l <"$where/var/log/audit/audit.log"); }

start_auditd
run "$BUILD/hwfp" --version # that it runs outside of a chamber says that libaudit does not stop it
rm -rf "$disk/var/lib/hwfp"
next
run on A "$BUILD/hwfp" enroll
home=$(on A "$BUILD/hwfp" --json status | jq -r .fingerprint)
check 'enroll is on record' 'found USYS_CONFIG op=hwfp-enroll "fingerprint=$home" "old-fingerprint=\?" res=success'
next
run on A "$BUILD/hwfp" enroll
check 'so is one that is refused' 'found USYS_CONFIG op=hwfp-enroll "fingerprint=\?" "old-fingerprint=$home" res=failed'
next
run on A "$BUILD/hwfp" threshold 55
check 'threshold, old and new' 'found USYS_CONFIG op=hwfp-threshold old-threshold=40 threshold=55 res=success'
run on A "$BUILD/hwfp" threshold 40
next
run on A "$BUILD/hwfp" rotate
before=$home
home=$(on A "$BUILD/hwfp" --json status | jq -r .fingerprint)
check 'rotate' 'found USYS_CONFIG op=hwfp-rotate "old-fingerprint=$before" "fingerprint=$home" res=success'
next
login B login hwfptest authenticate acct_mgmt open_session
copy=$(on B "$BUILD/hwfp" --json status | jq -r .fingerprint)
check 'flag: a login on a copy, found by its fingerprint' \
    'found ANOM_LOGIN_LOCATION op=PAM:hwfp-login outcome=flagged verdict=different "fingerprint=$copy" \
       "old-fingerprint=$home" acct=hwfptest hwfp-mode=flag override=none "similarity=[0-9]+" \
       "changed=.*disk-serial.*" res=success'
check 'and the fingerprint that it was given' \
    'found USYS_CONFIG op=PAM:hwfp-rotate "old-fingerprint=$home" "fingerprint=$copy" res=success'
configure 'mode = deny'
code=$(on A "$BUILD/hwfp" recovery | grep -m1 -oE '[0-9](-[0-9A-Z]{4}){4}')
for answer in 1-0000-0000-0000-0000 "$code"; do
    next
    log_of B sh -c 'printf "$0\nhwfptest\n" | exec pamtester "$@"' "$answer" login hwfptest authenticate acct_mgmt open_session
    result=$([ "$answer" = "$code" ] && echo success || echo failed)
    check "a recovery code: $result" \
        'found ANOM_LOGIN_LOCATION op=PAM:hwfp-recovery verdict=different "fingerprint=$copy" acct=hwfptest res=$result'
done
check 'and the login that it let in' \
    'found ANOM_LOGIN_LOCATION op=PAM:hwfp-login outcome=recovered verdict=different "fingerprint=$copy" acct=hwfptest res=success'
next
login B login hwfptest acct_mgmt
check 'deny: a login that is refused' \
    'found ANOM_LOGIN_LOCATION op=PAM:hwfp-login outcome=refused "fingerprint=$copy" hwfp-mode=deny res=failed'
next
login H login "$hostile" acct_mgmt
check 'a hostile user on a hostile machine is one record, in its field' \
    'found ANOM_LOGIN_LOCATION op=PAM:hwfp-login outcome=refused verdict=different res=failed &&
     acct=$(new_records | sed -n "s/.*op=PAM:hwfp-login .* acct=\([0-9A-F]*\) .*/\1/p") && [ ${#acct} -ge 40 ] &&
     [[ $(printf %s "$hostile" | od -An -v -tx1 | tr -d " \n" | tr a-f A-F) == "$acct"* ]] &&
     ! grep -q "res=success" <<<"$(new_records | grep ANOM_)"'
next
login A login hwfptest authenticate acct_mgmt open_session
mark
check 'a login at home is none' '[ "$(new_records | grep -c hwfp-login)" = 0 ]'
sed "s|$module|& mode=flag|" "$disk/etc/pam.d/login" >"$disk/etc/pam.d/lenient"
next
login B lenient hwfptest acct_mgmt
check 'a module argument that lets it in is a record of its own' \
    'found USYS_CONFIG op=PAM:hwfp-override override=module old-hwfp-mode=deny hwfp-mode=flag res=success'
check 'and is named in that of the login' \
    'found ANOM_LOGIN_LOCATION op=PAM:hwfp-login outcome=flagged override=module res=success'
"$BUILD/tests/mktree" "$scratch/trees/off" "$scratch/B.facts" cmdline='quiet hwfp.mode=off'
"$BUILD/tests/mktree" "$scratch/trees/open" "$scratch/B.facts" cmdline='quiet hwfp.mode=flag'
next
login off login hwfptest acct_mgmt open_session
check 'so is the kernel command line that switches hwfp off, once a login' \
    'found USYS_CONFIG op=PAM:hwfp-override override=kernel old-hwfp-mode=deny hwfp-mode=off'
next
run on B "$BUILD/hwfp" accept "$copy"
check 'accept' 'found USYS_CONFIG op=hwfp-accept "fingerprint=$copy" res=success'
next
run on A "$BUILD/hwfp" forget "$copy"
check 'forget' 'found USYS_CONFIG op=hwfp-forget "fingerprint=$copy" res=success'
next
run on A "$BUILD/hwfp" forget "$hostile"
check 'forget with a hostile argument' 'found USYS_CONFIG op=hwfp-forget "fingerprint=[0-9A-F]+" res=failed'
next
run "$BUILD/hwfp" --root "$scratch/trees/U" enroll
run on A setpriv --reuid 60991 --regid 60991 --clear-groups "$BUILD/hwfp" threshold 30
mark
check 'what is done to an image, or without privilege, is none' '[ "$(new_records | grep -c op=hwfp)" = 0 ]'

# The boot: nothing from the gate, all from --record.
run on A "$BUILD/hwfp" check
next
run on B "$BUILD/hwfp-boot"
mark
check 'the gate itself puts nothing on record: it would be lost' '[ "$(new_records | grep -c op=hwfp)" = 0 ]'
run on B "$BUILD/hwfp-boot" --record
copy=$(sed -n 's/^fingerprint=//p' "$disk/run/hwfp/verdict")
check 'the verdict of the boot' \
    '[ $rc = 0 ] && found USER_DEVICE op=hwfp-boot verdict=different "fingerprint=$copy" \
       "old-fingerprint=$home" rotated=yes "changed=system-uuid,.*nic-mac.*" hwfp-mode=deny res=failed'
check 'and its new fingerprint' 'found USYS_CONFIG op=hwfp-rotate "fingerprint=$copy" res=success'
next
run on A "$BUILD/hwfp-boot"
run on A "$BUILD/hwfp-boot" --record
check 'at home it is the same' \
    'found USER_DEVICE op=hwfp-boot verdict=same similarity=100 "fingerprint=$home" changed=none res=success'
next
run on open "$BUILD/hwfp-boot"
run on open "$BUILD/hwfp-boot" --record
check 'the override of the kernel command line' \
    'found USYS_CONFIG op=hwfp-override override=kernel old-hwfp-mode=deny hwfp-mode=flag &&
     found USER_DEVICE op=hwfp-boot override=kernel hwfp-mode=flag verdict=different'
configure 'mode = deny' 'colour = blue'
rm "$disk/run/hwfp/verdict"
next
run on A "$BUILD/hwfp-boot"
check 'a bad configuration: the boot is refused' '[ $rc = 5 ] && says verdict=error'
run on A "$BUILD/hwfp-boot" --record
check 'and on record as an error' \
    '[ $rc = 0 ] && found USER_DEVICE op=hwfp-boot verdict=error "fingerprint=\?" hwfp-mode=deny res=failed'
configure 'mode = deny'
next
run on A "$BUILD/hwfp-boot" --record
check 'where no verdict was published this is said, and on record' \
    '[ $rc = 5 ] && says "no verdict was published" && found USER_DEVICE op=hwfp-boot verdict=error res=failed'
rm -rf "$disk/var/lib/hwfp"/{vault,vault.old,key}
: >"$disk/var/lib/hwfp/ticket"
next
run on A "$BUILD/hwfp-boot"
run on A "$BUILD/hwfp-boot" --record
home=$(sed -n 's/^fingerprint=//p' "$disk/run/hwfp/verdict")
check 'an enrolment at boot' 'found USYS_CONFIG op=hwfp-enroll "fingerprint=$home" res=success'
agents=6f1c9d04-52d1-4a6e-8a3b-0d9a6f2f7c11 store=/var/lib/amazon/ssm/Vault/Store/InstanceFingerprint
mkdir -p "$disk${store%/*}"
chmod -R go= "$disk/var/lib/amazon"
(umask 077
    printf '{"InstanceFingerprint":"%s"}' "$store" >"$disk/var/lib/amazon/ssm/Vault/Manifest"
    printf '{"fingerprint":"%s","hardwareHash":{"hostname-info":"a"},"similarityThreshold":60}' "$agents" >"$disk$store")
next
run on A "$BUILD/hwfp" ssm --adopt
check 'the fingerprint of amazon-ssm-agent' \
    'found USYS_CONFIG op=hwfp-adopt "old-fingerprint=$home" "fingerprint=$agents" old-threshold=40 threshold=60 res=success'
home=$agents
next
run on A "$BUILD/hwfp" seal --yes
check 'seal' 'found USYS_CONFIG op=hwfp-seal "old-fingerprint=$home" res=success'

# ---- The fingerprint on the records of every program. ----

run on A "$BUILD/hwfp-boot" --audit-node
check 'without a verdict there is no configuration for auditd' \
    '[ $rc = 5 ] && says "auditd keeps its own" && [ ! -e "$disk/run/hwfp/audit/options" ]'
run on A "$BUILD/hwfp" enroll
run on A "$BUILD/hwfp-boot"
home=$(sed -n 's/^fingerprint=//p' "$disk/run/hwfp/verdict")
rm -rf "$disk/etc/audit"
run on A "$BUILD/hwfp-boot" --audit-node
check 'without a configuration of auditd, neither' '[ $rc = 5 ] && says /etc/audit/auditd.conf'
mkdir -p "$disk/etc/audit"
cp "$where/etc/audit/auditd.conf" "$disk/etc/audit/"
administrators=$(sha256sum "$disk/etc/audit/auditd.conf")
run on A "$BUILD/hwfp-boot" --audit-node
made=$disk/run/hwfp/audit/auditd.conf
check 'auditd is given its option' \
    '[ $rc = 0 ] && [ "$(cat "$disk/run/hwfp/audit/options")" = "HWFP_AUDITD_OPTIONS=-c /run/hwfp/audit" ]'
check 'the copy is the administrator'\''s but for the name' \
    '[ "$(grep -vi "^ *name" "$made" | tail -n +2)" = "$(grep -vi "^ *name" "$disk/etc/audit/auditd.conf")" ] &&
     [ "$(grep -ic "^ *name" "$made")" = 2 ] && [ "$(stat -c %a:%u "$made")" = 600:0 -o "$(stat -c %a:%u "$made")" = 640:0 ]'
check '/etc/audit is as it was' '[ "$(sha256sum "$disk/etc/audit/auditd.conf")" = "$administrators" ]'
stop_auditd
mkdir -p "$where/run/hwfp"
cp -a "$disk/run/hwfp/audit" "$where/run/hwfp/"
start_auditd -c /run/hwfp/audit
next
auditctl -m "from-another-program-$$"
check 'auditd takes it, and another program'\''s record has the fingerprint' 'found USER "text=from-another-program-$$" &&
    [[ $out == "node=$home "* ]]'
run ausearch -if "$where/var/log/audit/audit.log" --node "$home"
check 'ausearch --node finds it' '[ $rc = 0 ] && says "from-another-program-$$"'
stop_auditd

cat "$where/var/log/audit/audit.log" >>"$scratch/all"
check 'all of it was gathered' '[ "$(grep -c "op=.*hwfp-" "$scratch/all")" -ge 25 ]'
nothing_leaks 'the audit log or the log'
finish
