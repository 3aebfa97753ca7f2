import { type Model, namespaceIn } from '../model/model.ts'
import type { EvidenceKind, Namespace } from '../model/namespace.ts'
import type { Blame } from './blame.ts'
import type { Suspect } from './causes/cause.ts'
import type { CauseId } from './causes/ids.ts'
import { isExplained, type Scene } from './scene.ts'

/** A file that is not in the evidence, and would tell whether it is really so. */
export interface Absent {
  /** `hosts/h/sysctl.txt` */
  readonly evidence: string
  readonly why: string
}

type Need = readonly [kinds: readonly EvidenceKind[], file: string, why: string]

const DEVICES: Need = [['ip-addr', 'ip-link'], 'ip-addr.json', 'which devices and addresses there are is not in the evidence']
const ROUTES: Need = [['ip-route'], 'ip-route.json', 'the routes are not in the evidence']
const RULES: Need = [['iptables-save', 'nft'], 'iptables-save.txt', 'the rules are not in the evidence']
const SYSCTLS: Need = [['sysctl'], 'sysctl.txt', 'the kernel settings are not in the evidence']
const NEIGHBOURS: Need = [['ip-neigh'], 'ip-neigh.json', 'the neighbour entries are not in the evidence']

/** What a host on the way has to show, before anything that the model says of the way is more than likely. */
const OF_HOST: readonly Need[] = [DEVICES, ROUTES, RULES]
const OF_NAMESPACE: readonly Need[] = [DEVICES]

/** What the place of a fault has to show beside: its contrary would stand there. */
const OF_FAULT: Readonly<Partial<Record<CauseId, readonly Need[]>>> = {
  'host.neighbour': [NEIGHBOURS],
  'host.bridge-netfilter': [SYSCTLS],
  'host.forwarding-off': [SYSCTLS],
  'route.rp-filter': [SYSCTLS],
  'overlay.endpoint': [[['bridge-fdb'], 'bridge-fdb.json', 'the forwarding entries are not in the evidence']],
}

const RULESETS: ReadonlySet<string> = new Set(['iptables', 'nft'])

/**
 * What a suspect on a packet's way rests on without having been captured: where a host's routes or rules are missing, the model takes it for one
 * that has none, and blames what follows. Suspects that were recognised in objects and logs rest on no way.
 */
export function absentFor(scene: Scene, suspect: Suspect): readonly Absent[] {
  const ways = [...scene.blames, ...scene.doubts].filter(({ symptom }) => isExplained(symptom, suspect))
  if (!suspect.without?.length && !suspect.onWay) return []
  const doubted = ways.length > 0 && ways.every(({ kind }) => kind === 'doubted')
  const found = new Map<string, Absent>()
  const at = namespaceIn(scene.model, suspect.where)
  for (const namespace of new Set([...passed(scene.model, ways), ...(at ? [at] : [])])) {
    // Where iptables-legacy was asked by its own name, the other program's rules are those that were left out.
    const rules = absentIn(namespace, RULES)
    if (onlyLegacy(namespace)) found.set(rules.evidence, rules)
    const needs = namespace.name === '' ? [...OF_HOST, ...(doubted ? [SYSCTLS] : [])] : OF_NAMESPACE
    for (const absent of lacks(namespace, needs)) found.set(absent.evidence, absent)
  }
  for (const { file, place } of scene.documents.filter(({ partial, content }) => partial && RULESETS.has(content.kind)))
    if (ways.some(({ outcome }) => outcome.steps.some(({ host, netns }) => host === place.host && netns === place.netns)))
      found.set(file, { evidence: file, why: 'only a part of the rules is in the evidence' })
  // That an address is there twice stands in the addresses.
  const isAddress = suspect.without?.some(({ kind }) => kind === 'address-removed') === true
  for (const absent of at && !isAddress ? lacks(at, OF_FAULT[suspect.cause] ?? []) : []) found.set(absent.evidence, absent)
  return [...found.values()]
}

const absentIn = ({ folder }: Namespace, [, file, why]: Need): Absent => ({ evidence: `${folder}/${file}`, why })

const lacks = (namespace: Namespace, needs: readonly Need[]): readonly Absent[] =>
  needs.filter(([kinds]) => !kinds.some((kind) => namespace.evidence.has(kind))).map((need) => absentIn(namespace, need))

const onlyLegacy = ({ iptables, nft }: Namespace): boolean =>
  iptables.length > 0 && nft.length === 0 && iptables.every(({ file }) => /iptables-legacy/.test(file))

/** Namespaces that the packets pass, and the hosts that those of a container lie on. */
function passed(model: Model, ways: readonly Blame[]): ReadonlySet<Namespace> {
  const places = ways.flatMap(({ outcome, part }) => [outcome.at, part.at, ...outcome.steps, ...part.steps])
  const hosts = places.flatMap(({ host }) => model.hosts.get(host) ?? [])
  return new Set([...places.flatMap((place) => namespaceIn(model, place) ?? []), ...hosts])
}
