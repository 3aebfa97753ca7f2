import { describe, expect, it } from 'vitest'
import { addr, cluster, type Files, lease, node, on, report, told } from '../testing/bundle.ts'

const flannel = (
  host: string,
  third: { readonly bridge: number; readonly device: number | readonly number[]; readonly lease: number },
): Files =>
  on(host, {
    'ip-addr.txt': addr({
      eth0: host === 'n1' ? '10.0.0.1/24' : '10.0.0.2/24',
      'flannel.1': [third.device].flat().map((one) => `10.10.${one}.0/32`),
      cni0: `10.10.${third.bridge}.1/24`,
    }),
    'files/run/flannel/subnet.env': lease(`10.10.${third.lease}.1/24`, 1450, '10.10.0.0/16'),
  })

describe('the agreements of a flannel node', () => {
  it('hold on a sound node', () => {
    const sound = flannel('n1', { bridge: 1, device: 1, lease: 1 })
    for (const id of ['flannel-subnet-agrees', 'flannel-single-address', 'flannel-vtep-mask', 'flannel-lease'])
      expect([id, told(id, sound)]).toEqual([id, 'passed'])
  })

  it.each([
    ['network range set mismatch', { bridge: 2, device: 1, lease: 1 }, ['error overlay.subnet-mismatch n1 cni0']],
    [
      'network range assignment mismatch',
      { bridge: 2, device: 2, lease: 3 },
      ['error overlay.subnet-mismatch n1 cni0', 'error overlay.subnet-mismatch n1 flannel.1'],
    ],
    ['a device of another range', { bridge: 1, device: 7, lease: 1 }, ['error overlay.subnet-mismatch n1 flannel.1']],
  ])('%s', (_, third, expected) => {
    expect(told('flannel-subnet-agrees', flannel('n1', third))).toEqual(expected)
  })

  it('a bridge of another range is mended by the forced repair, a device alone by the light one', () => {
    const runbooks = (third: Parameters<typeof flannel>[1]) =>
      report('flannel-subnet-agrees', flannel('n1', third)).findings.map(({ runbook }) => runbook)
    expect(runbooks({ bridge: 2, device: 1, lease: 1 })).toEqual(['overlay-forced-repair'])
    expect(runbooks({ bridge: 1, device: 7, lease: 1 })).toEqual(['overlay-light-repair'])
  })

  it('multiple interface declaration: the stale address is named, with file and line', () => {
    const { findings } = report('flannel-single-address', flannel('n1', { bridge: 2, device: [2, 4], lease: 2 }))
    expect(findings.map(({ severity, cause, text }) => [severity, cause, text])).toEqual([
      [
        'error',
        'overlay.multiple-addresses',
        'flannel.1 has 2 addresses: 10.10.2.0/32, 10.10.4.0/32; 10.10.4.0/32 is left from an earlier lease',
      ],
    ])
    expect(findings[0]?.because.every(({ source }) => source !== undefined && source.line > 0)).toBe(true)
  })

  it('the podCIDR of the Node counts where flannel takes its ranges from there', () => {
    const files = flannel('n1', { bridge: 1, device: 1, lease: 1 })
    const annotations = { 'flannel.alpha.coreos.com/kube-subnet-manager': 'true' }
    expect(told('flannel-subnet-agrees', { ...files, ...cluster(node('n1', { ip: '10.0.0.1', cidr: '10.10.1.0/24', annotations })) })).toBe(
      'passed',
    )
    expect(
      told('flannel-subnet-agrees', { ...files, ...cluster(node('n1', { ip: '10.0.0.1', cidr: '10.10.5.0/24', annotations })) }),
    ).toEqual(['error overlay.subnet-mismatch n1 subnet.env'])
  })

  it('the mask of the overlay device is /32', () => {
    const files = on('n1', { 'ip-addr.txt': addr({ 'flannel.1': '10.10.1.0/16' }), 'files/run/flannel/subnet.env': lease('10.10.1.1/24') })
    expect(told('flannel-vtep-mask', files)).toEqual(['warning overlay.subnet-mismatch n1 flannel.1'])
  })

  it('no two nodes use the same range', () => {
    const one = flannel('n1', { bridge: 1, device: 1, lease: 1 })
    expect(told('overlay-subnet-unique', { ...one, ...flannel('n2', { bridge: 2, device: 2, lease: 2 }) })).toBe('passed')
    expect(told('overlay-subnet-unique', { ...one, ...flannel('n2', { bridge: 1, device: 1, lease: 1 }) })).toEqual([
      'error overlay.duplicate-subnet n2 10.10.1.0/24',
    ])
  })

  it('the MTU of bridge and device is that of the lease', () => {
    const files = (mtu: number) =>
      on('n1', {
        'ip-addr.txt': addr({ 'flannel.1': '10.10.1.0/32', cni0: '10.10.1.1/24' }, { 'flannel.1': 1450, cni0: mtu }),
        'files/run/flannel/subnet.env': lease('10.10.1.1/24'),
      })
    expect(told('flannel-mtu', files(1450))).toBe('passed')
    expect(told('flannel-mtu', files(1500))).toEqual(['error host.mtu n1 cni0'])
  })

  it('a lease outside of the network, and a node without one', () => {
    expect(
      told(
        'flannel-lease',
        on('n1', { 'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }), 'files/run/flannel/subnet.env': lease('10.99.1.1/24') }),
      ),
    ).toEqual(['error overlay.subnet-mismatch n1 subnet.env'])
    const annotations = { 'flannel.alpha.coreos.com/kube-subnet-manager': 'true' }
    expect(told('flannel-lease', cluster(node('n1', { annotations })))).toEqual(['error overlay.lease n1 Node n1'])
    expect(told('flannel-lease', cluster(node('n1', { annotations, cidr: '10.244.1.0/24' })))).toMatch(/^skipped/)
  })
})

describe('the way to the pods of other nodes', () => {
  const link = (mac: string) =>
    `2: eth0: <UP,LOWER_UP> mtu 1500 state UP mode DEFAULT\n    link/ether 02:00:00:00:00:01\n9: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT\n    link/ether ${mac} brd ff:ff:ff:ff:ff:ff promiscuity 0\n    vxlan id 1 local 10.0.0.1 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto\n`
  const bundle = (route: string, fdb: string): Files => ({
    ...on('n1', {
      'ip-link.txt': link('0e:00:00:00:00:01'),
      'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }),
      'ip-route.txt': `default via 10.0.0.254 dev eth0\n${route}\n`,
      'bridge-fdb.txt': `${fdb}\n`,
      'files/run/flannel/subnet.env': lease('10.244.1.1/24'),
    }),
    ...on('n2', {
      'ip-link.txt': link('0e:00:00:00:00:02'),
      'ip-addr.txt': addr({ eth0: '10.0.0.2/24' }),
      'files/run/flannel/subnet.env': lease('10.244.2.1/24'),
    }),
  })
  const route = '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink'
  const fdb = '0e:00:00:00:00:02 dev flannel.1 dst 10.0.0.2 self permanent'

  it.each([
    ['a sound node', route, fdb, 'passed'],
    ['no route', '', fdb, ['error route.missing n1 10.244.2.0/24']],
    ['a route by another device', '10.244.2.0/24 via 10.0.0.77 dev eth0', fdb, ['error route.wrong n1 10.244.2.0/24']],
    ['directly through the node, as host-gw does', '10.244.2.0/24 via 10.0.0.2 dev eth0', '', 'passed'],
    ['no forwarding entry', route, '33:33:00:00:00:01 dev eth0 self permanent', ['error overlay.endpoint n1 flannel.1']],
    ['a forwarding entry to a stranger', route, fdb.replace('10.0.0.2', '10.0.0.9'), ['error overlay.endpoint n1 flannel.1']],
  ])('%s', (_, withRoute, withFdb, expected) => {
    expect(told('overlay-peers', bundle(withRoute, withFdb))).toEqual(expected)
  })

  it('a firewall that drops the tunnel', () => {
    const files = bundle(route, fdb)
    const save = (rule: string) => `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rule}\nCOMMIT\n`
    const open = { ...files, 'hosts/n2/ip-link.txt': link('0e:00:00:00:00:02').replace('local 10.0.0.1', 'local 10.0.0.2') }
    const routes = {
      'hosts/n2/ip-route.txt': 'default via 10.0.0.254 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.2\n',
      'hosts/n1/ip-route.txt': `default via 10.0.0.254 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1\n${route}\n`,
    }
    const rules = (rule: string) => ({ 'hosts/n1/iptables-save.txt': save(''), 'hosts/n2/iptables-save.txt': save(rule) })
    expect(told('overlay-open', { ...open, ...routes, ...rules('-A INPUT -p udp -m udp --dport 8472 -j DROP') })).toEqual([
      'error overlay.blocked n2 8472/udp',
    ])
    expect(told('overlay-open', { ...open, ...routes, ...rules('-A INPUT -p udp -m udp --dport 4789 -j DROP') })).toBe('passed')
  })

  it('one node alone, whose firewall keeps out or in a peer that only its forwarding entries name', () => {
    const files = {
      ...on('n1', { 'ip-link.txt': link('0e:00:00:00:00:01'), 'ip-addr.txt': addr({ eth0: '10.0.0.1/24' }), 'bridge-fdb.txt': `${fdb}\n` }),
      'hosts/n1/ip-route.txt': `default via 10.0.0.254 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1\n${route}\n`,
    }
    const withRule = (rule: string): Files => ({
      ...files,
      'hosts/n1/iptables-save.txt': `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rule}\nCOMMIT\n`,
    })
    for (const rule of ['-A INPUT -p udp -m udp --dport 8472 -j DROP', '-A OUTPUT -d 10.0.0.2/32 -p udp -j DROP'])
      expect(told('overlay-open', withRule(rule))).toEqual(['error overlay.blocked n1 8472/udp'])
    expect(told('overlay-open', withRule('-A INPUT -s 10.0.0.3/32 -p udp -m udp --dport 8472 -j DROP'))).toBe('passed')
  })
})
