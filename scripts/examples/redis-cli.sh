#!/usr/bin/env bash
# scripts/examples/redis-cli.sh [produce|consume]: a producer and a consumer with nothing but redis-cli
#
#   produce RESOURCE   pushes a sync job of tenant $TENANT (acme) and prints its id
#   consume COUNT      prints COUNT entries of the results as they come, from now on
#   --help             this text
#
# $REDIS_PORT (6379) says where Redis is.
set -euo pipefail

tenant=${TENANT:-acme}
redis() { redis-cli -p "${REDIS_PORT:-6379}" "$@"; }

produce() {
    local id
    id="example-$(date +%s%N)"
    redis LPUSH outlook:jobs \
        "{\"kind\":\"sync\",\"id\":\"$id\",\"tenant_id\":\"$tenant\",\"resource_id\":\"$1\"}" >/dev/null
    echo "$id"
}

# A group remembers what was read: start it again and it goes on. XACK says that an entry is done with.
consume() {
    redis XGROUP CREATE outlook:results example '$' MKSTREAM >/dev/null 2>&1 || true
    local left=$1 entry
    while [ "$left" -gt 0 ]; do
        entry=$(redis --raw XREADGROUP GROUP example me COUNT 1 BLOCK 5000 STREAMS outlook:results '>')
        [ -n "$entry" ] || continue
        printf '%s\n' "$entry" | paste -sd ' '
        redis XACK outlook:results example "$(printf '%s\n' "$entry" | sed -n 2p)" >/dev/null
        left=$((left - 1))
    done
}

case ${1:-} in
    produce) produce "${2:?which resource?}" ;;
    consume) consume "${2:?how many?}" ;;
    *) sed -n '2,/^[^#]/{/^[^#]/q;s/^# \{0,1\}//p}' "$0" ;;
esac
