import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createEngine } from '../../datapath/engine.ts'
import { bundle } from '../../datapath/testing/machines.ts'
import { readDocuments } from '../../intake/documents.ts'
import { diagnose } from '../diagnose.ts'
import type { Diagnosis } from '../diagnosis.ts'
import type { Attempted, Result } from '../observations/observation.ts'
import { knowledgeOf } from '../testing/story.ts'
import { probeObservation } from './observed.ts'
import { wantedProbes } from './wanted.ts'

const knowledge = knowledgeOf((name) => parse(readFileSync(new URL(`../../../../../knowledge/${name}`, import.meta.url), 'utf8')))

/** A pod behind a host whose rule asks for a set that was not captured: whether it drops is open. */
const documents = readDocuments(
  bundle({
    h: {
      devices:
        'cni0 bridge 10.42.0.1/24\nv1@h/pod:eth0 master=cni0\ncni1 bridge 10.43.0.1/24\nv2@h/web:eth0 master=cni1\neth0 192.0.2.5/24',
      routes: 'default via 192.0.2.1 dev eth0',
      neighbours: '192.0.2.1 dev eth0 lladdr 02:00:00:00:99:01 REACHABLE',
      sysctl: 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0',
      iptables: '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p tcp -m tcp --dport 443 -m set --match-set blocked src -j DROP\nCOMMIT',
    },
    'h/pod': { devices: 'eth0@h:v1 10.42.0.2/24', routes: 'default via 10.42.0.1 dev eth0' },
    'h/web': {
      devices: 'eth0@h:v2 10.43.0.3/24',
      routes: 'default via 10.43.0.1 dev eth0',
      ss: 'tcp LISTEN 0 128 0.0.0.0:443 0.0.0.0:* users:(("web",pid=1,fd=3))',
    },
  }),
)
const request = { from: 'netns/h/pod', to: '10.43.0.3:443' }
const told = (symptom: Result | undefined, ...observed: readonly Attempted[]): Diagnosis =>
  diagnose(documents, knowledge, { question: { request, symptom }, observed })
const tried = (result: Result): Attempted => probeObservation(request, result, '', 1)
const status = ({ causes }: Diagnosis): string | undefined => causes.find(({ id }) => id === 'filter.forward-rule')?.status

test('an attempt shows which of the ways that the evidence leaves open is real: the cause is proved, or no longer accused', () => {
  expect(status(told(undefined))).toBe('supported')
  const proved = told(undefined, tried('timeout'))
  expect(status(proved)).toBe('proved')
  expect(proved.causes[0]?.because.at(-1)).toMatchObject({ observation: 'o1', text: expect.stringContaining('Tried just now') })
  // Beyond what was captured somebody else may be silent.
  const beyond = { from: 'netns/h/pod', to: '203.0.113.9:443' }
  const observed = [probeObservation(beyond, 'timeout', '', 1)]
  expect(status(diagnose(documents, knowledge, { question: { request: beyond, symptom: undefined }, observed }))).toBe('supported')
  // The question is answered: there is nothing that fails.
  expect(told(undefined, tried('connects')).symptoms).toEqual([])
})

test('what was told to fail and works now is not proved; what fails in another way is explained as it fails now', () => {
  expect(status(told('timeout', tried('connects')))).not.toBe('proved')
  const refused = told('timeout', tried('refused'))
  expect(refused.symptoms.map(({ result, observation }) => [result, observation])).toEqual([['refused', 'o2']])
})

test('an attempt without a source of the evidence is told as one', () => {
  expect(tried('timeout')).toMatchObject({ kind: 'fails', source: { file: 'probe netns/h/pod', line: 1 }, probe: true })
})

test('what is asked is wanted first; where it is open, the same from elsewhere; where it is settled, nothing more', () => {
  const wanted = (diagnosis: Diagnosis) =>
    wantedProbes(diagnosis, createEngine(documents), documents).map((one) => `${one.request.from} ${one.request.to}`)
  expect(wanted(told(undefined))).toEqual(['netns/h/pod 10.43.0.3:443', 'host/h 10.43.0.3:443', 'netns/h/web 10.43.0.3:443/tcp'])
  expect(wanted({ ...told(undefined, tried('timeout')), next: [] })).toEqual(['netns/h/pod 10.43.0.3:443'])
})
