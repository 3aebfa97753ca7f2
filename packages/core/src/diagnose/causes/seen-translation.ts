import type { ConntrackEntry } from '../../facts/network.ts'
import type { Namespace } from '../../model/namespace.ts'
import { askedOf, endText } from '../meant.ts'
import { observationsOf, type Symptom } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'

/**
 * conntrack remembers where a connection was sent: the reply's source is who answers (nf_nat_packet). Where another server answers and no ruleset
 * tells why, this tells who, and that a rule did it.
 */
export const SEEN_TRANSLATION: Cause = {
  id: 'nat.hijack',
  suspects: (scene) =>
    scene.symptoms
      .filter(({ result }) => result === 'wrong-server')
      .flatMap((symptom) => scene.model.namespaces.flatMap((namespace) => ofNamespace(symptom, namespace))),
}

function ofNamespace(symptom: Symptom, namespace: Namespace): readonly Suspect[] {
  const asked = askedOf(symptom)
  // Rules that were captured tell more: the model has them.
  if (!asked || namespace.iptables.length > 0 || namespace.nft.length > 0) return []
  const entries = namespace.conntrack.filter(
    ({ original, reply }) =>
      original.dst === asked.address &&
      original.dport === asked.port &&
      endText(reply.src, reply.sport) !== endText(asked.address, asked.port),
  )
  const wrong = entries.filter(({ reply }) => symptom.meant?.ends.has(endText(reply.src, reply.sport)) !== true)
  const servers = [...new Map(wrong.map((entry) => [endText(entry.reply.src, entry.reply.sport), entry]))]
  // Several, and nobody tells which of them is meant: it may be any.
  if (servers.length === 0 || (symptom.meant === undefined && servers.length > 1)) return []
  return servers.map(([server, entry]) => suspect(symptom, namespace, server, entry))
}

function suspect(symptom: Symptom, { host, name, owned }: Namespace, server: string, { reply, source }: ConntrackEntry): Suspect {
  const asked = askedOf(symptom)
  const target = asked ? endText(asked.address, asked.port) : symptom.request.to
  return {
    cause: 'nat.hijack',
    where: { host, netns: name, object: `translation of ${target}`, source },
    because: [
      { text: `conntrack shows that connections to ${target} are answered by ${server}`, source },
      ...(owned.has(reply.src) ? [{ text: `which is an address of ${host || 'this host'} itself: a rule redirects them` }] : []),
      ...(symptom.meant ? [{ text: `${symptom.meant.who} has ${[...symptom.meant.ends].slice(0, 4).join(', ')}` }] : []),
    ],
    against: [],
    likelihood: symptom.meant || owned.has(reply.src) ? 0.9 : 0.7,
    explains: observationsOf(symptom),
  }
}
