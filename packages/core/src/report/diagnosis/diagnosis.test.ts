import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createEngine } from '../../datapath/engine.ts'
import { bundle, type Machine } from '../../datapath/testing/machines.ts'
import { readCauses } from '../../diagnose/causes/book.ts'
import { diagnose } from '../../diagnose/diagnose.ts'
import type { Question } from '../../diagnose/diagnosis.ts'
import { createOwnership } from '../../diagnose/ownership.ts'
import { readDocuments } from '../../intake/documents.ts'
import { readOwners } from '../../netfilter/owners/book.ts'
import { optionsFor } from '../../repair/options/options.ts'
import { PLAIN } from '../style.ts'
import type { Diagnosed } from './diagnosed.ts'
import { diagnosisHtml } from './html.ts'
import { diagnosisJson } from './json.ts'
import { diagnosisMarkdown } from './markdown.ts'
import { diagnosisSarif } from './sarif.ts'
import { diagnosisText } from './text.ts'

const knowledge = (name: string): unknown => parse(readFileSync(new URL(`../../../../../knowledge/${name}`, import.meta.url), 'utf8'))
const owners = readOwners(knowledge('owners.yaml')).book
const causes = readCauses(knowledge('causes.yaml')).book

/** Pods behind cni0, and Docker's policy on a host whose Docker knows nothing of them. */
const host = (comment: string): Record<string, Machine> => ({
  h: {
    devices: 'eth0 192.0.2.10/24\ncni0 bridge 10.244.0.1/24\nv1@h/p1:eth0 master=cni0',
    routes: 'default via 192.0.2.1 dev eth0',
    iptables: `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A FORWARD -m comment --comment "${comment}" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\nCOMMIT\n*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -s 10.244.0.0/24 ! -o cni0 -j MASQUERADE\nCOMMIT`,
    sysctl: 'net.ipv4.ip_forward = 1',
  },
  'h/p1': { devices: 'eth0@h:v1 10.244.0.2/24', routes: 'default via 10.244.0.1 dev eth0' },
})

function diagnosed(question: Question | undefined, comment = 'replies'): Diagnosed {
  const documents = readDocuments(bundle(host(comment)))
  const diagnosis = diagnose(documents, { owners, causes }, { question })
  return {
    diagnosis,
    options: optionsFor(diagnosis, { documents, engine: createEngine(documents), ownership: createOwnership(documents, owners) }),
    book: causes,
    whose: () => undefined,
  }
}

const QUESTION: Question = { request: { from: 'netns/h/p1', to: '203.0.113.80:443' }, symptom: 'timeout' }

describe('a diagnosis in every form', () => {
  test('text: the cause, why, the way, and what to do, with how to take it back', () => {
    expect(diagnosisText(diagnosed(QUESTION), PLAIN, false)).toMatchInlineSnapshot(`
      "The policy of FORWARD drops forwarded traffic
      filter.forward-policy, proved on the model, 96 % sure: policy of chain FORWARD (table filter) on h
      netns/h/p1 to 203.0.113.80:443 times out.

      Why
        no rule lets it pass, and the chain's policy is to drop: policy DROP  hosts/h/iptables-nft-save.txt:3

      The packet's way on the model
        tcp 10.244.0.2:45678 → 203.0.113.80:443 | dropped (policy) in policy of FORWARD of filter on h | timeout

      How to mend it

      1. Let this traffic pass, by a rule in DOCKER-USER (do this now)
      immediate, risk low, downtime: none; on h. On the model it mends the symptom: 1 flow repaired, 0 broken, 6 as before.
        $ iptables -t filter -I DOCKER-USER 1 -s 10.244.0.0/24 -d 203.0.113.80 -p tcp --dport 443 -j ACCEPT
          it stands before the end of FORWARD, which refuses the packet
        Take back: iptables -w 10 -t filter -D DOCKER-USER -s 10.244.0.0/24 -d 203.0.113.80 -p tcp --dport 443 -j ACCEPT
        For it: only the traffic that is meant passes
        For it: takes effect at once
        Against it: gone after a restart of the firewall or the host, unless it is saved
        So that it lasts: DOCKER-USER is left alone by Docker; save it with the means of the distribution (netfilter-persistent, iptables-services)
      "
    `)
  })

  test('JSON has every field of the interface', () => {
    const json = diagnosisJson(diagnosed(QUESTION)) as Record<string, unknown>
    expect(Object.keys(json)).toEqual([
      'schema',
      'question',
      'observations',
      'causes',
      'ruledOut',
      'contradictions',
      'options',
      'recommended',
      'runbooks',
      'next',
      'impact',
      'timeline',
      'successCriteria',
    ])
    expect(json).toMatchObject({
      recommended: { now: 'filter.forward-policy-1' },
      options: [{ proof: { symptom: 'repaired', broken: 0 } }],
    })
  })

  test('SARIF names the cause and the line that it rests on', () => {
    const sarif = JSON.stringify(diagnosisSarif(diagnosed(QUESTION), '0.0.0'))
    expect(sarif).toContain('"ruleId":"filter.forward-policy"')
    expect(sarif).toContain('"uri":"hosts/h/iptables-nft-save.txt"')
  })

  test('where nothing fails nobody is accused', () => {
    const fine = diagnosed({ request: { from: 'netns/h/p1', to: '10.244.0.1:8443' }, symptom: undefined })
    expect(fine.diagnosis.causes.filter(({ confidence }) => confidence > 0.3)).toEqual([])
    expect(diagnosisText(fine, PLAIN, false)).toContain('No cause found')
  })
})

test('nothing of the evidence becomes markup, or moves a cursor', () => {
  const hostile = diagnosed(QUESTION, '</pre><script>alert(1)</script> \u001b[2J `x` [a](javascript:b)')
  const page = diagnosisHtml({ ...hostile, whose: () => '<script>owner</script>' })
  expect(page).not.toContain('<script')
  expect(page).toContain('<svg')
  const markdown = diagnosisMarkdown({ ...hostile, whose: () => '<img src=x>' })
  for (const text of [page, markdown, diagnosisText(hostile, PLAIN, true)]) expect(text).not.toContain('\u001b')
})
