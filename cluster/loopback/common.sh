# shellcheck shell=bash
# What cluster/run --nodes, cluster/stop and cluster/faults/* share; sourced, not run.
#
# Everything of a cluster on this machine lies in one folder, .build-cluster/ or
# $DUNLIN_CLUSTER_FOLDER. It has `settings` (shell variables) and a folder for each process, named
# as the process (a, b, c; co-1; etcd), with:
#   command   the line that starts it          config.yaml   its configuration
#   pid       its id and when it began         data/, log    what it keeps and says

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=${DUNLIN_CLUSTER_FOLDER:-$repository/.build-cluster}
program=${program-cluster}
# Of `settings`: the binary; names; how to get to the nodes.
# shellcheck disable=SC2034 # Used where this is sourced.
dunlin='' nodes='' coordinators='' shards=0 namespaces='' net='' faults=false
reach='' connect_options=''

fail() {
    echo "$program: $*" >&2
    exit 1
}

# Reads `settings`; fails where there is no cluster.
open_cluster() {
    [ -f "$folder/settings" ] ||
        fail "there is no cluster in $folder. Start one with: cluster/run --nodes 3"
    # shellcheck disable=SC1091
    . "$folder/settings"
}

# born PID: when the process began, in ticks since boot; an id that was given again has another.
born() {
    local line
    line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    line=${line##*) }
    # The words after the name in parentheses: state is the first, the start the twentieth.
    # shellcheck disable=SC2086
    set -- $line
    echo "${20}"
}

# pid_of NAME: prints the id of a process of the cluster that lives, else nothing and 1.
pid_of() {
    local pid ticks state
    read -r pid ticks 2>/dev/null <"$folder/$1/pid" || return 1
    [ "$(born "$pid")" = "$ticks" ] || return 1
    state=$(awk '/^State:/ {print $2}' "/proc/$pid/status" 2>/dev/null)
    [ -n "$state" ] && [ "$state" != Z ] || return 1
    echo "$pid"
}

# check_name NAME: fails unless the cluster has such a process.
check_name() {
    [ -f "$folder/$1/command" ] ||
        fail "there is no process $1; there are: $(names)"
}

names() {
    local each
    for each in "$folder"/*/command; do basename "$(dirname "$each")"; done | tr '\n' ' '
}

# start_process NAME: starts it by its command, in a session of its own, so that Ctrl-C in a
# terminal ends it only through cluster/stop.
start_process() {
    local name=$1 pid
    setsid bash -c "exec $(cat "$folder/$name/command")" </dev/null >>"$folder/$name/log" 2>&1 &
    pid=$!
    disown
    echo "$pid $(born "$pid")" >"$folder/$name/pid"
}

# wait_until SECONDS WHAT COMMAND...: until the command succeeds.
wait_until() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || fail "$what: not after $((SECONDS)) s; see $folder/*/log"
        sleep 0.2
    done
}

is_gone() {
    ! pid_of "$1" >/dev/null
}

# stop_process NAME SECONDS: asks it to end, and after so long ends it.
stop_process() {
    local pid deadline=$((SECONDS + $2))
    pid=$(pid_of "$1") || return 0
    kill -CONT "$pid" 2>/dev/null || true
    kill -TERM "$pid" 2>/dev/null || true
    until is_gone "$1"; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "$program: $1 did not end within $2 s; it is killed, as if its power had failed" >&2
            kill -KILL "$pid" 2>/dev/null || true
            deadline=$((SECONDS + 10))
        fi
        sleep 0.1
    done
}

# ask WORD...: a dunlin command at the first node that lives.
ask() {
    local node
    for node in $nodes; do
        pid_of "$node" >/dev/null || continue
        ask_node "$node" "$@"
        return
    done
    return 1
}

# ask_node NODE WORD...
ask_node() {
    local node=$1 address
    shift
    address=$(cat "$folder/$node/address")
    # `reach` enters the network namespace, where there is one; it is words, or nothing.
    # shellcheck disable=SC2086
    $reach "$dunlin" "$@" --connect "$address" $connect_options
}

# shards_served: how many shards have an active leader, as the cluster says.
shards_served() {
    ask shard list --json 2>/dev/null | grep -c '"state": "active"' || true
}

all_served() {
    [ "$(shards_served)" = "$shards" ]
}
