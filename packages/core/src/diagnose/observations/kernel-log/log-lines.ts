import type { LogEntry } from '../../../facts/packet-log.ts'
import type { Place } from '../../../intake/document.ts'
import { flowText } from '../capture/sight.ts'
import type { Logged, LoggedStep } from '../observation.ts'
import type { FoundRule, LoggingRule, Rulebook } from './rulebook.ts'
import { deviceText, flowOfLogged, stepText } from './trace-lines.ts'

const LIMIT = 200

/** Lines of LOG and NFLOG rules: which rule wrote them, and the one behind it that refuses the same packets. */
export function loggedLines(entries: readonly LogEntry[], place: Place, rules: Rulebook): readonly Logged[] {
  const groups = new Map<string, { readonly entry: LogEntry; count: number }>()
  for (const entry of entries) {
    const { src, dst, dport, protocol, inDevice, outDevice } = entry.packet
    const key = `${entry.prefix}|${src}>${dst}:${dport}/${protocol}|${inDevice}|${outDevice}`
    const known = groups.get(key)
    if (known) known.count++
    else groups.set(key, { entry, count: 1 })
  }
  return [...groups.values()].slice(0, LIMIT).map(({ entry, count }) => {
    const written = rules.logging(entry.prefix).filter((rule) => rule.family === entry.packet.family && couldSee(rule, entry))
    const way = written.length === 1 ? wayOf(written[0] as LoggingRule) : undefined
    const flow = flowOfLogged(entry.packet)
    const time = entry.time ?? (entry.uptime === undefined ? undefined : `${entry.uptime}`)
    const by = way ? `; written by ${way.map(stepText).join(', then refused by ')}` : ''
    return {
      kind: 'log' as const,
      cause: undefined,
      text: `${entry.prefix.trim()}${entry.prefix.trim() ? ' ' : ''}${flowText(flow)}${deviceText(entry.packet)}${count > 1 ? ` (${count} times)` : ''}${by}`,
      source: entry.source,
      ...(time !== undefined && { time }),
      host: place.host ?? entry.host,
      ...(way && { way }),
      flow,
    }
  })
}

/** Which hooks a line can come from shows in its devices: INPUT has no OUT, OUTPUT no IN. */
function couldSee({ from }: LoggingRule, { packet }: LogEntry): boolean {
  const { inDevice, outDevice } = packet
  const hooks =
    inDevice === undefined ? ['OUTPUT', 'POSTROUTING'] : outDevice === undefined ? ['PREROUTING', 'INPUT'] : ['FORWARD', 'POSTROUTING']
  return from.size === 0 || hooks.some((hook) => from.has(hook))
}

function wayOf({ family, table, chain, rule, next }: LoggingRule): readonly LoggedStep[] {
  const step = (found: FoundRule): LoggedStep => ({ family, table, chain, step: 'rule', ...found })
  return next ? [step(rule), step(next)] : [step(rule)]
}
