#!/usr/bin/env bash
# deploy_image.sh ROOT FOLDER: plays deploy/Dockerfile's steps without Docker (scripts/check-deploy image)
#
# What an engine would do is done by hand as far as this machine can: every package of an apt-get line exists here,
# every COPY has its source and isn't ignored, the program goes into a bare root with nothing but the libraries that the
# runtime packages bring, and runs there as 65532, on a read-only mount, without capabilities. What isn't played: the
# base images themselves, and the release build (`$programs`, if set, says which build is used).
set -euo pipefail
root=$1
bare=$2
dockerfile=$root/deploy/Dockerfile
programs=${programs:-$(swift build --package-path "$root" --show-bin-path)}
fail() {
    echo "image: $1" >&2
    exit 1
}

# Packages: of both stages.
mapfile -t packages < <(
    sed -n 's/.*apt-get install -y --no-install-recommends \(.*\) \\$/\1/p' "$dockerfile" | tr ' ' '\n')
[ ${#packages[@]} -ge 8 ] || fail "the Dockerfile's packages can't be read"
for package in "${packages[@]}"; do
    apt-cache show "$package" >/dev/null 2>&1 || fail "Debian has no package $package"
done

# COPY from the context: there, and let through by the ignore file.
while read -r source; do
    # A pattern may match nothing.
    [ -e "$root/$source" ] || [[ $source == *\[* ]] || fail "COPY $source: isn't there"
    grep -qxF "!$(tr -d '[]' <<<"$source")" "$root/deploy/Dockerfile.dockerignore" || fail "COPY $source: is ignored"
done < <(sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' "$dockerfile" | tr ' ' '\n')

# The runtime packages and all they need, as the slim image has them.
runtime=$(sed -n 's/.*no-install-recommends \(libhiredis0[^\\]*\) \\$/\1/p' "$dockerfile")
# shellcheck disable=SC2086
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    $runtime base-files bash coreutils libc6 libstdc++6 2>/dev/null |
    sed -n 's/^\([a-z0-9].*\)$/\1/p' | sort -u >"$bare.packages"

# dpkg knows some files by their path before the merge of /lib and /usr/lib.
owner_of() {
    local lines
    lines=$(dpkg -S "$1" 2>/dev/null) || return 1
    printf '%s\n' "${lines%%:*}"
}

mkdir -p "$bare"/{usr/local/bin,bin,usr/bin,etc,proc,tmp,dev,lib64,run/secrets}
install -m 0755 "$programs/outlook-fleet" "$bare/usr/local/bin/"
install -m 0755 "$root/deploy/healthcheck" "$bare/usr/local/bin/"
install -m 0755 /bin/bash /bin/sleep "$bare/bin/"
while read -r library; do
    mkdir -p "$bare$(dirname "$library")"
    cp -L "$library" "$bare$library"
    case $library in
        # Swift's own libraries, which --static-swift-stdlib puts into the executable.
        /opt/swift/* | */usr/lib/swift/linux/*) continue ;;
    esac
    # A library must come with a package that the image installs.
    package=$(owner_of "$(readlink -f "$library")" || owner_of "*/$(basename "$library")") ||
        fail "$library is of no package"
    grep -qx "$package" "$bare.packages" || fail "$library is of $package, which the image doesn't install"
done < <(ldd "$programs/outlook-fleet" /bin/bash | sed -nE 's/^(.*=> )?[[:space:]]*(\/[^ ]*) \(0x.*/\2/p' | sort -u)
for device in null urandom; do
    [ -e "$bare/dev/$device" ] || cp -a "/dev/$device" "$bare/dev/$device"
done

# In that root: read-only, as the image's user.
chroot_as_user() {
    unshare --mount --pid --fork bash -c '
        mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && mount -t proc proc "$1/proc"
        exec chroot --userspec=65532:65532 "$@"' _ "$bare" "$@"
}
chroot_as_user /usr/local/bin/outlook-fleet --version >/dev/null || fail "the program doesn't start in the bare root"
said=$(chroot_as_user /usr/local/bin/outlook-fleet worker 2>&1) && fail "a worker starts without keys"
[[ $said == *"keys new"* ]] || fail "the refusal without keys doesn't say what to do: $said"
if chroot_as_user /bin/bash -c 'echo >/run/x' 2>/dev/null; then fail "the root can be written"; fi

# The health check, in there: against a worker that waits for a Redis that isn't there, and is alive all the same.
"$programs/outlook-fleet" keys new >"$bare/run/secrets/sealing.keys"
chown 65532 "$bare/run/secrets/sealing.keys"
chmod 0400 "$bare/run/secrets/sealing.keys"
port=$((20000 + RANDOM % 20000))
chroot_as_user /bin/bash -c '
    OUTLOOK_FLEET_METRICS_LISTEN=127.0.0.1:$1 /usr/local/bin/outlook-fleet worker --redis redis://127.0.0.1:1/0 \
        --sealing-keys-file /run/secrets/sealing.keys 2>/dev/null &
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        OUTLOOK_FLEET_HEALTH_PORT=$1 /usr/local/bin/healthcheck 2>/dev/null && healthy=yes && break
        /bin/sleep 0.5
    done
    kill -TERM $!
    wait $! || exit 3
    [ "${healthy:-}" = yes ]
' _ "$port" || fail "the health check fails on a living worker, or the worker doesn't end with 0"
echo "image: $(wc -l <"$bare.packages") packages in the closure, $(find "$bare" -type f | wc -l) files in the root" >&2
