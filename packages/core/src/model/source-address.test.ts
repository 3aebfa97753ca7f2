import { describe, expect, test } from 'vitest'
import { readDocuments } from '../intake/documents.ts'
import { formatAddress, parseAddress } from '../net/address.ts'
import { assemble } from './assemble.ts'
import { selectSource, selectSource6 } from './source-address.ts'

function namespaceOf(lines: string) {
  const text = lines
    .trim()
    .split('\n')
    .map((line) => {
      const [device, cidr, ...rest] = line.trim().split(' ')
      return `2: ${device}    ${cidr?.includes(':') ? 'inet6' : 'inet'} ${cidr} ${rest.join(' ') || 'scope global'} ${device}`
    })
  const [namespace] = assemble(readDocuments([{ path: 'hosts/h/ip-addr.txt', text: `${text.join('\n')}\n` }])).namespaces
  if (!namespace) throw new Error('not read')
  return namespace
}
const text = (address: ReturnType<typeof selectSource>) => (address === undefined ? '-' : formatAddress(address))
const from = (addresses: string, device: string, towards?: string, scope?: 'global' | 'link' | 'host') =>
  text(selectSource(namespaceOf(addresses), device, towards === undefined ? undefined : parseAddress(towards), scope))
const from6 = (addresses: string, device: string, to: string) =>
  text(selectSource6(namespaceOf(addresses), device, parseAddress(to) as bigint))

describe('IPv4: inet_select_addr()', () => {
  const ETH = 'eth0 192.0.2.10/24\neth0 192.0.2.11/24 scope global secondary\neth0 198.51.100.10/24\neth1 203.0.113.10/24'
  test.each([
    ['the first address of the device', ETH, 'eth0', undefined, '192.0.2.10'],
    ['the one on the network of the next hop', ETH, 'eth0', '198.51.100.1', '198.51.100.10'],
    ['no secondary one', 'eth0 192.0.2.11/24 scope global secondary', 'eth0', '192.0.2.1', '-'],
    ['one of another device', ETH, 'wg0', '10.0.0.1', '192.0.2.10'],
    ['lo before other devices', `lo 10.255.0.1/32\n${ETH}`, 'wg0', '10.0.0.1', '10.255.0.1'],
    ['the near one of a pair', 'ppp0 10.0.0.1 peer 10.9.9.9/32 scope global\nppp0 10.0.0.2/24', 'ppp0', '10.9.9.9', '10.0.0.1'],
    ['no address of narrower scope', 'eth0 169.254.1.1/16 scope link\neth1 192.0.2.10/24', 'eth0', '192.0.2.1', '192.0.2.10'],
  ])('%s', (_, addresses, device, towards, want) => expect(from(addresses, device, towards)).toBe(want))

  test('for the link, an address of the link will do, on that device alone', () => {
    expect(from('eth0 169.254.1.1/16 scope link', 'eth0', undefined, 'link')).toBe('169.254.1.1')
    expect(from('eth0 169.254.1.1/16 scope link', 'eth1', undefined, 'link')).toBe('-')
  })
})

describe('IPv6: RFC 6724', () => {
  const ALL =
    'lo ::1/128 scope host\neth0 2001:db8::10/64\neth0 fd00::10/64\neth0 fe80::10/64 scope link\neth1 2001:db8:1::10/64\neth1 fe80::11/64 scope link'
  test.each([
    ['itself', ALL, 'lo', '2001:db8:1::10', '2001:db8:1::10'],
    ['of the scope of the destination', ALL, 'eth0', 'fe80::99', 'fe80::10'],
    ['of the link that it leaves by', ALL, 'eth1', 'fe80::99', 'fe80::11'],
    ['of the device that it leaves by', ALL, 'eth1', '2606:4700::1', '2001:db8:1::10'],
    ['of the same label: unique local', ALL, 'eth0', 'fd99::1', 'fd00::10'],
    ['of the same label: global', ALL, 'eth0', '2606:4700::1', '2001:db8::10'],
    ['of the longest common prefix', 'eth0 2001:db8::10/64\neth0 2001:db8:8::10/64', 'eth0', '2001:db8:8::1', '2001:db8:8::10'],
    [
      'one that is not deprecated',
      'eth0 2001:db8::10/64 scope global deprecated\neth0 2001:db8:8::10/64',
      'eth0',
      '2001:db8::1',
      '2001:db8:8::10',
    ],
    [
      'deprecated rather than of another scope',
      'eth0 2001:db8::10/64 scope global deprecated\neth0 fe80::1/64 scope link',
      'eth0',
      '2001:db8::1',
      '2001:db8::10',
    ],
    ['none that is tentative', 'eth0 2001:db8::10/64 scope global tentative', 'eth0', '2001:db8::1', '-'],
    [
      'a global one of another device rather than link-local',
      'wg0 fe80::1/64 scope link\neth0 2001:db8::10/64',
      'wg0',
      '2001:db8:9::1',
      '2001:db8::10',
    ],
  ])('%s', (_, addresses, device, to, want) => expect(from6(addresses, device, to)).toBe(want))
})
