#!/bin/sh
# host.sh NAME NETNS POD... -- COMMAND...: runs a command on a machine of its own. Its name, processes and mounts are new and vanish with it; its
# network is the lab's namespace NETNS, its pods (NAME=NETNS) are the namespaces that `ip netns` knows there.
set -e
PATH=$PATH:/usr/sbin:/sbin
if [ "$1" != inside ]; then
  exec nsenter --net="/run/netns/$2" unshare --uts --mount --pid --fork --kill-child --mount-proc sh "$0" inside "$@"
fi
name=$2; shift 3
hostname "$name"
folder=$(mktemp -d)
mount -t tmpfs none "$folder"
while [ "$1" != -- ]; do
  : > "$folder/${1%%=*}"
  mount --bind "/run/netns/${1#*=}" "$folder/${1%%=*}"
  shift
done
shift
mount --move "$folder" /run/netns
rmdir "$folder"
# The kernel's log is the whole machine's.
mount --bind /dev/null /dev/kmsg
exec "$@"
