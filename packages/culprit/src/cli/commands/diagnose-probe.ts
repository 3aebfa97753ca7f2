import type { Engine } from '@culprit/core/datapath/engine'
import type { Diagnosis } from '@culprit/core/diagnose/diagnosis'
import type { Attempted } from '@culprit/core/diagnose/observations/observation'
import { wantedProbes } from '@culprit/core/diagnose/probes/wanted'
import type { Document } from '@culprit/core/intake/document'
import type { Diagnosed } from '@culprit/core/report/diagnosis/diagnosed'
import { type Answered, makeProbes, type ProbePlan, planProbes } from '../../probe/flows.ts'
import { observationsOf } from '../../probe/observe.ts'
import { reachHosts } from '../../probe/reach.ts'
import { probeJson, triedOf } from '../../probe/report.ts'
import { canAsk, confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { usageError } from '../exit.ts'
import { withSignals } from '../signals.ts'

export interface ProbeFlags {
  readonly probe?: boolean
  readonly yes?: boolean
  readonly probeLimit?: number
  readonly probeSeconds?: number
  readonly ssh?: readonly string[]
  readonly sshConfig?: string
}

/** What was tried, as a diagnosis takes it and as a report tells it. */
export interface DiagnosisProbes {
  readonly observed: readonly Attempted[]
  readonly tried: NonNullable<Diagnosed['tried']>
  /** `probe` of `culprit.diagnosis/v1`. */
  readonly json: object
}

const told = (answered: readonly Answered[], { skipped }: ProbePlan): DiagnosisProbes => {
  const probed = { compared: answered.map(({ compared }) => compared), skipped }
  return { observed: observationsOf(answered), tried: triedOf(probed), json: probeJson(probed) }
}

/** @throws a usage error where nobody has agreed to the attempts and nobody can be asked. */
export function refuseUnasked({ probe, yes }: ProbeFlags): void {
  if (probe && !yes && !canAsk())
    throw usageError('--probe asks before it sends anything, and there is no terminal to ask at', 'add --yes to agree beforehand')
}

/** Makes the attempts that a diagnosis would like to have made, once somebody has agreed to them. undefined: none were made. */
export async function probeFor(
  diagnosis: Diagnosis,
  engine: Engine,
  documents: readonly Document[],
  flags: ProbeFlags,
  context: Context,
): Promise<DiagnosisProbes | undefined> {
  const { probeLimit: limit = 20, probeSeconds: seconds = 4 } = flags
  const wanted = wantedProbes(diagnosis, engine, documents)
  return withSignals(async (signal) => {
    const { reach, close } = await reachHosts(flags.ssh ?? [], flags.sshConfig, signal)
    try {
      const plan = planProbes(engine, wanted, reach, { limit, seconds })
      const asks = plan.planned.length > 0 && !flags.yes
      if (!asks) for (const line of planText(plan, seconds)) context.warn(line)
      if (plan.planned.length === 0) return told([], plan)
      if (asks && !(await confirm(planText(plan, seconds), 'Send them?', signal))) return undefined
      return told(await makeProbes(engine, plan, signal), plan)
    } finally {
      await close()
    }
  })
}

/** What will be sent, from where, and why. */
function planText({ planned, skipped }: ProbePlan, seconds: number): readonly string[] {
  const lines = planned.map(({ wanted: { request, why }, attempt, executor }) => {
    const what = attempt.talk === undefined ? (attempt.protocol === 'icmp' ? 'an echo request' : attempt.protocol) : TALK[attempt.talk]
    return `  ${request.from} → ${request.to} (${what} to ${attempt.dst}, from ${executor.name}): ${why}`
  })
  const not = [...skipped].map(([why, count]) => `  ${count} not tried: ${why}`)
  if (planned.length === 0) return ['No attempt can be made for this diagnosis:', ...not]
  const head = `${planned.length} real ${planned.length === 1 ? 'attempt' : 'attempts'}, each of at most ${seconds} s:`
  return [head, ...lines, ...not]
}

const TALK = { http: 'tcp, GET /', tls: 'tcp, a TLS handshake', dns: 'udp, a query for the root' } as const
