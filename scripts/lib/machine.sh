# shellcheck shell=bash disable=SC2034,SC2154 # what it sets is for the scripts that source this
# A Debian machine with systemd of its own, beside the one that it runs on: no Docker, no virtual machine. Sourced by
# scripts/operators-day, after common.sh.
#
# A fresh Debian (debootstrap), whose systemd is process 1 of namespaces of its own: processes, mounts, network. Its
# units are started, watched, hardened and restarted by the real thing. Needs root, and cgroups that root may write to.

# shellcheck source=scripts/lib/debian.sh
source "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

# The packages are fetched here, while there is a network: make_machine FOLDER PACKAGE...
make_machine() {
    local tree=$1
    shift
    need debootstrap
    local release=bookworm packages mirror
    mirror=$(debian_mirror || true)
    packages=$(printf ',%s' systemd dbus "$@")
    debootstrap --variant=minbase --include="${packages#,}" "$release" "$tree" ${mirror:+"$mirror"} \
        >"$tree.log" 2>&1 || {
        tail -n 5 "$tree.log" >&2
        fail "debootstrap fails" 69
    }
    # What would reach for the host: its kernel's settings, its consoles.
    local unit
    for unit in systemd-sysctl systemd-binfmt systemd-modules-load systemd-udevd console-getty getty@tty1 redis-server \
        dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount; do
        case $unit in *.mount) ;; *) unit+=.service ;; esac
        ln -sf /dev/null "$tree/etc/systemd/system/$unit"
    done
}

# copy_program TREE PROGRAM FOLDER: into that folder of the tree; with Swift's libraries, if it needs any.
copy_program() {
    local library
    install -m 0755 "$2" "$1/$3/"
    while read -r library; do
        mkdir -p "$1$(dirname "$library")"
        cp -L "$library" "$1$library"
    done < <(ldd "$2" | sed -nE 's/^.*=> (.*\/swift\/linux\/[^ ]*) \(0x.*/\1/p')
}

# The tree of cgroup 2, in which the machine's systemd gets a group of its own. Where controllers are still in trees of
# cgroup 1, its units' limits of memory aren't enforced.
cgroup_tree() {
    local tree
    for tree in /sys/fs/cgroup /sys/fs/cgroup/unified; do
        if [ "$(stat -fc %T "$tree" 2>/dev/null)" = cgroup2fs ]; then printf '%s\n' "$tree"; fi
    done
}

# Succeeds with the reason where there can't be such a machine.
machine_is_impossible() {
    [ "$(id -u)" = 0 ] || { echo "a machine of its own needs root" && return; }
    unshare --mount --pid --net --uts --ipc --cgroup --fork true 2>/dev/null ||
        { echo "namespaces can't be made here" && return; }
    local tree
    tree=$(cgroup_tree)
    if [ -z "$tree" ] || ! mkdir "$tree/fleet-$$" 2>/dev/null; then echo "cgroups can't be made here" && return; fi
    rmdir "$tree/fleet-$$"
    return 1
}

# What the machine's first process does before it becomes systemd: a root of its own, of the host only what it must see.
# shellcheck disable=SC2016 # for the other shell
export BOOT='
set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc" && mount --bind "$1/proc/sys" "$1/proc/sys"
mount -o remount,bind,ro "$1/proc/sys"
mount -t sysfs -o ro sysfs "$1/sys" && mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
mount -t tmpfs tmpfs "$1/run" && mount -t tmpfs tmpfs "$1/dev/shm"
hostname fleet
# Not chroot: the kernel makes no user namespace (PrivateUsers=) for who lives in one.
cd "$1" && pivot_root . mnt && umount --lazy /mnt && cd /
exec env -i container=other PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --unit=multi-user.target
'

# boot_machine TREE: sets $machine, its process 1 as seen from here.
boot_machine() {
    local tree=$1
    machine_group=$(cgroup_tree)/fleet-$$
    mkdir "$machine_group"
    # shellcheck disable=SC2016 # for the other shell
    start "$tree.console" bash -c '
        echo $$ >"$2/cgroup.procs" &&
        exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child --propagation private bash -c "$BOOT" _ "$1"
    ' _ "$tree" "$machine_group"
    local outside=$started_pid
    machine=
    find_machine() {
        machine=$(ps --ppid "$outside" -o pid= | tr -d ' ')
        [ -n "$machine" ] && in_machine systemctl is-system-running 2>/dev/null | grep -Eq 'running|degraded'
    }
    wait_for "the machine" 60 find_machine || {
        cat "$tree.console" >&2
        return 1
    }
}

# What is left of the machine when it has ended: groups without processes.
forget_machine() {
    if [ -n "${machine_group:-}" ]; then find "$machine_group" -depth -type d -exec rmdir {} + 2>/dev/null || true; fi
}

# in_machine COMMAND...
in_machine() {
    nsenter --target "$machine" --mount --pid --uts --ipc --root --wd -- \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 "$@"
}

# block PAGE HEADING [N]: the N-th code block below a heading of a page of the documentation.
block() {
    awk -v heading="$2" -v wanted="${3:-1}" '
        /^#+ / { here = ($0 ~ "^#+ " heading "$"); count = 0; next }
        here && /^```/ { inside = !inside; if (inside) count++; next }
        here && inside && count == wanted' "$root/Sources/FleetCore/Documentation.docc/$1.md"
}
