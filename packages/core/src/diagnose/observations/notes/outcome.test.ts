import { describe, expect, it } from 'vitest'
import { outcomesOf } from './outcome.ts'

const short = (text: string) =>
  outcomesOf(text.split('\n')).map(({ result, host, port }) => [result, host, port].filter((one) => one !== undefined).join(' '))

describe('what programs print of a connection', () => {
  it.each([
    // curl
    ['curl: (7) Failed to connect to 192.168.50.5 port 8080: Connection refused', 'refused 192.168.50.5 8080'],
    ['curl: (7) Failed connect to 10.244.1.7:80; Connection timed out', 'timeout 10.244.1.7 80'],
    ['_curl: (7) Failed to connect to 172.17.0.2 port 8080: Operation timed out_', 'timeout 172.17.0.2 8080'],
    ["curl: (7) Failed to connect to 10.0.0.9 port 80 after 0 ms: Couldn't connect to server", 'refused 10.0.0.9 80'],
    ["curl: (7) Failed to connect to 10.0.0.9 port 80 after 3060 ms: Couldn't connect to server", 'unreachable 10.0.0.9 80'],
    ["curl: (28) Failed to connect to 10.0.0.9 port 80 after 130120 ms: Couldn't connect to server", 'timeout 10.0.0.9 80'],
    ['curl: (28) Connection timed out after 3001 milliseconds', 'timeout'],
    ['curl: (28) Operation timed out after 10000 milliseconds with 0 out of 0 bytes received', 'stalls'],
    ['curl: (52) Empty reply from server', 'application-error'],
    ['curl: (56) Recv failure: Connection reset by peer', 'reset'],
    ['curl: (6) Could not resolve host: web', 'no-name'],
    ["curl: (60) SSL: no alternative certificate subject name matches target host name '10.43.0.1'", 'wrong-server'],
    ['curl: (22) The requested URL returned error: 503', 'application-error'],
    ['HTTP/1.1 403 Forbidden', 'connects'],
    ['HTTP/2 504', 'application-error'],
    [
      '*   Trying 100.96.144.66...\n* connect to 100.96.144.66 port 80 failed: Connection timed out\n* Closing connection 0',
      'timeout 100.96.144.66 80',
    ],
    ['* Connected to web (10.1.2.3) port 80 (#0)\n> GET / HTTP/1.1\n< HTTP/1.1 200 OK', 'connects 10.1.2.3 80'],
    ['* Connected to web (10.1.2.3) port 443 (#0)\n* TLSv1.3 (OUT), TLS handshake, Client hello (1):\n^C', 'stalls 10.1.2.3 443'],
    // wget
    ['Connecting to 10.43.0.1:443... failed: No route to host.', 'unreachable'],
    ['Connecting to web (10.43.0.7:80)\nwget: download timed out', 'timeout 10.43.0.7 80'],
    ["Connecting to web (10.43.0.7:80)\nwget: can't connect to remote host (10.43.0.7): Connection refused", 'refused 10.43.0.7'],
    ["wget: bad address 'web.default'", 'no-name'],
    ['Connecting to my-server.my-domain:8080 (10.0.1.4:8080)', 'timeout 10.0.1.4 8080'],
    // netcat, telnet
    ['nc: connect to 10.0.0.1 port 8472 (udp) failed: Connection refused', 'refused 10.0.0.1 8472'],
    ['nc: connect to db (10.0.0.1) port 5432 (tcp) timed out: Operation now in progress', 'timeout db 5432'],
    ['Connection to 10.0.0.1 80 port [tcp/http] succeeded!', 'connects 10.0.0.1 80'],
    ['Ncat: Connection timed out.', 'timeout'],
    ['(UNKNOWN) [10.0.0.1] 80 (http) : No route to host', 'unreachable 10.0.0.1 80'],
    ['10.0.0.1 (10.0.0.1:80) open', 'connects 10.0.0.1 80'],
    ['nc: 10.0.0.1 (10.0.0.1:81): Connection refused', 'refused 10.0.0.1 81'],
    ['Trying 192.168.1.23...', 'timeout 192.168.1.23'],
    ["Trying 192.168.1.23...\nConnected to 192.168.1.23.\nEscape character is '^]'.", 'connects 192.168.1.23'],
    ['Trying 10.0.0.1...\ntelnet: connect to address 10.0.0.1: No route to host', 'unreachable 10.0.0.1'],
    // ping
    [
      'PING 10.1.1.1 (10.1.1.1): 56 data bytes\n^C--- 10.1.1.1 ping statistics ---\n12 packets transmitted, 0 packets received, 100% packet loss',
      'timeout 10.1.1.1',
    ],
    [
      'From 10.0.0.5 icmp_seq=1 Destination Host Unreachable\n4 packets transmitted, 0 received, +4 errors, 100% packet loss, time 3000ms',
      'unreachable',
    ],
    ['64 bytes from 10.1.1.1: icmp_seq=1 ttl=63 time=0.4 ms\n2 packets transmitted, 2 received, 0% packet loss', 'connects'],
    ['ping: sendmsg: Operation not permitted\n3 packets transmitted, 0 received, 100% packet loss', 'not-permitted'],
    ['ping: web: Temporary failure in name resolution', 'no-name'],
    // names
    [';; connection timed out; no servers could be reached', 'timeout'],
    [';; communications error to 10.96.0.10#53: timed out', 'timeout 10.96.0.10 53'],
    ["** server can't find web.default: NXDOMAIN", 'no-name'],
    ["nslookup: can't resolve '(null)': Name does not resolve\nName:      web\nAddress 1: 10.43.0.7", 'connects'],
    // others
    ['ssh: connect to host 10.0.0.1 port 22: No route to host', 'unreachable 10.0.0.1 22'],
    ['psql: error: connection to server at "db" (10.0.0.1), port 5432 failed: Connection refused', 'refused db 5432'],
    ["ERROR 2003 (HY000): Can't connect to MySQL server on 'db:3306' (111)", 'refused db 3306'],
    ['Could not connect to Redis at 10.0.0.1:6379: Connection timed out', 'timeout 10.0.0.1 6379'],
    ['CONNECTED(00000003)\n^C', 'stalls'],
    ['Get "https://10.43.0.1:443/api": dial tcp 10.43.0.1:443: i/o timeout', 'timeout 10.43.0.1 443'],
    ['dial tcp: lookup web on 10.43.0.10:53: no such host', 'no-name web'],
    ['dial tcp: lookup web on 10.43.0.10:53: read udp 10.42.0.9:5353->10.43.0.10:53: i/o timeout', 'timeout 10.43.0.10 53'],
    ['The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?', 'refused 10.0.0.1 6443'],
    ['Error: connect ECONNREFUSED 127.0.0.1:27017', 'refused 127.0.0.1 27017'],
    ["HTTPConnectionPool(host='api', port=8060): Max retries exceeded (… [Errno 111] Connection refused'))", 'refused api 8060'],
    ['command terminated with exit code 28', 'timeout'],
  ])('%s', (text, expected) => {
    expect(short(text)).toEqual([expected])
  })

  it('tells several attempts apart, and what is no attempt', () => {
    expect(short('HTTP/1.1 200 OK\nHTTP/1.1 200 OK\ncurl: (28) Connection timed out after 3001 milliseconds')).toEqual([
      'connects',
      'connects',
      'timeout',
    ])
    expect(short('<html><body>Welcome to nginx!</body></html>\ntotal 12')).toEqual([])
  })
})
