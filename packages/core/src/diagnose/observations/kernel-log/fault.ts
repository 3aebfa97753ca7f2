import type { Fault } from '../../causes/cause.ts'
import type { Logged, LoggedStep } from '../observation.ts'

/**
 * The rule or policy that a logged packet came to its end at, where that is known: the fault to look at. undefined: the packet got through,
 * the log ends early, or no ruleset tells what the last rule does.
 */
export function faultOfWay({ way, host }: Logged): Fault | undefined {
  const last = way?.at(-1)
  if (!last || !refuses(last)) return undefined
  const { table, chain, rule, text, source, step } = last
  const object = step === 'policy' ? `policy of chain ${chain}` : `chain ${chain}${rule === undefined && text ? ` (${text})` : ''}`
  return {
    host: host ?? '',
    object,
    ...(rule !== undefined && { rule: { table, chain, rule, text: text ?? '', ...(source && { source }) } }),
  }
}

export const refuses = ({ verdict }: LoggedStep): boolean => verdict === 'DROP' || verdict === 'REJECT'

/** Somebody traced this very packet; a LOG rule writes of all that come by. */
export const isTraced = ({ way = [] }: Logged): boolean =>
  way.length > 0 && way.every(({ verdict }) => verdict !== 'LOG' && verdict !== 'NFLOG')
