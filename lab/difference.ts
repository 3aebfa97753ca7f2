import type { TraceResult } from '@culprit/core/datapath/trace'
import { compare } from './compare.ts'
import type { Kernel, Verified, VerifyOptions } from './kernel.ts'
import { predict } from './predict.ts'
import { verifyTaken } from './refused.ts'
import type { PacketSpec, Scenario } from './scenario.ts'
import type { Truth } from './truth.ts'

/** A packet of which culprit says something else than the kernel did. */
export interface Difference {
  readonly packet: PacketSpec
  readonly truth: Truth
  readonly answer: TraceResult | string
  readonly text: string
}

export interface Held {
  /** Without what the machine did not take. */
  readonly scenario: Scenario
  readonly verified: Verified
  readonly leftOut: readonly string[]
  readonly differences: readonly Difference[]
}

/** Runs a scenario on the kernel and holds culprit against it. */
export async function hold(kernel: Kernel, drawn: Scenario, options?: VerifyOptions): Promise<Held | { readonly refused: string }> {
  const taken = await verifyTaken(kernel, drawn, options)
  if ('refused' in taken) return taken
  const { scenario, verified, leftOut } = taken
  const answers = predict(verified.bundle, verified.packets)
  const differences = verified.packets.flatMap((packet, i): Difference[] => {
    const truth = verified.truths[i]
    const answer = answers[i]
    if (!truth || answer === undefined) return []
    const text = typeof answer === 'string' ? answer : compare(truth, answer)
    return text === undefined ? [] : [{ packet, truth, answer, text }]
  })
  return { scenario, verified, leftOut, differences }
}
