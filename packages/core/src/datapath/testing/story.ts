import { readDocuments } from '../../intake/documents.ts'
import type { TextFile } from '../../intake/format.ts'
import { formatAddress } from '../../net/address.ts'
import type { Packet } from '../../net/packet.ts'
import { createEngine, type Engine } from '../engine.ts'
import type { Outcome, Step, TraceRequest } from '../trace.ts'
import { bundle, type Machine } from './machines.ts'

export const engineOfMachines = (machines: Readonly<Record<string, Machine>>, more: readonly TextFile[] = []): Engine =>
  createEngine(readDocuments([...bundle(machines), ...more]))

/**
 * Sends a packet and checks what becomes of it. `expected` is words, each of which the outcome must have (`!word`: must not):
 * verdict, reason, connection, `at=h/p1:eth0`, `src=` and `dst=` with ports, `mark=`, `ttl=`, `rule=nat/PREROUTING/1`, `by=filter/FORWARD/2`,
 * `dev=eth0` and `via=` of each route, `p=0.5`, `answer=…`, `missing=ipset-save.txt`, `assumes=WORD`
 * of an assumption's text, and `reply:` before any of these.
 * Several expectations: as many outcomes, in any order. Throws with the packet's way when they differ.
 */
export function expectWay(engine: Engine, request: TraceRequest, ...expected: readonly string[]): readonly Outcome[] {
  const result = engine.trace(request)
  if ('kind' in result) throw new Error(`refused: ${result.text} (${result.hint})`)
  const { outcomes } = result
  const missed = mismatch(outcomes, expected)
  if (missed === undefined) return outcomes
  throw new Error(`${JSON.stringify(request)}\nexpected ${missed}\nbut it came to\n${outcomes.map(wayOf).join('\nor\n')}`)
}

function mismatch(outcomes: readonly Outcome[], expected: readonly string[]): string | undefined {
  const left = outcomes.map(wordsOf)
  for (const wanted of expected) {
    const at = left.findIndex((words) =>
      wanted.split(/\s+/).every((word) => (word.startsWith('!') ? !words.has(word.slice(1)) : words.has(word))),
    )
    if (at < 0) return wanted
    left.splice(at, 1)
  }
  return left.length ? `${expected.length} outcomes` : undefined
}

const place = ({ host, netns }: { readonly host: string; readonly netns: string }): string => (netns ? `${host}/${netns}` : host)
const end = (address: Packet['src'], port: number): string => (port ? `${formatAddress(address)}:${port}` : formatAddress(address))
const hasPorts = (packet: Packet): boolean => packet.icmpType < 0
const ruleName = (step: Step): string => `${step.table}/${step.chain}${step.rule === undefined ? '' : `/${step.rule}`}`

export function wordsOf(outcome: Outcome): ReadonlySet<string> {
  const { packet, at, steps, decidedBy } = outcome
  const words = new Set<string>([
    outcome.verdict,
    outcome.reason,
    outcome.connection,
    `at=${place(at)}:${at.interface}`,
    `src=${end(packet.src, hasPorts(packet) ? packet.sport : 0)}`,
    `src=${formatAddress(packet.src)}`,
    `dst=${end(packet.dst, packet.dport)}`,
    `dst=${formatAddress(packet.dst)}`,
    `mark=0x${packet.mark.toString(16)}`,
    `ttl=${packet.ttl}`,
    `p=${outcome.probability === null ? 'unknown' : Number(outcome.probability.toFixed(6))}`,
    `answer=${outcome.answer ?? 'none'}`,
    `reply=${outcome.reply === null ? 'none' : 'some'}`,
  ])
  for (const { evidence } of outcome.missing) words.add(`missing=${evidence.slice(evidence.lastIndexOf('/') + 1)}`)
  for (const text of outcome.assumptions) for (const word of text.split(/[\s,;:]+/)) words.add(`assumes=${word}`)
  const decided = decidedBy === null ? undefined : steps[decidedBy]
  if (decided) words.add(`by=${decided.table === undefined ? decided.kind : ruleName(decided)}`)
  for (const step of steps) for (const word of wordsOfStep(step)) words.add(word)
  if (outcome.reply) for (const word of wordsOf(outcome.reply)) words.add(`reply:${word}`)
  return words
}

function wordsOfStep(step: Step): readonly string[] {
  if (step.kind === 'rule') return [`rule=${ruleName(step)}`, `effect=${step.effect}`]
  if (step.kind === 'policy') return [`policy=${ruleName(step)}`]
  if (!step.route) return [step.kind]
  const { dev, via, table, src } = step.route
  return [step.kind, `dev=${dev}`, `via=${via ?? 'none'}`, `table=${table}`, `chosen=${src ?? 'none'}`]
}

/** The whole way, for a test's failure. */
export function wayOf(outcome: Outcome): string {
  const lines = outcome.steps.map((step) => {
    const where = step.table === undefined ? step.kind : `${step.hook} ${ruleName(step)}`
    const packet = step.packet ? ` => ${packetText(step.packet)}` : ''
    return `  ${place(step)} ${where}: ${step.text}${step.effect ? ` [${step.effect}]` : ''}${packet}`
  })
  const { sent, reply, missing, assumptions } = outcome
  return [
    `${sent ? packetText(sent) : ''}`,
    ...lines,
    `  = ${[...wordsOf({ ...outcome, steps: [], reply: null })].join(' ')}`,
    ...missing.map(({ evidence, why }) => `  missing ${evidence}: ${why}`),
    ...assumptions.map((text) => `  assumes ${text}`),
    ...(reply ? [`  reply ${wayOf(reply).replaceAll('\n', '\n  ')}`] : []),
  ].join('\n')
}

const packetText = (packet: Packet): string =>
  `${end(packet.src, packet.sport)} > ${end(packet.dst, packet.dport)} mark ${packet.mark} ttl ${packet.ttl}`
