import { familyOf } from '../../../net/address.ts'
import type { Sender, Target } from '../place.ts'
import type { Keys } from './keys.ts'
import type { Question } from './questions.ts'

/** Senders of one host that nothing tells apart. */
export interface Row {
  readonly kind: Sender['kind']
  readonly host: string | undefined
  readonly node: number | undefined
  readonly members: readonly [Sender, ...Sender[]]
  /** What they are like, wherever they are. */
  readonly key: number
  /** Of residents: the same for rows and columns of the same residents. */
  readonly residentGroup: string | undefined
  readonly has: (sender: Sender) => boolean
}

/** Targets of one host that nothing tells apart, or a single one. */
export interface Column {
  readonly kind: Target['kind']
  readonly host: string | undefined
  readonly node: number | undefined
  readonly members: readonly [Target, ...Target[]]
  readonly first: Target
  readonly key: number
  readonly residentGroup: string | undefined
  /** Asked by an address whose owner is known, so that rules matter only as far as they matter to all of his host's. */
  readonly plain: boolean
  /** What it is to hosts, by their rules. */
  readonly questions: Map<number, Question>
}

export function rowsOf(keys: Keys, senders: readonly Sender[]): readonly Row[] {
  const groups = new Map<string, { sender: Sender; members: Sender[]; known: ReturnType<Keys['sender']> }>()
  for (const sender of senders) {
    const known = keys.sender(sender)
    const id = `${sender.kind} ${sender.host} ${known.group} ${sender.addresses.map(familyOf).join()}`
    const group = groups.get(id)
    if (group) group.members.push(sender)
    else groups.set(id, { sender, members: [sender], known })
  }
  return [...groups.values()].map(
    ({ sender, members, known }): Row => ({
      kind: sender.kind,
      host: sender.host,
      node: known.node,
      members: members as [Sender, ...Sender[]],
      key: known.key,
      residentGroup: known.resident === undefined ? undefined : known.group,
      has: membership(members),
    }),
  )
}

export function columnsOf(keys: Keys, targets: readonly Target[]): readonly Column[] {
  const groups = new Map<string, { target: Target; members: Target[]; known: ReturnType<Keys['target']> }>()
  for (const target of targets) {
    const known = keys.target(target)
    const id = `${target.kind} ${target.host} ${target.protocol} ${target.port} ${target.family} ${known.group}`
    const group = groups.get(id)
    if (group) group.members.push(target)
    else groups.set(id, { target, members: [target], known })
  }
  return [...groups.values()].map(
    ({ target, members, known }): Column => ({
      kind: target.kind,
      host: target.host,
      node: known.node,
      members: members as [Target, ...Target[]],
      first: target,
      key: known.key,
      residentGroup: known.resident === undefined ? undefined : known.residentGroup,
      plain: known.plain,
      questions: new Map(),
    }),
  )
}

function membership(members: readonly Sender[]): Row['has'] {
  const all = new Set(members)
  return (sender) => all.has(sender)
}
