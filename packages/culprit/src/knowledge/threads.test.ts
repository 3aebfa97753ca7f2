import { diagnose } from '@culprit/core/diagnose/diagnose'
import { compileSignatures } from '@culprit/core/diagnose/signatures/book'
import { readDocuments } from '@culprit/core/intake/documents'
import { expect, test } from 'vitest'
import { loadCauses, loadOwners } from '../cli/knowledge.ts'
import { loadSignatures } from './signatures.ts'

const knowledge = { owners: loadOwners(), causes: loadCauses(), signatures: compileSignatures(loadSignatures()) }

const fenced = (...lines: readonly string[]): string => ['```', ...lines, '```', ''].join('\n')
const read = (text: string) => diagnose(readDocuments([{ path: 'thread.md', text }]), knowledge)

/** Threads as people write them: parts of outputs, a bare prompt, no word of the way. */
const THREADS: readonly (readonly [name: string, cause: string, text: string])[] = [
  [
    'a Service that is asked for the port of its pods',
    'service.port',
    fenced(
      '$ kubectl get svc web',
      'NAME   TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)   AGE',
      'web    ClusterIP   10.96.4.20    <none>        80/TCP    5m',
      '$ kubectl exec t -- curl -m 5 http://web:5000',
      'curl: (28) Failed to connect to web port 5000 after 5001 ms: Timeout was reached',
    ),
  ],
  [
    'a Service as kubectl describes it, which leads to another port than the pod answers on',
    'service.target-port',
    fenced(
      '/ # wget -qO- http://10.96.4.20:80',
      "wget: can't connect to remote host (10.96.4.20): Connection refused",
      '/ # wget -qO- http://10.244.1.7:3000',
      '<!doctype html>',
    ) +
      fenced(
        '$ kubectl describe svc web',
        'Name:              web',
        'Namespace:         default',
        'Selector:          app=web',
        'Type:              ClusterIP',
        'IP:                10.96.4.20',
        'Port:              http  80/TCP',
        'TargetPort:        8080/TCP',
        'Endpoints:         10.244.1.7:8080',
      ),
  ],
  [
    'a policy as kubectl describes it, which denies all',
    'policy.kubernetes',
    fenced(
      '$ kubectl -n shop exec front -- wget -T 3 -qO- http://api:8080/',
      'wget: download timed out',
      '$ kubectl -n shop describe netpol deny',
      'Name:         deny',
      'Namespace:    shop',
      'Spec:',
      '  PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)',
      '  Allowing ingress traffic:',
      '    <none> (Selected pods are isolated for ingress connectivity)',
      '  Not affecting egress traffic',
      '  Policy Types: Ingress',
      '$ kubectl -n shop get pods -o wide',
      'NAME    READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES',
      'api-0   1/1     Running   0          2d    10.42.3.17   w3     <none>           <none>',
      'front   1/1     Running   0          2d    10.42.2.40   w2     <none>           <none>',
      '$ kubectl -n shop get svc api',
      'NAME   TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)    AGE',
      'api    ClusterIP   10.43.90.161   <none>        8080/TCP   2d',
    ),
  ],
  [
    'a listener on loopback inside of a container',
    'app.loopback-only',
    fenced(
      '$ docker exec app ss -ltn',
      'State  Recv-Q Send-Q Local Address:Port Peer Address:Port',
      'LISTEN 0      5          127.0.0.1:8955      0.0.0.0:*',
    ) + fenced('[me@box ~]$ curl http://localhost:8955/', 'curl: (56) Recv failure: Connection reset by peer'),
  ],
  [
    'UDP entries that lead where the rules lead no more',
    'conntrack.stale',
    'Some clients get nothing.\n\n' +
      fenced(
        '# conntrack -L -p udp --dport 8125',
        'udp      17 29 src=10.12.0.14 dst=10.15.240.10 sport=43145 dport=8125 [UNREPLIED] src=10.12.0.11 dst=10.12.0.14 sport=8125 dport=43145 mark=0 use=1',
        '# iptables-save -t nat | grep statsd',
        '-A KUBE-SEP-A -p udp -m comment --comment "default/statsd" -m udp -j DNAT --to-destination 10.12.0.30:8125',
        '-A KUBE-SERVICES -d 10.15.240.10/32 -p udp -m comment --comment "default/statsd" -m udp --dport 8125 -j KUBE-SVC-A',
        '-A KUBE-SVC-A -m comment --comment "default/statsd" -j KUBE-SEP-A',
      ),
  ],
  [
    'a published port that the firewall should close',
    'exposure.published-past-firewall',
    'ufw denies all but ssh, and still my database is reachable from the internet.\n\n' +
      fenced(
        '$ docker ps',
        'CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   PORTS   NAMES',
        '3f1b2c9d8e7a   mongo:5   "x"   2 days ago   Up 2 days   0.0.0.0:27017->27017/tcp   mongo',
      ) +
      'From my laptop:\n\n' +
      fenced('$ nc -vz 198.51.100.23 27017', 'Connection to 198.51.100.23 27017 port [tcp/*] succeeded!'),
  ],
  [
    'rules of Docker of which a flush left the names',
    'nat.rules-flushed',
    fenced('$ curl -m 5 http://192.0.2.44:3000', 'curl: (7) Failed to connect to 192.0.2.44 port 3000: Connection refused') +
      fenced(
        'root@box:~# iptables-save',
        '*nat',
        ':PREROUTING ACCEPT [0:0]',
        ':POSTROUTING ACCEPT [0:0]',
        ':DOCKER - [0:0]',
        'COMMIT',
        '*filter',
        ':INPUT ACCEPT [0:0]',
        ':FORWARD DROP [0:0]',
        ':DOCKER - [0:0]',
        ':DOCKER-USER - [0:0]',
        '-A INPUT -i lo -j ACCEPT',
        'COMMIT',
      ),
  ],
  [
    'two machines with one address',
    'host.neighbour',
    'The address works at times.\n\n' +
      fenced(
        '$ arping -I eth0 192.0.2.9',
        'Unicast reply from 192.0.2.9 [02:00:00:00:00:01]  1.102ms',
        'Unicast reply from 192.0.2.9 [02:00:00:00:00:02]  1.988ms',
      ),
  ],
]

