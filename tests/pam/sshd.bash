# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # $disk and $PORT are from those who source this
# To be sourced by tests in which a real sshd on loopback, at $PORT, logs hwfptest in: by what runs
# inside the chamber, and, after tests/pam/setup.bash, by what prepares the disk.

# by_ssh OPTION...: inside, starts sshd, logs in once, prints what the client saw. Options are ssh's;
# those of sshd are in the array sshd_options.
by_ssh() {
    local pid rc
    /usr/sbin/sshd -D -E /tmp/sshd.log -f /etc/ssh/hwfp_sshd_config "${sshd_options[@]}" &
    pid=$!
    # ssh tries once a second until sshd listens; it asks SSH_ASKPASS where there is no terminal.
    setsid -w ssh -F none -p "$PORT" -i /root/key -o ConnectionAttempts=60 \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=INFO "$@" \
        hwfptest@127.0.0.1 env </dev/null
    rc=$?
    kill "$pid"
    wait "$pid"
    return "$rc"
}
sshd_options=()

# sshd_files LINE...: the host's key, the user's, and a configuration that ends with these lines.
sshd_files() {
    local ssh_home=$disk/home/hwfptest/.ssh
    ssh-keygen -q -t ed25519 -N '' -C hwfp -f "$disk/root/key" &&
        ssh-keygen -q -t ed25519 -N '' -C hwfp -f "$disk/etc/ssh/hwfp_host_key" || return
    mkdir -m 0700 "$ssh_home"
    cp "$disk/root/key.pub" "$ssh_home/authorized_keys"
    chown -R 60991:60991 "$ssh_home"
    printf '%s\n' "ListenAddress 127.0.0.1:$PORT" 'HostKey /etc/ssh/hwfp_host_key' 'UsePAM yes' \
        'PrintMotd no' 'PidFile none' "$@" >"$disk/etc/ssh/hwfp_sshd_config"
}
