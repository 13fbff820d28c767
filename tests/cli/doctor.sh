#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# hwfp doctor on an image: nothing to mend where all is right, and each fault found, by its level and
# its words, when it alone is put into the image.
# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

image=$scratch/image pristine=$scratch/pristine

# ---- The image: Debian's files, as far as they matter, with hwfp installed. ----

pam_file() { cat >"$image/etc/pam.d/$1"; }

make_pam() {
    mkdir -p "$image/etc/pam.d" "$image/lib/x86_64-linux-gnu/security"
    touch "$image/lib/x86_64-linux-gnu/security/pam_hwfp.so"
    pam_file common-account <<-'END'
	account	[success=ok ignore=ignore default=die]	pam_hwfp.so
	account	[success=1 new_authtok_reqd=done default=ignore]	pam_unix.so 
	account	requisite			pam_deny.so
	account	required			pam_permit.so
	END
    pam_file common-session <<-'END'
	session	[default=1]			pam_permit.so
	session	requisite			pam_deny.so
	session	required			pam_permit.so
	session	[success=ok ignore=ignore default=die]	pam_hwfp.so
	session	required	pam_unix.so
	END
    pam_file common-auth <<-'END'
	auth	[success=1 default=ignore]	pam_unix.so nullok
	auth	requisite			pam_deny.so
	auth	required			pam_permit.so
	END
    for service in login sshd su; do
        pam_file $service <<-'END'
	# A comment.
	auth       optional   pam_faildelay.so  delay=3000000 # another
	@include common-auth
	account    required     pam_nologin.so
	@include common-account
	session [success=ok ignore=ignore module_unknown=ignore default=bad]        pam_selinux.so close
	@include common-session
	END
    done
}

