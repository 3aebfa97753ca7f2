import { describe, expect, test } from 'vitest'
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
})
