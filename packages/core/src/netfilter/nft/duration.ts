const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86400000],
  ['h', 3600000],
  ['m', 60000],
  ['s', 1000],
  ['ms', 1],
]

/** Seconds as nft prints a time (`1h30m`). */
export const formatDuration = (seconds: number): string => (seconds === 0 ? '0s' : formatMilliseconds(seconds * 1000))

export function formatMilliseconds(milliseconds: number): string {
  let rest = Math.round(milliseconds)
  let text = ''
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  return text
}

/** Milliseconds of `4d23h59m59s`; a plain number is seconds. undefined: not a time. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text)
  if (!parts || text === '') return undefined
  return UNITS.reduce((sum, [, size], i) => sum + Number(parts[i + 1] ?? 0) * size, 0)
}
