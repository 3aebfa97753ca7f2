import type { Source } from '../../facts/source.ts'
import type { Pattern } from './book.ts'
import type { Named, Names } from './names.ts'
import type { ChainView, RuleView, TableView } from './view.ts'

/** The object that a chain or rule is for, and how that is known. */
export interface Subject {
  /** service, endpoint, container, pod, network, policy, interface, zone, jail … */
  readonly kind: string
  readonly name: string
  readonly because: { readonly text: string; readonly source?: Source | undefined }
}

type Parts = Readonly<Record<string, string>>

/** Of a name alone. */
export function patternSubject(pattern: Pattern, parts: Parts, names: Names): Subject | undefined {
  switch (pattern.subject) {
    case undefined:
      return undefined
    case 'service':
    case 'endpoint':
      return nftService(parts)
    case 'network':
    case 'interface':
      return interfaceSubject(parts.bridge ?? parts.interface, pattern.subject, names)
    case 'container':
      return named(parts.address === undefined ? undefined : names.address(parts.address), `address ${parts.address}`)
    default: {
      const [kind, name] = Object.entries(parts)[0] ?? []
      return pattern.subject === 'named' && kind !== undefined && name !== undefined
        ? { kind, name, because: { text: 'its name' } }
        : undefined
    }
  }
}

/** Of a chain: by its name, by the comments of its rules and of the rules that jump to it, by where it sends packets. */
export function chainSubject(pattern: Pattern, parts: Parts, table: TableView, chain: ChainView, names: Names): Subject | undefined {
  switch (pattern.subject) {
    case 'service':
      return nftService(parts) ?? fromComments(chain, table, SERVICE, 'service') ?? byHash(parts.hash, names)
    case 'endpoint':
      return endpoint(parts, table, chain, names)
    case 'policy':
      return (
        profile(parts.policy) ??
        fromComments(chain, table, POLICY, 'policy') ??
        (parts.policy === undefined ? undefined : { kind: 'policy', name: parts.policy, because: { text: 'its name' } })
      )
    case 'pod-firewall':
      return fromComments(chain, table, POD, 'pod')
    case 'hostport':
      return hostport(parts, table, chain, names)
    default:
      return patternSubject(pattern, parts, names)
  }
}

/** Of one rule: what its own comment says, else whose address it names. */
export function ruleSubject(owner: string, rule: RuleView, table: TableView, names: Names): Subject | undefined {
  const source = { file: table.file, line: rule.line }
  if (owner === 'kube-proxy' && rule.comment !== undefined) {
    const name = SERVICE(rule.comment)
    if (name !== undefined) return { kind: 'service', name, because: { text: `its comment "${rule.comment}"`, source } }
  }
  if (owner === 'kube-router' && rule.comment !== undefined) {
    const name = POD(rule.comment)
    if (name !== undefined) return { kind: 'pod', name, because: { text: `its comment "${rule.comment}"`, source } }
  }
  for (const address of hostAddresses(rule.text)) {
    const found = names.address(address)
    if (found) return named(found, `address ${address}`)
  }
  return undefined
}

/** Addresses of single hosts in a rule's text: behind -d, -s and --to-destination, or nft's daddr, saddr and `dnat to`. */
export function hostAddresses(text: string): readonly string[] {
  const out: string[] = []
  for (const match of text.matchAll(/(?:--to-destination |dnat (?:ip6? )?to |-d |daddr |-s |saddr )\[?([0-9a-f.:]+)\]?(?:\/(\d+))?/gi)) {
    const [, address = '', mask] = match
    if (mask !== undefined && mask !== '32' && mask !== '128') continue
    // 10.0.0.1:80 is an address and a port; fd00::1 is an address.
    out.push(/^[\d.]+:\d+$/.test(address) ? (address.split(':')[0] ?? '') : address)
  }
  return out
}

/** Calico's profiles: `kns.default` is of a namespace, `ksa.default.robot` of a service account. */
function profile(name: string | undefined): Subject | undefined {
  const match = /^(kns|ksa)\.([^.]+)(?:\.(.+))?$/.exec(name ?? '')
  if (!match) return undefined
  const because = { text: 'its name' }
  if (match[1] === 'kns') return { kind: 'namespace', name: match[2] ?? '', because }
  return { kind: 'service account', name: `${match[2]}/${match[3] ?? ''}`, because }
}

type Reader = (comment: string) => string | undefined

