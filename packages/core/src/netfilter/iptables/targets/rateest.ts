import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

export interface RateestTarget {
  readonly kind: 'RATEEST'
  readonly name: string
  /** Microseconds, as the averaging constant. */
  readonly interval: number
  readonly average: number
}

const UNITS: Readonly<Record<string, number>> = { s: 1e6, sec: 1e6, secs: 1e6, ms: 1e3, msec: 1e3, msecs: 1e3, us: 1, usec: 1, usecs: 1 }

/** `250ms`, `0.5s`; a bare number counts microseconds (rateest_get_time). */
function parseTime(text: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)([a-z]*)$/.exec(text)
  const unit = parts?.[2] === '' ? 1 : UNITS[parts?.[2] ?? '']
  return unit === undefined ? undefined : Number(parts?.[1]) * unit
}

/** rateest_print_time() */
function formatTime(time: number): string {
  if (time >= 1e6) return `${(time / 1e6).toFixed(1)}s`
  return time >= 1e3 ? `${(time / 1e3).toFixed(1)}ms` : `${time}us`
}

export const rateest: TargetModule<RateestTarget> = {
  kind: 'RATEEST',
  options: { 'rateest-name': 1, 'rateest-interval': 1, 'rateest-ewmalog': 1 },
  read(given) {
    const options = new OptionReader(given)
    const name = options.text('rateest-name')
    const interval = options.value(['rateest-interval'], (text = '') => parseTime(text))
    const average = options.value(['rateest-ewmalog'], (text = '') => parseTime(text))
    options.require(Boolean(name && interval && average), 'RATEEST needs a name, an interval and an averaging constant')
    return options.finish({ kind: 'RATEEST', name: name ?? '', interval: interval ?? 0, average: average ?? 0 })
  },
  print: ({ name, interval, average }) =>
    `--rateest-name ${name} --rateest-interval ${formatTime(interval)} --rateest-ewmalog ${formatTime(average)}`,
  act: () => CONTINUE,
  explain: ({ name }) => `counts it in the rate estimator ${name}`,
}
