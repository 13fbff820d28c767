#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What hwfp exports, in the hands of those who collect it: Prometheus and node_exporter with the shipped
# alerts, Ansible and Facter, all of them Debian's own, on a loopback of our own.
[ "${1:-}" = --inside ] || exec unshare --net -- "$0" --inside

# shellcheck source=tests/pam/setup.bash
. "$(dirname "$0")/../pam/setup.bash"

export LC_ALL=C.UTF-8
hwfp=$(realpath "$BUILD")/hwfp
trees=$scratch/trees
pids=()
stop() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    wait "${pids[@]}" 2>/dev/null
}
trap 'stop; rm -rf --one-file-system "$scratch"' EXIT
ip link set lo up || bail "no loopback"

start() { # NAME COMMAND...
    local name=$1
    shift
    "$@" >"$scratch/$name.log" 2>&1 &
    pids+=($!)
}
# get PORT PATH: the body of what an HTTP server answers.
get() {
    local line
    { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
    while IFS= read -r line <&3 && [ "$line" != $'\r' ]; do :; done
    cat <&3
    exec 3>&-
}
# until_true CONDITION: asks again, for at most two minutes; how long it takes is no matter.
until_true() {
    local end=$((SECONDS + 120))
    until eval "$1"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}
alert() { # NAME FILTER: whether it fires
    get 9090 /api/v1/alerts >"$scratch/alerts" &&
        jq -e ".data.alerts[] | select(.labels.alertname == \"$1\" and .state == \"firing\") | select($2)" \
            "$scratch/alerts" >/dev/null
}

# ---- Three machines, of which two cannot be told apart. ----

# home is A. twin has all of A's identities, as a hypervisor may copy them, and its vault. away is B
# with A's disk: hwfp gives it a fingerprint of its own.
for name in home twin; do "$BUILD/tests/mktree" "$trees/$name" "$scratch/A.facts" || bail "no tree"; done
"$BUILD/tests/mktree" "$trees/away" "$scratch/B.facts" || bail "no tree"
"$hwfp" --quiet --root "$trees/home" enroll || bail "not enrolled"
for name in twin away; do cp -a "$trees/home/var" "$trees/$name/"; done
"$hwfp" --quiet --root "$trees/away" check
[ $? = 1 ] || bail "the copy is not different"
fingerprint=$("$hwfp" --root "$trees/home" --json status | jq -r .fingerprint)

# ---- The shipped rules, without a server. ----

cp conf/prometheus-rules.yml "$scratch/rules.yml"
cp tests/prometheus/rules.test.yml "$scratch/"
run promtool check rules conf/prometheus-rules.yml
check 'promtool check rules' '[ $rc = 0 ]'
run promtool test rules "$scratch/rules.test.yml"
check 'promtool test rules' '[ $rc = 0 ]'
sed 's/ > 1$/ > 2/' conf/prometheus-rules.yml >"$scratch/rules.yml"
run promtool test rules "$scratch/rules.test.yml"
check 'which would find a rule that counts wrongly' '[ $rc != 0 ]'
run jq -e '.uid == "hwfp" and ([.panels[].id] | length == (unique | length)) and
    ([.panels[].targets[].expr] | length > 10)' conf/grafana-dashboard.json
check 'the dashboard is an object with panels' '[ $rc = 0 ]'
jq '{groups: [{name: "dashboard", rules: [.panels[].targets[].expr | gsub("\\$instance"; ".*")] |
    to_entries | map({record: "panel:\(.key)", expr: .value})}]}' conf/grafana-dashboard.json >"$scratch/panels.yml"
run promtool check rules "$scratch/panels.yml"
check 'Prometheus understands each of its queries' '[ $rc = 0 ] && says "rules found"'
metrics() { grep -hoE 'hwfp_[a-z_]+' "$@" | sort -u; }
"$hwfp" --root "$trees/home" export prometheus >"$scratch/home.prom"
out=$(comm -23 <(metrics conf/prometheus-rules.yml conf/grafana-dashboard.json) <(metrics "$scratch/home.prom"))
check 'rules and dashboard ask for no metric that is not exported' '[ -z "$out" ]'

# ---- Real servers. ----

port=9101
for name in home twin away; do
    mkdir "$scratch/$name"
    "$hwfp" --root "$trees/$name" export prometheus --output "$scratch/$name/hwfp.prom" || bail "no export"
    start "exporter-$name" prometheus-node-exporter --collector.disable-defaults --collector.textfile \
        --collector.textfile.directory="$scratch/$name" --web.listen-address="127.0.0.1:$port"
    port=$((port + 1))
done
cat >"$scratch/prometheus.yml" <<END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$PWD/conf/prometheus-rules.yml]
scrape_configs:
  - job_name: node
    static_configs: [{targets: ['127.0.0.1:9101', '127.0.0.1:9102', '127.0.0.1:9103']}]
END
run promtool check config "$scratch/prometheus.yml"
check 'promtool check config, with the shipped rules' '[ $rc = 0 ]'
start prometheus prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/tsdb" \
    --web.listen-address=127.0.0.1:9090

