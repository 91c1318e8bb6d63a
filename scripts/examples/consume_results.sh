#!/bin/sh
# Reads outlook:results as a member of a consumer group with nothing but redis-cli: makes the group, shows what was not
# acknowledged before and then what is new, acknowledges what was shown, and takes over what a dead consumer left.
#
#     scripts/examples/consume_results.sh GROUP CONSUMER [redis-cli's own flags: -h HOST -p PORT -s SOCKET ...]
#
# A real consumer drops repeats by (tenant_id, job_id), keeping the highest fence: see consume_results.py.
set -eu
[ $# -ge 2 ] || { sed -n '2,/^set/p' "$0" | grep '^#' | cut -c3-; exit 64; }
group=$1 consumer=$2
shift 2
stream=${STREAM:-outlook:results}

# `0`: from the first entry that the stream still holds. The group may be there already.
redis-cli "$@" XGROUP CREATE "$stream" "$group" 0 MKSTREAM 2>&1 | grep -v -e BUSYGROUP -e '^OK$' || true

# Shows what redis-cli prints, then acknowledges its entries: in the raw form an id stands on a line of its own.
show() {
    found=$(cat)
    printf '%s\n' "$found"
    printf '%s\n' "$found" | grep -oE '^[0-9]{13,}-[0-9]+$' | while read -r id; do
        redis-cli "$@" XACK "$stream" "$group" "$id" >/dev/null </dev/null
    done
}

echo "== not acknowledged by $consumer before" >&2
redis-cli "$@" --raw XREADGROUP GROUP "$group" "$consumer" COUNT 100 STREAMS "$stream" 0 | show "$@"
echo "== left by others for more than five minutes" >&2
redis-cli "$@" --raw XAUTOCLAIM "$stream" "$group" "$consumer" 300000 0-0 COUNT 100 | show "$@"
echo "== new" >&2
redis-cli "$@" --raw XREADGROUP GROUP "$group" "$consumer" COUNT 100 STREAMS "$stream" '>' | show "$@"
