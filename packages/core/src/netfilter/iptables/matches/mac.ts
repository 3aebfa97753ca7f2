import type { MatchModule } from '../module.ts'
import { unknown } from './decide.ts'
import { OptionReader, printOption } from './options.ts'

export interface MacMatch {
  readonly kind: 'mac'
  /** Lower case, two digits a byte. */
  readonly source: string
  readonly negated: boolean
}

function parseMac(text = ''): { source: string } | undefined {
  const parts = text.split(':')
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-fA-F]{1,2}$/.test(part))) return undefined
  return { source: parts.map((part) => part.toLowerCase().padStart(2, '0')).join(':') }
}

/** xt_mac.c, mac_mt(). */
export const mac: MatchModule<MacMatch> = {
  kind: 'mac',
  options: { 'mac-source': 1 },
  read(given) {
    const options = new OptionReader(given)
    const source = options.signed(['mac-source'], parseMac)
    options.require(source !== undefined, 'mac needs --mac-source')
    return options.finish({ kind: 'mac', source: source?.source ?? '', negated: source?.negated ?? false })
  },
  print: (match) => printOption('mac-source', match, ({ source }) => source) ?? '',
  /** xt_mac.c, mac_mt(): only Ethernet devices have addresses to compare, whatever the negation. */
  decide(match, scene) {
    const { packet } = scene
    const type = scene.interface(scene.iif)?.type
    if (scene.iif === '' || scene.iif === 'lo' || (type !== undefined && type !== 'ether')) return false
    if (packet.sourceMac === undefined) return unknown('the link-layer address of the sender is not known', 'ip-neigh.json')
    return (packet.sourceMac.toLowerCase() === match.source) !== match.negated
  },
  explain: (match) => `${match.negated ? 'does not come' : 'comes'} from MAC address ${match.source}`,
}
