/** What a text can be recognised as. Formats of one reader share it: `ip-addr` is the JSON, the text and the brief form. */
export type Format =
  | 'iptables-save'
  | 'iptables-list'
  | 'nft-json'
  | 'nft-text'
  | 'ipset'
  | 'ip-addr'
  | 'ip-link'
  | 'ip-route'
  | 'ip-rule'
  | 'ip-neigh'
  | 'bridge-link'
  | 'bridge-fdb'
  | 'sysctl'
  | 'ss'
  | 'conntrack'
  | 'docker-ps'
  | 'docker-inspect'
  | 'docker-network'
  | 'docker-info'
  | 'docker-version'
  | 'crictl'
  | 'kubernetes'
  | 'kubectl-table'
  | 'kubectl-describe'
  | 'flannel-subnet'
  | 'cni-config'
  | 'hosts'
  | 'resolv.conf'
  | 'hostname'
  | 'modules'
  | 'selinux'
  | 'apparmor'
  | 'clock'
  | 'units'
  | 'processes'
  | 'network-manager'
  | 'images'
  | 'registry'
  | 'file-listing'
  | 'pem'
  | 'kubeconfig'
  | 'compose'
  | 'k3s-config'
  | 'pcap'
  | 'pcapng'
  | 'tcpdump'
  | 'kernel-log'
  | 'xtables-monitor'
  | 'nft-monitor'
  | 'nft-monitor-trace'
  | 'conntrack-events'
  | 'conntrack-statistics'
  | 'ebtables-save'
  | 'ufw-status'
  | 'firewalld-zones'
  | 'ipvsadm'
  | 'wireguard'
  | 'netstat'
  | 'counters'
  | 'collect-account'
  | 'log'
  | 'notes'
  | 'empty'
  | 'unrecognised'

/** A text of the evidence, in memory. */
export interface TextFile {
  /** Path inside the bundle (forward slashes), or as given. */
  readonly path: string
  readonly text: string
  /** Captures (pcap, pcapng) keep their bytes; `text` is then ''. */
  readonly bytes?: Uint8Array | undefined
  /** Name of the folder or archive that `path` is inside of; undefined for a file given by itself. */
  readonly root?: string | undefined
  /** The middle of a long log was left out: `text` holds its beginning and its end. */
  readonly truncated?: { readonly keptBytes: number; readonly ofBytes: number } | undefined
}
