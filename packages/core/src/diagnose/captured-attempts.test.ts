import { describe, expect, test } from 'vitest'
import { createEngine } from '../datapath/engine.ts'
import { bundle } from '../datapath/testing/machines.ts'
import { readDocuments } from '../intake/documents.ts'
import { numbered } from './gather.ts'
import { observe } from './observations/observe.ts'
import { traceSymptoms } from './symptoms.ts'

const MACHINES = bundle({
  h: {
    devices: `eth0 192.0.2.1/24
      cni0 bridge 10.1.0.1/24
      veth1@h/p1:eth0 master=cni0`,
    routes: 'default via 192.0.2.254 dev eth0',
    iptables: `
      *filter
      :INPUT ACCEPT [0:0]
      :FORWARD DROP [0:0]
      :OUTPUT ACCEPT [0:0]
      COMMIT`,
    sysctl: 'net.ipv4.ip_forward = 1',
  },
  'h/p1': { devices: 'eth0@h:veth1 10.1.0.2/24', routes: 'default via 10.1.0.1 dev eth0' },
})

/** Symptoms and works of what `tcpdump -i any` on the host shows, as `FROM -> TO RESULT`. */
function told(capture: string, notes = '') {
  const files = [{ path: 'hosts/h/captures/any.txt', text: capture }, ...(notes ? [{ path: 'notes.md', text: notes }] : [])]
  const documents = readDocuments([...MACHINES, ...files])
  const { symptoms, works } = traceSymptoms(createEngine(documents), undefined, numbered(observe(documents)))
  return [...symptoms, ...works].map(({ request: { from, src, iif, to }, result }) =>
    [from, src, iif, '->', to, result].filter((word) => word !== undefined).join(' '),
  )
}

const at = (second: number): string => `10:00:0${second}.000001`
const syn = (src: string, dst: string, device = 'veth1 P  ') =>
  [1, 2, 4].map((second) => `${at(second)} ${device} IP ${src}.40000 > ${dst}: Flags [S], seq 77, win 64240, length 0\n`).join('')

describe('what fails in a capture is a symptom', () => {
  test('of the namespace that has the source address', () => {
    expect(told(syn('10.1.0.2', '203.0.113.9.443'))).toEqual(['netns/h/p1 -> 203.0.113.9:443/tcp timeout'])
  })

  test('of somebody outside, by the interface that it came in by', () => {
    expect(told(syn('198.51.100.7', '192.0.2.1.8080', 'eth0  In '))).toEqual(['outside 198.51.100.7 eth0 -> 192.0.2.1:8080/tcp timeout'])
  })

  test('refused by a reset, unreachable by an ICMP error', () => {
    const refused = `${at(1)} veth1 P   IP 10.1.0.2.40000 > 203.0.113.9.443: Flags [S], seq 77, win 64240, length 0
${at(2)} veth1 Out IP 203.0.113.9.443 > 10.1.0.2.40000: Flags [R.], seq 0, ack 78, win 0, length 0\n`
    expect(told(refused)).toEqual(['netns/h/p1 -> 203.0.113.9:443/tcp refused'])
    const prohibited = `${at(1)} eth0  In  IP 198.51.100.7.40000 > 192.0.2.1.8080: Flags [S], seq 77, win 64240, length 0
${at(2)} eth0  Out IP 192.0.2.1 > 198.51.100.7: ICMP host 192.0.2.1 unreachable - admin prohibited filter, length 68\n`
    expect(told(prohibited).join()).toContain('192.0.2.1')
  })

  test('an answered flow works', () => {
    const made = `${at(1)} eth0  In  IP 198.51.100.7.40000 > 192.0.2.1.8080: Flags [S], seq 77, win 64240, length 0
${at(2)} eth0  Out IP 192.0.2.1.8080 > 198.51.100.7.40000: Flags [S.], seq 9, ack 78, win 64240, length 0
${at(3)} eth0  In  IP 198.51.100.7.40000 > 192.0.2.1.8080: Flags [.], ack 10, win 64240, length 0\n`
    expect(told(made)).toEqual(['outside 198.51.100.7 eth0 -> 192.0.2.1:8080/tcp connects'])
  })

  test('a host that hears nothing of its own address from one asker', () => {
    const silent = [1, 2, 3].map((second) => `${at(second)} eth0  B   ARP, Request who-has 192.0.2.1 tell 172.30.9.9, length 28\n`).join('')
    expect(told(silent)).toEqual(['outside 172.30.9.9 eth0 -> 192.0.2.1/icmp timeout'])
    // of another's address, nobody here could answer
    expect(told(silent.replaceAll('192.0.2.1 ', '192.0.2.77 '))).toEqual([])
  })
})

describe('what is no symptom', () => {
  test('chatter of the network: time, names, multicast', () => {
    const chatter = [
      'IP 10.1.0.2.5353 > 224.0.0.251.5353: 0 PTR (QM)? _x._tcp.local. (40)',
      'IP 10.1.0.2.40001 > 203.0.113.5.123: NTPv4, Client, length 48',
      'IP 10.1.0.2.68 > 255.255.255.255.67: BOOTP/DHCP, Request from 02:00:00:00:00:01, length 300',
    ]
    expect(told(chatter.flatMap((line) => [1, 3].map((second) => `${at(second)} veth1 P   ${line}\n`)).join(''))).toEqual([])
  })

  test('the same attempt, told by notes too', () => {
    const notes =
      '`ip netns exec p1 curl -m 3 http://203.0.113.9:443/` on h:\n\n```\nroot@h:~# ip netns exec p1 curl -m 3 http://203.0.113.9:443/\ncurl: (28) Connection timed out after 3001 milliseconds\n```\n'
    expect(told(syn('10.1.0.2', '203.0.113.9.443'), notes).filter((line) => line.includes('timeout'))).toHaveLength(1)
  })

  test('more than twenty', () => {
    const many = Array.from({ length: 40 }, (_, i) => syn('10.1.0.2', `203.0.113.${i + 1}.443`)).join('')
    expect(told(many)).toHaveLength(20)
  })
})
