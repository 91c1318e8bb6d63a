# shellcheck shell=bash disable=SC2034,SC2154 # its variables are those of the script that sources this
# Every alert of deploy/prometheus/alerts.yml fires once in a real Prometheus that scrapes a real fleet, and clears when
# its cause has gone. Sourced by scripts/check-deploy, after deploy_fleet.sh.
#
# Times are short and some thresholds low, so that minutes of trouble fit into seconds; the expressions are the same.
# What fires at the real thresholds, and what does not, is promtool's matter (alerts.test.yml).

# Longer than any scene: what hangs in Graph hangs on, and a drain waits for it.
patient=(--request-timeout 300s)

# fires ALERT...: waits until each does.
fires() {
    local name
    for name in "$@"; do
        python3 "$root/scripts/lib/deploy_prometheus.py" alert "$prometheus" "$name" firing || fail "$name doesn't fire"
        fired+=("$name")
    done
}

clears() { python3 "$root/scripts/lib/deploy_prometheus.py" alert "$prometheus" "$1" inactive; }

watch_fleet() {
    local config=$place/prometheus port=$((20000 + RANDOM % 20000))
    prometheus=http://127.0.0.1:$port fired=()
    mkdir -p "$config"
    sed -E 's/for: [0-9]+m/for: 1s/; s/\[(5|15)m\]/[20s]/g; s/offset 1h/offset 10s/; s/> (300|900)$/> 1/
        s/> 1000$/> 2/; s/> 100$/> 5/; s/(reactor_lag_seconds\)) > 1$/\1 > 0.25/' \
        "$root/deploy/prometheus/alerts.yml" >"$config/alerts.yml"
    sed -E "s/15s/1s/; s/127.0.0.1:9471/127.0.0.1:$metrics_port/; s/127.0.0.1:9472/127.0.0.1:$second_metrics_port/
        s/127.0.0.1:9465/127.0.0.1:$gateway_metrics_port/" \
        "$root/deploy/prometheus/prometheus.yml" >"$config/prometheus.yml"
    start "$place/prometheus.log" prometheus --config.file="$config/prometheus.yml" \
        --storage.tsdb.path="$config/data" --web.listen-address="127.0.0.1:$port" --log.level=warn
    python3 "$root/scripts/lib/deploy_prometheus.py" queries "$prometheus" \
        "$root/deploy/grafana/outlook-fleet.json" "$config/alerts.yml"
    python3 "$root/scripts/lib/deploy_prometheus.py" quiet "$prometheus" || fail "an alert fires on a fleet that idles"
}

# push COUNT TOKEN-JSON [NAME]: connects of as many resources of that name.
push() {
    local number
    for number in $(seq "$1"); do
        printf 'LPUSH outlook:jobs %s\n' \
            "'{\"kind\":\"connect\",\"tenant_id\":\"acme\",\"resource_id\":\"${3:-r}$number\",\"oauth_token\":$2}'"
    done | produce
}

# Commands on standard input, as the producer.
produce() { REDISCLI_AUTH=$(password_of producer) redis-cli -p "$redis_port" --user producer "$@" >/dev/null; }

# graph_does EFFECT-JSON: from now on, to every call of Graph; nothing: as usual again.
graph_does() {
    curl -sS -X DELETE "$graph/control/faults" >/dev/null
    [ -z "${1:-}" ] ||
        curl -sS -X POST "$graph/control/faults" -d "{\"path\":\"^/v1.0/\",\"do\":$1,\"times\":0}" >/dev/null
}

bad_payloads_and_slow_consumers() {
    say "payloads that are no jobs; a consumer group that never asks"
    printf 'LPUSH outlook:jobs x\n%.0s' {1..15} | produce
    fires FleetPayloadsRejected
    REDISCLI_AUTH=$(password_of consumer) redis-cli -p "$redis_port" --user consumer \
        XGROUP CREATE outlook:results late 0 >/dev/null
    say "users whose consent has ended"
    push 15 '"expired"'
    fires FleetJobsFail FleetDeadLettersGrow FleetConsumersBehind
    push 15 '{"access_token":"expired","refresh_token":"revoked"}'
    fires FleetTokensRefused
}

