import type { Comparison, OwnedDifference } from '../../diagnose/comparison.ts'
import type { NotCompared, Side } from '../../model/difference/difference.ts'
import { escapeAll, escapeTerminal } from '../escape.ts'
import type { Style } from '../style.ts'
import { FLOW_TEXT, type FlowGroup, flowEnds, flowGroups, flowNames } from './flows.ts'
import type { DiffOptions } from './options.ts'
import { countText, fieldTexts, MARK, ownerText, whatText } from './words.ts'

/** So many differences of one namespace, and flows of one group, are told; the rest are counted. */
const MOST = 30
const MOST_FLOWS = 6
const MOST_GROUPS = 12
const LONGEST = 200

/** What changed, place by place, each with where it stands on both sides; then the flows that this changes. */
export function* diffText(comparison: Comparison, options: DiffOptions): Generator<string> {
  const { style, whole } = options
  const { found, notCompared, flows } = comparison
  if (found.length === 0) yield style.good('Nothing changed that matters to a packet.')
  for (const [place, some] of byPlace(found)) {
    yield `${style.strong(escapeTerminal(place))}: ${summary(some)}`
    const folded = whole ? some.map((one) => ({ one, inside: NOTHING })) : fold(some)
    const first = whole ? folded : folded.slice(0, MOST)
    const shown = first.flatMap(({ one, inside }) => [one, ...inside])
    for (const { one, inside } of first) yield* differenceText(one, options, inside)
    if (shown.length < some.length)
      yield `  and ${some.length - shown.length} more: ${summary(folded.slice(first.length).flatMap(({ one, inside }) => [one, ...inside]))} (-v shows all)`
    yield ''
  }
  if (flows && found.length > 0) yield* flowsText(flows, options)
  yield* notComparedText(notCompared, style, whole)
}

const NOTHING: readonly OwnedDifference[] = []

interface Folded {
  readonly one: OwnedDifference
  /** What came or went with it: rules of a chain, entries of a set. */
  readonly inside: readonly OwnedDifference[]
}

/** A chain or set that came or went as a whole, with what is in it. */
function fold(some: readonly OwnedDifference[]): readonly Folded[] {
  const keyOf = ({ change, at, object, kind }: OwnedDifference): string =>
    at ? `${change} ${at.backend} ${at.family} ${at.table} ${at.chain}` : `${change} ${kind.replace('-entry', '')} ${object}`
  const wholes = new Map(
    some
      .filter(({ kind, change }) => (kind === 'chain' || kind === 'set') && (change === 'added' || change === 'removed'))
      .map((one) => [keyOf(one), { one, inside: [] as OwnedDifference[] }]),
  )
  return some.flatMap((one): readonly Folded[] => {
    const home = wholes.get(keyOf(one))
    if (!home) return [{ one, inside: NOTHING }]
    if (home.one === one) return [home]
    home.inside.push(one)
    return []
  })
}

/** Differences by host and namespace, in their order; what is the cluster's comes last. */
export function byPlace(found: readonly OwnedDifference[]): ReadonlyMap<string, readonly OwnedDifference[]> {
  const places = new Map<string, OwnedDifference[]>()
  for (const one of found) {
    const place = placeOf(one)
    const known = places.get(place)
    if (known) known.push(one)
    else places.set(place, [one])
  }
  return places
}

const placeOf = ({ host, netns }: { readonly host: string; readonly netns: string }): string =>
  host === '' ? 'the cluster' : netns === '' ? host : `${host}, namespace ${netns}`

/** `2 rules added, 1 route changed`. */
export function summary(some: readonly OwnedDifference[]): string {
  const counts = new Map<string, { kind: OwnedDifference['kind']; change: OwnedDifference['change']; count: number }>()
  for (const { kind, change } of some) {
    const key = `${kind} ${change}`
    const known = counts.get(key)
    if (known) known.count++
    else counts.set(key, { kind, change, count: 1 })
  }
  return [...counts.values()].map(({ kind, change, count }) => `${countText(kind, count)} ${change}`).join(', ')
}

