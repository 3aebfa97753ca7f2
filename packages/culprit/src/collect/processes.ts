/** Programs that make networks: their flags matter. */
const COMPONENTS =
  /^(?:kube|docker|containerd|cri-|crio|k3s|rke2|microk8s|flannel|calico|bird|cilium|antrea|weave|ovs|ovn|etcd|coredns|dnsmasq|named|keepalived|haproxy|envoy|firewalld|NetworkManager|systemd-networkd|systemd-resolved|openvpn|wg|charon|zerotier|tailscaled|podman|conmon|pasta|slirp4netns|rootlesskit)/

/** A line of `ps -ef`: eight columns, the last of which is the command. Of programs that do not make networks only the name stays. */
export function withoutArguments(line: string): string {
  const found = /^((?:\S+\s+){7})(\S+)( .*)?$/.exec(line)
  if (!found) return line
  const [, before = '', program = '', rest = ''] = found
  const name = program.replace(/^.*\//, '')
  const keeps =
    COMPONENTS.test(name) || (/^(?:python|sh|bash|dash|java|node|sudo)/.test(name) && /\/(?:firewalld|kubelite|k3s)\b/.test(rest))
  return keeps || name === 'CMD' ? line : `${before}${program}`
}
