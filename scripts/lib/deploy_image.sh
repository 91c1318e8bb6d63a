#!/usr/bin/env bash
# deploy_image.sh ROOT FOLDER: plays deploy/Dockerfile's steps without Docker (scripts/check-deploy image)
#
# What an engine would do is done by hand: a fresh Debian of the base image's release (debootstrap, the same packages as
# the slim image and some more), the very RUN line of the runtime stage in it, the COPY lines, and then the programs run
# in there as 65532, on a read-only mount, without capabilities. The build stage's own line takes many minutes:
# scripts/check-deploy --static plays it, else the debug build is taken, with Swift's libraries beside it.
set -euo pipefail
# shellcheck source=scripts/lib/debian.sh
source "$(dirname "${BASH_SOURCE[0]}")/debian.sh"
root=$1
bare=$2
dockerfile=$root/deploy/Dockerfile
programs=${programs:-$(swift build --package-path "$root" --show-bin-path)}
fail() {
    echo "image: $1" >&2
    exit 1
}

# instructions STAGE: those of a stage, one a line, without comments and continued lines.
instructions() {
    sed -e '/^ *#/d' -e ':a' -e '/\\$/{N;s/ *\\\n */ /;ba' -e '}' "$dockerfile" |
        sed -n "/^FROM .* AS $1\$/,/^FROM /p" | sed '1{p;d};/^FROM /d' | grep -v '^$'
}

