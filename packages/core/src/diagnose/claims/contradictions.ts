import type { Document } from '../../intake/document.ts'
import { formatAddress } from '../../net/address.ts'
import type { Claimed, Counted, Observation, PacketsSeen } from '../observations/observation.ts'
import { chainOrder, ordersClaimed } from './order.ts'
import { translatedPort } from './translated-ports.ts'

/** An assertion of the notes that measurements in the same evidence speak against. */
export interface Contradiction {
  /** Id of the claim. */
  readonly claim: string
  /** Ids of the observations that speak against it. */
  readonly evidence: readonly string[]
  readonly text: string
}

type Numbered<T> = T & { readonly id: string }
type Rule = (claim: Numbered<Claimed>, observations: readonly Observation[], documents: readonly Document[]) => Contradiction | undefined

/**
 * Holds every claim against what was measured (decision 7): what FORWARD drops is not seen leaving; a counter counts what passed; a node's own
 * packets do not pass PREROUTING; the listing gives the order of rules; what works passed what is accused of dropping it.
 */
export function contradictions(observations: readonly Observation[], documents: readonly Document[] = []): readonly Contradiction[] {
  const claims = observations.filter((one): one is Numbered<Claimed> => one.kind === 'claim')
  return RULES.flatMap((rule) =>
    claims
      .flatMap((claim) => {
        const found = rule(claim, observations, documents)
        return found ? [{ found, claim }] : []
      })
      .sort((a, b) => weightOf(b.claim) - weightOf(a.claim))
      .slice(0, MOST_OF_A_RULE),
  ).map(({ found }) => found)
}

/** The same error said in many words need not be answered each time. */
const MOST_OF_A_RULE = 4
/** What is said to be the cause weighs more than a remark. */
const weightOf = ({ text, causes }: Claimed): number =>
  (/\broot cause\b|\bcaused by\b|\bbecause\b|\bcritical\b/i.test(text) ? 2 : 0) + (causes.length > 0 && causes.length < 4 ? 1 : 0)

const accuses = (claim: Claimed, ...prefixes: readonly string[]): boolean =>
  claim.asserts === 'cause' && claim.causes.some((id) => prefixes.some((prefix) => id.startsWith(prefix)))

const quoted = ({ text }: Claimed): string => text.replace(/^The notes say: /, '')

const lines = (all: readonly Observation[]): string => {
  const places = all.flatMap(({ source }) => (source ? [`${source.file}:${source.line}`] : []))
  return places.length ? ` (${places.join(', ')})` : ''
}

/** A packet that was dropped in FORWARD, or by a policy there, is never sent: a capture that shows it leaving clears them. */
const leftTheHost: Rule = (claim, observations) => {
  if (!accuses(claim, 'filter.forward', 'policy.', 'filter.docker', 'filter.firewalld')) return undefined
  const left = observations.filter(
    (one): one is Numbered<PacketsSeen> =>
      one.kind === 'packet' &&
      (one.sighting === 'syn-unanswered' || one.sighting === 'unanswered') &&
      one.interfaces.some(({ direction }) => direction === 'out'),
  )
  const [first] = left
  if (!first) return undefined
  const out = first.interfaces.find(({ direction }) => direction === 'out')
  const flow = out?.flow
  if (!flow || flow.dst === undefined) return undefined
  const to = `${formatAddress(flow.dst)}:${flow.dport}`
  const own = first.host !== undefined && flow.srcName === first.host
  return {
    claim: claim.id,
    evidence: left.map(({ id }) => id),
    text: `${quoted(claim)} – but the capture shows the SYN to ${to} leaving this host by ${out?.device}${lines(left)}: what a rule in FORWARD drops is never sent${own ? ', and what this host itself sends, as this packet, does not even pass FORWARD' : ''}. It went to ${out?.device}.`,
  }
}

/** Filters behind the translation see the backend's port: a rule there for the port that was asked for matches nothing. */
const wrongPort: Rule = (claim, observations, documents) => {
  if (claim.inference !== 'hook' || claim.subject === 'PREROUTING') return undefined
  const port = /\bport[: ]+(\d{2,5})\b|\b(\d{2,5})\/(?:tcp|udp)\b|--dport (\d{2,5})\b|\bdpt:(\d{2,5})\b/i.exec(claim.text)
  const asked = Number(port?.[1] ?? port?.[2] ?? port?.[3] ?? port?.[4])
  const translated = Number.isInteger(asked) ? translatedPort(documents, asked) : undefined
  if (!translated) return undefined
  return {
    claim: claim.id,
    evidence: observations
      .filter(({ source }) => source?.file === translated.source?.file && source?.line === translated.source?.line)
      .map(({ id }) => id),
    text: `${quoted(claim)} – but port ${asked} is translated to ${translated.to} in PREROUTING (${translated.shown}): what comes behind (FORWARD, DOCKER-USER, policies) sees port ${translated.to}, and a rule for port ${asked} there matches no such packet.`,
  }
}

