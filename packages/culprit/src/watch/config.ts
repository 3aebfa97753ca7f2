import { LineCounter, type Node, parseDocument } from 'yaml'
import { z } from 'zod'
import { criterion } from './config/criteria.ts'
import type { NameProblem } from './config/names.ts'
import { metrics, notify } from './config/notify.ts'
import { repair } from './config/repair.ts'
import { duration, share } from './config/units.ts'

/** The configuration of `culprit watch`. Times are read as milliseconds. */
export const watchConfig = z
  .strictObject({
    /** From the beginning of one round to that of the next, give or take the jitter. */
    interval: duration('1s', '1d').default(60_000),
    jitter: share(0.5).default(0.1),
    /** So long a criterion must hold before its incident is closed. */
    quiet: duration('1s', '30d').default(3_600_000),
    /** A full examination at least so often, even where nothing seems to change. */
    examine: duration('1m', '30d').default(3_600_000),
    /** Of a core, what examinations may cost because something changed; those of a failing criterion are not put off. */
    cost: share(1).default(0.005),
    /** Absolute path; `--state` and CULPRIT_STATE go before it. */
    state: z
      .string()
      .regex(/^\/[^\0\n]*$/, 'the state folder is an absolute path')
      .optional(),
    keep: z
      .strictObject({
        /** Closed incidents. */
        incidents: z.number().int().min(1).max(10_000).default(200),
        /** All snapshots together; the oldest of closed incidents go first. */
        megabytes: z.number().int().min(1).max(1_000_000).default(500),
      })
      .prefault({}),
    criteria: z.array(criterion).min(1, 'there is nothing to watch: name a criterion'),
    repair: repair.prefault({}),
    notify,
    metrics: metrics.optional(),
  })
  .superRefine(({ criteria, repair: { allow } }, context) => {
    for (const [what, named] of [
      ['criteria', criteria],
      ['repair.allow', allow],
    ] as const)
      for (const [i, { name }] of named.entries())
        if (named.findIndex((other) => other.name === name) < i)
          context.addIssue({ code: 'custom', path: [...what.split('.'), i, 'name'], message: `there is another ${name}` })
    for (const [i, { criteria: only = [] }] of allow.entries())
      for (const [j, name] of only.entries())
        if (!criteria.some((one) => one.name === name))
          context.addIssue({ code: 'custom', path: ['repair', 'allow', i, 'criteria', j], message: `there is no criterion ${name}` })
  })

export type WatchConfig = z.infer<typeof watchConfig>

export interface ConfigProblem {
  readonly file: string
  readonly line: number
  readonly text: string
}

/** Reads a configuration: YAML. What is wrong with it is a value, each with its line; `names` looks at what it names. */
export function readConfig(
  text: string,
  file: string,
  names: (config: WatchConfig) => readonly NameProblem[] = () => [],
): WatchConfig | { readonly problems: readonly ConfigProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', strict: true })
  const at = (offset: number): number => lines.linePos(offset).line
  if (document.errors.length > 0)
    return { problems: document.errors.map(({ pos, message }) => ({ file, line: at(pos[0]), text: message.split('\n')[0] ?? '' })) }
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as Node | null | undefined
      if (node?.range) return at(node.range[0])
    }
    return 1
  }
  const told = (path: readonly PropertyKey[], what: string): ConfigProblem => ({
    file,
    line: lineOf(path),
    text: path.length === 0 ? what : `${path.join('.')}: ${what}`,
  })
  const read = watchConfig.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {})
  if (!read.success) return { problems: read.error.issues.map(({ path, message }) => told(path, message)) }
  const strange = names(read.data)
  return strange.length === 0 ? read.data : { problems: strange.map(({ path, text: what }) => told(path, what)) }
}
