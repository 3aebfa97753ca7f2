import { escapeTerminal } from '@culprit/core/report/escape'
import type { Style } from '@culprit/core/report/style'
import type { Joined, Way } from './compare.ts'
import type { Header } from './header.ts'
import type { Recording } from './recorder.ts'

/** One place's recording, with its packets' ways. */
export interface Told {
  /** `host/node1`, `netns/node1/web`. */
  readonly place: string
  readonly recording: Recording
  readonly ways: readonly Way[]
}

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' }
const end = (address: string, port: number | undefined): string =>
  port === undefined ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
const flowText = ({ src, sport, dst, dport, protocol }: Header): string =>
  `${PROTOCOLS[protocol] ?? `protocol ${protocol}`} ${end(src, sport)} → ${end(dst, dport)}`

function flagText({ tcpFlags }: Header): string {
  const names = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'].filter((_, i) => ((tcpFlags ?? 0) >> i) & 1)
  return names.length === 0 ? '' : ` [${names.join(' ')}]`
}

const VERDICT_TEXT = {
  same: 'as the model has it',
  differs: 'OTHERWISE than the model has it',
  open: 'the model leaves it open',
  other: 'not compared: it belongs to a connection that was there before',
} as const

/** Each packet's way through the rules, as the kernel told it; `most` packets of a place. */
export function* recordText(told: readonly Told[], style: Style, most: number): Generator<string> {
  for (const { place, recording, ways } of told) {
    yield style.strong(`${escapeTerminal(place)}: ${countText(ways.length, 'packet')}`)
    if (recording.lost) yield style.bad('  the kernel had more to say than could be heard: ask for less (--limit, --from)')
    if (recording.end === 'enough packets') yield style.dim('  ended early: enough packets')
    for (const way of ways.slice(0, most)) {
      yield ''
      yield* wayText(way, style)
    }
    if (ways.length > most) yield style.dim(`\n${ways.length - most} more packets (-v shows all, -o json holds them)`)
  }
}

function* wayText({ packet, joined, verdict, difference }: Way, style: Style): Generator<string> {
  const { header, last, iif, oif } = packet
  const by = [iif === undefined ? 'sent here' : `in by ${iif}`, ...(oif === undefined ? [] : [`out by ${oif}`])].join(', ')
  yield escapeTerminal(`${flowText(header)}${flagText(header)}  ${by}`)
  if (flowText(last) !== flowText(header)) yield escapeTerminal(`  became ${flowText(last)}`)
  for (const one of joined) yield `  ${stepText(one, style)}`
  const paint = verdict === 'differs' ? style.bad : verdict === 'same' ? style.good : style.unsure
  yield `  ${paint(VERDICT_TEXT[verdict])}${difference === undefined ? '' : `: ${escapeTerminal(difference)}`}`
}

function stepText({ met, text, source }: Joined, style: Style): string {
  const where = `${met.table} ${met.chain} ${met.rule ?? '(a rule that is gone)'}`.padEnd(28)
  const verdict = met.verdict === '' || text?.includes(`-j ${met.verdict}`) ? '' : ` ${met.verdict}`
  const from = source === undefined ? '' : style.dim(`  ${escapeTerminal(`${source.file}:${source.line}`)}`)
  return `${escapeTerminal(where)}${escapeTerminal(text === undefined ? verdict.trim() : `${text}${verdict}`)}${from}`
}

const countText = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** `culprit.record/v1`. */
export function recordJson(told: readonly Told[]): object {
  return {
    schema: 'culprit.record/v1',
    places: told.map(({ place, recording, ways }) => ({
      place,
      end: recording.end ?? null,
      error: recording.error ?? null,
      lost: recording.lost,
      packets: ways.map(({ packet, joined, verdict, difference }) => ({
        first: packet.header,
        last: packet.last,
        iif: packet.iif ?? null,
        oif: packet.oif ?? null,
        steps: joined.map(({ met, text, source }) => ({
          family: met.family,
          table: met.table,
          chain: met.chain,
          rule: met.rule ?? null,
          verdict: met.verdict || null,
          text: text ?? null,
          evidence: source ?? null,
        })),
        compared: verdict,
        difference: difference ?? null,
      })),
    })),
  }
}
