/** A command that is run on a host (or in a namespace, or against the API), and the file of the bundle that its output becomes. */
export interface Entry {
  /** Inside of the host's (namespace's, cluster's) folder. */
  readonly file: string
  readonly argv: readonly [string, ...string[]]
  /** `namespace`: in the host's own network namespace and in every other. */
  readonly scope: 'host' | 'namespace'
  /** What the diagnosis lacks without it. */
  readonly without: string
  /** Seconds; 15 when left out. */
  readonly seconds?: number
  /** Megabytes; 16 when left out. */
  readonly megabytes?: number
  /** Not asked where one of these programs is there: it shows the same. */
  readonly unless?: readonly string[]
  /** Beginning (rather than nothing) is kept of what is longer. */
  readonly inPart?: boolean
  /** Holds what may be secret. Rules, routes and the like hold none and are kept as they are. */
  readonly masked?: boolean
  /** Asked where this fails: programs without JSON, or another program. */
  readonly fallback?: Entry
  /** Only where this software is used: its absence costs nothing. */
  readonly optional?: boolean
}

type Limits = Partial<Pick<Entry, 'seconds' | 'megabytes' | 'unless' | 'fallback' | 'inPart' | 'masked' | 'optional'>>

/** A ruleset without its end would lie: it is whole, or missing. The tools take long where chains are many. */
const RULES: Limits = { seconds: 120, megabytes: 120 }
const CONTAINERS: Limits = { megabytes: 64, masked: true, optional: true }
/** Of programs that not every host has; only `culprit check` asks for it. */
const STATE: Limits = { megabytes: 4, masked: true, optional: true }
const LOGS: Limits = { megabytes: 4, inPart: true, masked: true, optional: true }

/**
 * Everything that `culprit collect` runs on a host. Each command only reads. (`iptables -L` is not among them: it creates tables that are not
 * there; `iptables-save` does not.)
 */
