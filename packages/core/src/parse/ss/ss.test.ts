import { expect, test } from 'vitest'
import { formatAddress } from '../../net/address.ts'
import { readSs } from './ss.ts'

const shown = (text: string) =>
  readSs(text, 'f').facts.map(
    (s) =>
      `${s.protocol} ${s.family} ${s.state} ${s.address === undefined ? '*' : formatAddress(s.address)}:${s.port}${s.device ? ` on ${s.device}` : ''}${s.process ? ` ${s.process} ${s.pid}` : ''}`,
  )

test('ss -lunptaH', () => {
  const text = `udp   UNCONN 0      0      127.0.0.53%lo:53         0.0.0.0:*    users:(("systemd-resolve",pid=610,fd=13))
udp   UNCONN 0      0                *:8472             *:*          
udp   UNCONN 0      0      [fe80::1]%eth0:546        [::]:*          
tcp   LISTEN 0      4096         0.0.0.0:8080      0.0.0.0:*    users:(("docker-proxy-29",pid=19902,fd=9))
tcp   LISTEN 0      4096            [::]:8080         [::]:*    users:(("nginx",pid=1,fd=3),("nginx",pid=2,fd=3))
tcp   LISTEN 0      9                  *:80               *:*          
tcp   ESTAB  0      36       10.0.0.5:22      198.51.100.7:51234 users:(("sshd",pid=9,fd=4)) timer:(on,200ms,0)
tcp   ESTAB  0      0      [::ffff:10.0.0.5]:443 [::ffff:198.51.100.7]:5555
u_str LISTEN 0      4096   /run/docker.sock 42            * 0
nl    UNCONN 0      0                  rtnl:kernel          *
raw   UNCONN 0      0      0.0.0.0:1 0.0.0.0:*
raw   UNCONN 0      0                *%eth0:58              *:*
icmp6 UNCONN 0      0                *:ipv6-icmp            *:*
`
  expect(shown(text)).toEqual([
    'udp ip UNCONN 127.0.0.53:53 on lo systemd-resolve 610',
    'udp any UNCONN *:8472',
    'udp ip6 UNCONN fe80::1:546 on eth0',
    'tcp ip LISTEN *:8080 docker-proxy-29 19902',
    'tcp ip6 LISTEN *:8080 nginx 1',
    'tcp any LISTEN *:80',
    'tcp ip ESTAB 10.0.0.5:22 sshd 9',
    'tcp ip ESTAB 10.0.0.5:443',
    'raw ip UNCONN *:1',
    'raw any UNCONN *:58 on eth0',
    'icmp any UNCONN *:58',
  ])
  expect(readSs(text, 'f').notes).toEqual([])
  expect(readSs(text, 'f').facts[6]).toMatchObject({
    peerAddress: 0xc6336407,
    peerPort: 51234,
    receiveQueue: 0,
    sendQueue: 36,
    source: { line: 7 },
  })
})

test('without Netid the protocol follows from the states', () => {
  expect(
    shown(
      'State    Recv-Q   Send-Q     Local Address:Port     Peer Address:Port  Process\nLISTEN   0   128   0.0.0.0:22   0.0.0.0:*   users:(("sshd",pid=700,fd=3))\nESTAB 0 0 10.0.0.5:22 10.0.0.6:4000',
    ),
  ).toEqual(['tcp ip LISTEN *:22 sshd 700', 'tcp ip ESTAB 10.0.0.5:22'])
  expect(shown('UNCONN 0 0 0.0.0.0:68 0.0.0.0:*\nESTAB 0 0 10.0.0.5:5000 10.0.0.6:53')).toEqual([
    'udp ip UNCONN *:68',
    'udp ip ESTAB 10.0.0.5:5000',
  ])
})

test('wrapped rows, extra lines and names of ports', () => {
  expect(
    shown(
      'tcp LISTEN 0 128 0.0.0.0:22\n   0.0.0.0:* users:(("sshd",pid=700,\nfd=3))\n\t cubic rto:1000\ntcp LISTEN 0 5 127.0.0.1:ipp 0.0.0.0:*',
    ),
  ).toEqual(['tcp ip LISTEN *:22 sshd 700', 'tcp ip LISTEN 127.0.0.1:631'])
})

test('before iproute2 4.13: `*` is IPv4 where `:::` is IPv6', () => {
  expect(
    shown(
      'LISTEN     0      128          *:22                       *:*                   users:(("sshd",1234,3))\nLISTEN     0      128         :::80                      :::*\n',
    ),
  ).toEqual(['tcp ip LISTEN *:22 sshd 1234', 'tcp any LISTEN *:80'])
})

test('netstat -tulnp', () => {
  const text = `Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    
tcp        0      0 127.0.0.1:10248         0.0.0.0:*               LISTEN      812/kubelet         
tcp6       0      0 :::10250                :::*                    LISTEN      812/kubelet         
udp        0      0 0.0.0.0:8472            0.0.0.0:*                           -                   
tcp        0      0 10.0.0.5:22             10.0.0.6:40000          ESTABLISHED 99/sshd: root@pts/0
Active UNIX domain sockets (only servers)
unix  2      [ ACC ]     STREAM     LISTENING     1234     1/init     /run/x
`
  expect(shown(text)).toEqual([
    'tcp ip LISTEN 127.0.0.1:10248 kubelet 812',
    'tcp any LISTEN *:10250 kubelet 812',
    'udp ip UNCONN *:8472',
    'tcp ip ESTAB 10.0.0.5:22 sshd 99',
  ])
  expect(readSs(text, 'f').notes).toEqual([])
})

test('a row that cannot be read is noted', () => {
  expect(readSs('tcp LISTEN 0 128 0.0.0.0:unheardof 0.0.0.0:*\nnonsense', 'f').notes.map((n) => n.source.line)).toEqual([1])
  expect(readSs('nonsense\ntcp LISTEN 0 128 1.1.1.1:1 0.0.0.0:*', 'f').notes.map((n) => n.source.line)).toEqual([1])
})
