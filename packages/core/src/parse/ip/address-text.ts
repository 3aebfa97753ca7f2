import type { InterfaceAddress } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { addressBits, familyOf, parseAddress } from '../../net/address.ts'

type Scope = InterfaceAddress['scope']

const SCOPES: Readonly<Record<string, Scope>> = {
  global: 'global',
  site: 'site',
  link: 'link',
  host: 'host',
  nowhere: 'nowhere',
  '0': 'global',
  '200': 'site',
  '253': 'link',
  '254': 'host',
  '255': 'nowhere',
}

/** The names of rt_scopes, and their numbers; a scope that an administrator made up lies between global and link. */
export const scopeOf = (text: string | undefined): Scope => SCOPES[text ?? 'global'] ?? 'site'

const FLAGS: ReadonlySet<string> = new Set(
  'secondary temporary dynamic tentative dadfailed deprecated noprefixroute home nodad mngtmpaddr optimistic permanent autojoin stable-privacy noprefixroute'.split(
    ' ',
  ),
)

export interface AddressText {
  readonly address: InterfaceAddress
  /** words that were not understood */
  readonly unknown: readonly string[]
}

/** `inet 192.0.2.1 peer 192.0.2.2/32 brd … scope global secondary eth0:1`, as words; undefined where it holds no address. */
export function addressOf(list: readonly string[], device: string | undefined, source: Source): AddressText | undefined {
  const [local = '', ownLength] = (list[1] ?? '').split('/')
  const address = parseAddress(local)
  if (address === undefined) return undefined
  const values = new Map<string, string>()
  const flags = new Set<string>()
  const rest: string[] = []
  for (let i = 2; i < list.length; i++) {
    const word = list[i] as string
    if (word === 'valid_lft') break
    if (FLAGS.has(word)) flags.add(word)
    else if (/^(?:peer|brd|any|scope|metric|proto|flags)$/.test(word)) values.set(word, list[++i] ?? '')
    else rest.push(word)
  }
  const label = familyOf(address) === 'ip' ? takeLabel(rest, device) : undefined
  const [peer, peerLength] = (values.get('peer') ?? '').split('/')
  const prefixLength = lengthOf(peerLength ?? ownLength, addressBits(familyOf(address)))
  const on = device ?? label?.split(':')[0]
  if (prefixLength === undefined || on === undefined) return undefined
  const fact: InterfaceAddress = {
    device: on,
    family: familyOf(address),
    address,
    prefixLength,
    scope: scopeOf(values.get('scope')),
    broadcast: parseAddress(values.get('brd') ?? ''),
    peer: parseAddress(peer ?? ''),
    secondary: flags.has('secondary'),
    deprecated: flags.has('deprecated'),
    tentative: flags.has('tentative') || flags.has('dadfailed'),
    label,
    source,
  }
  return { address: fact, unknown: rest }
}

/** The label is the device's name, perhaps with a suffix (`eth0:1`), and stands last; a renamed device keeps its old labels. */
function takeLabel(rest: string[], device: string | undefined): string | undefined {
  const at = rest.findIndex((word) => word === device || word.startsWith(`${device}:`))
  return at < 0 ? rest.pop() : rest.splice(at, 1)[0]
}

function lengthOf(text: string | undefined, bits: number): number | undefined {
  if (text === undefined) return bits
  return /^\d{1,3}$/.test(text) && Number(text) <= bits ? Number(text) : undefined
}
