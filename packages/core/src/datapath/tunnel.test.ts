import { describe, expect, test } from 'vitest'
import { type Machine, macOf } from './testing/machines.ts'
import { BACKENDS, save } from './testing/rulesets.ts'
import { engineOfMachines, expectWay } from './testing/story.ts'

/** Two nodes on one network with a pod each, joined by VXLAN as flannel sets it up. */
interface Options {
  readonly fdb?: string
  readonly neighbours?: string
  readonly n2?: Machine
}
const node = (own: 1 | 2, more: Machine = {}): Machine => {
  const other = own === 1 ? 2 : 1
  return {
    devices: `eth0 192.0.2.${own}0/24\nvx vxlan=1:192.0.2.${own}0 mtu=1450 10.42.${own}.0/32\ncni0 bridge 10.42.${own}.1/24\nv@n${own}/p:eth0 master=cni0`,
    routes: `default via 192.0.2.1 dev eth0\n10.42.${other}.0/24 via 10.42.${other}.0 dev vx onlink`,
    sysctl: 'net.ipv4.ip_forward = 1',
    neighbours: `10.42.${other}.0 dev vx lladdr ${macOf(`n${other} vx`)} PERMANENT\n`,
    fdb: `${macOf(`n${other} vx`)} dev vx dst 192.0.2.${other}0 self permanent\n`,
    ...more,
  }
}
const pod = (own: 1 | 2): Machine => ({
  devices: `eth0@n${own}:v 10.42.${own}.2/24`,
  routes: `default via 10.42.${own}.1 dev eth0`,
  ss: 'tcp LISTEN 0 5 *:80 *:*',
})
const cluster = ({ n2 = {}, ...n1 }: Options = {}) => engineOfMachines({ n1: node(1, n1), 'n1/p': pod(1), n2: node(2, n2), 'n2/p': pod(2) })
const across = { from: 'netns/n1/p', to: '10.42.2.2:80' }

test('a packet goes in, across and out again, and so does the answer', () => {
  const [outcome] = expectWay(cluster(), across, 'delivered connects at=n2/p:eth0 ttl=62 encap decap reply:encap reply:at=n1/p:eth0')
  const outer = outcome?.steps.find((step) => step.kind === 'encap')?.packet
  expect(outer).toMatchObject({ protocol: 17, dport: 8472, length: 90, ttl: 64 })
})

test('what the node itself sends takes the address of the tunnel', () => {
  expectWay(cluster(), { from: 'host/n1', to: '10.42.2.2:80' }, 'delivered connects at=n2/p:eth0 src=10.42.1.0:45678')
})

test('where no neighbours were captured, the host that has the next hop is taken to be the other end', () => {
  const { neighbours: _, fdb: __, ...rest } = node(1)
  expectWay(
    engineOfMachines({ n1: rest, 'n1/p': pod(1), n2: node(2), 'n2/p': pod(2) }),
    across,
    'delivered connects at=n2/p:eth0 encap decap',
  )
})

describe.each(BACKENDS)('%s', (_, ruleset) => {
  test('the outer packet meets the rules of the other node’s INPUT', () => {
    const n2 = ruleset({
      iptables: '*filter\n-A INPUT -p udp -m udp --dport 8472 -j DROP',
      nft: 'table inet filter {\nchain INPUT {\ntype filter hook input priority filter; policy accept;\nudp dport 8472 drop\n}\n}',
    })
    expectWay(cluster({ n2 }), across, 'dropped rule timeout at=n2:eth0 by=filter/INPUT/1')
  })

  test('the inner packet meets those of its FORWARD', () => {
    const n2 = ruleset({
      iptables: '*filter\n:FORWARD DROP\n-A FORWARD -s 10.42.2.0/24 -j ACCEPT',
      nft: 'table inet filter {\nchain FORWARD {\ntype filter hook forward priority filter; policy drop;\nip saddr 10.42.2.0/24 accept\n}\n}',
    })
    expectWay(cluster({ n2 }), across, 'dropped policy by=filter/FORWARD at=n2:cni0 src=10.42.1.2:45678')
  })
})

test('a mark set on the way in stays on the outer packet', () => {
  const iptables = save(
    '*mangle\n-A FORWARD -o vx -j MARK --set-xmark 0x4000/0x4000\n*filter\n-A OUTPUT -p udp -m mark --mark 0x4000/0x4000 -j DROP',
  )
  const engine = engineOfMachines({ n1: node(1, { iptables }), 'n1/p': pod(1), n2: node(2), 'n2/p': pod(2) })
  expectWay(engine, across, 'dropped by=filter/OUTPUT/1')
})

describe('what the overlay has to know', () => {
  test('no FDB entry for the other end', () => {
    expectWay(cluster({ fdb: `${macOf('n7 vx')} dev vx dst 192.0.2.70 self permanent\n` }), across, 'dropped no-neighbour at=n1:vx timeout')
  })
  test('no neighbour entry for the gateway', () => {
    expectWay(
      cluster({ neighbours: '192.0.2.1 dev eth0 lladdr 02:00:00:00:00:99 REACHABLE\n' }),
      across,
      'dropped no-neighbour at=n1:vx unreachable',
    )
  })
  test('an FDB entry that leads to a node that is gone', () => {
    expectWay(cluster({ fdb: `${macOf('n2 vx')} dev vx dst 192.0.2.77 self permanent\n` }), across, 'forwarded timeout at=n1:vx')
  })
  test('a link address that the other end does not have', () => {
    const stale = '02:00:00:00:99:99'
    const engine = cluster({
      neighbours: `10.42.2.0 dev vx lladdr ${stale} PERMANENT\n`,
      fdb: `${stale} dev vx dst 192.0.2.20 self permanent\n`,
    })
    expectWay(engine, across, 'dropped not-for-us at=n2:vx')
  })
  test('another port or network identifier at the other end', () => {
    const other = (vxlan: string) => cluster({ n2: node(2, { devices: node(2).devices?.replace('vxlan=1:192.0.2.20', vxlan) ?? '' }) })
    expectWay(other('vxlan=1:192.0.2.20 port=4789'), across, 'delivered at=n2:eth0 !connects')
    expectWay(other('vxlan=2:192.0.2.20'), across, 'delivered at=n2:eth0 !connects')
  })
  test('the device is down at the other end', () => {
    const n2 = node(2, { devices: node(2).devices?.replace('mtu=1450', 'mtu=1450 down') ?? '' })
    expectWay(cluster({ n2 }), across, 'delivered at=n2:eth0 !connects')
  })
})

test('what does not fit into the tunnel is told so', () => {
  expectWay(cluster(), { ...across, length: 1451 }, 'rejected too-big answer=icmp-frag-needed at=n1:vx')
  expectWay(cluster(), { ...across, length: 1450 }, 'delivered')
})

test('the other node was not captured', () => {
  const engine = engineOfMachines({ n1: node(1), 'n1/p': pod(1) })
  expectWay(engine, across, 'forwarded connects at=n1:vx src=10.42.1.2:45678 dst=10.42.2.2:80')
})
