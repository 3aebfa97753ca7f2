import type { Blame } from '../../diagnose/blame.ts'
import type { FoundCause } from '../../diagnose/diagnosis.ts'
import type { Change } from '../../model/change/change.ts'
import { type Model, namespaceIn } from '../../model/model.ts'
import { familyOf } from '../../net/address.ts'
import { formatPrefix } from '../../net/prefix.ts'
import type { Ownership } from '../../netfilter/owners/ownership.ts'
import { acceptBefore } from './accept.ts'
import { commandOf } from './commands.ts'
import { MEANS } from './means.ts'
import type { OptionDraft } from './option.ts'

/** What an option is made from. */
export interface Wanted {
  readonly cause: FoundCause
  readonly model: Model
  /** Where a packet of a symptom that the cause explains comes to its end. */
  readonly blame: Blame | undefined
  /** Whose the rule at fault is. */
  readonly ownership: Ownership | undefined
}

/** Every way to mend a cause that the evidence gives the words for, the quickest first. */
export function draftsFor(wanted: Wanted): readonly OptionDraft[] {
  const { cause } = wanted
  const own = (MEANS[cause.id] ?? []).flatMap((mean) => mean(wanted) ?? [])
  return [...refusals(wanted), ...overlaps(wanted), ...own, ...takenAway(wanted)]
}

const REFUSES = /^(filter|policy|overlay\.blocked)/

function refusals({ cause, blame, model }: Wanted): readonly OptionDraft[] {
  if (!REFUSES.test(cause.id) || cause.id === 'policy.calico' || blame?.step === undefined) return []
  const at = namespaceIn(model, blame.step)
  const draft = at && acceptBefore(blame, at)
  return draft ? [draft] : []
}

/** A routing rule for the very network, in front of the one that leads astray: nothing else changes. */
function overlaps({ cause, model }: Wanted): readonly OptionDraft[] {
  if (cause.id !== 'route.overlap' && cause.id !== 'route.policy-rule') return []
  const removed = cause.without?.find((change) => change.kind === 'route-removed')
  const at = namespaceIn(model, cause.where)
  const route =
    at &&
    [...at.fib.ip.routes, ...at.fib.ip6.routes].find(
      ({ source, text }) => source.file === removed?.route.source.file && text === removed?.route.text,
    )
  if (!at || !route || route.table === 'main' || route.destination.length === 0) return []
  const family = familyOf(route.destination.address)
  const first = at.fib[family].rules.find(({ action }) => action.kind === 'lookup' && action.table === route.table)
  const pref = Math.max(1, (first?.priority ?? 100) - 10)
  return [
    {
      title: `Look ${formatPrefix(route.destination)} up in the main table first`,
      kind: 'immediate',
      risk: 'low',
      downtime: 'none',
      pros: [`everything else still goes by table ${route.table}`, 'takes effect at once'],
      cons: [
        `what is really at ${formatPrefix(route.destination)} behind ${route.nextHops[0]?.device ?? 'the other side'} is not reached from here`,
        'gone after a restart unless it is written down',
      ],
      where: { host: at.host, netns: at.name },
      steps: [
        {
          argv: [
            ...(family === 'ip6' ? ['ip', '-6'] : ['ip']),
            'rule',
            'add',
            'pref',
            String(pref),
            'to',
            formatPrefix(route.destination),
            'lookup',
            'main',
          ],
          why: `the rule of priority ${first?.priority ?? '?'} chooses table ${route.table} before main is asked`,
        },
      ],
      lasts:
        'write it where the routing rules are kept: a [RoutingPolicyRule] of systemd-networkd, `ip rule` of NetworkManager, or a unit of its own',
    },
  ]
}

/** The fault itself taken away, where its owner will not put it back. */
function takenAway({ cause, model, ownership }: Wanted): readonly OptionDraft[] {
  const changes = cause.without ?? []
  if (changes.length === 0 || changes.some(isForbidden) || ownership?.rewritten) return []
  const commands = changes.map((change) => ({ change, argv: commandOf(change, model) }))
  if (commands.some(({ argv }) => argv === undefined)) return []
  const [first] = changes
  const where =
    first && 'at' in first ? { host: first.at.host, netns: first.at.netns } : { host: cause.where.host, netns: cause.where.netns ?? '' }
  return [
    {
      title: titleOf(first),
      kind: 'immediate',
      risk: changes.every(({ kind }) => LIGHT.has(kind)) ? 'low' : 'medium',
      downtime: 'none',
      pros: ['mends the very fault'],
      cons: ['whoever put it there may have had a reason, and may put it there again'],
      where,
      steps: commands.map(({ argv, change }) => ({
        argv: argv as readonly string[],
        why: WHYS[change.kind] ?? 'without it the model shows no fault',
      })),
      lasts: LASTS[first?.kind ?? 'sysctl'] ?? '',
    },
  ]
}

/** Opening a whole chain or dropping a whole ruleset is no way to mend anything (decision 8 of the design); others cannot be commanded. */
const isForbidden = ({ kind }: Change): boolean =>
  kind === 'policy' || kind === 'ruleset-removed' || kind === 'table-removed' || kind === 'socket-added' || kind === 'conntrack-removed'
const LIGHT: ReadonlySet<Change['kind']> = new Set(['sysctl', 'link', 'neighbour-removed', 'neighbour-set', 'fdb-set', 'route-added'])

function titleOf(change: Change | undefined): string {
  switch (change?.kind) {
    case 'rule-removed':
      return `Remove rule ${change.at.rule} of ${change.at.chain}`
    case 'rule-added':
      return `Add the rule that is missing to ${change.at.chain}`
    case 'sysctl':
      return `Set ${change.name} to ${change.value}`
    case 'route-added':
      return 'Add the route that is missing'
    case 'route-removed':
      return 'Remove the route'
    case 'routing-rule-removed':
      return 'Remove the routing rule'
    case 'link':
      return linkTitle(change)
    case 'address-removed':
      return `Remove ${change.address} from ${change.device}`
    case 'neighbour-removed':
      return `Forget the neighbour ${change.address}, so that he is asked for anew`
    case 'fdb-set':
      return `Set the tunnel's forwarding entry of ${change.mac}`
    default:
      return 'Take the fault away'
  }
}

function linkTitle({ device, set }: Extract<Change, { kind: 'link' }>): string {
  if (set.hairpin !== undefined) return `Turn hairpin mode ${set.hairpin ? 'on' : 'off'} for ${device}`
  if (set.master !== undefined) return `Plug ${device} into ${set.master}`
  if (set.mtu !== undefined) return `Give ${device} an MTU of ${set.mtu}`
  return `Set ${device} ${set.up ? 'up' : 'down'}`
}

const WHYS: Partial<Record<Change['kind'], string>> = {
  'rule-removed': 'the rule is the fault',
  sysctl: 'this setting is the fault',
  'route-added': 'the packet then has a way',
  'route-removed': 'this route takes the packet the wrong way',
}

const LASTS: Partial<Record<Change['kind'], string>> = {
  sysctl: 'write it to a file of /etc/sysctl.d',
  'rule-removed': 'remove it also where the ruleset is kept, or it is back after a restart',
  'rule-added': 'write it also where the ruleset is kept',
  'route-added': 'write it to the configuration of the network (netplan, NetworkManager, systemd-networkd)',
  'route-removed': 'find out who adds it: `ip monitor route` shows when',
}
