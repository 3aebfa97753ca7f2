import { containerOf } from '../../../intake/notes/place.ts'
import { parseAddress } from '../../../net/address.ts'
import type { Party } from './party.ts'

const MACHINE =
  'hosts?|nodes?|machines?|servers?|vms?|workers?|masters?|control[- ]?planes?|minions?|hypervisors?|bastions?|docker host|k3s server'
const KIND = new RegExp(`\\b(pods?|containers?|netns|network namespaces?|${MACHINE})\\b`, 'i')
const OUTSIDE =
  /\b(?:an?other (?:machine|host|computer|client|pc|server|box|vm)|(?:a )?different (?:machine|host|computer|client)|(?:my |your |a |the )?(?:laptop|workstation|desktop|pc|mac ?book|phone|browser|home network)|outside(?: (?:world|of the cluster|the cluster))?|the internet|internet|external(?:ly)?(?: (?:client|machine|host|network|ip|hosts?))?|the lan|lan clients?|remote (?:machine|client|host|pc)|(?:an? |the )?clients?)\b/i
const ADDRESS = /(?:^|[\s([`'"=@,])((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{0,4}:[0-9a-f:.]{1,40})(?=$|[\s)\]`'",;/.])/i
const NOT_A_NAME =
  /^(?:the|a|an|my|our|your|this|that|these|those|it|itself|is|was|are|and|or|to|of|on|in|at|from|with|via|by|for|side|all|any|both|each|every|other|another|same|different|where|which|who|network|networking|netns|namespaces?|pods?|nodes?|hosts?|containers?|ips?|ports?|address|addresses|level|names?|only|can|cannot|can't|has|have|running|itself|directly|works?|fails?|not|but|as|using|when|shell|inside|within|does|do|could|times?|timed|gets?|cidr|subnet|range|interface|bridge|machine|service|services|firewall|firewalls|traffic|security|image|images|runtime|logs?|veth|connectivity|communication|sandbox|spec|policy|cannot|engine|daemon|itself|name|names|id|creation|restart|time|could|would|should|will|must|may|might|did|do|are|were|reach|reaches|call|calls|get|gets|you|i|we|then|also|still|cannot|ok)$/i
const NAME = '[A-Za-z0-9](?:[\\w.-]*\\w)?(?:/[A-Za-z0-9](?:[\\w.-]*\\w)?)?'
const NAMED = new RegExp(
  `\\b(pod|container|netns|network namespace|${MACHINE})\\b(?:\\s+(?:named|called|with (?:the )?ip))?\\s*[:=#]?\\s+(${NAME})`,
  'i',
)
const NAMING = new RegExp(`(${NAME})(?:'s)?\\s+(pod|container|netns|${MACHINE})\\b`, 'i')

/** Nobody calls anything but a machine so. */
const MACHINE_NAME =
  /(?:^|[\s(])((?:k8s-|kube-|k3s-)?(?:node|master|worker|host|server|vm|minion|agent|cp|control-?plane)[-_]?\d{1,3}(?:\.[a-z][\w.-]*\w)?)(?=$|[\s):,.])/i

export const unmarked = (text: string): string => text.replace(/\*\*|__|[`"“”‘']/g, '')

/** Whom a phrase means: "the pod p1 (10.244.0.2)", "another machine", "node2", "`default/web-1`". `hosts`: names of machines. */
export function partyIn(phrase: string, hosts: ReadonlySet<string>): Party | undefined {
  const text = unmarked(phrase).trim()
  if (text === '' || text.length > 200 || /^(?:the )?same (?:host|node|machine)\b/i.test(text)) return undefined
  if (/\boutside (?:of )?(?:my |the |a |any )?containers?\b/i.test(text)) return { kind: 'host' }
  const found = ADDRESS.exec(text)?.[1]?.replace(/[:.]$/, '')
  const address = found !== undefined && parseAddress(found) !== undefined ? found : undefined
  const machine = [...hosts].find((host) => wordIn(text, host)) ?? MACHINE_NAME.exec(text)?.[1]
  const named = nameBehind(text) ?? nameBefore(text)
  if (named && !(named.kind === 'host' && machine !== undefined)) return { ...named, address }
  if (machine !== undefined && !/\bpods?\b|\bcontainers?\b/i.test(text)) return { kind: 'host', name: machine, address }
  if (OUTSIDE.test(text)) return { kind: 'outside', address }
  const kind = kindOf(KIND.exec(text)?.[1])
  if (kind !== undefined) return { kind, address, ...(kind !== 'host' && machine !== undefined && { host: machine }) }
  if (address !== undefined) return { kind: 'unknown', address }
  const alone = new RegExp(`^(${NAME})$`).exec(text)?.[1]
  if (alone === undefined || NOT_A_NAME.test(alone) || !/[-\d/]/.test(alone)) return undefined
  const inside = containerOf(alone)
  if (inside) return { kind: inside.pod ? 'pod' : 'container', name: inside.netns }
  return { kind: 'unknown', ...namespaced(alone) }
}

const wordIn = (text: string, word: string): boolean => {
  const at = text.indexOf(word)
  return at >= 0 && !/[\w.-]/.test(text[at - 1] ?? '') && !/[\w-]/.test(text[at + word.length] ?? '')
}

function nameBehind(text: string): Party | undefined {
  const found = NAMED.exec(text)
  const kind = kindOf(found?.[1])
  const name = found?.[2]?.replace(/\.$/, '')
  if (kind === undefined || name === undefined || (NOT_A_NAME.test(name) && !/^[A-Z]$/.test(name)) || /^\d+(?:\.\d+)*$/.test(name))
    return undefined
  if (kind === 'host' && !/[-\d.]/.test(name)) return undefined
  return { kind, ...namespaced(name) }
}

/** "the web-1 pod": only what looks like a name, since "each pod" and "docker container" do too. */
function nameBefore(text: string): Party | undefined {
  const found = NAMING.exec(text)
  const kind = kindOf(found?.[2])
  const name = found?.[1]
  if (kind === undefined || name === undefined || NOT_A_NAME.test(name) || !/[-\d]/.test(name)) return undefined
  return /^(?:non-|cross-|same-|multi-|single-|two-|\d+$)/.test(name) ? undefined : { kind, ...namespaced(name) }
}

function namespaced(name: string): { readonly name: string; readonly namespace?: string } {
  const slash = name.indexOf('/')
  return slash < 0 || /^(?:deploy|deployment|sts|ds|svc|pods?|statefulset|daemonset|job)\//.test(name)
    ? { name: name.replace(/^pods?\//, '') }
    : { namespace: name.slice(0, slash), name: name.slice(slash + 1) }
}

function kindOf(word: string | undefined): Party['kind'] | undefined {
  if (word === undefined) return undefined
  if (/^pod/i.test(word)) return 'pod'
  if (/^container/i.test(word)) return 'container'
  if (/^(?:netns|network namespace)/i.test(word)) return 'namespace'
  return 'host'
}
