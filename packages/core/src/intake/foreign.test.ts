import { describe, expect, test } from 'vitest'
import { createEngine } from '../datapath/engine.ts'
import { readDocuments } from './documents.ts'

const ADDR = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default
    inet 192.0.2.7/24 scope global eth0
`
const FILTER = `Chain FORWARD (policy DROP 0 packets, 0 bytes)
 pkts bytes target     prot opt in     out     source               destination
    0     0 ACCEPT     all  --  eth0   *       10.42.0.0/16         0.0.0.0/0
`

const read = (files: Readonly<Record<string, string>>, root = 'report') =>
  readDocuments(Object.entries(files).map(([path, text]) => ({ path, text, root }))).map(({ file, place, content }) => [
    file.split('/').at(-1),
    place.host,
    place.netns,
    content.kind,
  ])

describe('reports of other programs', () => {
  test('sosreport: the host by its hostname, namespaces by their folders, each table once', () => {
    const at = 'sosreport-web1-0123-2024-01-02-abcdef/sos_commands'
    expect(
      read({
        [`${at}/host/hostname`]: 'web1.example\n',
        [`${at}/networking/ip_-d_address`]: ADDR,
        [`${at}/networking/namespaces/pod1/ip_netns_exec_pod1_ip_-d_address_show`]: ADDR,
        [`${at}/firewall_tables/iptables_-t_filter_-nvL`]: FILTER,
        [`${at}/firewall_tables/iptables_-vnxL`]: FILTER,
      }),
    ).toEqual([
      ['hostname', 'web1.example', '', 'hostname'],
      ['ip_-d_address', 'web1.example', '', 'ip-addr'],
      ['ip_netns_exec_pod1_ip_-d_address_show', 'web1.example', 'pod1', 'ip-addr'],
      ['iptables_-t_filter_-nvL', 'web1.example', '', 'iptables'],
    ])
    expect(read({ [`${at}/networking/ip_-d_address`]: ADDR })[0]?.[1]).toBe('web1')
  })

  test('two sosreports in one evidence are two hosts', () => {
    const files = {
      'a/sosreport-one-2024-01-02-abc/sos_commands/networking/ip_-d_address': ADDR,
      'b/sosreport-two-2024-01-02-abc/sos_commands/networking/ip_-d_address': ADDR,
    }
    expect(read(files).map(([, host]) => host)).toEqual(['one', 'two'])
  })

  test('microk8s inspect: of the lists of table filter the one with interfaces', () => {
    const rules = '-P FORWARD DROP\n-A FORWARD -i cni0 -j ACCEPT\n'
    expect(
      read({
        'inspection-report/network/iptables-S': rules,
        'inspection-report/network/iptables-L': FILTER.replace('pkts bytes', ''),
        'inspection-report/network/ifconfig': ADDR,
      }),
    ).toEqual([
      ['iptables-S', undefined, '', 'iptables'],
      ['ifconfig', undefined, '', 'ip-addr'],
    ])
  })

  test('calicoctl cluster diags: a folder for each node', () => {
    const at = 'calico-diagnostics-20240102_030405/nodes'
    expect(
      read({
        [`${at}/node-a/ip-addr.txt`]: ADDR,
        [`${at}/node-a/ipset-list.txt`]: 'Name: x\nType: hash:ip\nHeader: family inet\nMembers:\n1.2.3.4\n',
        [`${at}/node-b/ip-addr.txt`]: ADDR,
      }),
    ).toEqual([
      ['ip-addr.txt', 'node-a', '', 'ip-addr'],
      ['ipset-list.txt', 'node-a', '', 'ipset'],
      ['ip-addr.txt', 'node-b', '', 'ip-addr'],
    ])
  })

  test('k8s-snap inspect and troubleshoot.sh: objects of the API by content', () => {
    const list = (kind: string, name: string): string =>
      JSON.stringify(
        { kind: `${kind}List`, apiVersion: 'v1', items: [{ kind, apiVersion: 'v1', metadata: { name, namespace: 'default' }, spec: {} }] },
        null,
        4,
      )
    expect(read({ 'inspection-report/cluster-info.log': `${list('Node', 'n1')}\n${list('Pod', 'p1')}\n` })[0]?.[3]).toBe('kubernetes')
    expect(read({ 'support-bundle-2024/cluster-resources/pods/default.json': list('Pod', 'p1') })[0]?.[3]).toBe('kubernetes')
  })

  test("KubeSkoop's collector: the node and its pods, in the words of the tools", () => {
    const net = (IP: string, Mask: string) => ({ IP, Mask })
    const dump = {
      p: [{ id: 'c1', n: 'web', ns: 'shop', net: '/proc/700/ns/net', hn: false }],
      n: [
        {
          n: '/proc/1/ns/net',
          p: 1,
          if: [
            { n: 'eth0', i: 2, m: 1500, d: 'virtio_net', a: [net('192.0.2.7', '////AA==')], st: 1 },
            { n: 'vethx', i: 9, m: 1450, d: 'veth', a: [], st: 1, p: 3 },
          ],
          s: { 'net/ipv4/ip_forward': '1' },
          r: [
            { f: 2, o: 'eth0', d: null, g: '192.0.2.1', p: 4, tb: 254, t: 1 },
            { f: 2, o: 'vethx', d: net('10.42.0.5', '/////w=='), sc: 253, p: 3, tb: 254, t: 1 },
          ],
          ru: [{ p: 32766, f: 2, tb: 254 }],
          it: '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -d 10.42.0.5/32 -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT\n',
        },
        {
          n: '/proc/700/ns/net',
          p: 700,
          if: [{ n: 'eth0', i: 3, m: 1450, d: 'veth', a: [net('10.42.0.5', '////AA==')], st: 1, p: 9 }],
          r: [{ f: 2, o: 'eth0', d: null, g: '10.42.0.1', p: 3, tb: 254, t: 1 }],
          it: '',
        },
      ],
    }
    const documents = readDocuments([{ path: 'node-a.json', text: JSON.stringify(dump) }])
    const engine = createEngine(documents)
    const [host, pod] = [engine.model.hosts.get('host'), engine.model.byId.get('host/shop_web')]
    expect(host?.addresses.map(({ device, prefixLength }) => [device, prefixLength])).toEqual([['eth0', 24]])
    expect(pod?.links.get('eth0')).toMatchObject({ mtu: 1450, peerIndex: 9 })
    const asked = engine.trace({ from: 'outside', host: 'host', iif: 'eth0', src: '198.51.100.7', to: '10.42.0.5:443' })
    expect('kind' in asked ? asked.text : asked.outcomes.map(({ verdict, reason }) => [verdict, reason])).toEqual([['dropped', 'policy']])
  })
})
