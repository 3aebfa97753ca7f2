import type { Family } from '../../net/address.ts'
import type { Operation, RouteOperation } from '../operation.ts'

const OBJECTS: Readonly<Record<string, string>> = {
  r: 'route',
  ro: 'route',
  ru: 'rule',
  l: 'link',
  a: 'address',
  addr: 'address',
  n: 'neighbour',
  neigh: 'neighbour',
  neighbor: 'neighbour',
}
const ACTIONS: Readonly<Record<string, string>> = {
  a: 'add',
  d: 'delete',
  del: 'delete',
  rm: 'delete',
  s: 'set',
  change: 'replace',
  chg: 'replace',
  repl: 'replace',
}

/** Reads `ip [-4|-6] OBJECT ACTION …` where it changes one thing. undefined: anything else, which stays a plain command. */
export function readIp(argv: readonly string[]): Operation | undefined {
  if (!/^(?:.*\/)?ip$/.test(argv[0] ?? '')) return undefined
  const words = argv.slice(1)
  let family: Family | undefined
  while (/^-(?:4|6)$/.test(words[0] ?? '')) family = words.shift() === '-6' ? 'ip6' : 'ip'
  const object = OBJECTS[words[0] ?? ''] ?? words[0]
  const action = ACTIONS[words[1] ?? ''] ?? words[1]
  const rest = words.slice(2)
  switch (object) {
    case 'route':
      return action === 'add' || action === 'append' || action === 'delete' || action === 'replace'
        ? { kind: 'route', action, family: family ?? familyOfWords(rest), words: rest }
        : undefined
    case 'rule':
      return action === 'add' || action === 'delete'
        ? { kind: 'routing-rule', action, family: family ?? familyOfWords(rest), words: rest }
        : undefined
    case 'link':
      return readLink(action, rest)
    case 'address': {
      const device = after(rest, 'dev')
      return (action === 'add' || action === 'delete') && device !== undefined
        ? { kind: 'address', action, device, words: without(rest, 'dev') }
        : undefined
    }
    case 'neighbour':
      return readNeighbour(action, rest)
    default:
      return undefined
  }
}

function readLink(action: string | undefined, words: readonly string[]): Operation | undefined {
  if (action === 'set') {
    const [device, ...settings] = words[0] === 'dev' ? words.slice(1) : words
    return device === undefined || settings.length === 0 ? undefined : { kind: 'link-set', device, settings }
  }
  if (action !== 'add' && action !== 'delete') return undefined
  const [device, ...more] = ['dev', 'name'].includes(words[0] ?? '') ? words.slice(1) : words
  return device === undefined ? undefined : { kind: action === 'add' ? 'link-add' : 'link-delete', device, words: more }
}

function readNeighbour(action: string | undefined, words: readonly string[]): Operation | undefined {
  const device = after(words, 'dev')
  const [address] = words[0] === 'to' ? words.slice(1) : words
  if (device === undefined || address === undefined || (action !== 'add' && action !== 'delete' && action !== 'replace')) return undefined
  return { kind: 'neighbour', action, device, address, words: without(words, 'dev').slice(words[0] === 'to' ? 2 : 1) }
}

/** Reads `bridge fdb …` and `bridge link set dev …`. */
export function readBridge(argv: readonly string[]): Operation | undefined {
  if (!/^(?:.*\/)?bridge$/.test(argv[0] ?? '')) return undefined
  const [object, verb = '', ...rest] = argv.slice(1)
  const action = ACTIONS[verb] ?? verb
  const device = after(rest, 'dev')
  if (device === undefined) return undefined
  if (object === 'link' && action === 'set') return { kind: 'bridge-port', device, settings: without(rest, 'dev') }
  const mac = rest[0]
  if (object !== 'fdb' || mac === undefined) return undefined
  return action === 'add' || action === 'append' || action === 'replace' || action === 'delete'
    ? { kind: 'fdb', action, device, mac: mac.toLowerCase(), words: without(rest, 'dev').slice(1) }
    : undefined
}

/** What stands behind a key word. */
export const after = (words: readonly string[], key: string): string | undefined => {
  const at = words.indexOf(key)
  return at < 0 ? undefined : words[at + 1]
}

function without(words: readonly string[], key: string): readonly string[] {
  const at = words.indexOf(key)
  return at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 2)]
}

/** A colon in an address (a MAC address has two hexadecimal digits in each of its six parts). */
const familyOfWords = (words: readonly string[]): Family =>
  words.some((word) => word.includes(':') && !/^[\da-f]{2}(?::[\da-f]{2}){5}$/i.test(word)) ? 'ip6' : 'ip'

const VERB = { add: 'add', append: 'append', delete: 'del', replace: 'replace', set: 'set' } as const
export const ipProgram = (family: Family): readonly string[] => (family === 'ip' ? ['ip'] : ['ip', '-6'])

export const routeArgv = ({ family, action, words }: RouteOperation): readonly string[] => [
  ...ipProgram(family),
  'route',
  VERB[action],
  ...words,
]

/** The argument list of what ip(8) and bridge(8) do. */
export function ipArgv(
  op: Extract<
    Operation,
    { readonly kind: 'routing-rule' | 'link-set' | 'link-add' | 'link-delete' | 'bridge-port' | 'address' | 'neighbour' | 'fdb' }
  >,
): readonly string[] {
  switch (op.kind) {
    case 'routing-rule':
      return [...ipProgram(op.family), 'rule', VERB[op.action], ...op.words]
    case 'link-set':
      return ['ip', 'link', 'set', 'dev', op.device, ...op.settings]
    case 'link-add':
      return ['ip', 'link', 'add', op.device, ...op.words]
    case 'link-delete':
      return ['ip', 'link', 'del', 'dev', op.device, ...op.words]
    case 'bridge-port':
      return ['bridge', 'link', 'set', 'dev', op.device, ...op.settings]
    case 'address':
      return ['ip', 'address', VERB[op.action], ...op.words, 'dev', op.device]
    case 'neighbour':
      return ['ip', 'neighbour', VERB[op.action], op.address, ...op.words, 'dev', op.device]
    case 'fdb':
      return ['bridge', 'fdb', VERB[op.action], op.mac, 'dev', op.device, ...op.words]
  }
}
