import type { Socket } from '../../facts/network.ts'
import { familyOf, parseAddress } from '../../net/address.ts'
import type { Ipset } from '../../netfilter/ipset/ast.ts'
import { readEntry, words } from '../../netfilter/ipset/entry.ts'
import type { Change } from './change.ts'
import { ASSUMED, type Editor, isShown } from './editor.ts'

type SetChange = Extract<Change, { kind: 'sysctl' | 'conntrack-removed' | 'socket-added' | 'set-entry-added' | 'set-entry-removed' }>

/** Changes of what a namespace keeps in sets: settings, connections, listeners, ipsets. */
export function changeSets(editor: Editor, change: SetChange): Editor {
  switch (change.kind) {
    case 'sysctl': {
      const value = { value: change.value, line: 0 }
      editor.editOne('sysctl', change.at, (content) => ({ ...content, values: new Map(content.values).set(change.name, value) }))
      return editor.changed ? editor : editor.add(change.at, { kind: 'sysctl', values: new Map([[change.name, value]]) })
    }
    case 'conntrack-removed':
      return editor.edit('conntrack', undefined, (content) => {
        const entries = content.entries.filter((entry) => !isShown(entry, change.entry))
        return entries.length === content.entries.length ? content : { ...content, entries }
      })
    case 'socket-added':
      return addSocket(editor, change)
    case 'set-entry-added':
    case 'set-entry-removed':
      return editor.editOne('ipset', change.at, (content) => {
        const sets = content.sets.map((set) => (set.name === change.set ? changedSet(set, change) : set))
        return sets.every((set, i) => set === content.sets[i]) ? content : { ...content, sets }
      })
  }
}

function changedSet(set: Ipset, { kind, entry }: Extract<SetChange, { kind: 'set-entry-added' | 'set-entry-removed' }>): Ipset {
  const entries = set.entries.filter(({ element }) => element !== words(entry)[0])
  if (kind === 'set-entry-removed') return entries.length === set.entries.length ? set : { ...set, entries }
  return { ...set, entries: [...entries, readEntry(words(entry), set.name, 0).entry] }
}

function addSocket(editor: Editor, { at, protocol, port, address: text }: Extract<SetChange, { kind: 'socket-added' }>): Editor {
  const address = text === undefined ? undefined : parseAddress(text)
  const socket: Socket = {
    protocol,
    family: address === undefined ? 'any' : familyOf(address),
    state: protocol === 'tcp' ? 'LISTEN' : 'UNCONN',
    address,
    port,
    device: undefined,
    peerAddress: undefined,
    peerPort: 0,
    process: undefined,
    pid: undefined,
    receiveQueue: 0,
    sendQueue: 0,
    source: { file: ASSUMED, line: 1 },
  }
  editor.editOne('ss', at, (content) => ({ ...content, sockets: [...content.sockets, socket] }))
  return editor.changed ? editor : editor.add(at, { kind: 'ss', sockets: [socket] })
}
