import { expect, test } from 'vitest'
import { formatPrefix } from './prefix.ts'
import { parseAddressRange, prefixesOf, rangeSize } from './range.ts'

test.each([
  ['10.0.0.1', ['10.0.0.1/32'], 1],
  ['10.0.0.0/24', ['10.0.0.0/24'], 256],
  ['10.0.0.1-10.0.0.4', ['10.0.0.1/32', '10.0.0.2/31', '10.0.0.4/32'], 4],
  ['0.0.0.0-255.255.255.255', ['0.0.0.0/0'], 2 ** 32],
  ['255.255.255.254-255.255.255.255', ['255.255.255.254/31'], 2],
  ['fd00::1-fd00::2', ['fd00::1/128', 'fd00::2/128'], 2],
])('%s is %j, %i addresses', (text, prefixes, size) => {
  const range = parseAddressRange(text)
  expect(range && prefixesOf(range).map(formatPrefix)).toEqual(prefixes)
  expect(range && rangeSize(range)).toBe(size)
})

test.each(['10.0.0.2-10.0.0.1', '10.0.0.1-fd00::1', '10.0.0.1-', 'x'])('%s is no range', (text) => {
  expect(parseAddressRange(text)).toBeUndefined()
})
