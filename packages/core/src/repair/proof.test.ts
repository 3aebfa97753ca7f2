import { expect, test } from 'vitest'
import { createEngine } from '../datapath/engine.ts'
import { bundle, type Machine } from '../datapath/testing/machines.ts'
import { save } from '../datapath/testing/rulesets.ts'
import { readDocuments } from '../intake/documents.ts'
import { sampleNote } from '../report/repair/plan.ts'
import { createProver, proveChange } from './proof.ts'

const pod = (name: string, last: number): Machine => ({
  devices: `eth0@h:v${name} 10.1.0.${last}/24`,
  routes: 'default via 10.1.0.1 dev eth0',
  ss: 'tcp LISTEN 0 5 *:80 *:*',
})
const evidence = (rules: string) =>
  readDocuments(
    bundle({
      h: {
        devices: 'eth0 192.0.2.10/24\nbr0 bridge 10.1.0.1/24\nva@h/a:eth0 master=br0\nvb@h/b:eth0 master=br0',
        routes: 'default via 192.0.2.1 dev eth0',
        sysctl: 'net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1',
        ss: 'tcp LISTEN 0 5 *:80 *:*',
        iptables: save(`*filter\n${rules}`),
      },
      'h/a': pod('a', 2),
      'h/b': pod('b', 3),
    }),
  )
const OPEN = evidence('')
const SHUT = evidence('-A FORWARD -s 10.1.0.2/32 -d 10.1.0.3/32 -j DROP')

test('what a change repairs, its opposite breaks', () => {
  const repaired = proveChange(SHUT, OPEN, 'h', [])
  const broken = proveChange(OPEN, SHUT, 'h', [])
  expect(repaired).toMatchObject({ broken: 0, unsure: 0, sampledFrom: null })
  expect(broken).toMatchObject({ repaired: 0, unsure: 0, broken: repaired.repaired })
  expect(repaired.flows).toContainEqual(expect.objectContaining({ from: 'netns/h/a', before: 'timeout', after: 'works' }))
  expect(proveChange(OPEN, OPEN, 'h', [])).toMatchObject({ repaired: 0, broken: 0, flows: [] })
})

test('counts of a part of the pairs say that they are', () => {
  const whole = proveChange(SHUT, OPEN, 'h', [])
  const part = createProver(SHUT, createEngine(SHUT), 4).prove({ after: OPEN, engine: createEngine(OPEN), host: 'h', unmodelled: [] })
  const count = ({ repaired, broken, unchanged, unsure }: typeof part) => repaired + broken + unchanged + unsure
  expect(count(part)).toBeLessThan(count(whole))
  expect(part.sampledFrom).toBeGreaterThanOrEqual(count(whole))
  expect(sampleNote(part)).toBe(` (of ${count(part)} pairs, evenly out of ${part.sampledFrom})`)
  expect(sampleNote(whole)).toBe('')
})
