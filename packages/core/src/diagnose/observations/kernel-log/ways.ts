import type { LoggedPacket, TraceStep } from '../../../facts/packet-log.ts'

/** The steps of one packet, in order. */
export interface Way {
  readonly steps: TraceStep[]
}

/** Packets whose lines come between each other's, from several processors. */
const OPEN = 4096

/**
 * Gathers the steps of each packet. Monitors give a packet an id, which changes when the kernel handles a copy of it; the kernel log has
 * none. What stays is the IP identification and the sequence of hooks: a step that was already there begins another packet's way.
 */
export function waysOf(steps: readonly TraceStep[]): readonly Way[] {
  const ways: Way[] = []
  const open = new Map<string, Way>()
  const byId = new Map<string, string>()
  for (const step of steps) {
    const id = step.id
    const known = id === undefined ? undefined : byId.get(id)
    const key = known ?? (step.packet ? identityOf(step.packet) : (id ?? ''))
    if (id !== undefined && byId.size < OPEN) byId.set(id, key)
    const way = open.get(key)
    if (way && continues(way, step)) way.steps.push(step)
    else {
      const begun: Way = { steps: [step] }
      ways.push(begun)
      open.delete(key)
      open.set(key, begun)
      if (open.size > OPEN) open.delete(open.keys().next().value as string)
    }
  }
  return ways
}

/** Translation changes addresses and ports, one side of them at a time. */
function identityOf({ ipId, protocol, src, sport, dst, dport, flags }: LoggedPacket): string {
  if (ipId !== undefined && ipId !== 0) return `${protocol}|${ipId}|${flags}`
  return `${protocol}|${src}|${sport}|${dst}|${dport}|${flags}`
}

/** The same rule twice is a second packet with an equal identity, unless a bridge sent it through the hooks again by other devices. */
function continues({ steps }: Way, step: TraceStep): boolean {
  return !steps.some(
    (known) =>
      known.family === step.family &&
      known.table === step.table &&
      known.chain === step.chain &&
      known.step === step.step &&
      known.rule === step.rule &&
      known.handle === step.handle &&
      known.packet?.inDevice === step.packet?.inDevice &&
      known.packet?.outDevice === step.packet?.outDevice &&
      step.step !== 'packet',
  )
}
