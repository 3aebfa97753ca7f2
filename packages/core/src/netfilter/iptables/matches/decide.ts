import { assumed, type Decision, negate, unknown } from '../../decision.ts'

/** Every condition must hold. No wins over unknown; unknown over an assumption; probabilities multiply as if they were independent. */
export function all(decisions: Iterable<Decision>): Decision {
  let probability = 1
  let missing: Decision | undefined
  let assumption: Decision | undefined
  for (const decision of decisions) {
    if (decision === false) return false
    if (decision === true) continue
    switch (decision.kind) {
      case 'chance':
        probability *= decision.probability
        break
      case 'assumed':
        if (!assumption || (typeof assumption === 'object' && assumption.kind === 'assumed' && assumption.value)) assumption = decision
        break
      case 'unknown':
        missing ??= decision
    }
  }
  if (assumption && typeof assumption === 'object' && assumption.kind === 'assumed' && !assumption.value) return assumption
  if (missing) return missing
  if (probability < 1) return { kind: 'chance', probability }
  return assumption ?? true
}

/** One condition is enough. */
export function any(decisions: Iterable<Decision>): Decision {
  return negate(all(Array.from(decisions, negate)))
}

/** `!` in front of an option. */
export const signed = (decision: Decision, negated: boolean): Decision => (negated ? negate(decision) : decision)

/** What only the bytes behind the headers can tell. */
export const payloadUnknown = (what: string): Decision => unknown(`${what} is decided by the packet's payload, which is not known`)

export { assumed, negate, unknown }
