import type { InterfaceAddress, Link } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import type { Document } from '../../intake/document.ts'

/** The interface by which a host reaches the rest of the world. */
export interface Uplink {
  readonly device: string
  /** undefined: nothing tells of it, and it stands for whatever there is. */
  readonly source: Source | undefined
}

const PHYSICAL = /^(?:eth|en[opsx]|eno|ens|enp|wl|bond|team|em|p\d+p|venet|usb|ib)[\w.]*$/

const isPhysical = (device: string): boolean => PHYSICAL.test(device)

/** The first interface with an address that is no bridge, tunnel or pod's; else one that the rules name; else one that stands for it. */
export function uplinkOf(documents: readonly Document[], addresses: readonly InterfaceAddress[], links: readonly Link[]): Uplink {
  const up = new Set(links.filter(({ flags }) => flags.includes('UP')).map(({ name }) => name))
  const own = addresses.filter(({ device, scope, family }) => family === 'ip' && scope === 'global' && (up.size === 0 || up.has(device)))
  const physical = own.find(({ device }) => isPhysical(device))
  if (physical) return { device: physical.device, source: physical.source }
  return namedByRules(documents) ?? { device: 'eth0', source: undefined }
}

function namedByRules(documents: readonly Document[]): Uplink | undefined {
  for (const { content, file } of documents) {
    if (content.kind !== 'iptables') continue
    for (const { chains } of content.ruleset.tables)
      for (const { rules } of chains.values())
        for (const { text, line } of rules) {
          const device = /\s-[io] ([\w.-]+)/.exec(text)?.[1]
          if (device !== undefined && isPhysical(device)) return { device, source: { file, line } }
        }
  }
  return undefined
}