function* differenceText(
  raw: OwnedDifference,
  { style, administrator }: DiffOptions,
  inside: readonly OwnedDifference[],
): Generator<string> {
  const one = escapeAll(raw)
  const { change, before, after } = one
  const paint = change === 'added' ? style.good : change === 'removed' ? style.bad : style.change
  const owner = ownerText(one, administrator)
  const fields = fieldTexts(one)
  const head = `${whatText(one)}${owner === undefined ? '' : style.dim(` (${owner})`)}`
  const count = inside.length === 0 ? '' : `, with ${countText(inside[0]?.kind ?? 'rule', inside.length)}`
  const only = before ?? after
  // What says no more than its head does is told in one line.
  const place = only && !(before && after) && whatText(one).includes(only.text) ? `  ${style.dim(placeOfSide(only))}` : ''
  yield `  ${paint(MARK[change])} ${head}${count}${fields.length === 1 ? `: ${cut(fields[0] as string)}` : ''}${place}`
  if (place !== '') {
    yield* insideText(inside, style, paint(change === 'removed' ? '-' : '+'))
    return
  }
  if (fields.length > 1) for (const field of fields) yield `      ${cut(field)}`
  const same = before && after && before.text === after.text
  if (change === 'moved' && after) yield `      ${cut(after.text)}`
  if (before) yield* sideText(style.bad('-'), before, same === true, style)
  if (after) yield* sideText(style.good('+'), after, same === true, style)
  yield* insideText(inside, style, paint(change === 'removed' ? '-' : '+'))
}

/** The first of what came or went with a chain or set. */
function* insideText(inside: readonly OwnedDifference[], style: Style, sign: string): Generator<string> {
  for (const one of inside.slice(0, MOST_FLOWS)) {
    const side = escapeAll(one.after ?? one.before)
    if (side) yield* sideText(sign, side, false, style)
  }
  if (inside.length > MOST_FLOWS) yield `      and ${inside.length - MOST_FLOWS} more`
}

const placeOfSide = ({ source }: Side): string => (source.line > 0 ? `${source.file}:${source.line}` : source.file)

/** Of what reads the same on both sides only the places are told. */
function* sideText(sign: string, side: Side, same: boolean, style: Style): Generator<string> {
  yield `      ${sign} ${same ? '' : `${cut(side.text)}  `}${style.dim(placeOfSide(side))}`
}

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)

function* flowsText(flows: NonNullable<Comparison['flows']>, options: DiffOptions): Generator<string> {
  const { style, whose } = options
  const { compared, sampledFrom, changed } = flows
  const part = sampledFrom === null ? '' : ` (of about ${sampledFrom} pairs)`
  if (compared === 0) {
    yield 'No flow could be compared: the evidence knows no two places that talk to each other.'
    return
  }
  if (changed.length === 0) {
    yield `None of the ${compared} flows${part} that were traced in both fares otherwise.`
    return
  }
  yield `${style.strong(`${changed.length} of ${compared} flows${part} fare otherwise:`)}`
  const groups = flowGroups(flows, whose.before, whose.after)
  const shown = options.whole ? groups : groups.slice(0, MOST_GROUPS)
  for (const group of shown) yield* groupText(group, options)
  const rest = groups.slice(shown.length).reduce((sum, group) => sum + group.flows.length, 0)
  if (rest > 0) yield `and ${rest} more flows in ${groups.length - shown.length} more ways (-v shows all)`
}

function* groupText(group: FlowGroup, { style, whole }: DiffOptions): Generator<string> {
  const { kind, because, evidence, flows, before, after } = group
  const paint = kind === 'stops' ? style.bad : kind === 'starts' ? style.good : style.unsure
  const words =
    before !== after && (kind === 'otherwise' || kind === 'settled') ? ` (${before} → ${after})` : kind === 'stops' ? ` (${after})` : ''
  const tense = kind === 'starts' ? 'before: ' : ''
  yield `${paint(FLOW_TEXT[kind])}${words}  ${tense}${escapeTerminal(because)}${style.dim(`  (${flows.length} ${flows.length === 1 ? 'flow' : 'flows'})`)}`
  if (evidence !== '') yield style.dim(`  ${escapeTerminal(cut(evidence))}`)
  const shown = whole ? flows : flows.slice(0, MOST_FLOWS)
  for (const flow of shown) yield `  ${escapeTerminal(flowNames(flow))}`
  if (shown.length < flows.length) yield `  and ${flows.length - shown.length} more`
  const [first] = flows
  if (first)
    yield style.dim(`  see it:  culprit trace … --from ${escapeTerminal(flowEnds(first).from)} --to ${escapeTerminal(flowEnds(first).to)}`)
}

function* notComparedText(notCompared: readonly NotCompared[], style: Style, whole: boolean): Generator<string> {
  if (notCompared.length === 0) return
  yield ''
  yield style.unsure('Not compared, for only one of the two tells of it:')
  const shown = whole ? notCompared : notCompared.slice(0, MOST_FLOWS)
  for (const one of shown) yield `  ${escapeTerminal(`${placeOf(one)}: ${one.part}`)} ${style.dim(`(not in ${one.missing})`)}`
  if (shown.length < notCompared.length) yield `  and ${notCompared.length - shown.length} more (-v shows all)`
}
