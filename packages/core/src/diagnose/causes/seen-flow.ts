import { formatAddress } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'
import type { Observation, PacketsSeen } from '../observations/observation.ts'
import type { Scene } from '../scene.ts'
import type { Family, Suspect } from './cause.ts'
import type { CauseId } from './ids.ts'
import { relevance } from './relevance.ts'
import { suspected } from './state.ts'

export type Seen = PacketsSeen & { readonly id: string }

/** What a sighting by itself says of the cause. `likelihood` as docs/diagnosis.md scales it. */
interface Reading {
  readonly cause: CauseId
  readonly object: string
  readonly says: string
  readonly likelihood: number
}

/**
 * What a capture proves by itself: nobody answers for a link address, two claim one, packets are too large, a machine refuses in another's
 * name, or in its own. Where the model explains the same flow, its word goes first.
 */
export const SEEN_FLOW: Family = {
  finds: ['host.neighbour', 'host.mtu', 'nat.hijack', 'nat.masquerade-missing', 'route.wrong', 'route.missing', 'app.not-listening'],
  suspects: (scene) => scene.observations.filter(isSeen).flatMap((seen) => suspectOf(scene, seen) ?? []),
}

const isSeen = (one: Observation): one is Seen => one.kind === 'packet'

function suspectOf(scene: Scene, seen: Seen): Suspect | undefined {
  if (isExplained(scene, seen)) return undefined
  const reading = readingOf(seen) ?? keptHere(scene, seen)
  if (!reading) return undefined
  const { cause, object, says, likelihood } = reading
  const needed = relevance(scene, ({ symptom, addresses }) => symptom.observation === seen.id || addresses.has(seen.flow?.dst ?? -1))
  const suspect = suspected(cause, needed, {
    where: { host: seen.host ?? '', netns: seen.netns, object, source: seen.source },
    because: [{ text: `${says}: ${seen.text}`, source: seen.source, observation: seen.id }],
    likelihood,
    explains: [seen.id],
  })
  return { ...suspect, onWay: true }
}

/** The model has a place for it where it ends: the cause there is better known than from a few packets. */
const isExplained = ({ blames }: Scene, { id }: Seen): boolean =>
  blames.some(({ symptom, kind }) => symptom.observation === id && kind !== 'open' && kind !== 'doubted')

function readingOf(seen: Seen): Reading | undefined {
  if (seen.parting !== undefined) return ofParting(seen)
  switch (seen.sighting) {
    case 'arp-unanswered':
      return ofSilence(seen)
    case 'duplicate-address':
      return {
        cause: 'host.neighbour',
        object: `address ${targetOf(seen)}`,
        says: 'two machines claim one address',
        likelihood: 0.88,
      }
    case 'large-lost':
      return ofLarge(seen)
    case 'reset':
      return ofReset(seen)
    case 'icmp-error':
      return ofError(seen)
    case 'untranslated-reply':
      return {
        cause: 'nat.masquerade-missing',
        object: `answers of ${seen.by === undefined ? 'the target' : formatAddress(seen.by)}`,
        says: 'the answer goes to the asker directly, past the machine that has to translate it back',
        likelihood: 0.7,
      }
    default:
      return undefined
  }
}

/** A host asks for addresses that nobody has all day long: one that packets wait for is asked for again and again. */
function ofSilence(seen: Seen): Reading | undefined {
  if (seen.ends === 'here' || (seen.packets ?? 0) < 2) return undefined
  const says = 'the next hop does not tell its link address, and packets for it wait and are given up'
  return { cause: 'host.neighbour', object: `address ${targetOf(seen)}`, says, likelihood: 0.8 }
}

/** An error tells the sender to send less, and it does: the fault is where large packets are lost all the same. */
function ofLarge(seen: Seen): Reading {
  const object = `packets to ${targetOf(seen)}`
  const told = seen.icmp?.mtu !== undefined
  const says = told
    ? `a link on the way carries no more than ${seen.icmp?.mtu} bytes`
    : 'large packets are lost on the way, small ones are not'
  return { cause: 'host.mtu', object, says, likelihood: told ? 0.75 : 0.88 }
}

function ofReset(seen: Seen): Reading | undefined {
  const { maker, by, flow, established } = seen
  if (established) return undefined
  if (maker?.forged) return refusedBy(seen, 'a machine on the way resets it in the name of the target')
  if (by === undefined || by !== flow?.dst) return undefined
  return {
    cause: 'app.not-listening',
    object: `port ${portOf(seen)}`,
    says: 'the target itself refuses it',
    likelihood: maker ? 0.85 : 0.7,
  }
}

