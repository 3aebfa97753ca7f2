import { expect, test } from 'vitest'
import { readConntrackStatistics } from '../conntrack/statistics.ts'
import { readCounters } from './counters.ts'

const values = (text: string) =>
  Object.fromEntries([...readCounters(text, 'f')].map(([name, { value, source }]) => [name, [value, source.line]]))

test('nstat, /proc/net/netstat and a lone number', () => {
  expect(values('#kernel\nTcpExtListenOverflows           12                 0.0\n')).toEqual({ TcpExtListenOverflows: [12, 2] })
  expect(values('TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 0 7\n')).toEqual({
    TcpExtSyncookiesSent: [0, 2],
    TcpExtListenOverflows: [7, 2],
  })
  expect(values('262144\n')).toEqual({ '': [262144, 1] })
})

test('conntrack -S counts by CPU', () => {
  const { facts, notes } = readConntrackStatistics(
    'cpu=0   \tfound=0 invalid=3 insert=0 insert_failed=41 drop=41 early_drop=0 error=0 search_restart=2\ncpu=1   \tfound=0 invalid=0 insert_failed=0\nnonsense\n',
    'f',
  )
  expect(facts.map(({ cpu, counters }) => [cpu, counters.insert_failed])).toEqual([
    [0, 41],
    [1, 0],
  ])
  expect(notes).toHaveLength(1)
})
