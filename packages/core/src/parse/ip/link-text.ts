import type { Link } from '../../facts/network.ts'
import { words } from '../lines.ts'
import type { Notes } from '../notes.ts'
import { fieldsOfWords, numberOf } from './fields.ts'
import { detailsOf, KINDS, portOf } from './kinds.ts'
import type { Section } from './sections.ts'

const MAC = /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}$/

export const macOf = (text: string | undefined): string | undefined =>
  text !== undefined && MAC.test(text) ? text.toLowerCase() : undefined

/** The lower device or the veth peer: `@if7` an index, `@eth0` a name, `@NONE` neither. */
export function peerOf(lower: string | undefined): { readonly peerIndex: number | undefined; readonly peerName: string | undefined } {
  const index = lower === undefined ? null : /^if(\d+)$/.exec(lower)
  if (index) return { peerIndex: Number(index[1]), peerName: undefined }
  return { peerIndex: undefined, peerName: lower === 'NONE' ? undefined : lower }
}

/** A section of `ip link` or `ip addr` as a link. Lines below it that are not the link's are left to the caller. */
export function linkOf(section: Section, file: string, notes: Notes): Link {
  const head = fieldsOfWords(section.rest)
  const below = belowOf(section, notes)
  const hardware = fieldsOfWords(below.hardware)
  const group = head.get('group') ?? hardware.get('group')
  return {
    index: section.index,
    name: section.name,
    flags: section.flags,
    mtu: numberOf(head.get('mtu')),
    state: head.get('state'),
    mac: macOf(below.hardware[1]),
    master: head.get('master'),
    ...peerOf(section.lower),
    peerNetnsId: numberOf(hardware.get('link-netnsid')),
    peerNetns: hardware.get('link-netns'),
    type: below.kind,
    linkType: below.hardware[0]?.slice('link/'.length),
    ...detailsOf(below.kind, fieldsOfWords(below.details)),
    ...portOf(fieldsOfWords(below.port)),
    group,
    promiscuous: section.flags.includes('PROMISC') || (numberOf(hardware.get('promiscuity')) ?? 0) > 0,
    source: { file, line: section.line },
  }
}

interface Below {
  readonly hardware: readonly string[]
  readonly kind: string | undefined
  readonly details: readonly string[]
  readonly port: readonly string[]
}

/** Sorts the lines below a link's first one: hardware address, kind, and what it is as a port. */
function belowOf(section: Section, notes: Notes): Below {
  let hardware: readonly string[] = []
  let kind: string | undefined
  let details: readonly string[] = []
  let port: readonly string[] = []
  for (const line of section.below) {
    const list = words(line.text)
    const first = list[0] ?? ''
    if (first.startsWith('link/')) {
      hardware = list
      // A kind that culprit does not know has its own line too; joined to the one above it stands behind what -d prints last there.
      const at = list.findIndex((word, i) => i > 2 && /^maxmtu$/.test(list[i - 2] ?? '') && !/^(?:addrgenmode|numtxqueues)$/.test(word))
      if (at > 0) [hardware, kind, details] = [list.slice(0, at), list[at], list.slice(at)]
    } else if (first === 'bridge_slave' || first === 'hairpin') port = list
    else if (/_slave$/.test(first) || /^(?:inet6?|valid_lft|altname|alias|RX:?|TX:?|vf|\d+)$/.test(first)) continue
    else if (KINDS.has(first)) [kind, details] = [first, list]
    else notes.add('not-understood', `line below ${section.name}`, line.number, line.text)
  }
  return { hardware, kind, details, port }
}
