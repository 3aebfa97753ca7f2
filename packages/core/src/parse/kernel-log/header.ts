import type { LogTime } from '../../facts/packet-log.ts'

export interface Headed extends LogTime {
  /** what follows the header */
  readonly rest: string
}

const WEEKDAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
/** RFC 5424 and journalctl -o short-iso; RFC 3164 and journalctl. */
const STAMP = new RegExp(
  `^(\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d+)?(?:Z|[+-]\\d{2}:?\\d{2})?|(?:${WEEKDAY} )?${MONTH} +\\d{1,2} (?:\\d{4} )?\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?)\\s+`,
)
const ORIGIN = /^(\S{1,255})\s+kernel(?:\[\d+\])?:\s?/
const BOOT = /^\[\s*(\d+\.\d+)\]\s?/
/** dmesg -T */
const CLOCK = new RegExp(`^\\[(${WEEKDAY} ${MONTH} +\\d{1,2} [\\d:.]+ \\d{4})\\]\\s?`)

/** Takes off what syslogd, journald or dmesg put before the kernel's own words. */
export function headed(line: string): Headed {
  let rest = line.replace(/^\s+/, '').replace(/^<\d+>/, '')
  let time: string | undefined
  let host: string | undefined
  let uptime: number | undefined
  const stamp = STAMP.exec(rest)
  if (stamp) {
    time = stamp[1]
    rest = rest.slice(stamp[0].length)
  }
  const origin = ORIGIN.exec(rest)
  if (origin) {
    host = origin[1]
    rest = rest.slice(origin[0].length)
  } else rest = rest.replace(/^kernel(?:\[\d+\])?:\s?/, '')
  const boot = BOOT.exec(rest)
  const clock = boot ? null : CLOCK.exec(rest)
  if (boot) uptime = Number(boot[1])
  if (clock) time = clock[1]
  return { time, host, uptime, rest: rest.slice((boot ?? clock)?.[0].length ?? 0) }
}