export const CATALOGUE: readonly Entry[] = [
  entry('ip-addr.json', 'ip -j -d addr', 'which addresses the host has: nearly every answer', {
    fallback: entry('ip-addr.txt', 'ip addr', 'which addresses the host has: nearly every answer'),
  }),
  // As JSON ip(8) tells more of a link, and leaves out in which namespace its other end is.
  entry('ip-link.txt', 'ip -d link', 'kinds, MTU and masters of the links, and the namespaces of their other ends'),
  entry('ip-link.json', 'ip -j -d link', 'details of the links', { optional: true }),
  entry('ip-route.json', 'ip -j -d route show table all', 'where packets are sent', {
    megabytes: 32,
    fallback: entry('ip-route.txt', 'ip route show table all', 'where packets are sent'),
  }),
  entry('ip-rule.json', 'ip -j -d rule', 'which routing table is asked', {
    fallback: entry('ip-rule.txt', 'ip rule', 'which routing table is asked'),
  }),
  entry('ip-rule-6.json', 'ip -j -d -6 rule', 'which IPv6 routing table is asked', {
    fallback: entry('ip-rule-6.txt', 'ip -6 rule', 'which IPv6 routing table is asked'),
  }),
  entry('ip-neigh.json', 'ip -j -d neigh', 'whether neighbours answer', {
    inPart: true,
    fallback: entry('ip-neigh.txt', 'ip neigh', 'whether neighbours answer'),
  }),
  entry('bridge-link.json', 'bridge -j -d link', 'hairpin and isolation of bridge ports', {
    fallback: entry('bridge-link.txt', 'bridge link', 'hairpin and isolation of bridge ports'),
  }),
  entry('bridge-fdb.json', 'bridge -j -d fdb', 'where bridges and VXLAN send frames', {
    megabytes: 32,
    fallback: entry('bridge-fdb.txt', 'bridge fdb', 'where bridges and VXLAN send frames'),
  }),
  entry('iptables-legacy-save.txt', 'iptables-legacy-save -c', 'the rules of iptables-legacy', RULES),
  entry('iptables-nft-save.txt', 'iptables-nft-save -c', 'the rules of iptables-nft', RULES),
  entry('iptables-save.txt', 'iptables-save -c', 'the rules of iptables', {
    ...RULES,
    unless: ['iptables-legacy-save', 'iptables-nft-save'],
  }),
  entry('ip6tables-legacy-save.txt', 'ip6tables-legacy-save -c', 'the IPv6 rules of iptables-legacy', RULES),
  entry('ip6tables-nft-save.txt', 'ip6tables-nft-save -c', 'the IPv6 rules of iptables-nft', RULES),
  entry('ip6tables-save.txt', 'ip6tables-save -c', 'the IPv6 rules of iptables', {
    ...RULES,
    unless: ['ip6tables-legacy-save', 'ip6tables-nft-save'],
  }),
  entry('nft.json', 'nft -j list ruleset', 'the rules of nftables', {
    ...RULES,
    fallback: entry('nft.txt', 'nft list ruleset', 'the rules of nftables', RULES),
  }),
  entry('ipset-save.txt', 'ipset save', 'members of the sets that rules ask for', { megabytes: 64, seconds: 30 }),
  entry('sysctl.txt', 'sysctl -a', 'forwarding, rp_filter and other settings of the kernel', { masked: true, inPart: true }),
  entry('ss.txt', 'ss -luntpa', 'whether anything listens where packets arrive', {
    inPart: true,
    fallback: entry('netstat.txt', 'netstat -anptu', 'whether anything listens where packets arrive', { inPart: true }),
  }),
  entry('conntrack.txt', 'conntrack -L', 'connections that are translated already', { megabytes: 32, seconds: 30, inPart: true }),
  entry('conntrack-statistics.txt', 'conntrack -S', 'insertions that failed, packets that were dropped', { optional: true }),
  entry('nstat.txt', 'nstat -asz', 'queues that overflowed, wrong checksums, failed source checks', { optional: true }),
  entry('ipvsadm.txt', 'ipvsadm -Sn', 'the virtual services of IPVS', { optional: true }),
  entry('wg.txt', 'wg show', 'the peers of WireGuard', { optional: true, masked: true }),
  host('hostname', 'uname -n', "the host's name"),
  host('proc-modules.txt', 'cat /proc/modules', 'which kernel modules are loaded', STATE),
  host('getenforce.txt', 'getenforce', 'whether SELinux denies', STATE),
  host('timedatectl.txt', 'timedatectl', 'whether the clock is synchronised', STATE),
  host('systemctl.txt', 'systemctl list-units --type=service --all --no-pager --no-legend --plain', 'which services run or failed', STATE),
  host('nmcli.txt', 'nmcli device', 'which interfaces NetworkManager manages', STATE),
  host('kubernetes-files.txt', 'ls -lR /etc/kubernetes', 'which files of a control plane are there', STATE),
  host('ps.txt', 'ps -o pid,args -C kubelet,kube-proxy,k3s,k3s-server,k3s-agent,rke2', 'the flags of kubelet, kube-proxy and K3s', STATE),
  host('docker/images.json', 'docker images --format {{json .}}', 'which images are here', CONTAINERS),
  host('lsmod.txt', 'lsmod', 'which modules of the kernel are loaded', { optional: true }),
  host('getenforce.txt', 'getenforce', 'whether SELinux forbids things', { optional: true }),
  host('timedatectl.txt', 'timedatectl', 'whether the clock is right', { optional: true }),
  host('systemctl.txt', 'systemctl list-units --type=service --all --no-pager --plain', 'which services have failed', { optional: true }),
  // Arguments are kept of programs that make networks only: others' may hold anything.
  host('ps.txt', 'ps -ef', 'which components run, and with which flags', { optional: true, masked: true }),
  host('ufw-status.txt', 'ufw status verbose', 'what ufw lets through', { optional: true }),
  host('firewalld-zones.txt', 'firewall-cmd --list-all-zones', 'what firewalld lets through', { optional: true }),
  host('ebtables-save.txt', 'ebtables-save', 'rules for frames on bridges', { optional: true }),
  host('docker/ps.json', 'docker ps -a --no-trunc --format {{json .}}', 'names and ports of containers', CONTAINERS),
  host('docker/info.json', 'docker info --format {{json .}}', "the engine's settings", CONTAINERS),
  host('docker/version.json', 'docker version --format {{json .}}', "the engine's version", CONTAINERS),
  host('crictl/pods.json', 'crictl pods -o json', 'which pods run here', CONTAINERS),
  host('crictl/ps.json', 'crictl ps -a -o json', 'which containers run here', CONTAINERS),
  host('logs/dmesg.log', 'dmesg', 'what the kernel says: dropped packets, full tables', LOGS),
  ...['docker', 'containerd', 'kubelet', 'k3s', 'rke2-agent', 'rke2-server', 'firewalld', 'ufw', 'NetworkManager', 'systemd-networkd'].map(
    (unit) => host(`logs/${unit}.log`, `journalctl -u ${unit} -n 2000 --no-pager -o short-iso`, `what ${unit} says of errors`, LOGS),
  ),
]

