import { CONTINUE } from '../../action.ts'
import { OptionReader, parseNumber, U16 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { exclusive, words } from './values.ts'

/** `id` undefined: the packet's mark names the zone (`--zone mark`). */
export interface CtZone {
  readonly direction: 'both' | 'original' | 'reply'
  readonly id: number | undefined
}

/** struct xt_ct_target_info_v1. */
export interface CtTarget {
  readonly kind: 'CT'
  readonly notrack?: boolean | undefined
  readonly helper?: string | undefined
  readonly timeout?: string | undefined
  readonly zone?: CtZone | undefined
  readonly events?: readonly string[] | undefined
  readonly expectationEvents?: readonly string[] | undefined
}

/** IPCT_ bits in their order; `natseqinfo` is an old name of one bit. */
const EVENTS = ['new', 'related', 'destroy', 'reply', 'assured', 'protoinfo', 'helper', 'mark', 'natseqinfo', 'secmark']
const zoneOptions = { both: 'zone', original: 'zone-orig', reply: 'zone-reply' } as const

function readZone(options: OptionReader, given: Parameters<typeof exclusive>[1]): CtZone | undefined {
  exclusive(options, given, Object.values(zoneOptions))
  for (const direction of ['both', 'original', 'reply'] as const) {
    const zone = options.value([zoneOptions[direction]], (text = '') => (text === 'mark' ? { id: undefined } : parseZone(text)))
    if (zone && zone.id !== 0) return { direction, id: zone.id }
  }
  return undefined
}

function parseZone(text: string): { readonly id: number } | undefined {
  const id = parseNumber(text, U16)
  return id === undefined ? undefined : { id }
}

/** `new,destroy` or `all`, in the order of their bits. */
function parseEvents(text: string, known: readonly string[]): readonly string[] | undefined {
  if (text === 'all') return known
  const names = text.split(',')
  return names.every((name) => known.includes(name)) ? known.filter((name) => names.includes(name)) : undefined
}

export const ct: TargetModule<CtTarget> = {
  kind: 'CT',
  options: { notrack: 0, helper: 1, timeout: 1, zone: 1, 'zone-orig': 1, 'zone-reply': 1, ctevents: 1, expevents: 1 },
  read(given) {
    const options = new OptionReader(given)
    return options.finish({
      kind: 'CT',
      notrack: options.flag('notrack') || undefined,
      helper: options.text('helper'),
      timeout: options.text('timeout'),
      zone: readZone(options, given),
      events: options.value(['ctevents'], (text = '') => parseEvents(text, EVENTS)),
      expectationEvents: options.value(['expevents'], (text = '') => parseEvents(text, ['new'])),
    })
  },
  print: ({ notrack, helper, timeout, zone, events, expectationEvents }) =>
    words(
      notrack && '--notrack',
      helper && `--helper ${helper}`,
      timeout && `--timeout ${timeout}`,
      events && `--ctevents ${events.join(',')}`,
      expectationEvents && `--expevents ${expectationEvents.join(',')}`,
      zone && `--${zoneOptions[zone.direction]} ${zone.id ?? 'mark'}`,
    ),
  /** xt_ct_target(), xt_CT.c: whatever already carries a connection, an invalid or an untracked mark is left alone. */
  act({ notrack, helper, zone }, { conntrack, packet }) {
    if (conntrack !== 'none') return CONTINUE
    if (notrack) return { kind: 'notrack' }
    const change = zone ? { direction: zone.direction, id: zone.id ?? packet.mark & U16 } : ({ direction: 'both', id: 0 } as const)
    return { kind: 'alter', conntrack: { ...(helper && { helper }), zone: change } }
  },
  explain({ notrack, helper, zone, timeout }) {
    if (notrack) return 'exempts it from connection tracking'
    return `sets up its connection${words(' ', helper && `with helper ${helper}`, timeout && `with timeouts ${timeout}`, zone && `in zone ${zone.id ?? 'by mark'}`).trimEnd()}`
  },
}
