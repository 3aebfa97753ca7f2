import { z } from 'zod'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `500ms`, `60s`, `5m`, `1h`, `2d`; a bare number is seconds. Read as milliseconds. */
export function duration(least: string, most: string) {
  const [low, high] = [milliseconds(least) ?? 0, milliseconds(most) ?? 0]
  return z.union([z.string(), z.number()]).transform((given, context) => {
    const value = milliseconds(String(given))
    if (value !== undefined && value >= low && value <= high) return value
    context.addIssue({ code: 'custom', message: `"${given}" is no time from ${least} to ${most}, such as 30s, 5m or 1h` })
    return z.NEVER
  })
}

function milliseconds(text: string): number | undefined {
  const [, number = '', unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text) ?? []
  const factor = UNITS[unit]
  return number === '' || factor === undefined ? undefined : Math.round(Number(number) * factor)
}

/** `10%`, or a number from 0 to 1. Read as a number from 0 to 1. */
export function share(most: number) {
  return z.union([z.string(), z.number()]).transform((given, context) => {
    const [, percent] = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(String(given)) ?? []
    const value = percent === undefined ? Number(given) : Number(percent) / 100
    if (value >= 0 && value <= most) return value
    context.addIssue({ code: 'custom', message: `"${given}" is no share from 0 to ${most * 100}%` })
    return z.NEVER
  })
}
