import { expect, test } from 'vitest'
import { namespaceExecutor } from '../exec/namespace.ts'
import { replayExecutor } from '../exec/replay.ts'
import { bundleAnswers } from './replay.ts'

test('a bundle answers the commands that it was made with, of a host and of its namespaces', async () => {
  const files = new Map([
    ['hosts/h/ip-rule.json', Buffer.from('[1]')],
    ['hosts/h/netns/p/ip-rule.json', Buffer.from('[2]')],
  ])
  const host = replayExecutor(bundleAnswers(files, 'h'))
  const argv = ['ip', '-j', '-d', 'rule']
  expect((await host.run({ argv })).stdout).toBe('[1]')
  expect((await namespaceExecutor(host, { kind: 'name', name: 'p' }).run({ argv })).stdout).toBe('[2]')
  expect(await host.run({ argv: ['iptables', '-F'] })).toMatchObject({ end: 'unreachable' })
})
