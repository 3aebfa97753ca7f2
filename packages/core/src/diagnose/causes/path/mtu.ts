import type { Change } from '../../../model/change/change.ts'
import { mtuChains } from '../../../model/mtu/chains.ts'
import { stepsOfSymptom } from '../../blame.ts'
import { observationsOf, type Scene, type Symptom } from '../../scene.ts'
import type { Because, Cause, Suspect } from '../cause.ts'

/** Packets that are larger than a link of the way carries vanish, or would if they were sent. */
export const MTU: Cause = {
  id: 'host.mtu',
  suspects: (scene) =>
    scene.symptoms.filter((symptom) => symptom.result === 'stalls' || isTooBig(symptom)).flatMap((symptom) => ofSymptom(scene, symptom)),
}

const isTooBig = ({ outcomes }: Symptom): boolean =>
  outcomes.some(({ reason, reply }) => reason === 'too-big' || reply?.reason === 'too-big')

function ofSymptom(scene: Scene, symptom: Symptom): readonly Suspect[] {
  const devices = new Set(
    stepsOfSymptom(symptom).flatMap(({ step }) => [
      `${step.host} ${step.netns} ${step.route?.dev ?? ''}`,
      `${step.host} ${step.netns} ${deviceOf(step.text)}`,
    ]),
  )
  const chains = mtuChains(scene.model).filter(({ hops }) =>
    hops.some(({ host, netns, device }) => devices.has(`${host} ${netns} ${device}`)),
  )
  const explains = observationsOf(symptom)
  const large = symptom.outcomes
    .flatMap((outcome) => [outcome, ...(outcome.reply ? [outcome.reply] : [])])
    .find(({ reason }) => reason === 'too-big')
  const lost = large?.decidedBy === undefined || large.decidedBy === null ? undefined : large.steps[large.decidedBy]
  const because: Because[] = lost ? [{ text: `a large packet does not pass: ${lost.text}`, source: lost.evidence }] : []
  const found = chains.map((chain): Suspect => {
    const [first] = chain.hops
    const fix: Change[] = (chain.kind === 'unproven' ? [] : chain.hops)
      .filter(({ mtu }) => mtu > chain.fits)
      .map(({ host, netns, device }) => ({ kind: 'link', at: { host, netns }, device, set: { mtu: chain.fits } }))
    return {
      cause: 'host.mtu',
      where: { host: first.host, netns: first.netns, object: `device ${first.device}, MTU ${first.mtu}`, source: first.source },
      because: [...because, { text: chain.text, source: first.source }],
      against: [],
      // The way between the hosts is not in the evidence: that it carries such packets is only not proved.
      likelihood: chain.kind === 'unproven' ? 0.75 : 0.93,
      ...(fix.length > 0 ? { without: fix } : {}),
      explains,
    }
  })
  if (found.length > 0 || !large) return found
  const { host, netns, interface: device } = large.at
  return [{ cause: 'host.mtu', where: { host, netns, object: `device ${device}` }, because, against: [], likelihood: 0.93, explains }]
}

const deviceOf = (text: string): string => / (?:by|dev|through) ([^\s,;:]+)/.exec(text)?.[1] ?? ''
