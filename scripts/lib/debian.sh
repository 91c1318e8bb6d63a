# shellcheck shell=bash
# Where fresh Debians come from. Sourced.

# debian_mirror: the one that this machine's apt uses; fails where it has none, and debootstrap then takes its own.
# shellcheck disable=SC2016 # it is apt that expands it
debian_mirror() { apt-get indextargets --format '$(SITE)' | sed -n '/\/debian\/*$/{p;q}'; }
