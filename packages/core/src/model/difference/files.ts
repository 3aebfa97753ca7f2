import type { Document } from '../../intake/document.ts'
import { formatAddress } from '../../net/address.ts'
import { formatPrefix } from '../../net/prefix.ts'
import type { Unit } from '../../parse/host/state.ts'
import type { Item } from './items.ts'

/** What a machine tells beside its network: services, modules, and the few files that networks are made by. */
export const machineItems = (documents: readonly Document[]): readonly Item[] => documents.flatMap(itemsOf)

function itemsOf({ content, file }: Document): readonly Item[] {
  switch (content.kind) {
    case 'host-state':
      if (content.state.kind === 'units') return content.state.units.map(itemOfUnit)
      if (content.state.kind !== 'modules') return []
      return [...content.state.names].map(
        (name): Item => ({
          kind: 'module',
          key: name,
          object: `module ${name}`,
          side: { text: name, source: { file, line: 1 } },
          fields: {},
        }),
      )
    case 'flannel-subnet':
      return Object.entries(content.values).map(([name, value]) => setting(file, name, value, content.lines[name] ?? 1))
    case 'hosts':
      return content.entries.map((one) =>
        setting(file, `${formatAddress(one.address)} ${one.names.join(' ')}`, formatAddress(one.address), one.source.line),
      )
    case 'resolv.conf':
      return content.resolvers.flatMap(({ nameservers, search, options, source }) => [
        setting(file, 'nameservers', nameservers.map(({ address }) => formatAddress(address)).join(' '), source.line),
        setting(file, 'search', search.join(' '), source.line),
        setting(file, 'options', [...options].sort().join(' '), source.line),
      ])
    case 'cni-config':
      return content.configs.flatMap(({ name, plugins, source }) =>
        plugins.map(({ type, bridge, isGateway, ipMasq, hairpinMode, mtu, subnets }): Item => {
          const object = `${baseName(file)}: ${name} ${type}`
          const on = [isGateway && 'gateway', ipMasq && 'masquerade', hairpinMode && 'hairpin'].filter(Boolean).join(' ')
          return {
            kind: 'setting',
            key: object,
            object,
            side: { text: `${name} ${type}`, source },
            fields: { bridge: bridge ?? '', options: on, mtu: `${mtu ?? ''}`, subnets: subnets.map(formatPrefix).join(', ') },
          }
        }),
      )
    default:
      return []
  }
}

const setting = (file: string, name: string, value: string, line: number): Item => ({
  kind: 'setting',
  key: `${baseName(file)} ${name}`,
  object: `${baseName(file)}: ${name}`,
  side: { text: `${name} ${value}`.trim(), source: { file, line } },
  fields: { value },
})

const baseName = (file: string): string => file.slice(file.lastIndexOf('/') + 1)

const itemOfUnit = ({ name, active, sub, enabled, source }: Unit): Item => ({
  kind: 'unit',
  key: name,
  object: name,
  side: { text: `${name} ${active}`, source },
  fields: { active, sub, enabled },
})