test.each(THREADS)('%s', (_, cause, text) => {
  const { causes } = read(text)
  expect(causes.map(({ id, confidence }) => `${id} ${confidence}`).slice(0, 3)[0]).toMatch(new RegExp(`^${cause} `))
})

test('a thread in which all works accuses nobody', () => {
  const { causes } = read(
    `The chain drops by default, and that is fine.\n\n${fenced(
      'root@h:~# docker exec app curl -sS -m 3 -I https://example.com',
      'HTTP/2 200',
      'root@h:~# iptables -nvL DOCKER-USER',
      'Chain DOCKER-USER (1 references)',
      ' pkts bytes target     prot opt in     out     source               destination',
      '  412 24720 DROP       tcp  --  eth0   *      !198.51.100.70        0.0.0.0/0',
    )}`,
  )
  expect(causes.filter(({ confidence }) => confidence > 0.3)).toEqual([])
})

test('a blamed cause that the proved one leaves no room for is contradicted', () => {
  const { causes, contradictions } = read(
    `**ROOT CAUSE:** the MTU of docker0.\n\n${fenced(
      'root@h:~# docker run --rm alpine wget -T 3 -qO- http://93.184.216.34',
      'wget: download timed out',
      'root@h:~# iptables-save',
      '*filter',
      ':FORWARD DROP [22:1320]',
      'COMMIT',
      '*nat',
      ':POSTROUTING ACCEPT [0:0]',
      '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
      'COMMIT',
    )}`,
  )
  expect(causes[0]?.id).toBe('filter.forward-policy')
  expect(contradictions.map(({ text }) => text)).toEqual([expect.stringContaining('the notes blame')])
})
