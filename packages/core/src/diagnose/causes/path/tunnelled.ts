import type { Outcome, Step } from '../../../datapath/trace.ts'

/** Was the packet inside of a tunnel's packet when it met this step? */
export function isTunnelled({ steps }: Outcome, step: Step): boolean {
  const at = steps.indexOf(step)
  const before = at < 0 ? steps : steps.slice(0, at)
  const encap = before.findLastIndex(({ kind }) => kind === 'encap')
  return encap > before.findLastIndex(({ kind }) => kind === 'decap')
}
