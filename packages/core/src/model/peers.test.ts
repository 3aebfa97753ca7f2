import { expect, test } from 'vitest'
import { readDocuments } from '../intake/documents.ts'
import { assemble } from './assemble.ts'

/** `ip -d link` of namespaces: `5 v1@if2 [mac] [rest of the link's second line]`, a link a line. */
function pairs(namespaces: Readonly<Record<string, string>>, fdb = ''): Record<string, string> {
  const files = Object.entries(namespaces).map(([id, links]) => {
    const [host, netns] = id.split('/')
    const text = links
      .trim()
      .split('\n')
      .map((line) => {
        const [index, name, mac = `02:00:00:00:00:0${index}`, ...rest] = line.trim().split(' ')
        return `${index}: ${name}: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default\n    link/ether ${mac} brd ff:ff:ff:ff:ff:ff ${rest.join(' ')}\n    ${name?.includes('.') ? 'vlan protocol 802.1Q id 5' : 'veth'}\n`
      })
    return { path: `hosts/${host}/${netns ? `netns/${netns}/` : ''}ip-link.txt`, text: text.join('') }
  })
  const { peers } = assemble(readDocuments([...files, ...(fdb ? [{ path: 'hosts/h/bridge-fdb.txt', text: fdb }] : [])]))
  return Object.fromEntries([...peers].map(([key, port]) => [key.replace('\0', ' '), `${port.namespace.id} ${port.link.name}`]))
}

test('each end says the other’s index', () => {
  expect(
    pairs({
      h: '5 v1@if2 02:00:00:00:00:15 link-netnsid 0\n6 v2@if2 02:00:00:00:00:16 link-netnsid 1\n7 gone@if2 02:00:00:00:00:17 link-netnsid 2',
      'h/p1': '2 eth0@if5 02:00:00:00:01:02 link-netnsid 0',
      'h/p2': '2 eth0@if6 02:00:00:00:02:02 link-netnsid 0',
    }),
  ).toEqual({ 'h v1': 'h/p1 eth0', 'h/p1 eth0': 'h v1', 'h v2': 'h/p2 eth0', 'h/p2 eth0': 'h v2' })
})

test('hosts do not mix', () => {
  expect(pairs({ a: '5 v@if2', 'a/p': '2 eth0@if5', b: '5 v@if2', 'b/p': '2 eth0@if5' })).toMatchObject({
    'a v': 'a/p eth0',
    'b v': 'b/p eth0',
  })
})

test('in one namespace they name each other; a VLAN names its lower device, which does not name it back', () => {
  expect(pairs({ h: '5 a@b\n6 b@a\n7 eth0\n8 eth0.5@eth0' })).toEqual({ 'h a': 'h b', 'h b': 'h a' })
})

/** Two namespaces fit one link: one of them belongs to a namespace inside of another. */
const AMBIGUOUS = { 'h/p1': '2 eth0@if5 02:00:00:00:01:02 link-netnsid 0', 'h/p2': '2 eth0@if5 02:00:00:00:02:02 link-netnsid 0' }

test('where several fit and nothing decides, none is taken, whichever is read first', () => {
  expect(pairs({ h: '5 v1@if2 02:00:00:00:00:15 link-netnsid 0', ...AMBIGUOUS })).toEqual({})
  expect(pairs({ ...AMBIGUOUS, h: '5 v1@if2 02:00:00:00:00:15 link-netnsid 0' })).toEqual({})
})

test('link-netns tells', () => {
  const expected = { 'h v1': 'h/p2 eth0', 'h/p2 eth0': 'h v1' }
  expect(pairs({ ...AMBIGUOUS, h: '5 v1@if2 02:00:00:00:00:15 link-netns cni-p2' })).toEqual(expected)
})

test('the FDB tells', () => {
  expect(pairs({ ...AMBIGUOUS, h: '5 v1@if2 02:00:00:00:00:15 link-netnsid 0' }, '02:00:00:00:01:02 dev v1 master br0\n')).toEqual({
    'h v1': 'h/p1 eth0',
    'h/p1 eth0': 'h v1',
  })
})
