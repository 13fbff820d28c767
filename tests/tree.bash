# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Debian of another release or architecture, from this machine's own apt sources; to be sourced by
# what makes systems and packages for tests.

# Where there is memory for it, a tmpfs is three times as fast.
fast_folder() {
	if [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt 3000000 ]; then
		echo /dev/shm
	else
		echo "${TMPDIR:-/tmp}"
	fi
}

# host_release: the code name of this machine's own.
host_release() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }

# sources RELEASE: this machine's own sources, of Debian only, for that release.
sources() {
	local lines
	lines=$(own_sources)
	[ -n "$lines" ] || { apt-get -q update >&2; lines=$(own_sources); }
	sed -nE "s/^(deb [^ ]+) ($(host_release)|oldstable|stable|testing)([ -])/\1 $1\3/p" <<<"$lines"
}
# shellcheck disable=SC2016 # for apt
own_sources() {
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian'
}

# make_tree RELEASE TARGET PACKAGES OPTION...: by mmdebstrap, without what only people read.
make_tree() {
	TMPDIR=$(fast_folder) mmdebstrap --mode=root --variant=minbase --include="$3" \
		--aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Valid-Until "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		"${@:4}" "$1" "$2" -
}

# foreign_programs QEMU-ARCHITECTURE: has the kernel run them by qemu-user.
foreign_programs() {
	local folder=/proc/sys/fs/binfmt_misc
	[ -e $folder/status ] || mount -t binfmt_misc binfmt_misc $folder || return
	[ -e "$folder/qemu-$1" ] || update-binfmts --enable "qemu-$1" || return
	grep -qx enabled "$folder/qemu-$1"
}
