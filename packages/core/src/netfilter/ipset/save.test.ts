import { expect, test } from 'vitest'
import { readIpsetList } from './list.ts'
import { printIpsets, readIpsetSave } from './save.ts'

const SAVE = `create h_net hash:net family inet hashsize 1024 maxelem 65536 timeout 100 counters comment skbinfo bucketsize 12 initval 0x35b807cb
add h_net 10.0.0.0/8 timeout 99 nomatch packets 3 bytes 4 comment "a b" skbmark 0x1 skbprio 1:2 skbqueue 5
create ni hash:net,iface family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x6251f83e
add ni 10.0.0.0/7,eth nomatch wildcard
add ni 10.0.1.0/24,physdev:eth1
create bm bitmap:ip,mac range 10.0.0.0-10.0.0.255
add bm 10.0.0.3
add bm 10.0.0.5,02:00:00:00:00:05
create hp hash:ip,port family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval 0xa85af8cd
add hp fe80::1,ipv6-icmp:port-unreachable
create lst list:set size 8
add lst hp
add lst h_net
`

test('a save prints back byte for byte', () => {
  const { facts, notes } = readIpsetSave(SAVE, 'ipset-save.txt')
  expect(printIpsets(facts)).toBe(SAVE)
  expect(notes).toEqual([])
  expect(facts.map((set) => [set.name, set.type, set.family, set.entries.length, set.source.line])).toEqual([
    ['h_net', 'hash:net', 'inet', 1, 1],
    ['ni', 'hash:net,iface', 'inet', 2, 3],
    ['bm', 'bitmap:ip,mac', 'inet', 2, 6],
    ['hp', 'hash:ip,port', 'inet6', 1, 9],
    ['lst', 'list:set', undefined, 2, 11],
  ])
})

test('an element is read with its extensions', () => {
  expect(readIpsetSave(SAVE, 'f').facts[0]?.entries[0]).toMatchObject({
    element: '10.0.0.0/8',
    nomatch: true,
    timeout: 99,
    packets: 3,
    bytes: 4,
    comment: 'a b',
    skbmark: '0x1',
    skbprio: '1:2',
    skbqueue: '5',
    line: 2,
  })
})

test('a script of ipset commands reads as what it leaves behind', () => {
  const script = `#!/bin/sh
ipset -N old iphash
ipset -exist add old 10.0.0.1
ipset -A old 10.0.0.2
ipset del old 10.0.0.1
create gone hash:ip
destroy gone
create l list:set
add l old
add l other before old
COMMIT`
  const { facts, notes } = readIpsetSave(script, 'f')
  expect(facts.map((set) => [set.name, set.type, set.entries.map((entry) => entry.element)])).toEqual([
    ['old', 'hash:ip', ['10.0.0.2']],
    ['l', 'list:set', ['other', 'old']],
  ])
  expect(notes).toEqual([])
})

test('a line that is not understood is noted and costs nothing else', () => {
  const { facts, notes } = readIpsetSave('create a hash:ip\nwhat is this\nadd b 10.0.0.1\nadd a 10.0.0.1 shiny\nadd a 10.0.0.2\n', 'f')
  expect(notes.map((note) => [note.source.line, note.raw])).toEqual([
    [2, 'what is this'],
    [3, 'add b 10.0.0.1'],
    [4, 'add a 10.0.0.1 shiny'],
  ])
  expect(printIpsets(facts)).toBe('create a hash:ip\nadd a 10.0.0.1 shiny\nadd a 10.0.0.2\n')
})

const LIST = `Name: h_to
Type: hash:ip
Revision: 6
Header: family inet hashsize 1024 maxelem 65536 timeout 300 comment
Size in memory: 386
References: 0
Number of entries: 1
Members:
10.9.9.9 timeout 119 comment "seen once"

Name: lst
Type: list:set
Revision: 3
Header: size 8
Size in memory: 176
References: 0
Number of entries: 0
Members:
`

test('a list reads as its save', () => {
  const { facts, notes } = readIpsetList(LIST, 'f')
  expect(printIpsets(facts)).toBe(
    'create h_to hash:ip family inet hashsize 1024 maxelem 65536 timeout 300 comment\nadd h_to 10.9.9.9 timeout 119 comment "seen once"\ncreate lst list:set size 8\n',
  )
  expect(facts.every((set) => set.complete)).toBe(true)
  expect(notes).toEqual([])
})

test('a terse list is incomplete unless the set is empty', () => {
  const terse = LIST.replace(/Members:\n(.*timeout.*\n)?/g, '')
  expect(readIpsetList(terse, 'f').facts.map((set) => set.complete)).toEqual([false, true])
})

test('a list that was cut is incomplete', () => {
  const cut = 'Name: a\nType: hash:ip\nHeader: family inet\nNumber of entries: 2\nMembers:\n10.0.0.1\n'
  const { facts, notes } = readIpsetList(cut, 'f')
  expect(facts[0]?.complete).toBe(false)
  expect(notes[0]?.kind).toBe('broken')
})

test('the XML form reads as its save', () => {
  const xml = `<ipsets>
<ipset name="n">
<type>hash:net</type>
<revision>7</revision>
<header><family>inet</family><hashsize>1024</hashsize><counters/>
<memsize>620</memsize>
<numentries>1</numentries>
</header>
<members>
<member><elem>10.0.0.0/8</elem><nomatch/><packets>3</packets><bytes>4</bytes><comment>"a &amp; b"</comment></member>
</members>
</ipset>
</ipsets>
`
  const { facts, notes } = readIpsetList(xml, 'f')
  expect(printIpsets(facts)).toBe(
    'create n hash:net family inet hashsize 1024 counters\nadd n 10.0.0.0/8 nomatch packets 3 bytes 4 comment "a & b"\n',
  )
  expect(facts[0]?.complete).toBe(true)
  expect(notes).toEqual([])
})
