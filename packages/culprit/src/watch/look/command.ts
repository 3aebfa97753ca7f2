import { fulfils } from '@culprit/core/repair/plan'
import { type Executor, failureOf } from '../../exec/executor.ts'
import type { CommandCriterion } from '../config/criteria.ts'
import type { Tried } from './flow.ts'

/** Runs a criterion's command once. One that is not there, or may not be run, says nothing about the network. */
export async function tryCommand({ command, expect, within }: CommandCriterion, machine: Executor, signal?: AbortSignal): Promise<Tried> {
  const [program = ''] = command
  const ran = await machine.run({ argv: command, timeout: within, limit: 1 << 20, signal })
  switch (ran.end) {
    case 'exited': {
      if (fulfils(expect, { code: ran.code, output: `${ran.stdout}${ran.stderr}` })) return { state: 'holds', seen: 'as expected' }
      const last = `${ran.stdout}${ran.stderr}`.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
      return { state: 'fails', seen: `${program} ended with exit code ${ran.code}${last === '' ? '' : `: ${last}`}` }
    }
    case 'timed-out':
      return { state: 'fails', seen: `${program} did not end within ${within / 1000} s` }
    case 'limit':
      return { state: 'fails', seen: `${program} wrote more than a megabyte` }
    default:
      return { state: 'unknown', seen: failureOf(ran, program) ?? ran.end }
  }
}