make_units() {
    local folder=$image/etc/systemd/system unit
    mkdir -p "$image/usr/lib/systemd/system" "$folder"/{sysinit,multi-user,getty}.target.wants
    cp conf/*.service conf/*.target "$image/usr/lib/systemd/system/"
    for unit in hwfp-boot hwfp-enroll hwfp-different; do
        ln -s /lib/systemd/system/$unit.service "$folder/sysinit.target.wants/"
    done
    ln -s /lib/systemd/system/hwfp-record.service "$folder/multi-user.target.wants/"
    ln -s /lib/systemd/system/getty@.service "$folder/getty.target.wants/getty@tty1.service"
}

make_sshd() {
    mkdir -p "$image/etc/ssh/sshd_config.d" "$image/usr/sbin"
    touch "$image/usr/sbin/sshd"
    printf '%s\n' '# comment' 'Include /etc/ssh/sshd_config.d/*.conf' '' \
        'KbdInteractiveAuthentication no' 'UsePAM yes' >"$image/etc/ssh/sshd_config"
}

make_users() {
    printf '%s\n' 'root:x:0:0:root:/root:/bin/bash' 'rescue:x:1000:1000::/home/rescue:/bin/sh' \
        'daemon:x:1:1::/usr/sbin:/usr/sbin/nologin' >"$image/etc/passwd"
    # shellcheck disable=SC2016 # the dollars are crypt's
    printf '%s\n' 'root:$y$j9T$x$y:19000:0:99999:7:::' 'rescue:!:19000:0:99999:7:::' \
        'daemon:*:19000:0:99999:7:::' >"$image/etc/shadow"
}

make_image() {
    cp -a "$scratch/trees/A" "$image"
    mkdir -p "$image/etc/hwfp/hwfp.conf.d"
    echo 'mode = deny' >"$image/etc/hwfp/hwfp.conf"
    make_pam
    make_units
    make_sshd
    make_users
    "$BUILD/hwfp" --quiet --root "$image" enroll
}

doctor() { run "$BUILD/hwfp" --root "$image" "$@" doctor; }
restore() { rm -rf "$image" && cp -a "$pristine" "$image"; }
line_with() { grep "^$1 \+$2 .*$3" <<<"$out" >/dev/null; }

# finds LEVEL SUBJECT WORDS COMMAND...: on a whole image that the COMMAND was done to.
finds() {
    local level=$1 subject=$2 words=$3 status=0
    shift 3
    restore
    (cd "$image" && eval "$*") || bail "$*"
    [ "$level" != problem ] || status=1
    doctor
    check "$level: $words" "[ \$rc = $status ] && line_with '$level' '$subject' \"\$words\""
}

make_image || bail 'no image'
cp -a "$image" "$pristine"

# ---- All is right. ----

doctor
check 'a whole image: nothing to mend' '[ $rc = 0 ] && says "Nothing to mend."'
check 'each subject says so' '
    line_with ok files "belong to root" && line_with ok configuration "the mode is deny" &&
    line_with ok machine "the same, similarity 100" && line_with ok machine "strength" &&
    line_with ok units "are installed" && line_with ok pam "3 services ask" &&
    line_with ok sshd "asks PAM" && line_with ok "way in" "root gets in at the console" &&
    line_with ok "way in" "you could still get in"'
check 'it has no colour and no warning' '[[ $out != *$'"'\033'"'* ]] && ! says warning'
check 'it wrote nothing' 'diff -r --no-dereference "$pristine" "$image"'
doctor --quiet
check '--quiet prints nothing' '[ $rc = 0 ] && [ -z "$out" ]'
doctor --json
check '--json counts nothing' '[ "$(jq -c "[.schema, .problems, .warnings]" <<<"$out")" = "[1,0,0]" ]'
check 'its findings are ok and have nothing to mend' \
    'jq -e "(.findings | length > 9) and (.findings | all(.level == \"ok\" and .mend == null))" \
        <<<"$out" >/dev/null'
run "$BUILD/hwfp" --root "$scratch/no-such" doctor
check 'what cannot be examined is no finding' '[ $rc != 0 ] && says "no-such"'

# ---- Files. ----

finds problem files '/etc/hwfp/hwfp.conf has mode 0666' chmod 0666 etc/hwfp/hwfp.conf
check 'and how to mend it' 'says "; to mend it: chmod 0644 $image/etc/hwfp/hwfp.conf"'
finds warning files '/etc/hwfp/hwfp.conf has mode 0600' chmod 0600 etc/hwfp/hwfp.conf
finds problem files '/etc/hwfp has mode 0777' chmod 0777 etc/hwfp
finds problem files '/etc/hwfp/hwfp.conf.d/x.conf belongs to user 1000' \
    'touch etc/hwfp/hwfp.conf.d/x.conf; chown 1000 etc/hwfp/hwfp.conf.d/x.conf'
finds problem files '/var/lib/hwfp has mode 0755' chmod 0755 var/lib/hwfp
finds problem files '/var/lib/hwfp/vault has mode 0640' chmod 0640 var/lib/hwfp/vault
finds problem files '/var/lib/hwfp/key has mode 0604' chmod 0604 var/lib/hwfp/key
finds problem files '/var/lib/hwfp/vault.old belongs to user 1' chown 1 var/lib/hwfp/vault.old
finds problem files '/var/lib/hwfp/key is not a regular file' \
    'mv var/lib/hwfp/key key; ln -s /key var/lib/hwfp/key'
finds problem files '/run/hwfp/verdict has mode 0646' \
    'mkdir -p run/hwfp; touch run/hwfp/verdict; chmod 0646 run/hwfp/verdict'
finds warning files '/run/hwfp has mode 0700' mkdir -p -m 0700 run/hwfp
finds problem files '/var/lib/hwfp/recovery has mode 0644' touch var/lib/hwfp/recovery

# ---- Configuration. ----

finds problem configuration "/etc/hwfp/hwfp.conf:2: unknown key \"colour\".*correct it" \
    "echo 'colour = red' >>etc/hwfp/hwfp.conf"
finds problem configuration 'invalid console_services "su" (expected a PAM service' \
    "echo 'console_services = su' >>etc/hwfp/hwfp.conf"
check 'every verdict is error, and what follows' 'says "every login is refused but those of exempt users and services, and at the console"'
finds problem configuration "every verdict is error, and until this is corrected every login is refused but those of exempt users and services; to mend it: correct it" \
    "echo 'mode = fla' >>etc/hwfp/hwfp.conf; echo 'console = deny' >>etc/hwfp/hwfp.conf"
check 'and the mode is not said to be well beside it' '! says "the mode is deny"'
finds problem configuration 'invalid mode "dney".*every login is let in, those on a copy, too' \
    "echo 'mode = dney' >etc/hwfp/hwfp.conf"
finds problem configuration 'every login is let in, those on a copy, too' \
    "printf 'mode = fla\nerror = flag\n' >>etc/hwfp/hwfp.conf"
finds warning configuration 'the mode is off' "echo 'mode = off' >>etc/hwfp/hwfp.conf"
finds ok configuration 'the mode is flag, set by the default' rm etc/hwfp/hwfp.conf

fleet="echo fleet_key_file = /etc/hwfp/fleet.key >>etc/hwfp/hwfp.conf
    (umask 077; head -c 48 /dev/urandom | base64 >etc/hwfp/fleet.key)"
finds problem configuration 'fleet.key.*: hwfp export inventory fails' "$fleet; rm etc/hwfp/fleet.key"
finds problem configuration 'fleet.key has mode 0644.*to mend it: .* chmod 0600' "$fleet; chmod 0644 etc/hwfp/fleet.key"
finds problem configuration 'fleet.key is too short' "$fleet; echo x >etc/hwfp/fleet.key"
finds ok configuration 'the mode is deny' "$fleet"

# ---- The machine. ----

finds problem machine 'no vault and no ticket' rm -r var/lib/hwfp
finds ok machine 'the next boot enrols' 'rm var/lib/hwfp/*; touch var/lib/hwfp/ticket; chmod 0600 var/lib/hwfp/ticket'
finds warning machine 'its previous generation is used' 'sed -i s/a/b/ var/lib/hwfp/vault'
mend=${out##*to mend it: hwfp --root $image accept }
run "$BUILD/hwfp" --root "$image" accept "${mend%%,*}"
doctor
check 'what it says mends it' '[ $rc = 0 ] && says "Nothing to mend."'
finds problem machine 'vault is damaged' \
    'echo damage >>var/lib/hwfp/vault; echo damage >>var/lib/hwfp/vault.old'
finds problem machine 'key' rm var/lib/hwfp/key
finds problem machine 'the verdict is different' 'rm -r sys; cp -a ../trees/B/sys .'
finds problem machine 'the threshold is -1: every copy passes; to mend it: hwfp --root .* threshold 40' \
    '"$(realpath "$OLDPWD/$BUILD")/hwfp" --quiet --root . threshold -1'
finds ok machine 'the strength of the identity' rm -r sys
check 'without hardware there is no verdict' '! says "the verdict is" && ! says "is the same"'
restore
rm -r "${image:?}"/{var/lib/hwfp,sys/class,sys/firmware}
"$BUILD/hwfp" --quiet --root "$image" enroll >/dev/null 2>&1
doctor
check 'warning: an identity that is none' 'line_with warning machine "the strength of the identity on record is \(none\|weak\)"'

# ---- Units. ----

wants=etc/systemd/system/sysinit.target.wants
finds problem units 'hwfp-boot.service is not enabled' rm $wants/hwfp-boot.service
finds problem units 'hwfp-boot.service is not installed' rm usr/lib/systemd/system/hwfp-boot.service
finds problem units 'hwfp-boot.service is masked' \
    ln -s /dev/null etc/systemd/system/hwfp-boot.service
finds warning units 'hwfp-enroll.service is not enabled' rm $wants/hwfp-enroll.service
finds warning units 'hwfp-record.service is not enabled: .* audit log' \
    rm etc/systemd/system/multi-user.target.wants/hwfp-record.service
finds warning units 'hwfp-different.service is masked' touch etc/systemd/system/hwfp-different.service
finds warning units 'hwfp-verified.target is not installed' \
    rm usr/lib/systemd/system/hwfp-verified.target
finds warning units 'there is no systemd' rm -r usr/lib/systemd

# ---- PAM. ----

account=etc/pam.d/common-account session=etc/pam.d/common-session
finds problem pam 'no service asks pam_hwfp.so' sed -i /pam_hwfp/d $account $session
finds problem pam 'sshd, account: pam_hwfp.so is not asked' sed -i '/common-account/d' etc/pam.d/sshd
finds problem pam 'su, session: pam_hwfp.so is not asked' sed -i '/common-session/d' etc/pam.d/su
finds problem pam 'names pam_hwfp.so, which is not installed' rm lib/x86_64-linux-gnu/security/pam_hwfp.so
finds problem pam 'pam_unix.so at .*/etc/pam.d/common-account:1 can end the stack' \
    "sed -i '1{h;d};2{G}' $account"
finds problem pam 'sshd, account: pam_rootok.so at .*/etc/pam.d/sshd:1 can end the stack' \
    "sed -i '1i account sufficient pam_rootok.so' etc/pam.d/sshd"
finds problem pam 'pam_x.so at .*/etc/pam.d/su:1 can end the stack' \
    "sed -i '1i account [success=2 default=ignore] pam_x.so' etc/pam.d/su"
finds ok pam '3 services ask' "sed -i '1i account [success=1 default=ignore] pam_x.so' etc/pam.d/su"
finds ok pam '3 services ask' "printf 'account sufficient pam_x.so\n' >etc/pam.d/inner
    sed -i '1i account substack inner' etc/pam.d/su"
finds problem pam 'pam_x.so at .*/etc/pam.d/inner:1 can end' \
    "printf 'account sufficient pam_x.so\n' >etc/pam.d/inner
    sed -i '1i account include inner' etc/pam.d/su"
finds ok pam '3 services ask' "sed -i '1i account required pam_unix.so' etc/pam.d/su"
finds ok pam '3 services ask' "printf 'account \\\\\n requisite pam_hwfp.so\n' >line
    sed -i -e '1r line' -e 1d $account && rm line && [ \$(grep -c '^account .\$' $account) = 1 ]"
finds problem pam 'as "optional" a refusal' "sed -i '1s/\[.*\]/optional/' $account"
finds problem pam 'as "sufficient" a refusal' "sed -i '4s/\[.*\]/sufficient/' $session"
finds problem pam 'passes over what stands behind it' "sed -i '1s/success=ok/success=done/' $account"
finds problem pam 'refuses on the right machine' "sed -i '1s/success=ok/success=bad/' $account"
finds problem pam 'does not know the argument mode=denny' "sed -i '1s/\$/ mode=denny/' $account"
finds problem pam 'does not know the argument silent' "sed -i '1s/\$/ quiet silent/' $account"
finds ok pam 'common-account:1 has a mode of its own, flag' "sed -i '1s/\$/ mode=flag/' $account"
finds problem pam 'neither .*/etc/pam.d nor .*/usr/lib/pam.d has a file common-none' "echo '@include common-none' >>etc/pam.d/su"
finds problem pam 'without end' "echo '@include su' >>etc/pam.d/su"
finds problem pam 'without end' "printf '@include su\n%.0s' 1 2 3 4 5 6 >>etc/pam.d/su"

# Linux-PAM looks into /etc/pam.d, then into /usr/lib/pam.d, then for the service other.
vendor=usr/lib/pam.d permit='account required pam_permit.so\nsession required pam_permit.so\n'
finds warning pam 'is not asked by cron (session): a copy' \
    "printf '@include common-account\nsession required pam_permit.so\n' >etc/pam.d/cron"
finds warning pam 'not asked by systemd-user: a copy' "mkdir $vendor; printf '$permit' >$vendor/systemd-user"
check 'what is well is said all the same' 'line_with ok pam "3 services ask"'
finds warning pam 'not asked by ftp, systemd-user, vpn (account): a copy' "mkdir $vendor
    printf '$permit' | tee $vendor/systemd-user >etc/pam.d/ftp
    printf '${permit%%session*}@include common-session\n' >etc/pam.d/vpn"
finds ok pam '3 services ask' "mkdir $vendor; printf '$permit' >$vendor/systemd-user
    echo exempt_services = systemd-user >>etc/hwfp/hwfp.conf"
check 'an exempt service of the vendor has a file' '[ $rc = 0 ] && ! says warning'
finds ok pam '4 services ask' "mkdir $vendor; printf '$permit' >$vendor/polkit-1
    printf '@include common-account\n@include common-session\n' >etc/pam.d/polkit-1"
finds ok pam '3 services ask' "mkdir $vendor; mv etc/pam.d/common-* $vendor/"
finds ok pam '5 services ask' "printf '@include common-account\n@include common-session\n' >etc/pam.d/other
    echo 'password required pam_unix.so' >etc/pam.d/passwd"
finds problem pam 'other, account and session: pam_hwfp.so is not asked' "printf '$permit' >etc/pam.d/other"
finds ok pam '3 services ask' 'printf "%s required pam_deny.so\n" auth account session >etc/pam.d/other'
finds ok pam 'only root can use does not ask it: runuser' "printf 'auth sufficient pam_rootok.so\n$permit' >etc/pam.d/runuser"
finds ok pam '3 services ask' "for name in sshd~ sshd.dpkg-dist su.dpkg-new login.rpmsave cron.pam-old .x common-mine; do
    printf '$permit' >etc/pam.d/\$name; done"
check 'copies and parts are no services' '[ $rc = 0 ] && ! says warning'

# Whoever does not know the password must not be asked for a code.
auth=etc/pam.d/common-auth recovery='auth [success=ok ignore=ignore default=die] pam_hwfp.so recovery'
finds ok pam '3 services ask' "echo '$recovery' >>$auth"
check 'behind the password is its place' '! says "auth:"'
finds warning pam 'asks for a recovery code where the password is wrong.*to mend it: put the line behind' \
    "sed -i '1i $recovery' $auth"
check 'once for all who include it' '[ "$(grep -c "strangers" <<<"$out")" = 1 ]'
finds warning pam 'auth: .*common-auth:2 asks' "printf '%s\n' 'auth required pam_unix.so' '$recovery' >$auth"
finds ok pam '3 services ask' "printf '%s\n' 'auth requisite pam_unix.so' '$recovery' >$auth"
check 'where a wrong password ends the stack' '! says "auth:"'
finds warning pam 'auth: .*etc/pam.d/su:2 asks' "echo 'auth sufficient pam_unix.so' >etc/pam.d/inner
    sed -i '1i auth substack inner\n$recovery' etc/pam.d/su"
finds ok pam '3 services ask' "sed -i '1i auth requisite pam_hwfp.so' etc/pam.d/login"
check 'a gate without codes may stand first' '! says "auth:"'
finds problem pam 'does not know the argument recover$\|does not know the argument recover;' \
    "echo 'auth required pam_hwfp.so recover' >>$auth"

# ---- sshd. ----

finds problem sshd 'sshd does not ask PAM' sed -i /UsePAM/d etc/ssh/sshd_config
finds problem sshd 'sshd does not ask PAM' "echo 'usepam no' >etc/ssh/sshd_config.d/a.conf"
finds ok sshd 'sshd asks PAM' "echo 'UsePAM no' >>etc/ssh/sshd_config"
finds ok sshd 'sshd asks PAM' "printf 'Match User x\nUsePAM no\n' >etc/ssh/sshd_config.d/a.conf"
finds problem sshd 'sshd does not ask PAM' "cd etc/ssh/sshd_config.d
    printf 'Match User bob\nPermitTTY no\n' >10.conf; echo 'UsePAM no' >20.conf"
finds ok sshd 'sshd asks PAM' "printf 'Match User x\nInclude /etc/ssh/inner\n' >etc/ssh/sshd_config.d/a.conf
    printf 'Match all\nUsePAM no\n' >etc/ssh/inner"
finds ok sshd 'there are no recovery codes' true
mapfile -t all_codes < <("$BUILD/hwfp" --root "$pristine" recovery | grep -o '[0-9]-[0-9A-Z-]*')
mv "$pristine/var/lib/hwfp/recovery" "$scratch/"
codes="cp -p $scratch/recovery var/lib/hwfp/"
finds warning sshd 'no recovery code can be given by ssh' "$codes"
finds problem pam 'strangers can lock the codes' "$codes; sed -i '1i $recovery' $auth"
finds problem pam 'login, auth: .*login:1 asks' "$codes; sed -i '1i auth requisite pam_hwfp.so' etc/pam.d/login"
finds ok sshd 'sshd can ask' "echo ChallengeResponseAuthentication=yes >etc/ssh/sshd_config.d/a.conf"
finds ok sshd 'for some logins it is on: .*/etc/ssh/sshd_config:7' \
    "printf 'Match Address 10.0.0.0/8\n KbdInteractiveAuthentication yes\n' >>etc/ssh/sshd_config"
finds ok sshd 'sshd asks PAM' \
    "printf 'Include /etc/ssh/sshd_config.d/*\n%.0s' 1 2 3 4 5 6 >etc/ssh/sshd_config.d/a.conf"
finds ok sshd 'sshd is not installed' rm usr/sbin/sshd

# ---- The way in. ----

hwfp_conf=etc/hwfp/hwfp.conf
closed="echo console = deny >>$hwfp_conf"
finds problem 'way in' 'only hwfp.mode=flag on the kernel command line' "$closed"
finds problem 'way in' 'only hwfp.mode=flag on the kernel' rm etc/systemd/system/getty.target.wants/*
check 'as no getty is there' 'line_with warning "way in" "no getty is enabled"'
finds problem 'way in' 'only hwfp.mode=flag on the kernel' "sed -i 's/^root:[^:]*/root:*/' etc/shadow"
check 'as root has no password' 'line_with warning "way in" "root has no password"'
finds ok 'way in' 'in mode flag everybody gets in.*in mode deny only' "$closed; echo mode = flag >>$hwfp_conf"
finds warning 'way in' 'no getty is enabled on the listed line ttyS0' "echo console_lines = ttyS0 >>$hwfp_conf"
finds ok 'way in' 'root gets in at the console' "echo console_lines = ttyS0 >>$hwfp_conf
    mv etc/systemd/system/getty.target.wants/{getty@tty1,serial-getty@ttyS0}.service"
finds problem 'way in' 'only hwfp.mode=flag on' "$closed; echo exempt_users = rescue >>$hwfp_conf"
check 'as the exempt user has nothing to show' 'line_with warning "way in" "neither a password nor an SSH key"'
rescue="$closed; echo exempt_users = rescue >>$hwfp_conf"
key='mkdir -p home/rescue/.ssh; echo ssh-ed25519 >home/rescue/.ssh/authorized_keys'
password="sed -i 's/^rescue:!/rescue:hash/' etc/shadow"
no_root="sed -i 's/^root:[^:]*/root:*/' etc/shadow"
# may RULE: what sudoers(5) has, with sudo and its PAM service there.
may() { echo "mkdir -p usr/bin; touch usr/bin/sudo; cp etc/pam.d/su etc/pam.d/sudo; printf '%s\n' '$1' >etc/sudoers"; }
finds problem 'way in' 'only hwfp.mode=flag on' "$rescue; $key"
check 'as the exempt user cannot become root' \
    'line_with warning "way in" "rescue gets in, by SSH key, but cannot become root"'
finds ok 'way in' 'rescue gets in, by SSH key, and rescue becomes root by sudo$' \
    "$rescue; $key; $(may 'rescue ALL=(ALL) NOPASSWD: ALL')"
check 'so that the way is open' 'line_with ok "way in" "you could still get in"'
finds ok 'way in' 'rescue gets in, by password, and rescue becomes root by sudo$' \
    "$rescue; $password; $(may 'rescue ALL=(ALL) ALL')"
finds problem 'way in' 'only hwfp.mode=flag on' "$rescue; $key; $(may 'rescue ALL=(ALL) ALL')"
finds problem 'way in' 'only hwfp.mode=flag on' "$rescue; $password; $(may 'rescue ALL=(www-data) ALL')"
finds ok 'way in' 'becomes root by sudo$' "$rescue; $password; $(may '@includedir /etc/sudoers.d'); mkdir etc/sudoers.d
    echo '%sudo ALL=(ALL:ALL) ALL # comment' >etc/sudoers.d/x; echo sudo:x:27:daemon,rescue >>etc/group"
finds problem 'way in' 'only hwfp.mode=flag on' "$rescue; $password; $(may '#includedir sudoers.d'); mkdir etc/sudoers.d
    echo '%sudo ALL=(ALL:ALL) ALL' | tee etc/sudoers.d/x.bak >etc/sudoers.d/y~; echo sudo:x:27:rescue >>etc/group"
finds warning 'way in' 'rescue gets in, by password; whether rescue becomes root by sudo there cannot be told' \
    "$rescue; $password; $(may 'ADMINS ALL=(ALL) ALL')"
check 'nor whether you could get in' \
    'line_with warning "way in" "whether you could get in if this machine were judged different now cannot be told"'
finds warning 'way in' 'becomes root by sudo there cannot be told' "$rescue; $password; $(may 'rescue ALL=(root) /usr/bin/hwfp')"
finds warning 'way in' 'becomes root by sudo there cannot be told' \
    "$rescue; $password; $(may 'rescue ALL=(root) ALL'); echo Defaults rootpw >>etc/sudoers"
finds ok 'way in' 'and rescue becomes root by su$' \
    "$rescue; $key; mkdir -p usr/bin; touch usr/bin/su; echo exempt_services = su >>$hwfp_conf"
finds problem 'way in' 'only hwfp.mode=flag on' "$rescue; $key; mkdir -p usr/bin; touch usr/bin/su"
finds problem 'way in' 'only hwfp.mode=flag on' "$closed; $no_root; echo exempt_users = root >>$hwfp_conf"
root_key="$closed; $no_root; echo exempt_users = root >>$hwfp_conf; mkdir -p root/.ssh; echo ssh-ed25519 >root/.ssh/authorized_keys"
finds ok 'way in' 'root gets in, by SSH key$' "$root_key"
finds problem 'way in' 'only hwfp.mode=flag on' "$root_key; echo PermitRootLogin no >etc/ssh/sshd_config.d/a.conf"
check 'as sshd does not let root in' 'line_with warning "way in" "root has nowhere to log in"'
finds ok 'way in' 'root gets in, by password' "$closed; echo exempt_users = root >>$hwfp_conf"
finds warning 'way in' 'daemon has no shell' "echo exempt_users = daemon >>$hwfp_conf"
finds warning 'way in' 'nobody is not in .*/etc/passwd' "echo exempt_users = nobody >>$hwfp_conf"
sshd="$closed; echo exempt_services = sshd >>$hwfp_conf"
finds problem 'way in' 'only hwfp.mode=flag on' "$sshd"
check 'as nobody is root by ssh' 'line_with warning "way in" "everybody gets in by the exempt service sshd, but nobody can be root"'
finds ok 'way in' 'everybody gets in by the exempt service sshd, root included$' \
    "$sshd; echo PermitRootLogin yes >etc/ssh/sshd_config.d/a.conf"
finds problem 'way in' 'only hwfp.mode=flag on' "$sshd; $password; $(may 'rescue ALL=(ALL) ALL')"
finds ok 'way in' 'exempt service sshd, and rescue becomes root by sudo$' \
    "$sshd; $password; $(may 'rescue ALL=(ALL) ALL'); echo exempt_services = sudo >>$hwfp_conf"
finds ok 'way in' 'exempt service sshd, and rescue becomes root by sudo$' \
    "$sshd; $password; $(may 'rescue ALL=(ALL) ALL'); sed -i '/^account\|^session/s/pam_hwfp.so/& mode=flag/' $account $session"
finds ok 'way in' 'exempt service login, root included$' "$closed; echo exempt_services = login >>$hwfp_conf"
finds problem 'way in' 'only hwfp.mode=flag on' "$no_root; $password; $(may 'rescue ALL=(ALL) ALL')"
finds ok 'way in' 'rescue gets in at the console, by password, and rescue becomes root by sudo$' \
    "$no_root; $password; $(may 'rescue ALL=(ALL) ALL'); echo exempt_services = sudo >>$hwfp_conf"
finds problem 'way in' 'only hwfp.mode=flag on' "$closed; echo exempt_services = su >>$hwfp_conf"
finds warning 'way in' 'the exempt service ftp has no file' "echo exempt_services = ftp >>$hwfp_conf"
finds warning 'way in' 'ssh.service is gated' "mkdir etc/systemd/system/ssh.service.d
    touch etc/systemd/system/ssh.service.d/50-hwfp.conf"
finds warning 'way in' 'neither sshd nor login asks for a recovery code' "$codes"
check 'though they are there' 'line_with ok "way in" "10 recovery codes are left"'
finds warning 'way in' 'recovery is damaged' "$codes; echo >>var/lib/hwfp/recovery"
takes="$closed; $codes; echo '$recovery' >>$auth"
interactive='echo KbdInteractiveAuthentication yes >etc/ssh/sshd_config.d/a.conf'
finds ok 'way in' 'a recovery code lets root in, by login$' "$takes"
finds ok 'way in' 'a recovery code lets root in, by login$' "$takes; $interactive"
finds ok 'way in' 'a recovery code lets root in, by ssh or login$' \
    "$takes; $interactive; echo PermitRootLogin yes >etc/ssh/sshd_config.d/b.conf"
finds problem 'way in' 'only hwfp.mode=flag on' "$takes; $interactive; $no_root; $password"
check 'as who gets in by a code is not root' 'line_with warning "way in" "a recovery code lets rescue in, by ssh or login, but nobody can be root"'
finds problem 'way in' 'only hwfp.mode=flag on' "$takes; $no_root; $key; $(may 'rescue ALL=(ALL) ALL')"
by_code="$takes; $interactive; $no_root; $password"
finds ok 'way in' 'lets rescue in, by ssh or login, and rescue becomes root by sudo, which takes a code of its own$' \
    "$by_code; $(may 'rescue ALL=(ALL) ALL')"
finds problem 'way in' 'only hwfp.mode=flag on' "$by_code; $(may 'rescue ALL=(ALL) NOPASSWD: ALL')"
finds ok 'way in' 'lets rescue in, by ssh or login, and rescue becomes root by sudo$' \
    "$by_code; $(may 'rescue ALL=(ALL) NOPASSWD: ALL'); echo exempt_services = sudo >>$hwfp_conf"
finds problem 'way in' 'only hwfp.mode=flag on' "$closed; $codes; $interactive; sed -i '/pam_unix/s/^.*$/auth sufficient pam_unix.so/' $auth
    echo '$recovery' >>$auth"
check 'a line that nobody comes to asks nobody' 'line_with warning "way in" "neither sshd nor login asks"'

# All but one are spent, by logins on another machine with the same vault. Programs cannot load a module
# with ASan in it.
spend() {
    mkdir -p "$disk/var/lib"
    cp -a "$pristine/var/lib/hwfp" "$disk/var/lib/"
    cp -p "$scratch/recovery" "$disk/var/lib/hwfp/"
    printf 'auth required %s recovery\nauth required pam_permit.so\n' "$module" >"$disk/etc/pam.d/tester"
    configure 'mode = deny'
    # shellcheck disable=SC2016 # sh expands it
    on B sh -c 'for code; do echo "$code" | pamtester tester hwfptest authenticate; done' sh \
        "${all_codes[@]:1}" >/dev/null 2>&1
    mv "$disk/var/lib/hwfp/recovery" "$scratch/last" && rm -r "$disk/var/lib/hwfp" "$disk/etc/hwfp/hwfp.conf"
}
if can_login; then
    spend || bail 'the codes are not spent'
    last="cp -p $scratch/last var/lib/hwfp/recovery"
    finds problem 'way in' 'only hwfp.mode=flag on' "$by_code; $(may 'rescue ALL=(ALL) ALL'); $last"
    check 'as it takes two codes, and one is left' 'line_with warning "way in" \
        "lets rescue in, by ssh or login, and is the last one: to become root by sudo takes another; to mend it: hwfp --root .* recovery --again"'
    finds ok 'way in' 'a recovery code lets root in, by login$' "$takes; $last"
    check 'where one is enough' 'line_with ok "way in" "1 recovery code is left"'
fi

# ---- What is printed. ----

# Paths at which the image's things are, for whoever is outside of it.
outside() { grep -oE "(^|[ '\"(])/(etc|var|run|usr|lib)[^ ]*" <<<"$out" | grep -v "^.\?$image"; }
for fault in true 'echo "mode = denny" >>etc/hwfp/hwfp.conf' 'rm -r var/lib/hwfp' \
    'sed -i s/a/b/ var/lib/hwfp/vault' 'chmod 0755 var/lib/hwfp' 'rm var/lib/hwfp/key' \
    "echo '@include common-none' >>etc/pam.d/su" 'rm -r etc/pam.d; mkdir etc/pam.d' \
    "sed -i '1s/\[.*\]/optional/' $account" 'rm -r etc/systemd' 'echo usepam no >etc/ssh/sshd_config' \
    "echo exempt_users = nobody >>$hwfp_conf" "$closed" "echo x >var/lib/hwfp/recovery"; do
    restore
    (cd "$image" && eval "$fault")
    doctor
    check "no path of the host's after: $fault" '! outside'
done
restore
run "$BUILD/hwfp" --root "$image/" doctor
check 'a slash behind the root is none in a path' '! says "//"'
rm "$image/etc/systemd/system/getty.target.wants"/*
doctor
check 'what is not of hwfp is told to run inside' \
    'says "to mend it: chroot $image systemctl enable getty@tty1.service"'
run "$BUILD/hwfp" --root "$image" --config /etc/hwfp/no-such.conf doctor
check 'but a file that --config names is the caller'"'"'s' \
    '[ $rc = 1 ] && says " /etc/hwfp/no-such.conf: No such file"'

restore
chmod 0666 "$image/etc/hwfp/hwfp.conf"
# on_terminal COLUMNS
on_terminal() {
    run script -qec "stty cols $1; TERM=xterm LC_ALL=C $BUILD/hwfp --root $image doctor" /dev/null </dev/null
    out=$(sed -e 's/\x1b\[[0-9;]*m//g' -e 's/\r$//' <<<"$out")
}
for columns in 80 120 0; do
    on_terminal $columns
    [ $columns != 0 ] || columns=80
    check "on a terminal of $columns columns no line is longer, and the mend has its own" \
        '[ $rc = 1 ] && [ "$(wc -L <<<"$out")" -le $columns ] && [ "$(wc -L <<<"$out")" -gt $((columns - 30)) ] &&
        grep "^ \{24\}to mend it: chmod 0644" <<<"$out" >/dev/null'
done
on_terminal 20
check 'a path stays whole, however narrow it is' 'says " $image/etc/hwfp/hwfp.conf"'
doctor --quiet
check '--quiet prints what is wrong, and only that' '[ $rc = 1 ] && says "problem  files" && ! says "ok "'
doctor --json
check '--json tells level, subject, what and mend' '[ $rc = 1 ] && jq -e ".problems >= 1 and
    (.findings | any(.level == \"problem\" and .subject == \"files\" and
        .mend == \"chmod 0644 $image/etc/hwfp/hwfp.conf\" and (.what | contains(\"0666\"))))" \
    <<<"$out" >/dev/null'
run tests/chamber "$disk" --net -- setpriv --reuid 60991 --regid 60991 --clear-groups \
    "$(realpath "$BUILD")/hwfp" doctor
check 'only root can examine the running system' '[ $rc = 5 ] && says "only root"'
run on A "$BUILD/hwfp" doctor
check 'on the running system: no verdict was published' '[ $rc = 1 ] && says "pam" && says "no vault"'
mkdir -p "$disk/var/lib/hwfp" && chmod 0700 "$disk/var/lib/hwfp"
install -m 0600 /dev/null "$disk/var/lib/hwfp/ticket"
run on A "$BUILD/hwfp" doctor
check 'before the first boot there is nothing to publish' 'says "the one-use ticket is there" && ! says "was published"'
rm "$disk/var/lib/hwfp/ticket"
on A "$BUILD/hwfp" --quiet enroll
run on A "$BUILD/hwfp" doctor
check 'the published verdict' 'line_with ok units "a verdict was published in this boot: same"'
run tests/chamber "$disk" --tree "$scratch/trees/B" -- "$BUILD/hwfp" doctor
check 'and that it is no longer so' \
    'line_with warning units "published in this boot is same, and now it is different; to mend it: /usr/libexec/hwfp/hwfp-boot publishes it anew"'

finish
