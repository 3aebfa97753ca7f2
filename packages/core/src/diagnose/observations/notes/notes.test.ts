import { describe, expect, it } from 'vitest'
import { readDocuments } from '../../../intake/documents.ts'
import { observationsOfNotes } from './notes.ts'

/** `line: from -> to result`, as the notes tell. */
export function told(text: string): readonly string[] {
  return observationsOfNotes(readDocuments([{ path: 'notes.md', text }])).flatMap((one) =>
    one.kind === 'works' || one.kind === 'fails'
      ? [
          `${one.source?.line}: ${one.attempt.from ?? '?'}${one.attempt.src ? ` ${one.attempt.src}` : ''} -> ${one.attempt.to} ${one.attempt.result}`,
        ]
      : [],
  )
}

const HOST_H = `
\`\`\`
root@h:~# ip addr
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    inet 192.168.50.5/24 scope global eth0
\`\`\`
`

describe('connections that pasted outputs tell of', () => {
  it('takes the sender from the words above, with the address that stands there', () => {
    expect(
      told(`Help, this does not work.

From the pod p1 (10.244.0.2):

::

    user@h:~$ kubectl exec p1 -- curl -sS -m 3 -I http://203.0.113.80:443/
    curl: (28) Failed to connect to 203.0.113.80 port 443 after 3000 ms: Timeout was reached

From another machine (192.168.50.10):

    root@laptop:~# curl -I http://192.168.50.5:8080/
    HTTP/1.1 200 OK

On the host h itself:

    $ curl -I http://127.0.0.1:8080/
    curl: (7) Failed to connect to 127.0.0.1 port 8080: Connection refused
${HOST_H}`),
    ).toEqual([
      '8: 10.244.0.2 -> 203.0.113.80:443/tcp timeout',
      '13: outside 192.168.50.10 -> 192.168.50.5:8080/tcp connects',
      '18: host/h -> 127.0.0.1:8080/tcp refused',
    ])
  })

  it('takes the sender from the command, and the result from a comment, a line below or a heading', () => {
    expect(
      told(`# Ports

## What WORKS ✅
1. **Node → ClusterIP**
   \`\`\`bash
   ssh node1 'curl http://10.43.143.185/'
   # Result: SUCCESS (200 OK)
   \`\`\`
2. DNS server
   \`\`\`
   kubectl run t -n web --image=busybox --rm -it -- nc -zv 10.43.0.10 53
   \`\`\`

## What FAILS ❌
\`\`\`bash
kubectl -n web exec a-0 -- curl http://source.flux-system.svc.cluster.local/
# Error: dial tcp 10.43.143.185:80: connect: connection refused
docker exec api wget -qO- http://db:5000/   # times out
\`\`\`
\`\`\`
$ ip netns exec blue ping -c1 10.1.1.1
\`\`\`
Result: no route to host
`),
    ).toEqual([
      '7: host/node1 -> 10.43.143.185:80/tcp connects',
      '11: pod/web/t -> 10.43.0.10:53/tcp connects',
      '17: pod/web/a-0 -> 10.43.143.185:80/tcp refused',
      '18: container/api -> db:5000/tcp timeout',
      '21: netns/host/blue -> 10.1.1.1 unreachable',
    ])
  })

  it('leaves out what was only planned, expected or proposed', () => {
    expect(
      told(`## Expected behavior
\`\`\`
$ curl -IL http://172.17.0.2:8080
HTTP/1.1 200 OK
\`\`\`
## Actual behavior
\`\`\`
$ curl -IL http://172.17.0.2:8080
curl: (7) Failed to connect to 172.17.0.2 port 8080: Operation timed out
\`\`\`
## Recommended action
### Option 1
\`\`\`
docker restart web
curl -I http://127.0.0.1:5678  # Should work!
\`\`\`
## Debugging
\`\`\`
curl -v http://10.0.0.1/
\`\`\`
`),
    ).toEqual(['9: ? -> 172.17.0.2:8080/tcp timeout'])
  })

  it('reads shells that were opened elsewhere, pages that came, exit codes and hangs', () => {
    expect(
      told(`\`\`\`
[root@node2 ~]# docker exec -it web sh
/ # wget -qO- 10.0.0.7:8080
Connecting to 10.0.0.7:8080 (10.0.0.7:8080)
^C
/ # exit
[root@node2 ~]# curl 10.0.0.7:8080
<!DOCTYPE html><html><title>Welcome to nginx!</title></html>
[root@node2 ~]# curl -s -o /dev/null -w '%{http_code}\\n' http://10.0.0.7:8081
000
[root@node2 ~]# curl -s 10.0.0.7:8082
[root@node2 ~]# echo $?
28
[root@node2 ~]# curl 10.0.0.7:8083
^C
[root@node2 ~]# nslookup kubernetes.default 10.96.0.10
;; connection timed out; no servers could be reached
\`\`\`
`),
    ).toEqual([
      '4: container/web -> 10.0.0.7:8080/tcp timeout',
      '8: host/node2 -> 10.0.0.7:8080/tcp connects',
      '10: host/node2 -> 10.0.0.7:8081/tcp fails',
      '11: host/node2 -> 10.0.0.7:8082/tcp timeout',
      '15: host/node2 -> 10.0.0.7:8083/tcp timeout',
      '17: host/node2 -> 10.96.0.10:53/udp timeout',
    ])
  })

  it('reads logs that name both ends, and resolves names through objects', () => {
    expect(
      told(`\`\`\`
$ kubectl get svc -n shop
NAME   TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)   AGE
cart   ClusterIP   10.43.5.6     <none>        80/TCP    2d
$ kubectl logs front-1
Error: Get "http://cart/": dial tcp 10.43.5.6:80: i/o timeout
E1 reflector.go: dial tcp: lookup cart on 10.43.0.10:53: read udp 10.42.0.9:5353->10.43.0.10:53: i/o timeout
$ kubectl exec -n shop front-1 -- curl -m 3 http://cart/
curl: (28) Connection timed out after 3001 milliseconds
\`\`\`
`),
    ).toEqual([
      '6: pod/default/front-1 -> 10.43.5.6:80/tcp timeout',
      '7: 10.42.0.9 -> 10.43.0.10:53/udp timeout',
      '9: pod/shop/front-1 -> svc/shop/cart:80/tcp timeout',
    ])
  })

  it('reads what people paste without fences, with comments as lead-ins, and results in the words around', () => {
    expect(
      told(`dns pod can be asked on its own node
sles2:~ # nslookup www.example.com 10.42.9.7
Server: 10.42.9.7
Address: 10.42.9.7#53

Name: www.example.com
Address: 198.51.100.100

and not from another one
sles1:~> nslookup www.example.com 10.42.9.7
;; connection timed out; no servers could be reached

Works from the node itself:
\`\`\`
root@w02:~# telnet 10.55.0.4 30072
Trying 10.55.0.4...
Connected to 10.55.0.4.
Escape character is '^]'.
### From another machine on an allowed network
~# telnet 10.55.0.4 30072
Trying 10.55.0.4...
^C
\`\`\`

Ping the flannel.1 address of node1:      **Connection Failed**

\`\`\`shell
ping 10.244.1.0
\`\`\`

\`\`\`sh
ping 10.244.2.11
\`\`\`
12 packets transmitted, 0 packets received, 100% packet loss

\`\`\`
$ sudo docker run -it --rm alpine
/ # wget my-server.my-domain:8080
Connecting to my-server.my-domain:8080 (10.0.1.4:8080)
\`\`\`
The request hangs.
`),
    ).toEqual([
      '4: host/sles2 -> 10.42.9.7:53/udp connects',
      '11: host/sles1 -> 10.42.9.7:53/udp timeout',
      '18: host/w02 -> 10.55.0.4:30072/tcp connects',
      '21: outside -> 10.55.0.4:30072/tcp timeout',
      '28: ? -> 10.244.1.0 fails',
      '32: ? -> 10.244.2.11 timeout',
      '39: container/alpine -> 10.0.1.4:8080/tcp timeout',
    ])
  })

  it('reads exit codes, status codes, pages of another server, /dev/tcp and IPv6', () => {
    expect(
      told(`From the pod p1 (fd00::2):

\`\`\`
$ kubectl exec p1 -- curl -sS -g -m 3 -I 'http://[fd00:1::80]:443/'
curl: (28) Failed to connect to fd00:1::80 port 443 after 3000 ms: Timeout was reached
\`\`\`

On the host h itself:

\`\`\`
$ docker exec d1 sh -c 'nc -z -w 2 172.20.0.3 5432; echo $?'
1
$ curl -s -o /dev/null -w '%{http_code} %{time_total}' http://127.0.0.1:8080/
000 3.001
$ timeout 3 bash -c '</dev/tcp/10.0.0.9/80' && echo ok || echo failed
failed
$ kubectl exec p1 -- curl -k -sS https://10.43.0.1/
404 page not found
\`\`\`
`),
    ).toEqual([
      '5: fd00::2 -> [fd00:1::80]:443/tcp timeout',
      '12: container/d1 -> 172.20.0.3:5432/tcp fails',
      '14: host/h -> 127.0.0.1:8080/tcp fails',
      '16: host/h -> 10.0.0.9:80/tcp fails',
      '18: pod/default/p1 -> 10.43.0.1:443/tcp wrong-server',
    ])
  })

  it('stays quick on hostile notes', () => {
    const lines = [
      `connect to ${' '.repeat(500)}x`,
      '1.1.1.1:'.repeat(70),
      '-> '.repeat(190),
      'pod a-'.repeat(80),
      `${'`a'.repeat(200)}`,
      'from to '.repeat(70),
    ]
    const text = `# T\n\nIt fails.\n\n${Array.from({ length: 6000 }, (_, i) => lines[i % lines.length]).join('\n')}`
    expect(told(text)).toEqual([])
  })
})
