import type { ConntrackState } from '../../scene.ts'

/** In the order in which iptables prints them. SNAT and DNAT are bits of the connection's status, not states. */
export const CT_STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'] as const
export type CtState = (typeof CT_STATES)[number]

/** A comma-separated list in any case, in the order of printing. */
export function parseStates(list: string, known: readonly CtState[]): { readonly states: readonly CtState[] } | undefined {
  const given = list.toUpperCase().split(',')
  return given.every((name) => (known as readonly string[]).includes(name))
    ? { states: known.filter((name) => given.includes(name)) }
    : undefined
}

/** statebit of conntrack_mt(): without a connection it is UNTRACKED, or INVALID for whatever conntrack did not take or has not seen. */
export function stateBits(conntrack: ConntrackState): readonly CtState[] {
  if (conntrack === 'untracked') return ['UNTRACKED']
  if (conntrack === 'template') return ['NEW']
  if (conntrack === 'invalid' || conntrack === 'none') return ['INVALID']
  const bits: CtState[] = [conntrack.state === 'new' ? 'NEW' : conntrack.state === 'related' ? 'RELATED' : 'ESTABLISHED']
  if (conntrack.status.snat) bits.push('SNAT')
  if (conntrack.status.dnat) bits.push('DNAT')
  return bits
}

const VIRTUAL = { SNAT: 'had its source translated', DNAT: 'had its destination translated' } as const

export function explainStates(states: readonly CtState[], negated: boolean): string {
  const real = states.filter((state) => state !== 'SNAT' && state !== 'DNAT')
  const parts: string[] = []
  if (real.length > 0) parts.push(`is of a connection in state ${real.join(' or ')}`)
  for (const state of states) if (state === 'SNAT' || state === 'DNAT') parts.push(VIRTUAL[state])
  const text = parts.join(' or ')
  return negated ? `is not one that ${text}` : text
}

const BIT = Object.fromEntries(CT_STATES.map((state, place) => [state, 1 << place])) as Record<CtState, number>

/** XT_CONNTRACK_STATE_BIT of each. */
export const stateMask = (states: readonly CtState[]): number => states.reduce((mask, state) => mask | BIT[state], 0)

/** stateBits() as a mask, without a list in between. */
export function stateBit(conntrack: ConntrackState): number {
  if (typeof conntrack === 'string') return stateMask(stateBits(conntrack))
  const state = conntrack.state === 'new' ? BIT.NEW : conntrack.state === 'related' ? BIT.RELATED : BIT.ESTABLISHED
  return state | (conntrack.status.snat ? BIT.SNAT : 0) | (conntrack.status.dnat ? BIT.DNAT : 0)
}
