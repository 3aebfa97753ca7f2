#!/bin/sh
# host.sh NAME COMMAND...: runs a command on a host of its own: name, processes, network and mounts are new, and vanish with it. It has a bridge
# with a pod behind it (named by `ip netns`), a nameless namespace of a process, and rules of iptables and nftables.
set -e
if [ "$1" != inside ]; then
  exec unshare --uts --net --mount --pid --fork --kill-child --mount-proc sh "$0" inside "$@"
fi
name=$2; shift 2
PATH=$PATH:/usr/sbin:/sbin
hostname "$name"
mkdir -p /run/netns
mount -t tmpfs none /run/netns
ip link set lo up
ip link add cni0 type bridge
ip addr add 10.42.0.1/24 dev cni0
ip link set cni0 up
ip netns add pod
ip link add eth0 netns pod type veth peer name vethpod
ip link set vethpod master cni0 up
ip -n pod addr add 10.42.0.5/24 dev eth0
ip -n pod link set eth0 up
ip -n pod route add default via 10.42.0.1
unshare --net sleep 1000 &
sysctl -qw net.ipv4.ip_forward=1
iptables-nft -A FORWARD -s 10.42.0.5 -p tcp --dport 80 -j DROP
nft add table inet own
nft add chain inet own input '{ type filter hook input priority 0; }'
nft add rule inet own input tcp dport 8080 reject
ipset create things hash:ip
ipset add things 10.42.0.5
exec "$@"
