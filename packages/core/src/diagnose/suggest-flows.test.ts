import { expect, test } from 'vitest'
import { bundle, type Machine } from '../datapath/testing/machines.ts'
import { readDocuments } from '../intake/documents.ts'
import { readOwners } from '../netfilter/owners/book.ts'
import { compareEvidence } from './comparison.ts'

const { book } = readOwners({
  builtin: { id: 'kernel', name: 'the kernel', rewritten: false, change: '', persists: '' },
  administrator: { id: 'administrator', name: 'the administrator', rewritten: false, change: '', persists: '' },
  owners: [],
})
const HOST: Machine = {
  devices: 'eth0 192.0.2.1/24\nbr0 bridge 10.1.0.1/24\nv1@h/p1:eth0 master=br0\ntun0 tun 10.9.0.1/24',
  routes: 'default via 192.0.2.254 dev eth0',
  iptables:
    '*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.1.0.2:80\n-A POSTROUTING -s 10.1.0.0/24 -j MASQUERADE\nCOMMIT\n*filter\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT',
  sysctl: 'net.ipv4.ip_forward = 1',
}
const story = (host: Partial<Machine> = {}) =>
  readDocuments(bundle({ h: { ...HOST, ...host }, 'h/p1': { devices: 'eth0@h:v1 10.1.0.2/24', routes: 'default via 10.1.0.1 dev eth0' } }))
const changed = (host: Partial<Machine>): readonly string[] =>
  (compareEvidence(story(), story(host), book).flows?.changed ?? []).map(
    ({ kind, sender, target }) => `${kind} ${sender.place} → ${target.place}`,
  )
const rule = (text: string): Partial<Machine> => ({ iptables: HOST.iptables?.replace(/COMMIT$/, `${text}\nCOMMIT`) ?? '' })

test.each([
  ['a network that a route leads to', { routes: `${HOST.routes}\n203.0.113.0/24 dev tun0` }, 'elsewhere netns/h/p1 → 203.0.113.7:80/tcp'],
  [
    'a network and port that a rule speaks of',
    rule('-A FORWARD -d 198.18.0.0/15 -p udp -m udp --dport 53 -j DROP'),
    'stops netns/h/p1 → 198.18.0.7:53/udp',
  ],
  ['a port that the host sends on', rule('-A FORWARD -i eth0 -m conntrack --ctstate DNAT -j DROP'), 'stops outside → 192.0.2.1:8080/tcp'],
  ['a port of the host’s own', rule('-A OUTPUT -p tcp -m tcp --dport 9 -j REJECT'), 'stops host/h → 192.0.2.1:9/tcp'],
])('a change shows in flows that nobody named: %s', (_, after, flow) => expect(changed(after).join('\n')).toContain(flow))
