import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readDocuments } from '../../intake/documents.ts'
import { formatPrefix, parsePrefix } from '../../net/prefix.ts'
import { diagnose } from '../diagnose.ts'
import { knowledgeOf } from '../testing/story.ts'
import { outsideOf } from './pod-networks.ts'

const knowledge = knowledgeOf((name) => parse(readFileSync(new URL(`../../../../../knowledge/${name}`, import.meta.url), 'utf8')))
const causesOf = (text: string) => {
  const { causes } = diagnose(readDocuments([{ path: 'thread.md', text }]), knowledge)
  return causes.map(({ id, status }) => `${id} ${status}`)
}

const FENCE = '```'
const DOCKER = `
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT`.trim()

describe('a ruleset without ip addr and ip route', () => {
  it('shows where a published port is stopped', () => {
    const notes = `From another machine (192.0.2.9):\n\n${FENCE}\n$ curl -m 3 http://192.0.2.5:8080/\ncurl: (28) Connection timed out after 3001 milliseconds\n${FENCE}\n\n${FENCE}\nroot@h:~# iptables-save\n${DOCKER}\n${FENCE}\n`
    expect(causesOf(notes)[0]).toBe('filter.forward-policy proved')
  })

  it('is asked for its routes where those of the pods matter', () => {
    const rules = DOCKER.replace('*nat', '*nat\n:KUBE-SERVICES - [0:0]')
    const notes = `From the pod p1 (10.42.0.9):\n\n${FENCE}\n$ kubectl exec p1 -- curl -m 3 http://10.42.1.4:80/\ncurl: (28) Connection timed out after 3001 milliseconds\n${FENCE}\n\n${FENCE}\nroot@h:~# iptables-save\n${rules}\n${FENCE}\n`
    expect(causesOf(notes).filter((text) => text.endsWith('proved'))).toEqual([])
  })
})

it('leaves out the networks of pods from the way out', () => {
  const prefix = (text: string) => parsePrefix(text) ?? { address: 0, length: 0 }
  expect(outsideOf([prefix('128.0.0.0/1'), prefix('0.0.0.0/2')]).map(formatPrefix)).toEqual(['64.0.0.0/2'])
  expect(outsideOf([])).toEqual([{ address: 0, length: 0 }])
  expect(outsideOf([prefix('0.0.0.0/0')])).toEqual([])
})
