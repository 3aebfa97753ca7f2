import { createHash } from 'node:crypto'
import type { Executor } from '../../exec/executor.ts'

/** What decides about packets on a machine, part by part, as hashes: cheap enough for every round. */
export interface Fingerprint {
  readonly parts: ReadonlyMap<string, string>
  /** Of all parts. */
  readonly whole: string
}

/**
 * One shell for all of it, and nothing of it passes through culprit. Counters, ages and dates are left out. What is not installed is as good as empty. The text
 * is fixed. Legacy tables are asked only where there are any: asking would make them.
 */
const SCRIPT = String.raw`
part() { printf '%s ' "$1"; sha256sum | cut -c1-16; }
has() { command -v "$1" >/dev/null 2>&1; }
plain() { sed -e '/^#/d' -e 's/ \[[0-9]*:[0-9]*\]$//'; }
rules() { if has "$1-nft-save"; then "$1-nft-save"; elif has "$1-save"; then "$1-save"; fi 2>/dev/null | plain; }
legacy() { if [ -s "$2" ] && has "$1-legacy-save"; then "$1-legacy-save" 2>/dev/null | plain; fi; }
native() {
  nft list tables 2>/dev/null | while read -r _ family name; do
    case "$family $name" in
      'ip '*|'ip6 '*) case "$name" in filter|nat|mangle|raw|security) if has iptables-nft-save; then continue; fi ;; esac ;;
    esac
    printf '%s %s\n' "$family" "$name"
    nft -s list table "$family" "$name" 2>/dev/null
  done
}
rules iptables | part iptables
rules ip6tables | part ip6tables
legacy iptables /proc/net/ip_tables_names | part iptables-legacy
legacy ip6tables /proc/net/ip6_tables_names | part ip6tables-legacy
if has nft; then native; fi | part nftables
if has ipset; then ipset save 2>/dev/null | sed -e 's/ timeout [0-9]*//g' -e 's/ packets [0-9]* bytes [0-9]*//'; fi | part ipset
ip -o link 2>/dev/null | part links
ip -o addr 2>/dev/null | sed 's/valid_lft.*//' | part addresses
{ ip route show table all; ip -6 route show table all; } 2>/dev/null | sed 's/ expires [0-9]*sec//' | part routes
{ ip rule; ip -6 rule; } 2>/dev/null | part routing-rules
{ ip neigh show nud permanent; bridge fdb 2>/dev/null | grep ' dst '; } 2>/dev/null | sort | part neighbours
cd /proc/sys/net 2>/dev/null && grep -Hs . ipv4/ip_forward ipv4/conf/*/forwarding ipv4/conf/*/rp_filter ipv4/conf/*/arp_ignore ipv4/conf/*/route_localnet ipv4/conf/*/proxy_arp \
  ipv4/conf/*/accept_local ipv4/conf/*/src_valid_mark ipv4/ip_nonlocal_bind ipv4/ip_local_port_range ipv6/conf/*/forwarding ipv6/conf/*/disable_ipv6 ipv6/conf/*/accept_ra \
  bridge/bridge-nf-call-* netfilter/nf_conntrack_max netfilter/nf_conntrack_tcp_be_liberal | part settings
{ cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; } | awk '$4 == "0A" { print $2 }' | sort | part listeners
`

/** Looks at the machine (or namespace) that the executor reaches. undefined: it could not be looked at. */
export async function fingerprint(executor: Executor, signal?: AbortSignal): Promise<Fingerprint | undefined> {
  const ran = await executor.run({ argv: ['sh', '-c', SCRIPT], timeout: 60_000, limit: 1 << 16, signal })
  if (ran.end !== 'exited') return undefined
  return readParts(ran.stdout)
}

export function readParts(text: string): Fingerprint | undefined {
  const parts = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, hash] = /^([a-z0-9-]+) ([0-9a-f]{16})$/.exec(line) ?? []
    if (name !== undefined && hash !== undefined) parts.set(name, hash)
  }
  if (parts.size === 0) return undefined
  return { parts, whole: createHash('sha256').update(text).digest('hex').slice(0, 16) }
}

/** Parts that are not what they were. */
export const changedParts = (before: Fingerprint, after: Fingerprint): readonly string[] =>
  [...new Set([...before.parts.keys(), ...after.parts.keys()])].filter((name) => before.parts.get(name) !== after.parts.get(name))