graph_in_trouble() {
    local token
    token=\"$(demo_mailbox | cut -d' ' -f 3)\"
    say "Graph fails, then throttles"
    graph_does '{"status":503}'
    push 10 "$token"
    fires FleetGraphFails
    graph_does '{"status":429}'
    push 10 "$token"
    fires FleetGraphThrottles
    graph_does
}

# One job, which hangs in Graph for longer than all of this lasts: it changes its worker twice.
workers_in_trouble() {
    say "a worker is killed in mid-job, another takes its lease back"
    hold_a_job
    kill -KILL "$worker_pid"
    fires FleetWorkerDown FleetWorkersDie
    start_worker "$metrics_port"
    clears FleetWorkerDown
    say "a worker is frozen in mid-job for longer than its lease"
    swap_workers
    kill -STOP "$worker_pid"
    took_over() { [ "$(metric_of "$second_metrics_port" outlook_fleet_jobs_in_flight)" = 1 ]; }
    wait_for "the other worker" 30 took_over || fail "nobody takes over from the frozen worker"
    kill -CONT "$worker_pid"
    fires FleetWorkersFreeze
    graph_does
}

# Busy workers that get the processor for a fifth of a second, and then not for half a one: most times in mid-turn.
starve_workers() {
    say "workers have much to do and hardly get the processor"
    local rubbish
    rubbish=$(printf ' x%.0s' {1..1000})
    for _ in $(seq 60); do printf 'LPUSH outlook:jobs%s\n' "$rubbish"; done | produce
    starve() {
        while true; do
            kill -STOP "$worker_pid" "$second_worker_pid"
            sleep 0.5
            kill -CONT "$worker_pid" "$second_worker_pid"
            sleep 0.2
        done
    }
    starve 2>/dev/null &
    local starving=$!
    started_pids+=("$starving")
    fires FleetLoopLag
    kill "$starving"
    wait "$starving" 2>/dev/null || true
    kill -CONT "$worker_pid" "$second_worker_pid"
}

redis_in_trouble() {
    say "Redis stutters, then it is frozen"
    for _ in 1 2 3; do
        kill -STOP "$redis_pid"
        sleep 0.7
        kill -CONT "$redis_pid"
        sleep 0.3
    done
    fires FleetRedisSlow
    kill -STOP "$redis_pid"
    fires FleetRedisAway
    for _ in $(seq 10); do ask_gateway >/dev/null 2>&1 || true; done
    kill -CONT "$redis_pid"
    fires FleetGatewayFails
    kill -KILL "$gateway_pid"
    fires FleetGatewayDown
}

# Two workers of one slot each: what they hold hangs for longer than this scene lasts, what is behind waits.
no_one_works() {
    say "all workers are full, then they drain, then they are gone"
    kill -KILL "$worker_pid" "$second_worker_pid"
    graph_does '{"hang":"before"}'
    worker_flags=("${patient[@]}" --concurrency 1 --drain-timeout 120s)
    start_worker "$second_metrics_port"
    second_worker_pid=$worker_pid
    start_worker "$metrics_port"
    push 8 "\"$(demo_mailbox | cut -d' ' -f 3)\"" waits
    fires FleetQueueOld FleetQueueStuck
    kill -TERM "$worker_pid" "$second_worker_pid"
    fires FleetWorkerNotReady
    push 5 '"x"' late
    fires FleetPayloadsUntaken FleetNoWorker
    kill -KILL "$worker_pid" "$second_worker_pid"
    worker_flags=()
}

# Everything as it should be, and nobody wants what is left.
mend_all() {
    say "everything is mended"
    graph_does
    start_worker "$second_metrics_port"
    second_worker_pid=$worker_pid
    start_worker "$metrics_port"
    start_gateway "$gateway_metrics_port"
    fleet_redis XGROUP DESTROY outlook:results late >/dev/null
    python3 "$root/scripts/lib/deploy_prometheus.py" quiet "$prometheus" || fail "alerts don't clear"
}

all_have_fired() {
    local missing
    missing=$(comm -23 <(sed -n 's/^ *- alert: //p' "$root/deploy/prometheus/alerts.yml" | sort) \
        <(printf '%s\n' "${fired[@]}" | sort -u))
    [ -z "$missing" ] || fail "never seen to fire: $missing"
    say "alerts that fired and cleared: ${#fired[@]}"
}
