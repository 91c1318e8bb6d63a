# shellcheck shell=bash disable=SC2034,SC2154 # what they set is for the scripts that source this
# Shared by the scripts of this folder: sourced, not run.
#
# - everything a script starts is tracked and ended by one trap, also on Ctrl-C
# - everything a script writes lies in one temporary folder that goes with it

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root
started_pids=()
work_folder=

say() { printf '%s\n' "$*" >&2; }
step() { printf '\n==> %s\n' "$*" >&2; }
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    exit "${2:-1}"
}

# The comment block at a script's head, between its first and its last `#`, is its help.
show_help() {
    sed -n '2,/^[^#]/{/^[^#]/q;s/^# \{0,1\}//p}' "$0"
    exit 0
}

need() {
    command -v "$1" >/dev/null 2>&1 || fail "$1 is missing: run scripts/setup" 69
}

# A private folder, made once.
folder() {
    if [ -z "$work_folder" ]; then work_folder=$(mktemp -d "${TMPDIR:-/tmp}/fleet.XXXXXX"); fi
    printf '%s\n' "$work_folder"
}

# Ends what was started, last first: SIGTERM, five seconds, SIGKILL. Safe to call twice.
clean_up() {
    local index pid
    for ((index = ${#started_pids[@]} - 1; index >= 0; index--)); do
        pid=${started_pids[index]}
        kill -TERM "$pid" 2>/dev/null || continue
        for _ in $(seq 50); do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null || true
    done
    started_pids=()
    if [ -n "$work_folder" ]; then rm -rf "$work_folder"; fi
    work_folder=
}

# To be called once by scripts that start something.
clean_up_at_exit() {
    folder >/dev/null
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# start LOG COMMAND...: runs it in the background, its output in LOG; $started_pid is its number.
start() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null &
    started_pid=$!
    started_pids+=("$started_pid")
}

# wait_for WHAT SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local what=$1 seconds=$2
    shift 2
    for _ in $(seq $((seconds * 20))); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.05
    done
    return 1
}

# A redis-server of our own without persistence, on a free port of this machine and on a socket: sets
# $redis_port, $redis_socket, $redis_pid.
start_redis() {
    local place
    place=$(folder)
    need redis-server
    need redis-cli
    redis_socket=$place/redis.sock
    for _ in 1 2 3 4 5; do
        redis_port=$((20000 + RANDOM % 20000))
        start "$place/redis.log" redis-server --port "$redis_port" --bind 127.0.0.1 --unixsocket "$redis_socket" \
            --save '' --appendonly no --dir "$place" --maxmemory-policy noeviction "$@"
        redis_pid=$started_pid
        if wait_for redis 10 redis_answers; then return 0; fi
        kill "$redis_pid" 2>/dev/null || true
    done
    sed -n '1,20p' "$place/redis.log" >&2
    fail "redis-server doesn't start" 69
}

redis_answers() { kill -0 "$redis_pid" && redis-cli -s "$redis_socket" ping | grep -q PONG; }

# build CONFIGURATION PRODUCT...: with the compiler's own progress lines; prints nothing else. $programs is the folder.
build() {
    local configuration=$1 product
    shift
    need swift
    for product in "$@"; do
        swift build --package-path "$root" -c "$configuration" --product "$product" >&2
    done
    programs=$(swift build --package-path "$root" -c "$configuration" --show-bin-path)
}
