import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Expression } from '../expression.ts'
import { value } from '../expressions/value.ts'
import type { Datum } from './datum.ts'
import { fits, patternOf } from './pattern.ts'
import { indexSet } from './set-index.ts'

const port = fc.integer({ min: 0, max: 40 })
const address = fc.integer({ min: 0, max: 255 })
const addressText = (last: number) => `10.0.0.${last}`
const portKey: fc.Arbitrary<Expression> = fc.oneof(
  port.map((n) => value(String(n))),
  fc
    .tuple(port, port)
    .map(([a, b]): Expression => ({ kind: 'range', first: value(String(Math.min(a, b))), last: value(String(Math.max(a, b))) })),
)
const addressKey: fc.Arbitrary<Expression> = fc.oneof(
  address.map((n) => value(addressText(n))),
  fc
    .tuple(address, fc.integer({ min: 20, max: 32 }))
    .map(([n, length]): Expression => ({ kind: 'prefix', address: value(addressText(n)), length })),
)

describe('a compiled set', () => {
  it('finds a concatenation just where some element holds it', () => {
    const hint = ['ipv4_addr', 'inet_service']
    const elements = fc.array(
      fc.tuple(addressKey, portKey).map((parts) => ({ key: { kind: 'concat', parts } as Expression })),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(elements, address, port, (list, last, dport) => {
        const key: Datum = [0x0a000000 + last, dport]
        const held = list.filter((element) => fits(patternOf(element.key, hint) ?? { kind: 'any' }, key))
        const index = indexSet(list, hint)
        const found = index.find(key)
        expect(found === undefined).toBe(held.length === 0)
        if (found) expect(held).toContain(found)
        expect(index.mayHold([key[0], undefined])).toBe(
          list.some((element) =>
            fits(
              patternOf((element.key as unknown as { parts: Expression[] }).parts[0] as Expression, 'ipv4_addr') ?? { kind: 'any' },
              key[0] as Datum,
            ),
          ),
        )
      }),
    )
  })

  it('finds intervals, names by their beginning, and the rest', () => {
    const index = indexSet(
      [{ key: { kind: 'range', first: value('80'), last: value('90') } }, { key: value('22') }, { key: value('*') }],
      'inet_service',
    )
    expect(index.find(85)?.key.kind).toBe('range')
    expect(index.find(22)?.key).toEqual(value('22'))
    expect(index.find(91)?.key).toEqual(value('*'))
    const names = indexSet(
      ['eth*', 'eth0.*', 'lo'].map((text) => ({ key: { kind: 'value' as const, text, quoted: true as const } })),
      'ifname',
    )
    expect(names.find('eth0.5')?.key).toMatchObject({ text: 'eth0.*' })
    expect(names.find('eth1')?.key).toMatchObject({ text: 'eth*' })
    expect(names.find('lo0')).toBeUndefined()
  })
})
