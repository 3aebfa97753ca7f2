import { expect, test } from 'vitest'
import { readSysctl } from './sysctl.ts'

test('every notation of the same setting', () => {
  for (const line of [
    'net.ipv4.conf.eth0/5.rp_filter = 2',
    'net.ipv4.conf.eth0/5.rp_filter=2',
    'net/ipv4/conf/eth0.5/rp_filter = 2',
    '  net.ipv4.conf.eth0/5.rp_filter = 2\r',
    '/proc/sys/net/ipv4/conf/eth0.5/rp_filter:2',
    '-net.ipv4.conf.eth0/5.rp_filter = 2',
  ])
    expect([...readSysctl(line, 'f').values]).toEqual([['net.ipv4.conf.eth0/5.rp_filter', { value: '2', line: 1 }]])
})

test('values with blanks, without anything, and the last of several', () => {
  const read = readSysctl(
    'net.ipv4.ip_local_port_range = 32768\t60999\nkernel.core_pattern = |/bin/x %p = y\nnet.ipv4.tcp_fastopen_key = \nnet.ipv4.ip_forward = 0\nnet.ipv4.ip_forward = 1\n',
    'f',
  )
  expect(read.facts.map((fact) => fact.value)).toEqual(['32768\t60999', '|/bin/x %p = y', '', '0', '1'])
  expect(read.values.get('net.ipv4.ip_forward')).toEqual({ value: '1', line: 5 })
  expect(read.notes).toEqual([])
})

test('comments are passed over; errors and other lines are noted', () => {
  const read = readSysctl(
    "# sysctl.conf\n; more\n\n$ sysctl -a\nsysctl: permission denied on key 'fs.protected_fifos'\nwhat is this\nvm.swappiness = 60\n",
    'f',
  )
  expect(read.facts).toEqual([{ key: 'vm.swappiness', value: '60', source: { file: 'f', line: 7 } }])
  expect(read.notes.map((note) => note.source.line)).toEqual([5, 6])
})
