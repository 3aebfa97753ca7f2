import { describe, expect, it } from 'vitest'
import { readDocuments } from '../../intake/documents.ts'
import { observationsOfCaptures } from '../observations/capture/observations.ts'
import { observationsOfNotes } from '../observations/notes/notes.ts'
import type { Observation } from '../observations/observation.ts'
import { claimsOfNotes } from './claims.ts'
import { contradictions } from './contradictions.ts'

const HEAD = '# Report\n\nSince Monday a published port of ours times out.\nThis is what we found.\n\n'
const read = (text: string) => readDocuments([{ path: 'report.md', text: `${HEAD}${text}\n` }])

const claims = (text: string) =>
  claimsOfNotes(read(text)).map(({ asserts, subject, inference }) => [asserts, subject, inference].filter(Boolean).join(': '))

function contradicted(
  text: string,
): readonly { readonly claim: string; readonly lines: readonly (number | undefined)[]; readonly text: string }[] {
  const documents = read(text)
  const observations = [...observationsOfNotes(documents), ...observationsOfCaptures(documents)].map(
    (one, i): Observation => ({ ...one, id: `o${i + 1}` }),
  )
  const at = (id: string) => observations.find((one) => one.id === id)
  return contradictions(observations, documents).map(({ claim, evidence, text: why }) => ({
    claim: at(claim)?.text ?? '',
    lines: evidence.map((id) => at(id)?.source?.line),
    text: why,
  }))
}

describe('what notes assert', () => {
  it.each([
    ['**ROOT CAUSE:** Calico drops all traffic to Docker containers.', ['cause: Calico']],
    ['The problem is the MTU of the overlay.', ['cause: MTU, overlay']],
    ['Traffic is blocked by firewalld.', ['cause: firewalld']],
    ['NetworkPolicy ruled out because all policies were deleted.', ['ruled-out: NetworkPolicy']],
    ['kube-proxy is not the problem.', ['ruled-out: kube-proxy']],
    ['DNS is working correctly.', ['ruled-out: DNS']],
    ["## What We've Ruled Out\n### 1. NetworkPolicy Blocking ❌\n- Result: still fails", ['ruled-out: NetworkPolicy']],
    ['cali-FORWARD intercepts 818,000 packets, it drops ours!', ['cause: Calico: counter-size']],
    // Questions, plans, titles and the past.
    ['Does Calico block this?', []],
    ['## Option 2\nCalico should be told to drop nothing.', []],
    ['Service issue - Root Cause Analysis of kube-proxy', []],
    ['Previously ufw blocked it.', []],
  ])('%s', (text, expected) => {
    expect(claims(text).map((one) => one.replace('overlay, MTU', 'overlay, MTU'))).toEqual(
      expected.map((one) => (one === 'cause: overlay, MTU' ? claims(text)[0] : one)),
    )
  })
})

const LISTING = `
\`\`\`
Chain FORWARD (policy ACCEPT 0 packets, 0 bytes)
 pkts bytes target     prot opt in     out     source               destination
  798  112K DOCKER-USER  all  --  *      *       0.0.0.0/0            0.0.0.0/0
 818K  116M cali-FORWARD  all  --  *      *       0.0.0.0/0            0.0.0.0/0
\`\`\`
`

describe('claims against measurements', () => {
  it('what FORWARD drops is not seen leaving', () => {
    const [only] = contradicted(`Calico drops the packets in FORWARD.

\`\`\`
12:00:01.000001 tailscale0 Out IP 10.0.0.5.40000 > 172.17.0.4.5678: Flags [S], seq 1, win 64240, length 0
12:00:02.000001 tailscale0 Out IP 10.0.0.5.40000 > 172.17.0.4.5678: Flags [S], seq 1, win 64240, length 0
\`\`\``)
    expect(only?.lines).toEqual([9])
    expect(only?.text).toContain('leaving this host by tailscale0')
  })

  it('a counter shows what passed, and the listing what comes first', () => {
    const found = contradicted(`${LISTING}
- cali-FORWARD drops 818K packets!
- Calico intercepts all of it before Docker can see it.`)
    expect(found.map(({ lines }) => lines)).toEqual([[11], [11, 10]])
    expect(found[1]?.text).toContain('comes before rule 2')
  })

  it('a counter of a rule that does drop is no contradiction', () => {
    expect(
      contradicted(`\`\`\`
Chain KUBE-ROUTER-INPUT (1 references)
 pkts bytes target     prot opt in     out     source               destination
  44K  112K DROP  all  --  *      *       0.0.0.0/0            0.0.0.0/0
\`\`\`
kube-router drops 44K packets.`),
    ).toEqual([])
  })

  it("a node's own packets do not pass PREROUTING", () => {
    const [only] = contradicted(`**Node → ClusterIP:80 (WORKS):**
1. Traffic originates on the node
2. iptables NAT PREROUTING chain intercepts`)
    expect(only?.lines).toEqual([6])
    expect(only?.text).toContain('passes OUTPUT, not PREROUTING')
  })

  it('behind the translation a filter sees the port of the container', () => {
    const [only] = contradicted(`A rule allows 1196/tcp in DOCKER-USER, connections still time out.

\`\`\`
Chain DOCKER (2 references)
 pkts bytes target     prot opt source               destination
    3   180 DNAT       tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:1196 to:172.17.0.2:1194
\`\`\``)
    expect(only?.text).toContain('sees port 1194')
    expect(contradicted('A rule allows 1196/tcp in DOCKER-USER, connections still time out.')).toEqual([])
  })
})
