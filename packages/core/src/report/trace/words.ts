import type { Connection, Outcome, Reason, Step } from '../../datapath/trace.ts'
import { formatAddress } from '../../net/address.ts'
import { destinationText, sourceText } from '../packet-text.ts'

/** Names whose rule a step is: `Docker`, `kube-proxy for service default/web`. undefined: nobody's that culprit knows. */
export type Whose = (step: Step) => string | undefined

export const placeText = (at: { readonly host: string; readonly netns: string }): string =>
  at.netns === '' ? (at.host === '' ? 'outside' : `host ${at.host}`) : `namespace ${at.netns} on host ${at.host}`

export const decidingStep = (outcome: Outcome): Step | undefined =>
  outcome.decidedBy === null ? undefined : outcome.steps[outcome.decidedBy]

/** Why the packet's way ended where it did: a sentence without its full stop, which begins in small letters. */
export function endText(outcome: Outcome, whose: Whose): string {
  const step = decidingStep(outcome)
  const place = placeText(outcome.at)
  if (step && (outcome.reason === 'rule' || outcome.reason === 'policy')) return ruleText(outcome, step, whose)
  return REASONS[outcome.reason]({
    place,
    device: outcome.at.interface,
    src: formatAddress(outcome.packet.src),
    dst: formatAddress(outcome.packet.dst),
    mtu: outcome.packet.length,
  })
}

function ruleText(outcome: Outcome, step: Step, whose: Whose): string {
  const where = `chain ${step.chain ?? '?'} of table ${step.table ?? '?'} on ${placeText(step)}`
  if (step.kind === 'policy')
    return outcome.verdict === 'dropped'
      ? `no rule in ${where} lets it through, and the chain's policy is DROP`
      : `the policy of ${where} lets it through`
  const owner = whose(step)
  const verb = outcome.verdict === 'rejected' ? 'rejects' : outcome.verdict === 'dropped' ? 'drops' : 'accepts'
  return `rule ${step.rule ?? '?'} in ${where}${owner ? ` (${owner})` : ''} ${verb} it`
}

interface End {
  readonly place: string
  readonly device: string
  readonly src: string
  readonly dst: string
  readonly mtu: number
}

/** One sentence a reason; docs/reference/verdicts.md says more of each. */
const REASONS: Readonly<Record<Reason, (end: End) => string>> = {
  rule: (e) => `a rule on ${e.place} decided`,
  policy: (e) => `a chain's policy on ${e.place} decided`,
  delivered: (e) => `it reached ${e.place}`,
  'no-route': (e) => `${e.place} has no route to ${e.dst}`,
  blackhole: (e) => `the route for ${e.dst} on ${e.place} is a blackhole`,
  unreachable: (e) => `the route for ${e.dst} on ${e.place} says unreachable`,
  prohibit: (e) => `the route for ${e.dst} on ${e.place} says prohibited`,
  'rp-filter': (e) =>
    `${e.place} throws it away as it comes in by ${e.device}: its own route back to ${e.src} does not lead there (rp_filter)`,
  'forwarding-off': (e) => `${e.place} is not a router: forwarding is off for packets that come in by ${e.device}`,
  martian: (e) => `${e.place} discards it as martian: ${e.src} → ${e.dst} cannot come in by ${e.device}`,
  'ttl-exceeded': (e) => `its time to live ran out on ${e.place}`,
  'no-neighbour': (e) => `nobody answers for the next hop on ${e.device || 'the link'} of ${e.place} (no neighbour)`,
  'hairpin-off': (e) =>
    `it would have to leave the bridge by the port it came in by, ${e.device} on ${e.place}, and that port has hairpin off`,
  'port-isolated': (e) => `both ports of the bridge on ${e.place} are isolated from each other`,
  'link-down': (e) => `interface ${e.device} on ${e.place} is down`,
  'too-big': (e) => `it is larger (${e.mtu} bytes) than the MTU of ${e.device} on ${e.place} and must not be fragmented`,
  loop: (e) => `it goes round in a circle through ${e.place}`,
  'nat-failed': (e) => `address translation on ${e.place} found no free address or port`,
  'invalid-source': (e) => `${e.place} cannot send from ${e.src}: the address is not its own`,
  'not-for-us': (e) => `the frame is for another machine than ${e.place}`,
  taken: (e) => `another part of the kernel on ${e.place} takes it out of this path`,
  'missing-evidence': (e) => `the evidence does not tell what ${e.place} does with it`,
  ebpf: (e) => `an eBPF program on ${e.place} decides, and its rules are not in the evidence`,
}

/** What the sender notices. */
export function senderText(connection: Connection, answer: string | undefined): string {
  switch (connection) {
    case 'connects':
      return 'The sender connects.'
    case 'refused':
      return `The sender gets "connection refused" at once${answer ? ` (${answer})` : ''}.`
    case 'timeout':
      return 'The sender hears nothing and times out.'
    case 'unreachable':
      return `The sender gets "${errorText(answer)}"${answer ? ` (${answer})` : ''}.`
    case 'unknown':
      return ''
  }
}

/** What a program is told of an ICMP error or errno: icmp_err_convert[] of net/ipv4/icmp.c, tab_unreach[] of net/ipv6/icmp.c, strerror(3). */
function errorText(answer: string | undefined): string {
  switch (answer) {
    case 'icmp-net-unreachable':
    case 'icmp-net-prohibited':
    case 'icmp6-no-route':
    case 'ENETUNREACH':
      return 'Network is unreachable'
    case 'icmp6-adm-prohibited':
    case 'icmp6-policy-fail':
    case 'icmp6-reject-route':
    case 'EACCES':
      return 'Permission denied'
    case 'icmp-proto-unreachable':
      return 'Protocol not available'
    case 'EPERM':
      return 'Operation not permitted'
    case 'EINVAL':
      return 'Invalid argument'
    case 'EMSGSIZE':
      return 'Message too long'
    default:
      return 'No route to host'
  }
}

/** Where a packet ended: `reaches 10.42.0.5:8080 in namespace p2 on host h`, `leaves host h by eth0 for 203.0.113.80:443`. */
export function arrivalText(outcome: Outcome): string {
  const { at, packet, verdict } = outcome
  const to = destinationText(packet)
  return verdict === 'forwarded'
    ? `leaves ${placeText(at)} by ${at.interface} for ${to}`
    : `reaches ${to} ${at.netns === '' ? 'on' : 'in'} ${placeText(at)}`
}

/** ` (sent there by rule 2 of chain KUBE-SEP-X: kube-proxy, for service default/web)` where the destination is not the one that was asked for. */
export function sentThereText({ sent, packet, steps }: Outcome, whose: Whose): string {
  if (!sent || (sent.dst === packet.dst && sent.dport === packet.dport)) return ''
  const translation = steps.find((s) => s.kind === 'rule' && s.packet?.dst === packet.dst && s.packet.dport === packet.dport)
  if (!translation) return ''
  const owner = whose(translation)
  return ` (sent there by rule ${translation.rule ?? '?'} of chain ${translation.chain ?? '?'}${owner ? `: ${owner}` : ''})`
}

/** `, as coming from 192.0.2.1:40000` where the destination sees another sender than the one that sent. */
export function seenAsText({ sent, packet }: Outcome): string {
  return sent && sent.src !== packet.src ? `, as coming from ${sourceText(packet)}` : ''
}