until_true 'get 9101 /metrics >"$scratch/scraped" && grep -q "^hwfp_info" "$scratch/scraped"'
check 'node_exporter serves what was exported' \
    'grep -qF "hwfp_info{fingerprint=\"$fingerprint\"} 1" "$scratch/scraped" &&
     grep -qx "node_textfile_scrape_error 0" "$scratch/scraped"'
until_true 'alert HwfpDuplicateFingerprint true'
rc=$? out=$(cat "$scratch/alerts" "$scratch/prometheus.log")
check 'two machines with one fingerprint raise HwfpDuplicateFingerprint' \
    '[ $rc = 0 ] && alert HwfpDuplicateFingerprint ".labels.fingerprint == \"$fingerprint\""'
check 'which names the two' \
    'alert HwfpDuplicateFingerprint ".annotations.description | contains(\"127.0.0.1:9101 127.0.0.1:9102 have one\")" &&
     alert HwfpDuplicateFingerprint ".annotations.summary == \"2 machines have the fingerprint $fingerprint\""'
until_true 'alert HwfpDifferent true'
check 'the copy that hwfp knows of raises HwfpDifferent' 'alert HwfpDifferent ".labels.instance == \"127.0.0.1:9103\""'
out=$(jq -r '.data.alerts[] | select(.state == "firing") | .labels.alertname' "$scratch/alerts" | sort | xargs)
check 'and no other alert fires' '[ "$out" = "HwfpDifferent HwfpDuplicateFingerprint" ]'

"$hwfp" --quiet --root "$trees/twin" rotate
"$hwfp" --root "$trees/twin" export prometheus --output "$scratch/twin/hwfp.prom"
until_true '! alert HwfpDuplicateFingerprint true && alert HwfpDifferent true'
rc=$?
check 'hwfp rotate on the twin ends the alert' '[ $rc = 0 ]'
for query in 'count(hwfp_build_info)' 'count(hwfp_verdict{verdict="different",instance=~".*"} == 1)'; do
    run promtool query instant http://127.0.0.1:9090 "$query"
    check "a query of the dashboard: $query" '[ $rc = 0 ] && [[ $out == *"=> "[13]" "* ]]'
done
stop
pids=()

# ---- Ansible and Facter. ----

configure 'mode = flag'
run on A "$BUILD/hwfp" --quiet enroll
fingerprint=$(on A "$BUILD/hwfp" --json status | jq -r .fingerprint)
mkdir -p "$disk/etc/ansible/facts.d" "$disk/etc/facter/facts.d"
run on A "$BUILD/hwfp" export ansible --output /etc/ansible/facts.d/hwfp.fact
check 'a local fact is written' '[ $rc = 0 ]'
setup() { run on A ansible localhost -m setup -a filter=ansible_local; }
setup
check 'ansible localhost -m setup reads it' \
    '[ $rc = 0 ] && sed "1s/.*=>//" <<<"$(grep -v "^\[WARNING\]" <<<"$out")" | jq -e ".ansible_facts.ansible_local.hwfp | .fingerprint == \"$fingerprint\" and .verdict == \"same\" and .similarity == 100" >/dev/null'
printf '#!/bin/sh\nexec %s export ansible\n' "$hwfp" >"$disk/etc/ansible/facts.d/hwfp.fact"
chmod 0755 "$disk/etc/ansible/facts.d/hwfp.fact"
setup
check 'and the program that the manual shows in its place' \
    '[ $rc = 0 ] && sed "1s/.*=>//" <<<"$(grep -v "^\[WARNING\]" <<<"$out")" | jq -e ".ansible_facts.ansible_local.hwfp.fingerprint == \"$fingerprint\"" >/dev/null'
# As hwfp-duplicates(8) shows it.
gather() {
    on A ansible localhost -o -m command -a "$hwfp export inventory" 2>/dev/null |
        sed -n 's/^.*(stdout) \({.*}\)\( (stderr) .*\)\{0,1\}$/\1/p' | "$hwfp" --json duplicates
}
gathered() { [ $rc = 0 ] && jq -e ".lines == 1 and .bad_lines == 0 and .machines == 1" <<<"$out" >/dev/null; }
run gather
check 'ansible gathers inventory lines for hwfp duplicates' gathered
cp -a "$disk/var/lib/hwfp/vault" "$scratch/kept"
: >"$disk/var/lib/hwfp/vault"
cp -a "$scratch/kept" "$disk/var/lib/hwfp/vault.old"
run on A "$hwfp" export inventory
check 'a host with a damaged vault says so beside the line' '[ $rc = 0 ] && says "previous generation"'
run gather
check 'which does not spoil it' gathered
cp -a "$scratch/kept" "$disk/var/lib/hwfp/vault"
run on A "$BUILD/hwfp" export facter --output /etc/facter/facts.d/hwfp.json
check 'an external fact is written' '[ $rc = 0 ]'
run on A facter --json hwfp
check 'facter reads it' \
    '[ $rc = 0 ] && jq -e ".hwfp | .fingerprint == \"$fingerprint\" and .verdict == \"same\" and .similarity == 100" <<<"$out" >/dev/null'
run on A facter hwfp.fingerprint
check 'as a structured fact' '[ "$out" = "$fingerprint" ]'
finish
