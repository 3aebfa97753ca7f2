import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { bundle } from '../datapath/testing/machines.ts'
import { readDocuments } from '../intake/documents.ts'
import { diagnose } from './diagnose.ts'
import type { Result } from './observations/observation.ts'
import { DOCKER } from './testing/docker-host.ts'
import { changed, knowledgeOf, type Machines } from './testing/story.ts'

const knowledge = knowledgeOf((name) => parse(readFileSync(new URL(`../../../../knowledge/${name}`, import.meta.url), 'utf8')))

function asked(machines: Machines, without: RegExp, from: string, to: string, symptom: Result | undefined) {
  const files = bundle(machines).filter(({ path }) => !without.test(path))
  const { causes, next } = diagnose(readDocuments(files), knowledge, { question: { request: { from, to }, symptom } })
  return { causes: causes.map(({ id, status, confidence }) => ({ id, status, confidence })), next: next.map(({ command }) => command) }
}

const UNMASQUERADED = changed(DOCKER, 'h', { iptables: '- -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE' })

test('with all of the evidence it is proved; without the rules it is not, and the rules are asked for', () => {
  const whole = asked(UNMASQUERADED, /none/, 'netns/h/web', '203.0.113.80:443/tcp', 'timeout')
  expect(whole.causes[0]).toMatchObject({ id: 'nat.masquerade-missing', status: 'proved' })
  const thin = asked(UNMASQUERADED, /iptables/, 'netns/h/web', '203.0.113.80:443/tcp', 'timeout')
  expect(thin.causes.filter(({ status, confidence }) => status === 'proved' || confidence > 0.6)).toEqual([])
  expect(thin.next).toContain('iptables-save -c')
})

test('a port where nobody listens is no proof as long as it is not known what the rules make of it', () => {
  const thin = asked(DOCKER, /iptables/, 'host/h', '192.168.50.5:8080/tcp', 'refused')
  expect(thin.causes.filter(({ status, confidence }) => status === 'proved' || confidence > 0.6)).toEqual([])
})

test('nobody is accused of what only missing evidence leaves open', () => {
  for (const without of [/iptables/, /ip-route/, /sysctl/, /ip-link|ip-addr/, /netns/])
    expect(
      asked(DOCKER, without, 'netns/h/web', '203.0.113.80:443/tcp', undefined).causes.filter(({ confidence }) => confidence > 0.6),
    ).toEqual([])
})
