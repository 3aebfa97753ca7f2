import { PARAMETER_TYPES, placesIn, type Runbook, STEP_PLACES } from '@culprit/core/repair/runbook'
import { z } from 'zod'
import { CliError, EXIT } from '../cli/exit.ts'
import { loadKnowledgeFolder } from '../cli/knowledge.ts'

const sentence = z.string().min(3)
const argv = z.array(z.string()).min(1)
const check = z.strictObject({
  text: sentence,
  command: argv,
  expect: z
    .strictObject({ code: z.number().int().nullable().optional(), contains: z.string().optional(), lacks: z.string().optional() })
    .optional(),
  within: z.number().min(0).max(3600).optional(),
})
const condition = z.record(z.string(), z.union([z.string(), z.array(z.string())]))

const runbook = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
    title: sentence,
    causes: z.array(z.string().regex(/^[a-z]+\.[a-z-]+$/)).min(1),
    when: sentence,
    parameters: z.array(
      z.strictObject({
        name: z.string().regex(/^[a-z]+$/),
        type: z.enum(PARAMETER_TYPES),
        what: sentence,
        default: z.string().optional(),
        choices: z.array(z.string()).min(2).optional(),
      }),
    ),
    steps: z
      .array(
        z.strictObject({
          where: z.enum(STEP_PLACES),
          command: argv,
          undo: z.array(z.string()).optional(),
          why: sentence,
          interrupts: sentence.optional(),
          precondition: check.optional(),
          check: check.optional(),
          timeout: z.number().int().min(1).max(3600).optional(),
          each: z.string().optional(),
          only: condition.optional(),
          unless: condition.optional(),
        }),
      )
      .min(1),
    after: z.array(check),
    stops: sentence,
  })
  .superRefine((read, context) => {
    const known = new Set([
      ...read.parameters.map(({ name }) => name),
      ...(read.steps.some(({ each }) => each) ? ['namespace', 'name'] : []),
    ])
    const unknown = placesIn(JSON.stringify(read)).find((name) => !known.has(name))
    if (unknown !== undefined) context.addIssue({ code: 'custom', message: `{${unknown}} is no parameter of ${read.id}` })
    const unused = read.parameters.find(
      ({ name }) =>
        !placesIn(JSON.stringify(read)).includes(name) &&
        !read.steps.some(({ each, only, unless }) => each === name || name in { ...only, ...unless }),
    )
    if (unused !== undefined) context.addIssue({ code: 'custom', message: `the parameter ${unused.name} of ${read.id} is not used` })
  })

/** A file of knowledge/runbooks. */
export const runbookFile = z.strictObject({ runbooks: z.array(runbook).min(1) })

/** All runbooks of knowledge/runbooks, by id; what is wrong with one is culprit's own fault, and is said with file and place. */
export function loadRunbooks(): ReadonlyMap<string, Runbook> {
  const all = loadKnowledgeFolder('runbooks').flatMap(({ file, data }) => {
    const read = runbookFile.safeParse(data)
    if (!read.success) throw new CliError(EXIT.internal, `${file}: ${z.prettifyError(read.error)}`)
    return read.data.runbooks
  })
  return new Map(all.map((one) => [one.id, one]))
}
