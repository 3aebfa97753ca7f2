import { fulfils } from '@culprit/core/repair/plan'
import { wordsOf } from '@culprit/core/repair/words'
import {
  type Criterion,
  type CriterionFlow,
  EXPECT_FORM,
  type Judged,
  readWanted,
  type Wanted,
} from '@culprit/core/report/criteria/criterion'
import { literal } from '@culprit/core/report/criteria/make'
import type { Executor } from '../exec/executor.ts'
import { type Answer, type Attempt, attemptAll, type Observed, talkFor } from '../probe/attempt.ts'
import { onlyLooks } from './looks.ts'
import type { Places } from './places.ts'
import { readTry } from './tries.ts'

export interface LiveOptions {
  readonly places: Places
  /** Where commands run that name no place. */
  readonly here: Executor
  /** Seconds to wait for an answer. */
  readonly seconds: number
  readonly signal?: AbortSignal | undefined
}

/** Tries a criterion for real: a connection from its sender, or a command that only looks. */
export async function judgeLive(criterion: Criterion, options: LiveOptions): Promise<Judged> {
  const wanted = readWanted(criterion.expect)
  if (wanted === undefined) return undecided(criterion, `"${criterion.expect}" is for a person to judge; a program reads ${EXPECT_FORM}`)
  const argv = criterion.argv ?? wordsOf(criterion.command)
  if (criterion.flow) return tryFlow(criterion, criterion.flow, wanted, options)
  if (argv === undefined) return undecided(criterion, 'only a shell could run this line')
  const tried = readTry(argv)
  if (tried !== undefined) return attempt(criterion, tried, wanted, options.here, options)
  if (argv.length === 0) return undecided(criterion, 'no command shows it')
  if (!onlyLooks(argv)) return undecided(criterion, `${argv[0]} is not known to look only, as it is written here`)
  return look(criterion, argv, wanted, options)
}

const undecided = (criterion: Criterion, answer: string): Judged => ({ criterion, status: 'undecided', answer })

async function tryFlow(criterion: Criterion, flow: CriterionFlow, wanted: Wanted, options: LiveOptions): Promise<Judged> {
  const executor = options.places.of(flow.from)
  if (!executor) return undecided(criterion, `nobody at ${flow.from} can be asked from here`)
  const { address, port, protocol } = { ...literal(flow), ...flow }
  if (address === undefined) return undecided(criterion, `the address of ${flow.to} is not told`)
  const how = port === undefined ? 'icmp' : protocol
  if (how !== 'tcp' && how !== 'udp' && !/^(?:ipv6-)?icmp(?:v6)?$/.test(how ?? '')) return undecided(criterion, `${how} is not tried`)
  return attempt(criterion, { protocol: how === 'tcp' || how === 'udp' ? how : 'icmp', dst: address, port }, wanted, executor, options)
}

async function attempt(
  criterion: Criterion,
  where: Pick<Attempt, 'protocol' | 'dst' | 'port'>,
  wanted: Wanted,
  executor: Executor,
  { seconds, signal }: LiveOptions,
): Promise<Judged> {
  const made: Attempt = { id: 1, ...where, seconds, talk: talkFor(where.protocol, where.port) }
  const [answer] = await attemptAll(executor, [made], signal)
  if (!answer) return undecided(criterion, 'it was not tried')
  const status = statusOf(answer.outcome, wanted, made.talk !== undefined)
  return { criterion, status, by: 'probe', answer: `${told(answer)}, from ${executor.name}` }
}

const told = ({ outcome, how, by, detail }: Answer): string =>
  [outcome, by === undefined ? undefined : `by ${by}`, how, detail].filter((part) => part !== undefined).join(', ')

const SAID: Readonly<Record<Observed, 'connected' | 'not' | 'open'>> = {
  connects: 'connected',
  tls: 'connected',
  reset: 'not',
  stalls: 'not',
  refused: 'not',
  unreachable: 'not',
  timeout: 'not',
  silent: 'open',
  error: 'open',
}

/** `talked`: something was said once it was connected, so that a connection is an answer. */
function statusOf(outcome: Observed, wanted: Wanted, talked: boolean): Judged['status'] {
  const connected = SAID[outcome]
  if (connected === 'open') return 'undecided'
  switch (wanted.kind) {
    case 'no-connection':
      // What connects and is cut off then was let through.
      return connected === 'connected' || outcome === 'reset' || outcome === 'stalls' ? 'fails' : 'holds'
    case 'answer':
      return connected === 'not' ? 'fails' : talked ? 'holds' : 'undecided'
    case 'connection':
      return connected === 'connected' ? 'holds' : 'fails'
    case 'output':
      return (connected === 'connected') === (wanted.expect.code === undefined || wanted.expect.code === 0) ? 'holds' : 'fails'
  }
}

const OUTPUT = 1 << 20

async function look(criterion: Criterion, argv: readonly string[], wanted: Wanted, { here, signal }: LiveOptions): Promise<Judged> {
  const ran = await here.run({ argv, timeout: 20_000, limit: OUTPUT, signal })
  const output = `${ran.stdout}${ran.stderr}`
  const last = output.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
  const answer = `${ran.code === null ? ran.end : `exit code ${ran.code}`}${last === '' ? '' : `, ${last}`}`
  if (ran.end !== 'exited') return { criterion, status: 'undecided', by: 'command', answer }
  const expect = wanted.kind === 'output' ? wanted.expect : { code: 0 }
  const holds = fulfils(expect, { code: ran.code, output }) !== (wanted.kind === 'no-connection')
  return { criterion, status: holds ? 'holds' : 'fails', by: 'command', answer }
}