/** Of ICMP errors by hosts and routers: REJECT makes them, and so does the kernel where it has no route, no neighbour or no socket. */
function ofError(seen: Seen): Reading | undefined {
  const { icmp, flow, by, maker } = seen
  if (icmp?.type === 11 && icmp.code === 0)
    return {
      cause: 'route.wrong',
      object: `route to ${targetOf(seen)}`,
      says: 'the packet goes round and round until its time to live is over',
      likelihood: 0.7,
    }
  if (icmp?.type !== 3) return undefined
  const byTarget = by !== undefined && by === flow?.dst
  if (PROHIBITED.has(icmp.code)) return refusedBy(seen, 'a rule refuses it and says so (only a firewall sends this error)')
  if (icmp.code === 3 && flow?.protocol === PROTOCOL.udp && byTarget && maker?.forged !== true)
    return {
      cause: 'app.not-listening',
      object: `port ${portOf(seen)}`,
      says: 'the target itself says that nothing listens there',
      likelihood: 0.8,
    }
  if (icmp.code === 3 || icmp.code === 2)
    return refusedBy(seen, 'a rule refuses it (a closed TCP port answers with a reset, a router with nothing)')
  return unreachable(seen, icmp.code)
}

const PROHIBITED: ReadonlySet<number> = new Set([9, 10, 13])

function unreachable(seen: Seen, code: number): Reading | undefined {
  const waited = /, as when a next hop does not answer/.test(seen.text)
  if (code === 1 && waited)
    return {
      cause: 'host.neighbour',
      object: `address ${targetOf(seen)}`,
      says: 'the last router waited for a link address in vain',
      likelihood: 0.8,
    }
  if (code !== 0 && code !== 1) return undefined
  if (seen.stage === 'forward-or-later') return refusedBy(seen, 'a rule refuses it while it is being forwarded')
  return {
    cause: 'route.missing',
    object: `route to ${targetOf(seen)}`,
    says: 'a router has no route for it',
    likelihood: seen.stage === undefined ? 0.5 : 0.7,
  }
}

function refusedBy(seen: Seen, says: string): Reading {
  const { by, flow, maker } = seen
  const atTarget = by !== undefined && by === flow?.dst && maker?.forged !== true
  const who = maker?.address ?? by
  const where = maker?.at === 'self' ? ', on the capturing host' : who === undefined ? '' : `, on ${formatAddress(who)}`
  const object = `a rule that refuses ${portOf(seen)}${where}`
  return { cause: atTarget ? 'filter.input-rule' : 'filter.forward-rule', object, says, likelihood: 0.75 }
}

/** It came in and was not sent on, and no model tells why: of what may keep a packet, a rule is the likeliest. */
function keptHere({ model, symptoms }: Scene, seen: Seen): Reading | undefined {
  const silent = seen.sighting === 'syn-unanswered' || seen.sighting === 'unanswered' || seen.sighting === 'reply-lost'
  if (!silent || seen.ends !== 'here' || symptoms.some(({ observation, outcomes }) => observation === seen.id && outcomes.length > 0))
    return undefined
  const dst = seen.flow?.dst
  const own = dst !== undefined && model.owners.get(dst)?.some(({ namespace }) => namespace.host === seen.host)
  const what = seen.sighting === 'reply-lost' ? 'the answer to a packet' : 'a packet'
  const says = `${what} came in and never left this host: a rule keeps it, or routing does`
  return { cause: own ? 'filter.input-rule' : 'filter.forward-rule', object: `way to ${portOf(seen)}`, says, likelihood: 0.45 }
}

/** It went elsewhere than everything in the evidence says: something is at work that the evidence does not hold. */
function ofParting(seen: Seen): Reading | undefined {
  switch (seen.parting) {
    case 'destination':
      return {
        cause: 'nat.hijack',
        object: `translation of ${portOf(seen)}`,
        says: 'it was sent to another target than the rules in the evidence say',
        likelihood: 0.7,
      }
    case 'source':
      return {
        cause: 'nat.masquerade-missing',
        object: `source of packets to ${targetOf(seen)}`,
        says: 'it left with another source than the rules in the evidence give it',
        likelihood: 0.6,
      }
    case 'device':
      return {
        cause: 'route.wrong',
        object: `route to ${targetOf(seen)}`,
        says: 'it left by another device than the routes in the evidence say',
        likelihood: 0.7,
      }
    default:
      return undefined
  }
}

const targetOf = ({ flow }: Seen): string => (flow?.dst === undefined ? (flow?.dstName ?? 'the target') : formatAddress(flow.dst))

const portOf = (seen: Seen): string => {
  const { dst, dport = 0 } = seen.flow ?? {}
  const address = targetOf(seen)
  return dport === 0 ? address : `${typeof dst === 'bigint' ? `[${address}]` : address}:${dport}`
}
