import type { Flow } from './flow.ts'
import { mannerOf } from './manner.ts'
import type { Stage, StageId } from './stages.ts'
import { wayOf } from './way.ts'

/** What a working flow says of a stage on a failing flow's way: all of it is innocent, or what asks for no port. */
export type Cleared = { readonly how: 'all' | 'port-blind'; readonly why: string } | undefined

/** Holds a working flow against a stage of a failing one. `all`: every flow, to know whether it matters who sends. */
export function cleared(stage: Stage, fails: Flow, works: Flow, all: readonly Flow[]): Cleared {
  const way = wayOf(works)
  if (!way?.includes(stage.id) || works.target.protocol !== fails.target.protocol) return undefined
  const same = sameSender(fails, works, all)
  const asked = sameTarget(fails, works) && fails.target.port === works.target.port
  // that it connects is no answer to what goes wrong behind the connection
  if (asked && ['later', 'misled'].includes(mannerOf(fails.result))) return undefined
  if (isChance(fails, works)) {
    return stage.sees === 'asked' && stage.id !== 'translation'
      ? { how: 'all', why: 'the very same connection works at other times' }
      : undefined
  }
  if (stage.sees === 'asked') return clearedBefore(stage.id, fails, works, same)
  return works.target.role === 'service' && variesOf(works, all) ? undefined : clearedBehind(stage, fails, works, same)
}

/** A Service that answers the same sender at times leads to backends that differ: that one is reached tells nothing of the others. */
const variesOf = (works: Flow, all: readonly Flow[]): boolean =>
  all.some((a) => !a.works && sameTarget(a, works) && a.target.port === works.target.port && all.some((b) => b.works && isChance(a, b)))

/** The same connection works and fails: what it meets up to the choice of a backend does not decide. */
const isChance = (a: Flow, b: Flow): boolean =>
  a.sender.place !== undefined && a.sender.place === b.sender.place && sameTarget(a, b) && a.target.port === b.target.port

function clearedBefore(stage: StageId, fails: Flow, works: Flow, same: boolean): Cleared {
  const asked = sameTarget(fails, works) && fails.target.port === works.target.port
  if (stage === 'translation')
    return asked
      ? { how: 'all', why: 'the same Service and port is translated for it, by the same rules (PREROUTING and OUTPUT both call them)' }
      : undefined
  if (!same) return undefined
  if (asked) return { how: 'all', why: 'the same header passes there' }
  const alike = fails.target.role === 'pod' && works.target.role === 'pod' && fails.target.port === works.target.port
  if (alike) return { how: 'all', why: "a header with the same port passes there, and rules for one pod's address are not made there" }
  const routed = !ROUTES_ITSELF.has(stage) || routeOf(fails) === routeOf(works)
  return routed ? { how: 'port-blind', why: 'it takes the same way, to another port or address' } : undefined
}

/**
 * Between the nodes only a flow that is known to go to another node tells anything, or one to the very same pod; on one node, pods of one bridge
 * need no routing.
 */
function passesAlike(stage: StageId, fails: Flow, works: Flow): boolean {
  if (!BETWEEN.has(stage)) return true
  const pod = works.target.role === 'pod' && sameBackend(fails, works) !== 'no'
  if (stage === 'overlay') return works.sameNode === false
  return pod || (works.sameNode !== undefined && works.sameNode === fails.sameNode)
}

/** Where a way to another node differs from one on the same node. */
export const BETWEEN: ReadonlySet<StageId> = new Set<StageId>(['routing', 'postrouting', 'overlay', 'server-node'])

function clearedBehind(stage: Stage, fails: Flow, works: Flow, same: boolean): Cleared {
  if (stage.bySender && !same) return undefined
  if (stage.id === 'postrouting' && fails.target.role === 'service' && works.target.role !== 'service') return undefined
  if (!passesAlike(stage.id, fails, works)) return undefined
  switch (sameBackend(fails, works)) {
    case 'yes':
      return { how: 'all', why: 'behind the translation the failing packet has the same header' }
    case 'taken':
      return {
        how: 'all',
        why: `behind the translation the failing packet has the same header (port ${works.backendPort} of the Service's pods)`,
      }
    case 'other-port':
      return { how: 'port-blind', why: 'it takes the same way, to another port' }
    default:
      // Each node's own addresses are reached in a way of their own.
      return same &&
        works.target.role === fails.target.role &&
        fails.target.role !== 'node' &&
        stage.id !== 'socket' &&
        stage.id !== 'server'
        ? { how: 'port-blind', why: 'it takes the same kind of way' }
        : undefined
  }
}

/** Where the sender's own routes are asked: what is near and what is far take different ones. */
const ROUTES_ITSELF: ReadonlySet<StageId> = new Set<StageId>(['client', 'output'])
const routeOf = ({ target }: Flow): string => (target.role === 'service' || target.role === 'outside' ? 'default' : (target.role ?? ''))

/** A statement about "ClusterIP:80" is about every Service. */
const isGeneric = ({ target }: Flow): boolean =>
  target.address === undefined && target.service === undefined && /cluster ?ip|service|pod|node|internet/i.test(target.name)

export function sameTarget(a: Flow, b: Flow): boolean {
  if (a.target.service !== undefined && a.target.service === b.target.service) return true
  if (a.target.address !== undefined && a.target.address === b.target.address) return true
  if (isGeneric(a) || isGeneric(b)) return a.target.role !== undefined && a.target.role === b.target.role
  return a.target.name === b.target.name
}

function sameBackend(fails: Flow, works: Flow): 'yes' | 'taken' | 'other-port' | 'no' {
  const [a, b] = [fails.backendPort, works.backendPort]
  if (sameTarget(fails, works)) {
    if (fails.target.port === works.target.port || (a !== undefined && a === b)) return 'yes'
    return 'other-port'
  }
  const through = fails.target.role === 'service' && works.target.role === 'pod'
  const direct = fails.target.role === 'pod' && works.target.role === 'service'
  if (!through && !direct) return 'no'
  return a !== undefined && a === b ? 'taken' : 'no'
}

/**
 * Does it stand for the same sender? Pods of which no note tells them apart are taken as alike; where one pod reaches what another does not,
 * it matters which.
 */
export function sameSender(a: Flow, b: Flow, all: readonly Flow[]): boolean {
  if (a.sender.role !== b.sender.role || a.sender.role === undefined) return false
  if (a.sender.place === b.sender.place && a.sender.node === b.sender.node) return true
  return !all.some(
    (one) =>
      one.works &&
      one.sender.role === a.sender.role &&
      one.sender.place !== undefined &&
      a.sender.place !== undefined &&
      one.sender.place !== a.sender.place &&
      sameTarget(one, a) &&
      one.target.port === a.target.port,
  )
}
