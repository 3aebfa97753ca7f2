import { describe, expect, test } from 'vitest'
import { familyOf, formatAddress, parseAddress } from '../net/address.ts'
import { mapTuple, type Range } from './nat-range.ts'

const address = (text: string) => parseAddress(text) ?? 0

/** Maps a UDP tuple into a range, and tells the side that was mapped. */
function mapped(
  manip: Range['manip'],
  src: string,
  dst: string,
  range: string,
  more: Partial<Range> & { sport?: number; dport?: number } = {},
) {
  const [first = '', last = first] = range.split('-')
  const { sport = 4053, dport = 53, ...rest } = more
  const addresses = range === '' ? undefined : { first: address(first), last: address(last) }
  const { tuple, randomPort } = mapTuple(
    { src: address(src), dst: address(dst), protocol: 17, sport, dport },
    { kind: 'range', manip, addresses, ...rest },
  )
  const own = manip === 'source' ? tuple.src : tuple.dst
  const port = manip === 'source' ? tuple.sport : tuple.dport
  return `${familyOf(own) === 'ip' ? formatAddress(own) : `[${formatAddress(own)}]`}:${port}${randomPort ? '?' : ''}`
}

/** Read off conntrack of Linux 6.18 after the rules and packets at hand. */
describe('the address that the kernel picked', () => {
  test.each<readonly [manip: Range['manip'], src: string, dst: string, range: string, persistent: boolean, picked: string]>([
    ['source', '10.1.0.2', '203.0.113.9', '198.18.0.0-198.18.0.255', false, '198.18.0.235:4053'],
    ['source', '10.1.0.2', '203.0.113.9', '198.18.0.0-198.18.0.255', true, '198.18.0.33:4053'],
    ['source', '10.1.0.2', '8.8.8.8', '198.18.0.0-198.18.0.255', true, '198.18.0.33:4053'],
    ['destination', '10.1.0.2', '203.0.113.9', '198.18.0.5-198.18.3.200', false, '198.18.3.123:53'],
    ['destination', '10.1.0.2', '203.0.113.10', '198.18.0.5-198.18.3.200', false, '198.18.3.168:53'],
    ['destination', '10.1.0.2', '8.8.8.8', '198.18.0.5-198.18.3.200', false, '198.18.2.101:53'],
    ['source', 'fd00::2', '2001:db8::9', 'fd99::-fd99::ffff:ffff', false, '[fd99::]:4053'],
    ['destination', 'fd00::2', '2001:db8::9', 'fd99::5-fd99::3:200', true, '[fd99::44f9]:53'],
  ])('%s of %s > %s into %s (persistent: %s): %s', (manip, src, dst, range, persistent, picked) => {
    expect(mapped(manip, src, dst, range, { persistent })).toBe(picked)
  })
})

describe('ports', () => {
  const ports = (first: number, last: number, more: Partial<Range> = {}) => ({ ports: { first, last }, ...more })
  test('a source that lies in the range stays as it is', () => {
    expect(mapped('source', '198.18.0.7', '8.8.8.8', '198.18.0.0-198.18.0.255')).toBe('198.18.0.7:4053')
    expect(mapped('source', '10.0.0.1', '8.8.8.8', '192.0.2.1', ports(1024, 65535))).toBe('192.0.2.1:4053')
  })

  test('a source port outside of its range is drawn', () => {
    expect(mapped('source', '10.0.0.1', '8.8.8.8', '192.0.2.1', ports(2000, 2999))).toBe('192.0.2.1:2000?')
    expect(mapped('source', '10.0.0.1', '8.8.8.8', '192.0.2.1', ports(2000, 2000))).toBe('192.0.2.1:2000')
    expect(mapped('source', '10.0.0.1', '8.8.8.8', '192.0.2.1', { random: true })).toBe('192.0.2.1:4053?')
  })

  test('a destination port within its range stays, another becomes the first', () => {
    expect(mapped('destination', '10.0.0.1', '8.8.8.8', '192.0.2.1', ports(50, 60))).toBe('192.0.2.1:53')
    expect(mapped('destination', '10.0.0.1', '8.8.8.8', '192.0.2.1', ports(8053, 8053))).toBe('192.0.2.1:8053')
  })

  test('a shifted range keeps the distance from its base', () => {
    expect(mapped('destination', '10.0.0.1', '8.8.8.8', '192.0.2.1', ports(8000, 8009, { portBase: 50 }))).toBe('192.0.2.1:8003')
    expect(mapped('destination', '10.0.0.1', '8.8.8.8', '192.0.2.1', ports(8000, 8001, { portBase: 50 }))).toBe('192.0.2.1:8001')
  })

  test('no address: the address stays', () => {
    expect(mapped('destination', '10.0.0.1', '8.8.8.8', '', ports(8053, 8053))).toBe('8.8.8.8:8053')
  })

  test('NETMAP replaces the bits of the network', () => {
    expect(mapped('destination', '10.0.0.1', '172.16.3.77', '10.9.0.0-10.9.0.255', { netmap: true })).toBe('10.9.0.77:53')
    expect(mapped('source', 'fd00:1::77', 'fd02::1', 'fd00:9::-fd00:9::ffff', { netmap: true })).toBe('[fd00:9::77]:4053')
  })

  test('ICMP goes by its identifier, and protocols without ports have none', () => {
    const range: Range = { kind: 'range', manip: 'destination', addresses: undefined, ports: { first: 8053, last: 8053 } }
    const tuple = { src: 1, dst: 2, sport: 7, dport: 0 }
    expect(mapTuple({ ...tuple, protocol: 1, icmpType: 8, icmpCode: 0 }, range).tuple).toMatchObject({ sport: 8053, dport: 0 })
    expect(mapTuple({ ...tuple, protocol: 47 }, range).tuple).toMatchObject({ sport: 7, dport: 0 })
  })
})