# COPY from the context: there, and let through by the ignore file.
while read -r source; do
    # A pattern may match nothing.
    [ -e "$root/$source" ] || [[ $source == *\[* ]] || fail "COPY $source: isn't there"
    grep -qxF "!$(tr -d '[]' <<<"$source")" "$root/deploy/Dockerfile.dockerignore" || fail "COPY $source: is ignored"
done < <(sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' "$dockerfile" | tr ' ' '\n')
for package in $(instructions build | sed -n 's/.*--no-install-recommends \(.*\) && rm .*/\1/p'); do
    apt-cache show "$package" >/dev/null 2>&1 || fail "Debian has no package $package, which the build stage installs"
done

# FROM, RUN.
release=$(instructions base | sed -n 's/^FROM debian:\([a-z]*\)-slim AS base$/\1/p')
[ -n "$release" ] || fail "the runtime stage isn't a slim Debian any more"
command -v debootstrap >/dev/null || fail "debootstrap is missing: run scripts/setup --tests"
mirror=$(debian_mirror || true)
debootstrap --variant=minbase "$release" "$bare" ${mirror:+"$mirror"} >"$bare.log" 2>&1 || {
    tail -n 5 "$bare.log" >&2
    fail "debootstrap fails"
}
mapfile -t runs < <(instructions base | sed -n 's/^RUN //p')
[ ${#runs[@]} -gt 0 ] || fail "the runtime stage's RUN lines can't be read"
for line in "${runs[@]}"; do
    # An engine starts it with next to no environment; a TMPDIR of ours doesn't exist in there.
    env -u TMPDIR DEBIAN_FRONTEND=noninteractive chroot "$bare" /bin/sh -c "$line" >>"$bare.log" 2>&1 || {
        tail -n 5 "$bare.log" >&2
        fail "RUN $line"
    }
done

# COPY.
install -m 0755 "$programs/outlook-fleet" "$programs/graph-simulator" "$bare/usr/local/bin/"
install -m 0755 "$root/deploy/healthcheck" "$bare/usr/local/bin/"
static=static
while read -r library; do
    # Swift's own libraries, which --static-swift-stdlib puts into the executable.
    static=dynamic
    mkdir -p "$bare$(dirname "$library")"
    cp -L "$library" "$bare$library"
done < <(ldd "$programs/outlook-fleet" "$programs/graph-simulator" |
    sed -nE 's/^.*=> (.*\/swift\/linux\/[^ ]*) \(0x.*/\1/p' | sort -u)
missing=$(chroot "$bare" ldd /usr/local/bin/outlook-fleet /usr/local/bin/graph-simulator | grep 'not found' || true)
[ -z "$missing" ] || fail "the image lacks libraries: $missing"

# What a container gets: the image's user, its root read-only, no capabilities, no new privileges. It ends with its
# engine: a change of user takes away what --kill-child set, so setpriv sets it again.
user=$(instructions base | sed -n 's/^USER //p')
[[ $user =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || fail "USER $user isn't two numbers above 0"
# shellcheck disable=SC2016 # for the other shell
container=(
    unshare --mount --pid --fork --kill-child bash -c '
        mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && mount -t proc proc "$1/proc"
        unset TMPDIR
        exec chroot "$1" setpriv --pdeathsig KILL --reuid="${2%:*}" --regid="${2#*:}" --clear-groups --no-new-privs \
            --bounding-set=-all --inh-caps=-all --ambient-caps=-all "${@:3}"' _ "$bare" "$user"
)
as_container() { "${container[@]}" "$@"; }
as_container /usr/local/bin/outlook-fleet --version >/dev/null || fail "the program doesn't start in the bare root"
as_container /usr/local/bin/graph-simulator --help >/dev/null || fail "the simulator doesn't start in the bare root"
said=$(as_container /usr/local/bin/outlook-fleet worker 2>&1) && fail "a worker starts without keys"
[[ $said == *"keys new"* ]] || fail "the refusal without keys doesn't say what to do: $said"
if as_container /bin/bash -c 'echo >/tmp/x' 2>/dev/null; then fail "the root can be written"; fi
# A process of that user has none of root's powers left.
as_container grep -q '^CapEff:[[:space:]]*0000000000000000$' /proc/self/status || fail "capabilities are left"
# Kubernetes' init container copies secrets with this.
as_container /usr/bin/install --version >/dev/null || fail "install is missing"

# The health check, in there: against a worker that waits for a Redis that isn't there, and is alive all the same.
mkdir -p "$bare/run/secrets"
"$programs/outlook-fleet" keys new >"$bare/run/secrets/sealing.keys"
chown "$user" "$bare/run/secrets/sealing.keys"
chmod 0400 "$bare/run/secrets/sealing.keys"
port=$((20000 + RANDOM % 20000))
# shellcheck disable=SC2016 # for the other shell
as_container /bin/bash -c '
    OUTLOOK_FLEET_METRICS_LISTEN=127.0.0.1:$1 /usr/local/bin/outlook-fleet worker --redis redis://127.0.0.1:1/0 \
        --sealing-keys-file /run/secrets/sealing.keys 2>/dev/null &
    for _ in $(seq 40); do
        OUTLOOK_FLEET_HEALTH_PORT=$1 /usr/local/bin/healthcheck 2>/dev/null && healthy=yes && break
        sleep 0.5
    done
    kill -TERM $!
    wait $! || exit 3
    [ "${healthy:-}" = yes ]
' _ "$port" || fail "the health check fails on a living worker, or the worker doesn't end with 0"
# A job there and back: the simulator and a worker of the image, and a Redis of this machine. Events of whole days say
# whether zones are known: elsewhere than in UTC their midnights are other hours.
started=()
trap 'kill -KILL ${started[@]+"${started[@]}"} 2>/dev/null || true' EXIT
redis=$((20000 + RANDOM % 20000)) graph=$((20000 + RANDOM % 20000))
redis-server --port "$redis" --bind 127.0.0.1 --save '' --dir "$bare/tmp" >"$bare.redis" 2>&1 &
started+=($!)
"${container[@]}" /usr/local/bin/graph-simulator --demo --listen "127.0.0.1:$graph" >"$bare.graph" 2>&1 &
started+=($!)
demo=
for _ in $(seq 100); do
    if demo=$(curl -sf "http://127.0.0.1:$graph/control/demo"); then break; fi
    sleep 0.2
done
[ -n "$demo" ] || fail "the simulator doesn't answer: $(tail -n 3 "$bare.graph")"
"${container[@]}" /usr/local/bin/outlook-fleet worker --redis "redis://127.0.0.1:$redis" --metrics-listen off \
    --sealing-keys-file /run/secrets/sealing.keys --graph-url "http://127.0.0.1:$graph/v1.0" \
    --login-url "http://127.0.0.1:$graph" >"$bare.worker" 2>&1 &
started+=($!)
fleet() { as_container /usr/local/bin/outlook-fleet "$@" --redis "redis://127.0.0.1:$redis"; }
while read -r resource payload; do
    said=$(fleet enqueue - --wait 60s <<<"$payload" 2>&1) ||
        fail "connect $resource: $said; $(tail -n 2 "$bare.worker")"
    fleet events --tenant-id image --resource-id "$resource" --json >>"$bare.events"
done < <(python3 -c '
import json, sys
for box in json.load(sys.stdin)["mailboxes"]:
    print(box["resourceId"], json.dumps({"kind": "connect", "tenant_id": "image", "resource_id": box["resourceId"],
                                         "oauth_token": box["accessToken"]}))' <<<"$demo")
[[ $(grep '"all_day":true' "$bare.events") =~ \"start_time\":\"[^T]*T(0[1-9]|[12]) ]] ||
    fail "zones aren't known in there"
kill -KILL "${started[@]}" 2>/dev/null || true
{ wait "${started[@]}" || true; } 2>/dev/null
for _ in $(seq 100); do
    pgrep -u "${user%:*}" -f "127.0.0.1:$graph" >/dev/null || break
    sleep 0.1
done
if pgrep -u "${user%:*}" -f "127.0.0.1:$graph" >/dev/null; then fail "simulator or worker outlive the play"; fi
echo "image: Debian $release, $(chroot "$bare" dpkg-query -W | wc -l) packages, $static programs" \
    "($(du -h "$bare/usr/local/bin/outlook-fleet" | cut -f 1)): work as $user on a read-only root" >&2
