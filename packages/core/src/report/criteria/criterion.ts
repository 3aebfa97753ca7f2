import type { TraceRequest } from '../../datapath/trace.ts'
import type { Expectation } from '../../repair/plan.ts'

/** What has to hold once something is mended: as a diagnosis gives it, a plan does, or a person writes it. */
export interface Criterion {
  readonly text: string
  /** For people; one line that a shell takes as it stands. '' where no command shows it. */
  readonly command: string
  /** The same for programs. Left out: cut from `command`. */
  readonly argv?: readonly string[] | undefined
  /** In the words that `readWanted` reads, or as plans write it. */
  readonly expect: string | Expectation
  /** The connection that is meant, which needs no command. */
  readonly flow?: CriterionFlow | undefined
}

/** A connection as `trace --requests` takes it, with the address that its name stood for. */
export type CriterionFlow = Omit<TraceRequest, 'id'> & {
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly protocol?: string | undefined
}

/** What is expected, read. */
export type Wanted =
  | { readonly kind: 'connection' }
  | { readonly kind: 'no-connection' }
  /** More than a connection: it answers what is said. */
  | { readonly kind: 'answer' }
  | { readonly kind: 'output'; readonly expect: Expectation }

export const EXPECT_FORM =
  '"a connection", "no connection", "an answer", or parts like "exit code 0", "output has TEXT", "output lacks TEXT" with "; " between them'

/** Reads an expectation. undefined: it is none that a program can judge. */
export function readWanted(expect: string | Expectation): Wanted | undefined {
  if (typeof expect !== 'string') return { kind: 'output', expect }
  switch (expect.trim()) {
    case 'a connection':
      return { kind: 'connection' }
    case 'no connection':
      return { kind: 'no-connection' }
    case 'an answer':
      return { kind: 'answer' }
    default:
      return readOutput(expect.trim().split('; '))
  }
}

function readOutput(parts: readonly string[]): Wanted | undefined {
  let read: Expectation = parts.some((part) => part.startsWith('exit code ')) ? {} : { code: null }
  for (const part of parts) {
    const [, what, value = ''] = /^(exit code|output has|output lacks) (.+)$/.exec(part) ?? []
    if (what === undefined) return undefined
    if (what === 'exit code' && !/^\d{1,3}$/.test(value)) return undefined
    read =
      what === 'exit code'
        ? { ...read, code: Number(value) }
        : what === 'output has'
          ? { ...read, contains: value }
          : { ...read, lacks: value }
  }
  return { kind: 'output', expect: read }
}

/** The expectation in words. */
export function expectText(expect: string | Expectation): string {
  if (typeof expect === 'string') return expect
  const { code, contains, lacks } = expect
  const parts = [
    code === null ? undefined : `exit code ${code ?? 0}`,
    contains === undefined ? undefined : `output has ${contains}`,
    lacks === undefined ? undefined : `output lacks ${lacks}`,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? 'any answer' : parts.join('; ')
}

/** What became of a criterion. */
export interface Judged {
  readonly criterion: Criterion
  readonly status: 'holds' | 'fails' | 'undecided'
  /** How it was found out; undefined where it was not. */
  readonly by?: 'probe' | 'model' | 'command' | 'check' | undefined
  /** What was answered, or why nobody was asked. */
  readonly answer: string
}
