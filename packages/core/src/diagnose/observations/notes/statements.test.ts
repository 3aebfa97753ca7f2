import { describe, expect, it } from 'vitest'
import { readDocuments } from '../../../intake/documents.ts'
import { observationsOfNotes } from './notes.ts'

function told(text: string): readonly string[] {
  return observationsOfNotes(readDocuments([{ path: 'notes.md', text: `# Report\n${text}\n` }])).flatMap((one) => {
    if (one.kind !== 'works' && one.kind !== 'fails') return []
    const { from, to, result, roles } = one.attempt
    return [`${from ?? roles?.from ?? '?'} -> ${to}${roles?.to ? ` (${roles.to})` : ''} ${result}`]
  })
}

describe('what is told in words', () => {
  it.each<[string, readonly string[]]>([
    ['- ✅ `curl http://10.0.0.1:8080/` from node1 works', ['host/node1 -> 10.0.0.1:8080/tcp connects']],
    ['- ❌ `docker exec api curl http://10.0.0.1:8080/`: timeout', ['container/api -> 10.0.0.1:8080/tcp timeout']],
    ['- Pod → Service IP: ❌ timeout', ['pod -> Service IP (service) timeout']],
    ['* Container A -> public IP -> Container C (docker network) -> "no route to host"', ['container/A -> public IP (node) unreachable']],
    ['- pod `web-1` -> 10.42.1.7:8080 : connection refused', ['pod/default/web-1 -> 10.42.1.7:8080/tcp refused']],
    ['I cannot ping 10.42.1.7 from the node.', ['node -> 10.42.1.7 fails']],
    [
      'Pods on node2 can reach 10.43.0.10:53, but not from node1.',
      ['pod -> 10.43.0.10:53/tcp connects', 'host/node1 -> 10.43.0.10:53/tcp fails'],
    ],
    [
      'curl 127.0.0.1:8080 on the host hangs; curl 192.168.50.5:8080 works.',
      ['node -> 127.0.0.1:8080/tcp timeout', 'node -> 192.168.50.5:8080/tcp connects'],
    ],
    [
      'From inside the pod `front-0`, http://cart.shop.svc.cluster.local:8080 times out',
      ['pod/default/front-0 -> svc/shop/cart:8080/tcp (service) timeout'],
    ],
    ['"no route to host" from pods to 10.43.0.1:443, although routes are fine.', ['pod -> 10.43.0.1:443/tcp unreachable']],
    ["Pods that call https://10.43.0.1:443 get the ingress controller's certificate", ['pod -> 10.43.0.1:443/tcp wrong-server']],
    ['curl to testcluster-ui:8080 or 172.30.3.121:8080 does NOT work', ['? -> testcluster-ui:8080/tcp fails']],
    ['ufw denies everything but 22, yet 203.0.113.5:8080 is open to the world.', ['outside -> 203.0.113.5:8080/tcp exposed']],
    [
      'Pods on different nodes cannot communicate. Pods on the same node can.',
      ['pod -> pods on other nodes (pod) fails', 'pod -> pods on the same node (pod) connects'],
    ],
    ['Pods reach pods on the same node only.', ['pod -> pods on other nodes (pod) fails']],
    ['DNS through the ClusterIP hangs when the chosen endpoint is on the same node as the pod.', []],
    // No attempt, not seen, or not in the state that the evidence shows.
    ['How can pods reach 10.43.0.1:443?', []],
    ['The pod should be able to connect to 10.43.0.1:443.', []],
    ['After disabling firewalld, curl 10.0.0.1:80 from node1 works.', []],
    ['It used to work: curl 10.0.0.1:80 from node1 succeeded.', []],
    ['Client connects to: `ClusterIP:80`', []],
    ['The node address is 10.0.0.1 and everything is fine.', []],
  ])('%s', (text, expected) => {
    expect(told(text)).toEqual(expected)
  })

  it('reads tables, as lists and as a matrix', () => {
    expect(
      told(`
| From | To | Result |
|------|----|--------|
| pod a-0 | 10.43.0.10:53 | ✅ OK |
| node1 | ClusterIP 10.43.0.10:53 | ❌ timeout |

| from \\ to | 10.42.1.5:80 | node2 |
|---|---|---|
| **pod x-1** | ✅ | ❌ |
| master-1 | timeout | 0.4 ms |
`),
    ).toEqual([
      'pod/default/a-0 -> 10.43.0.10:53/tcp connects',
      'host/node1 -> 10.43.0.10:53/tcp (service) timeout',
      'pod/default/x-1 -> 10.42.1.5:80/tcp connects',
      'pod/default/x-1 -> node2 fails',
      'host/master-1 -> 10.42.1.5:80/tcp timeout',
      'host/master-1 -> node2 connects',
    ])
  })
})
