import { describe, expect, it } from 'vitest'
import { readDocuments } from '../../intake/documents.ts'
import { assemble } from '../assemble.ts'
import { mtuChains } from './chains.ts'

const link = (index: number, name: string, mtu: number, kind = '', more = '') =>
  `${index}: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu ${mtu} ${more}state UP group default\n    link/ether 02:00:00:00:00:0${index} brd ff:ff:ff:ff:ff:ff${kind && `\n    ${kind}`}\n`
const inet = (address: string, device: string) => `    inet ${address} scope global ${device}\n`
const routes = (own: number) => `192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.${own}\n`
const vxlan = (mtu: number, own = 1) =>
  link(4, 'flannel.1', mtu, `vxlan id 1 local 192.0.2.${own} dev eth0 srcport 0 0 dstport 8472 nolearning`)

function chains(files: Readonly<Record<string, string>>) {
  return mtuChains(assemble(readDocuments(Object.entries(files).map(([name, text]) => ({ path: `hosts/${name}`, text })))))
}
const host = (addr: string, own = 1) => ({ 'h/ip-addr.txt': addr, 'h/ip-route.txt': routes(own) })
const eth0 = (mtu: number, own = 1) => link(2, 'eth0', mtu) + inet(`192.0.2.${own}/24`, 'eth0')

describe('chains of MTUs', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly (readonly [string, number, number])[]]>([
    ['a VXLAN that fits', host(eth0(1500) + vxlan(1450)), []],
    ['a VXLAN as large as what carries it', host(eth0(1500) + vxlan(1500)), [['tunnel', 50, 1450]]],
    ['an IPIP tunnel that fits', host(eth0(1500) + link(5, 'tunl1', 1480, 'ipip remote 192.0.2.2 local 192.0.2.1 ttl inherit')), []],
    [
      'an IPIP tunnel too large',
      host(eth0(1400) + link(5, 'tunl1', 1480, 'ipip remote 192.0.2.2 local 192.0.2.1 ttl inherit')),
      [['tunnel', 20, 1380]],
    ],
    ['more than Ethernet carries', host(eth0(1600) + vxlan(1550)), [['unproven', 50, 1450]]],
    ['room for more that nobody uses', host(eth0(9000) + vxlan(1450)), []],
    [
      'a veth whose ends disagree',
      { ...host(eth0(1500) + link(7, 'veth7@if2', 1400, 'veth', '')), 'h/netns/p/ip-addr.txt': link(2, 'eth0@if7', 1500, 'veth') },
      [['veth', 0, 1400]],
    ],
    [
      'ports of a bridge that disagree',
      host(
        eth0(1500) +
          link(5, 'br0', 1400, 'bridge') +
          link(6, 'tap0', 1500, 'tun', 'master br0 ') +
          link(7, 'tap1', 1400, 'tun', 'master br0 '),
      ),
      [['bridge', 0, 1400]],
    ],
    [
      'hosts on one wire that disagree',
      { ...host(eth0(9000)), 'o/ip-addr.txt': eth0(1500, 2), 'o/ip-route.txt': routes(2) },
      [['wire', 0, 1500]],
    ],
  ])('%s', (_, files, expected) => {
    expect(chains(files).map(({ kind, overhead, fits }) => [kind, overhead, fits])).toEqual(expected)
  })

  it('name the devices, their MTUs and what would fit', () => {
    const [chain] = chains(host(eth0(1500) + vxlan(1500)))
    expect(chain?.text).toBe(
      'flannel.1 of h (1500) puts 50 bytes in front: a full packet is 1550, and eth0 of h (1500) carries 1500; 1450 would fit',
    )
    expect(chain?.hops.map(({ device, source }) => `${device} ${source.file}`)).toEqual([
      'flannel.1 hosts/h/ip-addr.txt',
      'eth0 hosts/h/ip-addr.txt',
    ])
  })
})
