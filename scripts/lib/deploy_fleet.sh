# shellcheck shell=bash disable=SC2034,SC2154 # what they set is for the scripts that source this
# A small fleet as deploy/ describes it: Redis with redis.conf and users, the simulator, two workers under the worker's
# user. Sourced by scripts/check-deploy, after common.sh.

# Where the programs are: --programs, or the debug build.
find_programs() {
    if [ -z "$programs" ]; then programs=$(swift build --package-path "$root" --show-bin-path); fi
    [ -x "$programs/outlook-fleet" ] || fail "no programs in $programs: swift build first" 69
}

start_fleet() {
    need redis-server
    need curl
    find_programs
    place=$(folder)
    redis_port=$((20000 + RANDOM % 20000))
    rm -rf "$place/users" "$place/data"
    "$root/deploy/redis/make-users" "$place/users" >/dev/null
    sed -i "s/:6379/:$redis_port/" "$place"/users/*.env
    start_secured_redis
    local port=$((20000 + RANDOM % 20000))
    graph=http://127.0.0.1:$port
    start "$place/simulator.log" "$programs/graph-simulator" --listen "127.0.0.1:$port" --demo
    simulator_pid=$started_pid
    wait_for simulator 20 curl -sf "$graph/control/demo" || fail "the simulator doesn't start"
    (umask 077 && "$programs/outlook-fleet" keys new >"$place/sealing.keys" && printf 'simulator-secret' \
        >"$place/client.secret")
    client_id=$(curl -sS "$graph/control/demo" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["clientId"])')
    metrics_port=$((20000 + RANDOM % 20000))
    second_metrics_port=$((20000 + RANDOM % 20000))
    start_worker "$second_metrics_port"
    second_worker_pid=$worker_pid
    start_worker "$metrics_port"
}

start_secured_redis() {
    mkdir -p "$place/data"
    sed "s#^port 6379#port $redis_port#; s#^dir .*#dir $place/data#; s#^aclfile .*#aclfile $place/users/users.acl#" \
        "$root/deploy/redis/redis.conf" >"$place/redis.conf"
    start "$place/redis.log" redis-server "$place/redis.conf"
    redis_pid=$started_pid
    wait_for redis 20 grep -q "Ready to accept connections" "$place/redis.log" || {
        tail -n 5 "$place/redis.log" >&2
        fail "redis-server doesn't take deploy/redis/redis.conf"
    }
}

# start_worker METRICS-PORT: returns when it is ready.
start_worker() {
    local log=$place/worker-$1.log
    variables_of worker
    start "$log" env "${variables[@]}" "$programs/outlook-fleet" worker \
        --sealing-keys-file "$place/sealing.keys" --graph-url "$graph/v1.0" --login-url "$graph" \
        --client-id "$client_id" --client-secret-file "$place/client.secret" --lease 3s \
        --metrics-listen "127.0.0.1:$1" ${worker_flags[@]+"${worker_flags[@]}"}
    worker_pid=$started_pid
    wait_for worker 30 curl -sf "http://127.0.0.1:$1/readyz" || {
        tail -n 5 "$log" >&2
        fail "a worker doesn't get ready"
    }
}

# start_gateway METRICS-PORT|off: for tenant acme; sets $gateway, its address, and $gateway_key. Ready when it returns.
start_gateway() {
    local port=$((20000 + RANDOM % 20000)) metrics=$1
    [ "$metrics" = off ] || metrics=127.0.0.1:$metrics
    (umask 077 && "$programs/outlook-fleet" tenant key acme >"$place/tenant.keys" 2>/dev/null)
    gateway_key=$(sed -n "s/^acme://p" "$place/tenant.keys")
    gateway=http://127.0.0.1:$port
    variables_of gateway
    start "$place/gateway.log" env "${variables[@]}" "$programs/outlook-fleet" gateway \
        --listen "127.0.0.1:$port" --metrics-listen "$metrics" --public-url "$gateway" \
        --tenant-keys-file "$place/tenant.keys" --sealing-keys-file "$place/sealing.keys" --graph-url "$graph/v1.0" \
        --login-url "$graph" --client-id "$client_id" --client-secret-file "$place/client.secret"
    gateway_pid=$started_pid
    wait_for gateway 20 curl -sf "$gateway/readyz" || fail "gateway: $(tail -n 3 "$place/gateway.log")"
}

# Any call that needs Redis.
ask_gateway() { curl -sS --max-time 8 -H "Authorization: Bearer $gateway_key" "$gateway/calendars/outlook"; }

stop_fleet() { clean_up && folder >/dev/null && place=$(folder); }

password_of() { cat "$place/users/$1.password"; }

# variables_of USER: $variables are those of NAME.env, for a program that starts as that user of Redis.
variables_of() { mapfile -t variables <"$place/users/$1.env"; }

# as USER COMMAND...: an outlook-fleet command as that user of Redis.
as() {
    variables_of "$1"
    shift
    env "${variables[@]}" "$programs/outlook-fleet" "$@"
}

# As the operator.
fleet_redis() {
    REDISCLI_AUTH=$(password_of operator) redis-cli -p "$redis_port" --user operator "$@"
}

# Tenant, resource and access token of a mailbox of the demo.
demo_mailbox() {
    curl -sS "$graph/control/demo" | python3 -c '
import json, sys
box = json.load(sys.stdin)["mailboxes"][0]
print(box["tenantId"], box["resourceId"], box["accessToken"])'
}

# metric_of PORT NAME: the number that the process says there.
metric_of() { curl -s "127.0.0.1:$1/metrics" | sed -n "s/^$2 //p"; }

# A job that hangs in Graph, under a lease of the worker that got it: then $worker_pid is that worker. Its tenant has no
# other, since the places of its mailbox stay taken until the request's timeout, whatever becomes of the worker.
hold_a_job() {
    curl -sS -X POST "$graph/control/faults" -d '{"do":{"hang":"before"},"times":0}' >/dev/null
    read -r -a mailbox < <(demo_mailbox)
    local payload held=outlook_fleet_jobs_in_flight
    payload=$(printf '{"kind":"connect","tenant_id":"held","resource_id":"r","oauth_token":"%s"}' "${mailbox[2]}")
    REDISCLI_AUTH=$(password_of producer) redis-cli -p "$redis_port" --user producer \
        LPUSH outlook:jobs "$payload" >/dev/null
    is_held() {
        [ "$(metric_of "$metrics_port" "$held")" = 1 ] || [ "$(metric_of "$second_metrics_port" "$held")" = 1 ]
    }
    wait_for "a held job" 20 is_held || fail "no worker holds the job"
    if [ "$(metric_of "$second_metrics_port" "$held")" = 1 ]; then swap_workers; fi
}

# The second worker becomes the first.
swap_workers() {
    local port=$metrics_port pid=$worker_pid
    metrics_port=$second_metrics_port worker_pid=$second_worker_pid
    second_metrics_port=$port second_worker_pid=$pid
}
