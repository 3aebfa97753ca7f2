import type { Verified } from './kernel.ts'
import { legacyStation, nftStation } from './truth.ts'

/** How often each rule was met, by `table/chain/number`: what the trace says of everything that moved. */
export function tracedCounts(verified: Verified): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const { volley, loaded } = verified
  const traced = volley.logs.filter((log) => log.prefix.startsWith('TRACE: '))
  const stations = traced.length
    ? traced.map((log) => legacyStation(loaded, log.prefix))
    : volley.events.filter((event) => event.table !== 'lab_witness').map((event) => nftStation(loaded, event))
  for (const station of stations) {
    if (station === undefined || station.rule === 'policy') continue
    const key = `${station.table}/${station.chain}/${station.rule}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** The same from the packet counters of `iptables-save -c`, rules that no packet met left out. */
export function savedCounts(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const numbers = new Map<string, number>()
  let table = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    const rule = /^\[(\d+):\d+\] -A (\S+)/.exec(line)
    if (!rule) continue
    const chain = `${table}/${rule[2]}`
    const number = (numbers.get(chain) ?? 0) + 1
    numbers.set(chain, number)
    if (rule[1] !== '0') counts.set(`${chain}/${number}`, Number(rule[1]))
  }
  return counts
}

/** Where trace and counters disagree, as text; empty when the trace missed nothing. */
export function countersDiffer(verified: Verified): readonly string[] {
  const traced = tracedCounts(verified)
  const before = savedCounts(verified.counters?.before ?? '')
  const after = savedCounts(verified.counters?.after ?? '')
  return [...new Set([...traced.keys(), ...after.keys()])]
    .map((key) => ({ key, seen: traced.get(key) ?? 0, counted: (after.get(key) ?? 0) - (before.get(key) ?? 0) }))
    .filter(({ seen, counted }) => seen !== counted)
    .map(({ key, seen, counted }) => `${key}: traced ${seen}, counted ${counted}`)
}
