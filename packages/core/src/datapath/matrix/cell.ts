import type { Model } from '../../model/model.ts'
import type { Outcome, Reason, Step, TraceResult } from '../trace.ts'
import type { Sender, Target } from './place.ts'

/** What the sender finds, the worst last. */
export const WORDS = ['works', 'unknown', 'refused', 'unreachable', 'timeout'] as const
export type Word = (typeof WORDS)[number]

/** Where on the way it is decided, told so that the same fault on another pair of hosts reads the same. */
export type Where = 'sender' | 'its host' | 'target' | "the target's host" | 'another host'

/** Why a pair does not work, and what it takes to call two pairs broken by the same thing. */
export interface Cause {
  /** Pairs with the same key fail for the same reason, at the same place of their ways. */
  readonly key: string
  /** What is at fault, wherever it meets packets: the same rule may stop some packets and the answers of others. */
  readonly fault: string
  /** Did the packet not arrive, its answer not return, did nobody listen, or did a Service's address leave the hosts as it is? */
  readonly kind: 'way' | 'answer' | 'nobody listens' | 'wrong answer' | 'nobody answers' | 'not translated'
  readonly reason: Reason
  readonly where: Where
  /** The step that decided, of an example. */
  readonly step: Step | undefined
  /** The outcome that it is told by: the packet's own, or its answer's. */
  readonly outcome: Outcome
}

/** One of the ways that a packet of the pair may go. */
export interface Part {
  readonly word: Word
  /** null where missing evidence, not chance, splits the way. */
  readonly probability: number | null
  readonly cause: Cause | undefined
  /** Why the pair could not be traced at all. */
  readonly why?: string
}

/** What becomes of a pair: one part, or several where a random endpoint or missing evidence decides. */
export interface Cell {
  /** Cells with the same key say the same. */
  readonly key: string
  /** The worst of its parts. */
  readonly word: Word
  readonly parts: readonly [Part, ...Part[]]
}

/** Judges a trace with its reply. `model`: whose rules were captured. */
export function cellOf(result: TraceResult, sender: Sender, target: Target, model: Model): Cell {
  const parts = new Map<string, Part>()
  for (const outcome of result.outcomes) {
    const lost = isUntranslated(outcome, target)
    const word = lost ? (hasRules(model, outcome.at.host) ? 'timeout' : 'unknown') : wordOf(outcome)
    const cause = word === 'works' ? undefined : causeOf(outcome, word, lost, sender, target)
    const key = `${word} ${cause?.key ?? ''} ${outcome.probability === null}`
    const known = parts.get(key)
    const probability =
      known && (known.probability === null || outcome.probability === null) ? null : (known?.probability ?? 0) + (outcome.probability ?? 0)
    parts.set(key, { word, probability: outcome.probability === null ? null : probability, cause: known?.cause ?? cause })
  }
  return madeOf([...parts.values()])
}

/** A cell of parts that are told apart already. */
export function madeOf(parts: readonly Part[]): Cell {
  const ordered = [...parts].sort((a, b) => WORDS.indexOf(b.word) - WORDS.indexOf(a.word) || (b.probability ?? 0) - (a.probability ?? 0))
  const [worst, ...others] = ordered
  if (!worst) return unsettled('nothing was traced')
  // Ways that missing evidence leaves open are a fault only where each of them is.
  const open = ordered.some((part) => part.probability === null) && new Set(ordered.map((part) => part.word)).size > 1
  const key = ordered.map((part) => `${part.word} ${part.probability?.toFixed(4)} ${part.cause?.key ?? ''}`).join('|')
  return { key, word: open ? 'unknown' : worst.word, parts: [worst, ...others] }
}

/** A pair that could not be traced. */
export function unsettled(why: string): Cell {
  return { key: `unsettled ${why}`, word: 'unknown', parts: [{ word: 'unknown', probability: 1, cause: undefined, why }] }
}

const arrived = ({ verdict }: Outcome): boolean => verdict === 'delivered' || verdict === 'forwarded'

function wordOf(outcome: Outcome): Word {
  const { verdict, connection, reply } = outcome
  if (verdict === 'unknown') return 'unknown'
  if (!arrived(outcome)) return connection === 'refused' || connection === 'unreachable' ? connection : 'timeout'
  if (connection === 'connects') return 'works'
  if (connection !== 'unknown') return connection
  // Whether something listens is not in the evidence: the way there and back is what counts.
  if (!reply || arrived(reply)) return 'works'
  return reply.verdict === 'unknown' ? 'unknown' : 'timeout'
}

/** A cluster IP means nothing beyond the cluster: whoever is asked there for it does not answer. */
const isUntranslated = ({ verdict, packet }: Outcome, { kind, address }: Target): boolean =>
  kind === 'service' && verdict === 'forwarded' && packet.dst === address

/** Of a host without captured rules nobody knows what it translates. */
function hasRules(model: Model, host: string): boolean {
  const evidence = model.hosts.get(host)?.evidence
  return evidence !== undefined && (['iptables-save', 'ip6tables-save', 'nft', 'ipvsadm'] as const).some((kind) => evidence.has(kind))
}

function causeOf(outcome: Outcome, word: Word, lost: boolean, sender: Sender, target: Target): Cause {
  const { reply } = outcome
  const kind = lost
    ? 'not translated'
    : !arrived(outcome)
      ? 'way'
      : reply && !arrived(reply)
        ? 'answer'
        : word === 'refused'
          ? 'nobody listens'
          : reply
            ? 'wrong answer'
            : 'nobody answers'
  const told = kind === 'answer' && reply ? reply : outcome
  const step = told.decidedBy === null ? undefined : told.steps[told.decidedBy]
  const where = whereOf(told, step, sender, target)
  const byRule = step && (step.kind === 'rule' || step.kind === 'policy')
  const rule = byRule ? `${step.family} ${step.table} ${step.chain} ${step.kind === 'policy' ? 'policy' : step.text}` : ''
  const fault = [kind === 'way' || kind === 'answer' ? '' : kind, told.reason, rule].join('|')
  return { key: [fault, kind, told.answer ?? '', where].join('|'), fault, kind, reason: told.reason, where, step, outcome: told }
}

function whereOf(told: Outcome, step: Step | undefined, sender: Sender, target: Target): Where {
  const at = step ? { host: step.host, netns: step.netns } : told.at
  const id = at.netns === '' ? at.host : `${at.host}/${at.netns}`
  if (id === sender.namespace) return 'sender'
  if (id === target.namespace) return 'target'
  if (at.host === sender.host) return 'its host'
  if (at.host === target.host || (target.host === undefined && at.host === told.at.host)) return "the target's host"
  return 'another host'
}
