import { alterPacket } from '../../../net/packet.ts'
import { CONTINUE } from '../../action.ts'
import { OptionReader, U32 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { markOptions, readMarkChange } from './mark.ts'
import { changeBits, exclusive, explainChange, hex, words } from './values.ts'

/** struct xt_connmark_tginfo2. */
export interface ConnmarkTarget {
  readonly kind: 'CONNMARK'
  readonly mode: 'set' | 'save' | 'restore'
  /** ctmark: what `set` sets; 0 for the others. */
  readonly value: number
  readonly ctmask: number
  /** 0 for `set`. */
  readonly nfmask: number
  readonly shift?: { readonly direction: 'left' | 'right'; readonly bits: number } | undefined
}

function readShift(options: OptionReader): ConnmarkTarget['shift'] {
  const left = options.number('left-shift-mark', 31)
  const right = options.number('right-shift-mark', 31)
  options.require(left === undefined || right === undefined, 'a mark shifts one way')
  if (left) return { direction: 'left', bits: left }
  return right ? { direction: 'right', bits: right } : undefined
}

function shifted(mark: number, shift: ConnmarkTarget['shift']): number {
  if (!shift) return mark
  return (shift.direction === 'left' ? mark << shift.bits : mark >>> shift.bits) >>> 0
}

export const connmark: TargetModule<ConnmarkTarget> = {
  kind: 'CONNMARK',
  options: {
    ...markOptions,
    'save-mark': 0,
    'restore-mark': 0,
    mask: 1,
    nfmask: 1,
    ctmask: 1,
    'left-shift-mark': 1,
    'right-shift-mark': 1,
  },
  read(given) {
    const options = new OptionReader(given)
    const mode = exclusive(options, given, [...Object.keys(markOptions), 'save-mark', 'restore-mark'])
    options.require(mode !== undefined, 'CONNMARK needs a mode')
    const shift = readShift(options)
    const change = readMarkChange(options, given)
    if (change) return options.finish({ kind: 'CONNMARK', mode: 'set', value: change.value, ctmask: change.mask, nfmask: 0, shift })
    const both = options.number('mask') ?? U32
    const nfmask = options.number('nfmask') ?? both
    const ctmask = options.number('ctmask') ?? both
    return options.finish({ kind: 'CONNMARK', mode: mode === 'save-mark' ? 'save' : 'restore', value: 0, ctmask, nfmask, shift })
  },
  print({ mode, value, ctmask, nfmask, shift }) {
    const change =
      mode === 'set' ? `--set-xmark ${hex(value)}/${hex(ctmask)}` : `--${mode}-mark --nfmask ${hex(nfmask)} --ctmask ${hex(ctmask)}`
    return words(change, shift && `--${shift.direction}-shift-mark ${shift.bits}`)
  },
  /** connmark_tg_shift(), xt_connmark.c: nothing happens without a connection. */
  act(target, { packet, conntrack }) {
    if (typeof conntrack === 'string') return CONTINUE
    const { mode, value, ctmask, nfmask, shift } = target
    switch (mode) {
      case 'set':
        return { kind: 'alter', conntrack: { mark: shifted(changeBits(conntrack.mark, { value, mask: ctmask }), shift) } }
      case 'save': {
        const saved = shifted((packet.mark & nfmask) >>> 0, shift)
        return { kind: 'alter', conntrack: { mark: changeBits(conntrack.mark, { value: saved, mask: ctmask }) } }
      }
      case 'restore': {
        const restored = shifted((conntrack.mark & ctmask) >>> 0, shift)
        return { kind: 'alter', packet: alterPacket(packet, { mark: changeBits(packet.mark, { value: restored, mask: nfmask }) }) }
      }
    }
  },
  explain(target) {
    if (target.mode === 'set') return explainChange("its connection's mark", { value: target.value, mask: target.ctmask })
    return target.mode === 'save' ? 'copies its mark to its connection' : "gives it its connection's mark"
  },
}
