import type { Draft } from '@culprit/core/repair/compose'
import type { Check, Plan } from '@culprit/core/repair/plan'
import { wordsOf } from '@culprit/core/repair/words'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { usageError } from '../exit.ts'
import type { DiagnoseFlags } from './diagnose.ts'

/** What of a published diagnosis (`culprit.diagnosis/v1`) a plan is made from. */
const published = z.object({
  options: z
    .array(
      z.object({
        id: z.string(),
        title: z.string(),
        downtime: z.string().optional(),
        where: z.object({ host: z.string(), netns: z.string().default('') }).optional(),
        steps: z.array(
          z.object({
            command: z.string(),
            argv: z.array(z.string()).optional(),
            undo: z.string().optional(),
            undoArgv: z.array(z.string()).optional(),
            why: z.string().default(''),
          }),
        ),
      }),
    )
    .default([]),
})

export interface FromOption {
  readonly origin: Plan['origin']
  readonly title: string
  readonly drafts: readonly Draft[]
  readonly criteria: readonly Check[]
  /** The machine that the option is for. */
  readonly where: { readonly host: string; readonly netns: string } | undefined
}

/** The steps of an option that the diagnosis of this evidence proposes: the diagnosis as anyone gets it, `diagnose -o json`. */
export async function fromOption(
  evidence: readonly string[],
  id: string,
  flags: Pick<DiagnoseFlags, 'from' | 'to' | 'symptom'>,
  context: Context,
): Promise<FromOption> {
  const parts: string[] = []
  const out = { write: (text: string) => void parts.push(text), flush: async () => undefined }
  const { from, to, symptom } = flags
  const question = Object.fromEntries(Object.entries({ from, to, symptom }).filter(([, value]) => value !== undefined))
  await (await import('./diagnose.ts')).diagnose(evidence, { color: false, output: 'json', ...question }, { ...context, out })
  const { options } = published.parse(JSON.parse(parts.join('')))
  const option = options.find((one) => one.id === id)
  if (!option)
    throw usageError(
      `the diagnosis has no option ${id}`,
      options.length > 0 ? `it has ${options.map((one) => one.id).join(', ')}` : 'it proposes none; plan with --runbook or --step',
    )
  const drafts = option.steps.map(({ command, argv: words, undo = '', undoArgv, why }): Draft => {
    const argv = words ?? wordsOf(command)
    if (!argv || argv.length === 0)
      throw usageError(
        `the option ${id} has a step that only a person can carry out: ${command}`,
        'do it by hand, or choose another option',
      )
    // What culprit knows the inverse of it derives anew, from the state that the step meets.
    const back = undoArgv ?? wordsOf(undo)
    return {
      command: argv,
      why,
      fallback: back && back.length > 0 ? back : undefined,
      interrupts: option.downtime === 'none' ? undefined : option.downtime,
    }
  })
  return { origin: { kind: 'option', id }, title: option.title, drafts, criteria: [], where: option.where }
}
