import type { Finding } from '@culprit/core/diagnose/finding'
import type { Diagnosed } from '@culprit/core/report/diagnosis/diagnosed'
import { escapeTerminal } from '@culprit/core/report/escape'
import type { Style } from '@culprit/core/report/style'
import type { Answer } from './attempt.ts'
import type { Compared } from './compare.ts'
import type { Probed } from './probe.ts'

/** What was seen, in words: `refused by 10.0.0.5 (rst)`. */
export function seenText({ outcome, by, how, detail }: Answer): string {
  const words = {
    connects: 'connects',
    timeout: 'timeout',
    silent: 'no answer',
    reset: 'reset',
    stalls: 'connects, then nothing comes',
    tls: 'connects, TLS fails',
    refused: 'refused',
    unreachable: 'unreachable',
    error: 'not tried',
  }
  return `${words[outcome]}${by === undefined ? '' : ` by ${by}`}${inBrackets([how, detail])}`
}

/** The same without the outcome itself. */
export const byWhom = ({ by, how, detail }: Answer): string => inBrackets([by === undefined ? undefined : `by ${by}`, how, detail])

function inBrackets(parts: readonly (string | undefined)[]): string {
  const text = parts.filter((part) => part !== undefined).join(', ')
  return text === '' ? '' : ` (${text})`
}

export const predictedText = ({ predicted }: Compared): string => (predicted.length === 0 ? 'nothing' : predicted.join(' or '))

/** Each difference between what is seen and what the model says. */
export function findingsOf({ compared }: Probed): readonly Finding[] {
  return compared
    .filter(({ agrees }) => agrees === false)
    .map((one) => ({
      id: 'probe-differs',
      severity: 'error' as const,
      where: { host: one.host ?? '', object: `${one.from} → ${one.to}` },
      text: `${one.from} → ${one.to}: the evidence predicts ${predictedText(one)}, a real attempt finds ${seenText(one.answer)}`,
      because: one.decided === undefined ? [] : [{ text: one.decided, source: one.evidence }],
    }))
}

/** The observed table: what differs first, then what fails, then how much agrees. -v lists every attempt. */
export function* probeText({ compared, skipped }: Probed, style: Style, whole: boolean): Generator<string> {
  const differing = compared.filter(({ agrees }) => agrees === false)
  const open = compared.filter(({ agrees }) => agrees === null)
  yield ''
  yield style.strong(
    `Tried ${compared.length} ${compared.length === 1 ? 'pair' : 'pairs'} for real: ${compared.length - differing.length - open.length} as predicted, ${differing.length} otherwise, ${open.length} that the prediction leaves open`,
  )
  for (const one of differing) {
    yield `${style.bad('OTHERWISE')}  ${pairText(one)}`
    yield `  predicted ${escapeTerminal(predictedText(one))}, observed ${escapeTerminal(seenText(one.answer))}`
    if (one.decided !== undefined)
      yield style.dim(
        `  the model: ${escapeTerminal(one.decided)}${one.evidence ? `  ${escapeTerminal(one.evidence.file)}:${one.evidence.line}` : ''}`,
      )
  }
  const others = compared.filter((one) => one.agrees !== false && (whole || one.agrees === null || one.answer.outcome !== 'connects'))
  for (const one of others) yield `  ${one.agrees === null ? '?' : '='} ${pairText(one)}  ${escapeTerminal(seenText(one.answer))}`
  for (const [why, count] of skipped) yield style.dim(`${count} not tried: ${escapeTerminal(why)}`)
}

const pairText = ({ from, to }: Compared): string => escapeTerminal(`${from} → ${to}`)

/** The attempts as a report of a diagnosis tells them: what the model did not foresee first. */
export function triedOf({ compared, skipped }: Probed): NonNullable<Diagnosed['tried']> {
  const sentence = (one: Compared): string =>
    `${one.from} → ${one.to}: ${seenText(one.answer)}${one.agrees === false ? `; the evidence predicts ${predictedText(one)}` : ''}`
  const lines = compared.map((one) => ({
    text: sentence(one),
    differs: one.agrees === false,
    source: one.agrees === false ? one.evidence : undefined,
  }))
  const not = [...skipped].map(([why, count]) => ({ text: `${count} not tried: ${why}`, differs: false, source: undefined }))
  return [...lines.filter(({ differs }) => differs), ...lines.filter(({ differs }) => !differs), ...not]
}

/** `probe` of `culprit.matrix/v1` and `culprit.diagnosis/v1`. */
export function probeJson(probed: Probed): object {
  return {
    attempts: probed.compared.map(({ from, to, answer, predicted, agrees }) => ({
      from,
      to,
      predicted,
      observed: answer.outcome,
      by: answer.by ?? null,
      how: answer.how ?? null,
      detail: answer.detail ?? null,
      milliseconds: answer.milliseconds,
      agrees,
    })),
    findings: findingsOf(probed),
    skipped: [...probed.skipped].map(([why, pairs]) => ({ why, pairs })),
  }
}
