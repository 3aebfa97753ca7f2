import type { FdbEntry, InterfaceAddress, Link, Neighbour } from '../../facts/network.ts'
import { familyOf, parseAddress } from '../../net/address.ts'
import type { Change, LinkSettings } from './change.ts'
import { ASSUMED, type Editor } from './editor.ts'

type DeviceChange = Extract<
  Change,
  {
    kind: 'link' | 'link-removed' | 'address-added' | 'address-removed' | 'neighbour-set' | 'neighbour-removed' | 'fdb-set' | 'fdb-removed'
  }
>

/** Changes of links, of what addresses they have, and of what they know of their neighbours. */
export function changeDevices(editor: Editor, change: DeviceChange): Editor {
  switch (change.kind) {
    case 'link':
      return editLinks(editor, change, (links) =>
        links.map((link) => (link.name === change.device ? withSettings(link, change.set) : link)),
      )
    case 'link-removed':
      editLinks(editor, change, (links) => links.filter(({ name }) => name !== change.device))
      editor.edit('ip-route', change.at, (content) =>
        content.routes.some(({ nextHops }) => nextHops.some(({ device }) => device === change.device))
          ? { ...content, routes: content.routes.filter(({ nextHops }) => !nextHops.some(({ device }) => device === change.device)) }
          : content,
      )
      return editor.edit('ip-addr', change.at, (content) => ({
        ...content,
        addresses: content.addresses.filter(({ device }) => device !== change.device),
      }))
    case 'address-added':
    case 'address-removed':
      return changeAddress(editor, change)
    case 'neighbour-set':
    case 'neighbour-removed':
      return changeNeighbour(editor, change)
    case 'fdb-set':
    case 'fdb-removed':
      return changeFdb(editor, change)
  }
}

function editLinks(
  editor: Editor,
  { at, device }: Extract<DeviceChange, { kind: 'link' | 'link-removed' }>,
  edit: (links: readonly Link[]) => readonly Link[],
): Editor {
  for (const kind of ['ip-link', 'ip-addr', 'bridge-link'] as const)
    editor.edit(kind, at, (content) =>
      content.links.some(({ name }) => name === device) ? { ...content, links: edit(content.links) } : content,
    )
  return editor
}

function withSettings(link: Link, { up, mtu, hairpin, master, mac }: LinkSettings): Link {
  const port = { hairpin: false, isolated: false, state: 'forwarding', flood: true, learning: true, ...link.port }
  const down = new Set(['UP', 'LOWER_UP', 'NO-CARRIER'])
  const others = link.flags.filter((flag) => !down.has(flag))
  return {
    ...link,
    ...(up === undefined ? {} : { flags: up ? [...others, 'UP', 'LOWER_UP'] : others, state: up ? 'UP' : 'DOWN' }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(master === undefined ? {} : { master }),
    ...(mac === undefined ? {} : { mac }),
    ...(hairpin === undefined ? {} : { port: { ...port, hairpin } }),
  }
}

function changeAddress(
  editor: Editor,
  { kind, at, device, address: text }: Extract<DeviceChange, { kind: 'address-added' | 'address-removed' }>,
): Editor {
  const [bare = '', length] = text.split('/')
  const address = parseAddress(bare)
  if (address === undefined) return editor
  if (kind === 'address-removed')
    return editor.edit('ip-addr', at, (content) => {
      const addresses = content.addresses.filter((known) => known.device !== device || known.address !== address)
      return addresses.length === content.addresses.length ? content : { ...content, addresses }
    })
  const family = familyOf(address)
  const added: InterfaceAddress = {
    device,
    family,
    address,
    prefixLength: length === undefined ? (family === 'ip' ? 32 : 128) : Number(length),
    scope: 'global',
    broadcast: undefined,
    peer: undefined,
    secondary: false,
    deprecated: false,
    tentative: false,
    label: undefined,
    source: { file: ASSUMED, line: 1 },
  }
  return editor.editOne('ip-addr', at, (content) => ({ ...content, addresses: [...content.addresses, added] }))
}

function changeNeighbour(editor: Editor, change: Extract<DeviceChange, { kind: 'neighbour-set' | 'neighbour-removed' }>): Editor {
  const { at, device } = change
  const address = parseAddress(change.address)
  if (address === undefined) return editor
  const isOther = (known: Neighbour): boolean => known.device !== device || known.address !== address || known.proxy
  const added: readonly Neighbour[] =
    change.kind === 'neighbour-removed'
      ? []
      : [
          {
            family: familyOf(address),
            address,
            device,
            mac: change.mac,
            state: 'PERMANENT',
            proxy: false,
            source: { file: ASSUMED, line: 1 },
          },
        ]
  editor.edit('ip-neigh', at, (content) =>
    added.length > 0 || !content.neighbours.every(isOther)
      ? { ...content, neighbours: [...content.neighbours.filter(isOther), ...added] }
      : content,
  )
  return editor.changed || added.length === 0 ? editor : editor.add(at, { kind: 'ip-neigh', neighbours: added })
}

function changeFdb(editor: Editor, change: Extract<DeviceChange, { kind: 'fdb-set' | 'fdb-removed' }>): Editor {
  const { at, device, mac } = change
  const destination = change.kind === 'fdb-set' ? parseAddress(change.destination) : undefined
  const isOther = (known: FdbEntry): boolean => known.device !== device || known.mac !== mac
  const added: readonly FdbEntry[] =
    destination === undefined
      ? []
      : [
          {
            mac,
            device,
            master: undefined,
            destination,
            vlan: undefined,
            vni: undefined,
            port: undefined,
            flags: ['self', 'permanent'],
            source: { file: ASSUMED, line: 1 },
          },
        ]
  editor.edit('bridge-fdb', at, (content) =>
    added.length > 0 || !content.entries.every(isOther) ? { ...content, entries: [...content.entries.filter(isOther), ...added] } : content,
  )
  return editor.changed || added.length === 0 ? editor : editor.add(at, { kind: 'bridge-fdb', entries: added })
}
