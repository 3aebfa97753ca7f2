import type { Decision } from '../../decision.ts'
import type { MatchModule } from '../module.ts'
import { all, unknown } from './decide.ts'
import { sendingSocket } from './local-socket.ts'
import { OptionReader, parseNumber, printOption, type SignedRange, U32, words } from './options.ts'

export interface OwnerMatch {
  readonly kind: 'owner'
  readonly socket?: { readonly negated: boolean } | undefined
  readonly uid?: OwnerIds | undefined
  readonly gid?: OwnerIds | undefined
  /** The group is looked for among the supplementary groups too. */
  readonly supplementary: boolean
}

/** A name of /etc/passwd or /etc/group is kept as it is: which number it has is not in the rule. */
export interface OwnerIds extends SignedRange {
  readonly name?: string | undefined
}

/** `ID` or `ID-ID`; root is the one name that means the same everywhere. */
function parseIds(text = ''): { first: number; last: number; name?: string } | undefined {
  if (text === 'root') return { first: 0, last: 0 }
  if (/^[a-z_]/i.test(text)) return { first: 0, last: 0, name: text }
  const [from = '', to = from] = text.split('-')
  const first = parseNumber(from, U32 - 1)
  const last = parseNumber(to, U32 - 1)
  return first === undefined || last === undefined || last < first ? undefined : { first, last }
}

const formatIds = ({ first, last, name }: OwnerIds): string => name ?? (first === last ? `${first}` : `${first}-${last}`)

function holds(range: OwnerIds, id: number | undefined, what: 'user' | 'group'): Decision {
  if (range.name !== undefined)
    return unknown(`the number of ${what} ${range.name} is not known`, `files/etc/${what === 'user' ? 'passwd' : 'group'}`)
  if (id === undefined) return unknown(`the ${what} of the program that sent it is not known`)
  return (id >= range.first && id <= range.last) !== range.negated
}

/** Without a socket only negated tests hold (owner_mt). */
const withoutSocket = ({ socket, uid, gid }: OwnerMatch): boolean => [socket, uid, gid].every((test) => !test || test.negated)

/** xt_owner.c, owner_mt(). */
export const owner: MatchModule<OwnerMatch> = {
  kind: 'owner',
  options: { 'uid-owner': 1, 'gid-owner': 1, 'socket-exists': 0, 'suppl-groups': 0 },
  read(given) {
    const options = new OptionReader(given)
    const socket = options.signedFlag('socket-exists')
    const uid = options.signed(['uid-owner'], parseIds)
    const gid = options.signed(['gid-owner'], parseIds)
    const supplementary = options.flag('suppl-groups')
    options.require(
      socket !== undefined || uid !== undefined || gid !== undefined,
      'owner needs --uid-owner, --gid-owner or --socket-exists',
    )
    const order = given.map(({ option }) => option)
    options.require(
      !supplementary || (gid !== undefined && order.indexOf('gid-owner') < order.indexOf('suppl-groups')),
      '--suppl-groups goes behind --gid-owner',
    )
    return options.finish({ kind: 'owner', socket, uid, gid, supplementary })
  },
  print: (match) =>
    words(
      match.socket && words(match.socket.negated && '!', '--socket-exists'),
      printOption('uid-owner', match.uid, formatIds),
      printOption('gid-owner', match.gid, formatIds),
      match.supplementary && '--suppl-groups',
    ),
  decide(match, scene) {
    const here = sendingSocket(scene)
    if (here === 'no') return withoutSocket(match)
    const { uid, gid } = scene.packet
    const withSocket = all([
      !match.socket?.negated,
      match.uid ? holds(match.uid, uid, 'user') : true,
      match.gid
        ? match.supplementary
          ? unknown('the groups of the program that sent it are not known')
          : holds(match.gid, gid, 'group')
        : true,
    ])
    if (here === 'yes') return withSocket
    return withSocket === withoutSocket(match) ? withSocket : unknown('whether the packet has a socket here is not known')
  },
  explain({ socket, uid, gid }) {
    const parts: string[] = []
    if (socket) parts.push(`${socket.negated ? 'has no' : 'has a'} socket on this host`)
    if (uid) parts.push(`${uid.negated ? 'is not' : 'is'} sent by user ${formatIds(uid)}`)
    if (gid) parts.push(`${gid.negated ? 'is not' : 'is'} sent by group ${formatIds(gid)}`)
    return parts.join(' and ')
  },
}
