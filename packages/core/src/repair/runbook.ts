import { parseAddress } from '../net/address.ts'
import { parsePrefix } from '../net/prefix.ts'
import type { Draft } from './compose.ts'
import type { Check, Expectation } from './plan.ts'

/** A repair that people know how to do, as knowledge/runbooks holds it. */
export interface Runbook {
  readonly id: string
  readonly title: string
  /** Causes that it mends, by their ids. */
  readonly causes: readonly string[]
  readonly when: string
  readonly parameters: readonly Parameter[]
  readonly steps: readonly RunbookStep[]
  /** What must hold when it is done. */
  readonly after: readonly RunbookCheck[]
  readonly stops: string
}

export const PARAMETER_TYPES = [
  'name',
  'names',
  'address',
  'prefix',
  'device',
  'number',
  'path',
  'unit',
  'image',
  'url',
  'words',
  'choice',
  'label',
  'sysctl',
  'destination',
] as const

export interface Parameter {
  readonly name: string
  readonly type: (typeof PARAMETER_TYPES)[number]
  readonly what: string
  readonly default?: string | undefined
  readonly choices?: readonly string[] | undefined
}

export const STEP_PLACES = ['host', 'control-plane'] as const

export interface RunbookStep {
  readonly where: (typeof STEP_PLACES)[number]
  readonly command: readonly string[]
  readonly undo?: readonly string[] | undefined
  readonly why: string
  readonly interrupts?: string | undefined
  readonly precondition?: RunbookCheck | undefined
  readonly check?: RunbookCheck | undefined
  readonly timeout?: number | undefined
  /** Once for each value of a parameter of type `names`: `{namespace}` and `{name}` are its parts. */
  readonly each?: string | undefined
  /** Only where parameters have these values. */
  readonly only?: Condition | undefined
  readonly unless?: Condition | undefined
}

export type Condition = Readonly<Record<string, string | readonly string[]>>

export interface RunbookCheck {
  readonly text: string
  readonly command: readonly string[]
  readonly expect?: Expectation | undefined
  readonly within?: number | undefined
}

export interface Problem {
  readonly kind: 'problem'
  readonly text: string
}

/** The runbook's steps for these values of its parameters. Each value is one argument or a part of one: it never becomes a command. */
export function stepsOf(
  runbook: Runbook,
  given: Readonly<Record<string, string>>,
): { readonly drafts: readonly Draft[]; readonly criteria: readonly Check[] } | Problem {
  const values = valuesOf(runbook, given)
  if ('kind' in values) return values as Problem
  const drafts = runbook.steps.filter((step) => applies(step, values)).flatMap((step) => draftsOf(step, values))
  if (drafts.length === 0) return { kind: 'problem', text: `${runbook.id} has nothing to do for these values` }
  return { drafts, criteria: runbook.after.map((check) => filledCheck(check, values)) }
}

function valuesOf(runbook: Runbook, given: Readonly<Record<string, string>>): Readonly<Record<string, string>> | Problem {
  const stray = Object.keys(given).find((name) => !runbook.parameters.some((parameter) => parameter.name === name))
  if (stray !== undefined)
    return {
      kind: 'problem',
      text: `${runbook.id} has no parameter ${stray}; it has ${runbook.parameters.map(({ name }) => name).join(', ') || 'none'}`,
    }
  const values: Record<string, string> = {}
  for (const parameter of runbook.parameters) {
    const value = given[parameter.name] ?? parameter.default
    if (value === undefined) return { kind: 'problem', text: `${runbook.id} needs ${parameter.name}: ${parameter.what}` }
    if (!isValue(parameter, value))
      return {
        kind: 'problem',
        text: `${parameter.name}: "${value}" is no ${parameter.type === 'choice' ? `one of ${parameter.choices?.join(', ')}` : parameter.type}`,
      }
    values[parameter.name] = value
  }
  return values
}

/** No value begins with a dash, so that none can be read as an option. */
const SHAPES: Readonly<Record<Exclude<Parameter['type'], 'address' | 'prefix' | 'choice'>, RegExp>> = {
  name: /^[A-Za-z0-9][\w.-]{0,252}$/,
  names: /^[A-Za-z0-9][\w.-]{0,252}\/[A-Za-z0-9][\w.-]{0,252}(?:,[A-Za-z0-9][\w.-]{0,252}\/[A-Za-z0-9][\w.-]{0,252}){0,4999}$/,
  device: /^[A-Za-z0-9_][^\s/]{0,14}$/,
  number: /^\d{1,10}$/,
  path: /^\/[^\0\n]{1,4000}$/,
  unit: /^[A-Za-z0-9][\w@.\\:-]{0,252}$/,
  image: /^[A-Za-z0-9][\w.:/@-]{0,500}$/,
  url: /^https?:\/\/[^\s]{1,2000}$/,
  words: /^[^\0\n-][^\0\n]{0,1000}$/,
  label: /^[A-Za-z0-9][\w./-]{0,316}$/,
  sysctl: /^(?:net|kernel|fs|vm)\.[\w./-]{1,200}$/,
  destination: /^[A-Za-z0-9_][\w.-]{0,100}@[A-Za-z0-9[][\w.:\]-]{0,252}$/,
}

function isValue({ type, choices }: Parameter, value: string): boolean {
  if (type === 'address') return parseAddress(value) !== undefined
  if (type === 'prefix') return value.includes('/') && parsePrefix(value) !== undefined
  return type === 'choice' ? (choices?.includes(value) ?? false) : SHAPES[type].test(value)
}

const fits = (condition: Condition, values: Readonly<Record<string, string>>): boolean =>
  Object.entries(condition).every(([name, wanted]) => [wanted].flat().includes(values[name] ?? ''))

const applies = ({ only, unless }: RunbookStep, values: Readonly<Record<string, string>>): boolean =>
  (only === undefined || fits(only, values)) && (unless === undefined || !fits(unless, values))

function draftsOf(step: RunbookStep, values: Readonly<Record<string, string>>): readonly Draft[] {
  if (step.each === undefined) return [draftOf(step, values)]
  return (values[step.each] ?? '').split(',').map((one) => {
    const [namespace = '', name = ''] = one.split('/')
    return draftOf(step, { ...values, namespace, name })
  })
}

function draftOf(step: RunbookStep, values: Readonly<Record<string, string>>): Draft {
  const words = (argv: readonly string[]): readonly string[] => argv.map((word) => filled(word, values))
  return {
    command: words(step.command),
    why: filled(step.why, values),
    undo: step.undo && words(step.undo),
    interrupts: step.interrupts === undefined ? undefined : filled(step.interrupts, values),
    precondition: step.precondition && filledCheck(step.precondition, values),
    check: step.check && filledCheck(step.check, values),
    where: step.where === 'host' ? undefined : 'control plane',
    timeout: step.timeout,
  }
}

function filledCheck({ text, command, expect = {}, within = 0 }: RunbookCheck, values: Readonly<Record<string, string>>): Check {
  return {
    text: filled(text, values),
    command: command.map((word) => filled(word, values)),
    expect: {
      ...(expect.code === undefined ? {} : { code: expect.code }),
      ...(expect.contains === undefined ? {} : { contains: filled(expect.contains, values) }),
      ...(expect.lacks === undefined ? {} : { lacks: filled(expect.lacks, values) }),
    },
    within,
  }
}

const filled = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(PLACE, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] as string) : whole))

const PLACE = /\{([a-z]+)\}/g

/** Parameters that a text of the runbook names, for checking that they exist. */
export const placesIn = (text: string): readonly string[] => [...text.matchAll(PLACE)].map((match) => match[1] as string)
