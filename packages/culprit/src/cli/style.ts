import type { Style } from '@culprit/core/report/style'
import { PLAIN } from '@culprit/core/report/style'
import picocolors from 'picocolors'

/** Colours for a terminal; none with --no-color, NO_COLOR (https://no-color.org), TERM=dumb or into a pipe, unless FORCE_COLOR is set. */
export function wantsColour(
  flag: boolean,
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (!flag || env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0'
  return stream.isTTY === true && env.TERM !== 'dumb'
}

export function terminalStyle(colour: boolean): Style {
  if (!colour) return PLAIN
  const c = picocolors.createColors(true)
  return { good: c.green, bad: c.red, unsure: c.yellow, strong: c.bold, dim: c.dim, change: c.cyan }
}