/** `default/web:http cluster IP`, `default/web:http has no endpoints`. */
const SERVICE: Reader = (comment) => /(?:^|\s)([a-z0-9][a-z0-9.-]*\/[a-z0-9][a-z0-9.-]*(?::[\w.-]+)?)/.exec(comment)?.[1]
/** kube-router: `rule to jump traffic destined to POD name:web namespace: default to chain …`. */
const POD: Reader = (comment) => {
  const match = /POD name:\s*(\S+)\s+namespace:\s*([^\s"]+)/i.exec(comment)
  return match ? `${match[2]}/${match[1]}` : undefined
}
/** Calico: `Policy default/deny ingress`; kube-router: `… policy name web-policy namespace default`, `run through nw policy web-policy`. */
const POLICY: Reader = (comment) => {
  const match = /policy name:?\s*(\S+)\s+namespace:?\s*([^\s"]+)/i.exec(comment)
  if (match) return `${match[2]}/${match[1]}`
  return /(?:^|\s)(?:nw )?[Pp]olicy:? (?!name)([\w./-]+)/.exec(comment)?.[1] ?? /Profile ([\w./-]+)/.exec(comment)?.[1]
}

/** How far up the jumps a chain's meaning is looked for: KUBE-SEP from KUBE-SVC from KUBE-SERVICES. */
const MAX_STEPS = 4

function fromComments(chain: ChainView, table: TableView, read: Reader, kind: string, steps = 0): Subject | undefined {
  const callers = table.callers.get(chain.name) ?? []
  for (const [rules, whose] of [
    [chain.rules, 'the comment of its rule'],
    [callers, 'the comment of the rule that jumps to it'],
  ] as const)
    for (const rule of rules) {
      const name = rule.comment === undefined ? undefined : read(rule.comment)
      if (name !== undefined)
        return { kind, name, because: { text: `${whose}: "${rule.comment}"`, source: { file: table.file, line: rule.line } } }
    }
  if (steps >= MAX_STEPS) return undefined
  for (const rule of callers) {
    const caller = table.chains.get(rule.chain)
    const found =
      caller && caller !== chain && caller.hook === undefined && SINGLE_SERVICE.test(caller.name)
        ? fromComments(caller, table, read, kind, steps + 1)
        : undefined
    if (found) return found
  }
  return undefined
}

/** Chains that are for one object only, so that what is true of them is true of what they jump to. */
const SINGLE_SERVICE = /^(?:KUBE-(?:SVC|SVL|EXT|FW|XLB)-|KUBE-POD-FW-)/

/** KUBE-SVC-… by the API's objects, where no comment tells (kube-proxy leaves comments out of large clusters' rules). */
function byHash(hash: string | undefined, names: Names): Subject | undefined {
  return named(hash === undefined ? undefined : names.service(hash), `the hash in its name`)
}

/** `service-ULMVA6XW-ns1/svc1/tcp/p80` (kube-proxy's nftables mode). */
function nftService(parts: Parts): Subject | undefined {
  const service = parts.service
  if (service === undefined) return undefined
  const [namespace, name, , port = ''] = service.split('/')
  const full = `${namespace}/${name}${port === '' ? '' : `:${port}`}`
  const address = parts.address
  if (address === undefined) return { kind: 'service', name: full, because: { text: 'its name' } }
  return { kind: 'endpoint', name: `${address.replace(/\/(\d+)$/, ':$1')} of service ${full}`, because: { text: 'its name' } }
}

function endpoint(parts: Parts, table: TableView, chain: ChainView, names: Names): Subject | undefined {
  const byName = nftService(parts)
  if (byName) return byName
  const service = fromComments(chain, table, SERVICE, 'service')
  const rule = chain.rules.find((candidate) => candidate.text.includes('--to-destination '))
  const address = rule && /--to-destination (\S+)/.exec(rule.text)?.[1]
  if (address === undefined) return service
  const host = rule && hostAddresses(rule.text.slice(rule.text.indexOf('--to-destination'))).at(0)
  const pod = host === undefined ? undefined : names.address(host)
  const name = `${address}${pod ? ` (${pod.kind} ${pod.name})` : ''}${service ? ` of service ${service.name}` : ''}`
  return {
    kind: 'endpoint',
    name,
    because: service?.because ?? { text: 'its DNAT rule', source: { file: table.file, line: rule?.line ?? chain.line } },
  }
}

/** CNI plugins write `name: "cbr0" id: "0e54…"` beside the jump; the DNAT rule has the pod's address. */
function hostport(parts: Parts, table: TableView, chain: ChainView, names: Names): Subject | undefined {
  for (const rule of chain.rules) {
    const pod = hostAddresses(rule.text)
      .map((address) => names.address(address))
      .find((found) => found !== undefined)
    if (pod) return named(pod, 'the address in its rule')
  }
  for (const rule of [...(table.callers.get(chain.name) ?? []), ...chain.rules]) {
    const match = /name: "?([^"\s]+)"? id: "?([^"\s]+)"?/.exec(rule.comment ?? '')
    if (!match) continue
    const [, network = '', id = ''] = match
    const known = names.id(id)
    const because = { text: 'the comment of the rule that jumps to it', source: { file: table.file, line: rule.line } }
    return known
      ? { kind: known.kind, name: known.name, because }
      : { kind: 'sandbox', name: `${id.slice(0, 12)} in network ${network}`, because }
  }
  return parts.id === undefined ? undefined : { kind: 'container', name: parts.id, because: { text: 'its name' } }
}

function interfaceSubject(name: string | undefined, kind: 'network' | 'interface', names: Names): Subject | undefined {
  if (name === undefined) return undefined
  const known = names.interface(name)
  if (known) return { kind: known.kind, name: known.name, because: { text: `interface ${name}`, source: known.source } }
  return { kind: kind === 'network' ? 'bridge' : 'interface', name, because: { text: 'its name' } }
}

const named = (found: Named | undefined, how: string): Subject | undefined =>
  found && { kind: found.kind, name: found.name, because: { text: how, ...(found.source ? { source: found.source } : {}) } }
