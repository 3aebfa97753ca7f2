import { commandFor } from '../model/commands.ts'
import type { CauseBook } from './causes/book.ts'
import type { CauseId } from './causes/ids.ts'
import { type FoundCause, type NextStep, WORTH_A_LOOK } from './diagnosis.ts'
import { filled } from './fill-command.ts'
import { isExplained, type Symptom } from './scene.ts'

const MOST = 4

/** Commands whose output would settle what missing evidence leaves open on a symptom's way; each is told once. */
export function missingEvidence(symptoms: readonly Symptom[], causes: readonly FoundCause[]): readonly NextStep[] {
  const steps = new Map<string, NextStep>()
  const distinct = [...new Set(causes.filter(({ status }) => status !== 'proved').map(({ id }): CauseId => id))]
  for (const { outcomes } of symptoms)
    for (const { missing, probability, reply } of outcomes)
      for (const { evidence, why } of probability === null ? [...missing, ...(reply?.missing ?? [])] : []) {
        const found = commandFor(evidence)
        if (!found || steps.has(found.command)) continue
        steps.set(found.command, {
          command: found.command,
          why: onHost(why, found.host),
          separates: distinct,
        })
      }
  for (const { absent = [], confidence } of causes)
    for (const { evidence, why } of confidence > WORTH_A_LOOK ? absent : []) {
      const found = commandFor(evidence)
      if (found && !steps.has(found.command))
        steps.set(found.command, { command: found.command, why: onHost(why, found.host), separates: distinct })
    }
  return [...steps.values()].slice(0, MOST)
}

const onHost = (why: string, host: string | undefined): string => (host === undefined ? why : `${why} (on ${host})`)

/** Of a likely cause that the model could not try: the commands that show whether it is so. */
export function toLookAt([first]: readonly FoundCause[], symptoms: readonly Symptom[], book: CauseBook): readonly NextStep[] {
  const text = first && book.get(first.id)
  if (!first || !text || first.status === 'proved' || first.confidence < WORTH_A_LOOK) return []
  const symptom = symptoms.find((one) => isExplained(one, first))
  return text.look.slice(0, 2).map((command) => ({
    command: filled(command, symptom),
    why: `${first.where.host === '' ? '' : `on ${first.where.host}: `}shows whether ${(text.what.split(';')[0] as string).trim()}`,
    separates: [first.id],
  }))
}
