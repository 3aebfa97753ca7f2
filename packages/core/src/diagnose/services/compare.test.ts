import { describe, expect, it } from 'vitest'
import { createEngine } from '../../datapath/engine.ts'
import { readDocuments } from '../../intake/documents.ts'
import { collectCluster } from '../../model/kubernetes/cluster.ts'
import type { Checked } from '../finding.ts'
import { compareServices } from './compare.ts'

const ADDRESSES = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet 192.0.2.1/24 scope global eth0
3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 state UP
    inet 10.42.1.1/24 scope global cni0
`
const ROUTES = `default via 192.0.2.254 dev eth0
10.42.1.0/24 dev cni0 proto kernel scope link src 10.42.1.1
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1
`
const RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
-A FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES
-A OUTPUT -m conntrack --ctstate NEW -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.43.0.12/32 -p tcp -m comment --comment "prod/empty has no endpoints" -m tcp --dport 80 -j REJECT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-SVC-WEB - [0:0]
:KUBE-SEP-A - [0:0]
:KUBE-SEP-B - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.43.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-WEB
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j KUBE-SVC-WEB
-A KUBE-SVC-WEB -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-A
-A KUBE-SVC-WEB -j KUBE-SEP-B
-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.42.1.5:8080
-A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 10.42.2.5:8080
COMMIT
`
const slice = (service: string, addresses: readonly string[]) => `---
kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata: {name: ${service}-abcde, namespace: prod, labels: {kubernetes.io/service-name: ${service}}}
ports: [{name: "", port: 8080, protocol: TCP}]
endpoints: [${addresses.map((address) => `{addresses: [${address}], nodeName: ${address.startsWith('10.42.1.') ? 'n1' : 'n2'}}`).join(', ')}]
`
const service = (name: string, address: string, spec = '', nodePort = '') => `---
kind: Service
metadata: {name: ${name}, namespace: prod}
spec: {clusterIP: ${address}, ports: [{port: 80${nodePort && `, nodePort: ${nodePort}`}}]${spec}}
`
const NODE = 'kind: Node\nmetadata: {name: n1}\nstatus: {addresses: [{type: InternalIP, address: 192.0.2.1}]}\n'
const WEB = service('web', '10.43.0.10', '', '30080')
const BOTH = slice('web', ['10.42.1.5', '10.42.2.5'])

function compare(objects: string, rules = RULES): Checked {
  const host = (name: string, text: string) => ({ path: `hosts/machine1/${name}`, text })
  const documents = readDocuments([
    host('ip-addr.txt', ADDRESSES),
    host('ip-route.txt', ROUTES),
    host('iptables-save.txt', rules),
    { path: 'cluster/all.yaml', text: NODE + objects },
  ])
  return compareServices(createEngine(documents), collectCluster(documents))
}

describe('what the API says and what the rules do', () => {
  it.each<[string, string, string, readonly string[]]>([
    ['agree', WEB + BOTH + service('empty', '10.43.0.12') + slice('empty', []), RULES, []],
    [
      'an endpoint that the rules never choose',
      WEB + slice('web', ['10.42.1.5', '10.42.2.5', '10.42.2.6']),
      RULES,
      ['service-endpoint-missing'],
    ],
    ['an endpoint that is gone', WEB + slice('web', ['10.42.1.5']), RULES, ['service-extra-endpoint']],
    ['pods that moved while the proxy stood still', WEB + slice('web', ['10.42.1.5', '10.42.2.9']), RULES, ['service-proxy-stale']],
    [
      'a Service that the rules do not know',
      service('new', '10.43.0.99') + slice('new', ['10.42.1.5']),
      RULES,
      ['service-unknown-to-rules'],
    ],
    [
      'endpoints that came while the rules still refuse',
      service('empty', '10.43.0.12') + slice('empty', ['10.42.1.5']),
      RULES,
      ['service-refused-with-endpoints'],
    ],
    ['endpoints that went while the rules still send', WEB + slice('web', []), RULES, ['service-proxy-stale']],
    [
      'a redirection of all that goes to port 80, before the proxy',
      WEB + BOTH,
      RULES.replace(
        '-A PREROUTING',
        '-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8888\n-A OUTPUT -p tcp --dport 80 -j DNAT --to-destination 10.42.1.7:80\n-A PREROUTING',
      ),
      ['service-redirected'],
    ],
    [
      'a traffic policy that the rules do not keep',
      service('web', '10.43.0.10', ', type: NodePort, externalTrafficPolicy: Local', '30080') + BOTH,
      RULES,
      ['service-extra-endpoint'],
    ],
  ])('%s', (_, objects, rules, ids) => {
    const checked = compare(objects, rules)
    expect([...new Set(checked.findings.map((finding) => finding.id))]).toEqual(ids)
    expect(checked.compared).toBeGreaterThan(0)
  })

  it('says which rule and which slice, and where they stand', () => {
    const [finding] = compare(WEB + slice('web', ['10.42.1.5'])).findings
    expect(finding).toMatchObject({ severity: 'error', where: { host: 'machine1', object: 'svc/prod/web' } })
    expect(finding?.text).toContain('also goes to 10.42.2.5:8080')
    expect(finding?.because[0]).toMatchObject({
      text: expect.stringContaining('KUBE-SEP-B'),
      source: { file: 'hosts/machine1/iptables-save.txt' },
    })
  })

  it('compares nothing where no proxy has rules, or the endpoints were not captured', () => {
    expect(compare(WEB + BOTH, '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n')).toMatchObject({
      findings: [],
      compared: 0,
      skipped: [{ what: 'Services on host machine1' }],
    })
    expect(compare(WEB)).toMatchObject({ findings: [], compared: 0 })
  })
})
