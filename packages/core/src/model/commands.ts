/** The command that writes each file of a bundle, as INTERFACE.md lists them: what to run where a file is missing. */
const COMMANDS: ReadonlyMap<string, string> = new Map([
  ['iptables-save.txt', 'iptables-save -c'],
  ['ip6tables-save.txt', 'ip6tables-save -c'],
  ['iptables-legacy-save.txt', 'iptables-legacy-save -c'],
  ['iptables-nft-save.txt', 'iptables-nft-save -c'],
  ['ip6tables-legacy-save.txt', 'ip6tables-legacy-save -c'],
  ['ip6tables-nft-save.txt', 'ip6tables-nft-save -c'],
  ['nft.json', 'nft -j list ruleset'],
  ['nft.txt', 'nft list ruleset'],
  ['ipset-save.txt', 'ipset save'],
  ['ip-addr.json', 'ip -j -d addr'],
  ['ip-addr.txt', 'ip -d addr'],
  ['ip-link.json', 'ip -j -d link'],
  ['ip-link.txt', 'ip -d link'],
  ['ip-route.json', 'ip -j -d route show table all'],
  ['ip-route.txt', 'ip -d route show table all'],
  ['ip-rule.json', 'ip -j -d rule'],
  ['ip-rule.txt', 'ip -d rule'],
  ['ip-neigh.json', 'ip -j -d neigh'],
  ['ip-neigh.txt', 'ip -d neigh'],
  ['bridge-link.json', 'bridge -j -d link'],
  ['bridge-link.txt', 'bridge -d link'],
  ['bridge-fdb.json', 'bridge -j -d fdb'],
  ['bridge-fdb.txt', 'bridge -d fdb'],
  ['sysctl.txt', 'sysctl -a'],
  ['conntrack.txt', 'conntrack -L'],
  ['ss.txt', 'ss -luntpaH'],
  ['ipvsadm.txt', 'ipvsadm -Sn'],
  ['wg.txt', 'wg show'],
])

/**
 * The command that would write a missing piece of evidence, and where to run it.
 * `hosts/h/netns/p1/ss.txt` → { command: `ip netns exec p1 ss -luntpaH`, host: `h` }; undefined where no command is known.
 */
export function commandFor(evidence: string): { readonly command: string; readonly host: string | undefined } | undefined {
  const parts = evidence.split('/')
  const command = COMMANDS.get(parts.at(-1) ?? '')
  if (command === undefined) return undefined
  const at = parts.lastIndexOf('hosts')
  const host = at < 0 ? undefined : parts[at + 1]
  const netns = parts[at + 2] === 'netns' && at >= 0 ? parts[at + 3] : undefined
  if (netns !== undefined && !/^[\w.:-]+$/.test(netns)) return undefined
  return { command: netns === undefined ? command : `ip netns exec ${netns} ${command}`, host }
}
