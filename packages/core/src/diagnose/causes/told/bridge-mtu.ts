import { uplinkOf } from '../../../datapath/start.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { stepsOfSymptom } from '../../blame.ts'
import type { Symptom } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'

/**
 * Containers send what their bridge takes, and the host's way out takes less: what comes back is as large as they announced (TCP's MSS), and
 * is lost on the way where ICMP is.
 */
export const bridgeMtu: Cause = {
  id: 'host.mtu',
  suspects: (scene) =>
    scene.symptoms
      .filter(({ result }) => result === 'stalls')
      .flatMap((symptom) => [...scene.model.hosts.values()].flatMap((host) => suspects(host, symptom))),
}

function suspects(host: Namespace, symptom: Symptom): readonly Suspect[] {
  const uplink = host.links.get(uplinkOf(host, 'ip') ?? '')
  const limit = uplink?.mtu
  if (limit === undefined) return []
  const passed = new Set(stepsOfSymptom(symptom).flatMap(({ step }) => (step.host === host.host ? [step.route?.dev ?? ''] : [])))
  if (passed.size > 0 && !passed.has(uplink?.name ?? '')) return []
  return [...host.links.values()]
    .filter(({ name, mtu }) => /^(?:docker0|br-[0-9a-f]{12}|cni0|cbr0|podman\d)$/.test(name) && mtu !== undefined && mtu > limit)
    .slice(0, 2)
    .map(({ name, mtu, source }) => ({
      cause: 'host.mtu' as const,
      where: { host: host.host, object: `device ${name}, MTU ${mtu}`, source },
      because: [
        { text: `${name} has an MTU of ${mtu}, so that containers send and announce such packets`, source },
        { text: `${uplink?.name}, by which they leave, carries ${limit}`, source: uplink?.source },
      ],
      against: [],
      likelihood: 0.9,
      explains: symptom.observation === undefined ? [] : [symptom.observation],
    }))
}
