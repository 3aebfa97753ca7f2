import { PROTOCOL } from '../net/packet.ts'
import { lacking } from './ground.ts'
import { type End, end, type Journey, moved } from './journey.ts'
import type { PassEnd } from './pass.ts'

/** What becomes of a packet that rules did not let through. `device`: where it was. */
export function endByRules(journey: Journey, passed: PassEnd, device: string): readonly End[] {
  const { verdict } = passed
  switch (verdict.kind) {
    case 'accept':
      throw new Error('an accepted packet has not ended')
    case 'drop':
      if (verdict.by === 'nat') return end(journey, 'dropped', 'nat-failed', { interface: device })
      return end(journey, 'dropped', verdict.by, { interface: device, answer: dropError(journey, passed) })
    case 'reject':
      return end(journey, 'rejected', 'rule', {
        interface: device,
        answer: verdict.with.kind === 'tcp-reset' ? 'tcp-reset' : verdict.with.name,
      })
    case 'taken':
      return end(journey, 'unknown', 'taken', { interface: device })
    case 'unknown': {
      const { why, evidence } = verdict.unknown
      const missing = { evidence: evidence ? `${journey.machine.namespace.folder}/${evidence}` : '', why }
      return end(moved(journey, { ground: lacking(journey.ground, missing) }), 'unknown', 'missing-evidence', { interface: device })
    }
  }
}

/** A drop in OUTPUT is an EPERM for the program; TCP keeps trying all the same (tcp_connect). */
function dropError(journey: Journey, passed: PassEnd): string | undefined {
  return journey.local && passed.scene.hook === 'output' && journey.packet.protocol !== PROTOCOL.tcp ? 'EPERM' : undefined
}