/** Asked of the engine with what was found before: ids are put behind. */
export const INSPECTIONS = {
  docker: host('docker/inspect.json', 'docker inspect', 'addresses and namespaces of containers', CONTAINERS),
  networks: host('docker/network.json', 'docker network inspect', "Docker's networks", CONTAINERS),
  pods: host('crictl/inspectp.json', 'crictl inspectp -o json', 'namespaces of pods', CONTAINERS),
} as const

/** Files that are taken as they are, by patterns of the shell; into `files/PATH`. */
export const FILES: readonly string[] = [
  '/etc/hostname',
  '/etc/hosts',
  '/etc/resolv.conf',
  '/etc/docker/daemon.json',
  '/etc/rancher/k3s/config.yaml',
  '/etc/rancher/rke2/config.yaml',
  '/etc/cni/net.d/*.conf',
  '/etc/cni/net.d/*.conflist',
  '/run/flannel/subnet.env',
  '/var/snap/microk8s/current/args/kube-proxy',
  '/var/snap/microk8s/current/args/cni-network/*.conflist',
  '/var/lib/rancher/k3s/agent/etc/cni/net.d/*.conflist',
  '/etc/selinux/config',
  '/etc/NetworkManager/conf.d/*.conf',
  '/etc/kubernetes/pki/*.crt',
  '/etc/kubernetes/pki/etcd/*.crt',
  // Kubespray keeps keys beside them, under names that only begin alike.
  ...['ca', 'apiserver', 'front-proxy-ca', 'front-proxy-client', 'kube-controller-manager', 'kube-scheduler'].map(
    (name) => `/etc/kubernetes/ssl/${name}.pem`,
  ),
  '/etc/kubernetes/ssl/*.crt',
  '/var/lib/rancher/k3s/server/tls/*.crt',
  '/var/lib/rancher/rke2/server/tls/*.crt',
  '/etc/sysctl.conf',
  '/etc/sysctl.d/*.conf',
  '/etc/default/ufw',
  '/etc/ufw/*.rules',
  '/etc/firewalld/firewalld.conf',
  '/etc/firewalld/zones/*.xml',
  '/etc/nftables.conf',
  '/etc/iptables/rules.v[46]',
]

/** Kinds of objects that are asked of the API, a file each: `cluster/KIND.json`. Secrets are not among them. */
export const KINDS: readonly { readonly file: string; readonly argv: readonly string[]; readonly optional?: boolean }[] = [
  ...['nodes', 'namespaces'].map((kind) => ({ file: `${kind}.json`, argv: ['get', kind] })),
  ...['pods', 'services', 'endpoints', 'networkpolicies', 'events', 'daemonsets', 'deployments', 'statefulsets', 'ingresses'].map(
    (kind) => ({
      file: `${kind}.json`,
      argv: ['get', kind, '--all-namespaces'],
    }),
  ),
  { file: 'endpointslices.json', argv: ['get', 'endpointslices.discovery.k8s.io', '--all-namespaces'] },
  ...['kube-proxy', 'coredns', 'calico-config', 'cilium-config', 'kube-flannel-cfg'].map((name) => ({
    file: `configmap-${name}.json`,
    argv: ['get', 'configmaps', '--all-namespaces', `--field-selector=metadata.name=${name}`],
  })),
  ...[
    'ippools.crd.projectcalico.org',
    'felixconfigurations.crd.projectcalico.org',
    'globalnetworkpolicies.crd.projectcalico.org',
    'networkpolicies.crd.projectcalico.org',
    'globalnetworksets.crd.projectcalico.org',
    'hostendpoints.crd.projectcalico.org',
    'tiers.crd.projectcalico.org',
    'ciliumnetworkpolicies.cilium.io',
    'ciliumclusterwidenetworkpolicies.cilium.io',
    'adminnetworkpolicies.policy.networking.k8s.io',
  ].map((kind) => ({ file: `${kind}.json`, argv: ['get', kind, '--all-namespaces'], optional: true })),
]

export const SECONDS = 15
export const MEGABYTES = 16

function entry(file: string, line: string, without: string, limits: Limits = {}): Entry {
  return { file, argv: line.split(' ') as [string, ...string[]], scope: 'namespace', without, ...limits }
}

function host(file: string, line: string, without: string, limits: Limits = {}): Entry {
  // A Go template holds a blank of its own.
  const argv = line.split(/ (?!\.\}\})/) as [string, ...string[]]
  return { file, argv, scope: 'host', without, ...limits }
}