const asCount = (packets: number): string => packets.toLocaleString('en-US')

/** A large counter proves that packets passed a rule, not that it stopped them. */
const countsPassing: Rule = (claim, observations) => {
  if (claim.asserts !== 'cause' || claim.inference !== 'counter-size') return undefined
  const counters = observations.filter((one): one is Numbered<Counted> => one.kind === 'counter')
  const named = counters.filter(({ text, rule }) => rule !== undefined && / went from chain /.test(text) && namesChain(claim, text))
  const drops = counters.filter(({ text }) => / (?:dropped|refused) /.test(text) && namesChain(claim, text))
  if (drops.length > 0) return undefined
  const shown = named.map(({ packets, rule }) => `${asCount(packets)} at rule ${rule?.rule} of ${rule?.chain}`).join(', ')
  return {
    claim: claim.id,
    evidence: named.map(({ id }) => id),
    text: `${quoted(claim)} – a counter tells how many packets passed a rule${shown ? ` (${shown})` : ''}, not that it stopped them; no rule there that drops or rejects is shown with packets${lines(named)}.`,
  }
}

const CHAINS: Readonly<Record<string, RegExp>> = {
  Calico: /into cali-|chain cali-/,
  Kubernetes: /into KUBE-|chain KUBE-/,
  'kube-router': /into KUBE-ROUTER|chain KUBE-(?:ROUTER|NWPLCY|POD-FW)/,
  'kube-proxy': /into KUBE-|chain KUBE-/,
  NetworkPolicy: /into (?:KUBE-|cali-|CILIUM)|chain (?:KUBE-(?:NWPLCY|POD-FW)|cali-|CILIUM)/,
  'DOCKER-USER': /into DOCKER-USER|chain DOCKER-USER/,
  Docker: /into DOCKER|chain DOCKER/,
}

const namesChain = ({ subject }: Claimed, text: string): boolean => subject.split(', ').some((name) => CHAINS[name]?.test(text) ?? false)

/** ip_output(): what a node itself sends passes OUTPUT and POSTROUTING, and never PREROUTING. */
const wrongHook: Rule = (claim, observations) => {
  if (claim.inference !== 'hook' || claim.subject !== 'PREROUTING') return undefined
  const own = observations.filter(
    (one) => one.kind === 'works' && (one.attempt.from?.startsWith('host/') || one.attempt.roles?.from === 'node'),
  )
  return {
    claim: claim.id,
    evidence: own.map(({ id }) => id),
    text: `${quoted(claim)} – a packet that the node itself sends passes OUTPUT, not PREROUTING: that the node reaches the Service${lines(own)} says nothing of the rules in PREROUTING, which only a pod's packets meet.`,
  }
}

/** "X takes it before Y": the listing of the chain says which comes first. */
const wrongOrder: Rule = (claim, observations, documents) => {
  if (claim.asserts !== 'cause' || claim.inference !== 'order') return undefined
  for (const { first, second } of ordersClaimed(claim.text)) {
    const order = chainOrder(documents, first, second)
    if (!order || order.first.rule.number < order.second.rule.number) continue
    const { first: late, second: early } = order
    const evidence = observations.filter(
      ({ kind, source }) =>
        kind === 'counter' && source?.file === late.file && (source.line === late.rule.line || source.line === early.rule.line),
    )
    return {
      claim: claim.id,
      evidence: evidence.map(({ id }) => id),
      text: `${quoted(claim)} – the listing has it the other way: rule ${early.rule.number} of chain ${early.rule.chain} (${early.file}:${early.rule.line}: ${early.rule.text}) comes before rule ${late.rule.number} (${late.file}:${late.rule.line}: ${late.rule.text}).`,
    }
  }
  return undefined
}

/** What is said to be no cause shows in the measurements as one: rules of a policy, a full table. */
const accusedOfWhatWorks: Rule = (claim, observations) => {
  if (!accuses(claim, 'dns.') || claim.causes.some((id) => !id.startsWith('dns.'))) return undefined
  const resolved = observations.filter(
    (one) => one.kind === 'fails' && one.attempt.name !== undefined && /^\d|^\[/.test(one.attempt.to) && one.attempt.result !== 'no-name',
  )
  if (resolved.length === 0) return undefined
  return {
    claim: claim.id,
    evidence: resolved.map(({ id }) => id),
    text: `${quoted(claim)} – but the name was resolved to an address before the connection failed${lines(resolved)}.`,
  }
}

const RULES: readonly Rule[] = [leftTheHost, countsPassing, wrongHook, wrongPort, wrongOrder, accusedOfWhatWorks]
