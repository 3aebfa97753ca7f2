import type { Family } from '../../../net/address.ts'
import { type Decision, unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { MatchModule } from '../module.ts'
import { addrtype } from './addrtype.ts'
import { ah } from './ah.ts'
import { bpf } from './bpf.ts'
import { cgroup } from './cgroup.ts'
import { cluster } from './cluster.ts'
import { comment } from './comment.ts'
import { connbytes } from './connbytes.ts'
import { connlabel } from './connlabel.ts'
import { connlimit } from './connlimit.ts'
import { connmark } from './connmark.ts'
import { conntrack } from './conntrack.ts'
import { cpu } from './cpu.ts'
import { dccp } from './dccp.ts'
import { devgroup } from './devgroup.ts'
import { dscp } from './dscp.ts'
import { dst } from './dst.ts'
import { ecn } from './ecn.ts'
import { esp } from './esp.ts'
import { eui64 } from './eui64.ts'
import { frag } from './frag.ts'
import { hashlimit } from './hashlimit.ts'
import { hbh } from './hbh.ts'
import { helper } from './helper.ts'
import { hl, ttl } from './hops.ts'
import { icmp, icmp6 } from './icmp.ts'
import type { ExtensionMatch, Match } from './index.ts'
import { ipcomp } from './ipcomp.ts'
import { iprange } from './iprange.ts'
import { ipv6header } from './ipv6header.ts'
import { ipvs } from './ipvs.ts'
import { length } from './length.ts'
import { limit } from './limit.ts'
import { mac } from './mac.ts'
import { mark } from './mark.ts'
import { mh } from './mh.ts'
import { multiport } from './multiport.ts'
import { nfacct } from './nfacct.ts'
import { osf } from './osf.ts'
import { owner } from './owner.ts'
import { physdev } from './physdev.ts'
import { pkttype } from './pkttype.ts'
import { policy } from './policy.ts'
import { quota } from './quota.ts'
import { rateest } from './rateest.ts'
import { realm } from './realm.ts'
import { recent } from './recent.ts'
import { rpfilter } from './rpfilter.ts'
import { rt } from './rt.ts'
import { sctp } from './sctp.ts'
import { set } from './set.ts'
import { socket } from './socket.ts'
import { srh } from './srh.ts'
import { state } from './state.ts'
import { statistic } from './statistic.ts'
import { string } from './string.ts'
import { tcp } from './tcp.ts'
import { tcpmss } from './tcpmss.ts'
import { time } from './time.ts'
import { tos } from './tos.ts'
import { u32 } from './u32.ts'
import { udp, udplite } from './udp.ts'
import { unclean } from './unclean.ts'

/** A match's module without its node's type: whoever looks one up by `match.kind` may hand it that match. */
export type AnyMatchModule = MatchModule<ExtensionMatch>

const modules: readonly AnyMatchModule[] = [
  addrtype,
  ah,
  bpf,
  cgroup,
  cluster,
  comment,
  connbytes,
  connlabel,
  connlimit,
  connmark,
  conntrack,
  cpu,
  dccp,
  devgroup,
  dscp,
  dst,
  ecn,
  esp,
  eui64,
  frag,
  hashlimit,
  hbh,
  helper,
  hl,
  ttl,
  icmp,
  icmp6,
  ipcomp,
  iprange,
  ipv6header,
  ipvs,
  length,
  limit,
  mac,
  mark,
  mh,
  multiport,
  nfacct,
  osf,
  owner,
  physdev,
  pkttype,
  policy,
  quota,
  rateest,
  realm,
  recent,
  rpfilter,
  rt,
  sctp,
  set,
  socket,
  srh,
  state,
  statistic,
  string,
  tcp,
  tcpmss,
  time,
  tos,
  u32,
  udp,
  udplite,
  unclean,
]

/** Every match extension by the names that -m takes. */
export const matchModules: ReadonlyMap<string, AnyMatchModule> = new Map(
  modules.flatMap((module) => [module.kind, ...(module.names ?? [])].map((name) => [name, module] as const)),
)

function moduleOf(match: ExtensionMatch): AnyMatchModule {
  const module = matchModules.get(match.kind)
  if (!module) throw new Error(`no module for match ${match.kind}`)
  return module
}

/** Does the packet meet the condition? What is not understood is unknown. */
export function decideMatch(match: Match, scene: Scene): Decision {
  if (match.kind === 'opaque') return unknown(`what -m ${match.name} tests is not known`)
  return moduleOf(match).decide(match, scene)
}

/** `-m NAME OPTIONS` as iptables-save prints it. */
export function printMatch(match: Match, family: Family): string {
  if (match.kind === 'opaque') return `-m ${match.text}`
  const options = moduleOf(match).print(match, family)
  return options === '' ? `-m ${match.kind}` : `-m ${match.kind} ${options}`
}

/** A phrase that completes "the packet …". */
export function explainMatch(match: Match): string {
  if (match.kind === 'opaque') return `meets ${match.name}, which is not understood`
  return moduleOf(match).explain(match)
}
