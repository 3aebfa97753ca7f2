import { expect, test } from 'vitest'
import { formatAddress } from '../../net/address.ts'
import { readHosts } from './hosts.ts'
import { readResolvConf } from './resolv-conf.ts'

test('resolv.conf: the last search line counts, ndots is a number', () => {
  const { facts, notes } = readResolvConf(
    '# kubelet\nsearch default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\nnameserver fe80::1%eth0\noptions ndots:5 timeout:1\n',
    'resolv.conf',
  )
  expect(facts[0]).toMatchObject({
    search: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    ndots: 5,
    options: ['ndots:5', 'timeout:1'],
  })
  expect(facts[0]?.nameservers.map(({ address, source }) => `${formatAddress(address)} ${source.line}`)).toEqual([
    '10.96.0.10 3',
    'fe80::1 4',
  ])
  expect(notes).toEqual([])
})

test('resolv.conf: what is no address is noted and passed over', () => {
  const { facts, notes } = readResolvConf('nameserver dns.example\n', 'resolv.conf')
  expect(facts[0]?.nameservers).toEqual([])
  expect(notes[0]?.text).toBe('a nameserver that is no address')
})

test('/etc/hosts: names in lower case, comments left out', () => {
  const { facts, notes } = readHosts('127.0.0.1 localhost\n192.0.2.11\tNode1.example Node1 # ours\n# 192.0.2.12 node2\noops\n', 'hosts')
  expect(facts.map(({ address, names, source }) => [formatAddress(address), names, source.line])).toEqual([
    ['127.0.0.1', ['localhost'], 1],
    ['192.0.2.11', ['node1.example', 'node1'], 2],
  ])
  expect(notes.map(({ source }) => source.line)).toEqual([4])
})
