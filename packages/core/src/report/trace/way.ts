import type { Outcome, Step } from '../../datapath/trace.ts'
import type { Style } from '../style.ts'
import { judgeWay } from './judge.ts'
import type { TraceTextOptions } from './options.ts'
import { type Station, type Stop, stationsOf, tells } from './stations.ts'
import { decidingStep, placeText } from './words.ts'

/** A row of the way: three columns as kubectl prints them, then what happened, as long as it is. */
interface Row {
  readonly stop: Stop
  readonly cells: readonly [hook: string, table: string, effect: string]
  readonly what: string
}

/** The way as stations, each a namespace of a host with its stops. `full` shows every step, `summary` those that tell the story. */
export function wayLines(outcome: Outcome, options: TraceTextOptions): readonly string[] {
  const full = options.detail === 'full'
  const told = (station: Station): readonly Row[] => station.stops.filter((stop) => full || tells(stop)).map((stop) => rowOf(stop, options))
  const stations = stationsOf(outcome).map((station) => ({ station, rows: told(station) }))
  const all = stations.flatMap((s) => s.rows)
  const widths = [0, 1, 2].map((i) => all.reduce((width, row) => Math.max(width, (row.cells[i] ?? '').length), 0))
  const lines: string[] = []
  let place = ''
  for (const { station, rows } of stations) {
    if (rows.length === 0) continue
    const here = placeText(station)
    if (here !== place) lines.push(options.style.strong(here))
    place = here
    for (const row of rows) lines.push(rowText(row, widths, outcome, options.style))
  }
  return lines
}

function rowOf(stop: Stop, options: TraceTextOptions): Row {
  const { step } = stop
  const { style } = options
  const full = options.detail === 'full'
  const owner = step.kind === 'rule' ? options.whose(step) : undefined
  const parts = [
    stop.changes.map(style.change).join(', '),
    whatText(stop, full),
    owner ? style.dim(`(${owner})`) : '',
    step.failed ? style.dim(`no match: ${step.failed}`) : '',
    step.assumption ? style.unsure(step.assumption) : '',
    full || (stop.decides && !isOfChain(step)) ? style.dim(sourceOf(step)) : '',
  ]
  return {
    stop,
    cells: [step.hook || step.kind, tableText(step), effectText(step)],
    what: parts.filter((t) => t !== '').join('  '),
  }
}

/** A route's type is told where it is not the ordinary one. */
const effectText = ({ kind, effect, route }: Step): string =>
  kind === 'skipped' ? 'skip' : kind === 'route' && (route?.type === 'unicast' || route?.type === 'local') ? '' : (effect ?? '')

const tableText = (step: Step): string =>
  step.table === undefined ? '' : step.family === undefined || IPTABLES.has(step.table) ? step.table : `${step.family} ${step.table}`
const IPTABLES: ReadonlySet<string> = new Set(['raw', 'mangle', 'nat', 'filter', 'security'])

function whatText(stop: Stop, full: boolean): string {
  const { step } = stop
  switch (step.kind) {
    case 'rule':
      return full ? `${step.chain ?? ''} ${step.rule ?? ''}  ${step.text}` : stop.path.join(' › ')
    case 'policy':
      return stop.path.join('')
    case 'route':
      return routeText(step)
    case 'return':
    case 'skipped':
    case 'bridge':
    case 'neighbour':
    case 'encap':
    case 'decap':
    case 'local':
      return step.text
  }
}

function routeText(step: Step): string {
  const { route } = step
  if (!route) return step.text
  if (route.type === 'local') return 'for this machine itself'
  if (route.type !== 'unicast') return step.text
  return `${route.via ? `via ${route.via} ` : ''}out by ${route.dev ?? '?'}${route.table && route.table !== 'main' ? ` (table ${route.table})` : ''}`
}

function rowText(row: Row, widths: readonly number[], outcome: Outcome, style: Style): string {
  const columns = `  ${row.cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`
  if (!row.stop.decides) return `${columns}  ${row.what}`.trimEnd()
  const judgement = judgeWay(outcome)
  const colour = judgement === 'unknown' ? style.unsure : judgement === 'fault' ? style.bad : style.good
  return `${style.strong(colour(columns))}  ${row.what}  ${colour('◄')}`
}

/** The deciding rule or policy as it stands in the evidence. Other decisions are told whole in their row. */
export function decisionLines(outcome: Outcome, options: TraceTextOptions): readonly string[] {
  const step = decidingStep(outcome)
  if (!step || !isOfChain(step) || (judgeWay(outcome) === 'fine' && options.detail !== 'full')) return []
  const { style } = options
  const text = step.kind === 'policy' ? `policy of ${step.chain ?? ''}: ${step.effect ?? ''}` : step.text
  return ['', `${style.strong('Decided by')}  ${style.dim(sourceOf(step))}`.trimEnd(), `  ${style.strong(text)}`]
}

const isOfChain = ({ kind }: Step): boolean => kind === 'rule' || kind === 'policy'
const sourceOf = ({ evidence }: Step): string => (evidence ? `${evidence.file}:${evidence.line}` : '')

/** An answer that arrives, in a line: `comes back to namespace p1 on host h, by host h (src 10.42.0.5:8080 → 10.43.0.10:80)`. */
export function shortWay(outcome: Outcome): string {
  const end =
    outcome.verdict === 'forwarded'
      ? `leaves ${placeText(outcome.at)} by ${outcome.at.interface} again`
      : `comes back to ${placeText(outcome.at)}`
  const hops = stationsOf(outcome).map((station) => {
    const changes = station.stops.flatMap((stop) => stop.changes)
    return `${placeText(station)}${changes.length > 0 ? ` (${changes.join(', ')})` : ''}`
  })
  const way = hops.filter((hop, i) => hop !== hops[i - 1] && hop !== placeText(outcome.at))
  return `${end}${way.length > 0 ? `, by way of ${way.join(' › ')}` : ''}`
}
