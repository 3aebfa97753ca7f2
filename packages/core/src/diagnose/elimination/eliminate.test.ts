import { describe, expect, it } from 'vitest'
import { readDocuments } from '../../intake/documents.ts'
import { observationsOfNotes } from '../observations/notes/notes.ts'
import type { Observation } from '../observations/observation.ts'
import { eliminate } from './eliminate.ts'

function of(notes: string) {
  const documents = readDocuments([{ path: 'notes.md', text: `# What we tried\n\nNo rules were captured.\n\n${notes}\n` }])
  const observations = observationsOfNotes(documents).map((one, i): Observation => ({ ...one, id: `o${i + 1}` }))
  return eliminate({ observations, documents })
}

const places = (notes: string) => of(notes).places.map(({ stage }) => stage)

describe('what is left without any ruleset', () => {
  const PORT_80 = `
\`\`\`yaml
port: 80
targetPort: 9090
\`\`\`
\`\`\`
$ kubectl run a --rm -it --image=curl -- curl http://10.42.0.152:9090/
HTTP/1.1 200 OK
$ kubectl run b --rm -it --image=curl -- curl http://web.shop.svc.cluster.local:9090/
HTTP/1.1 200 OK
$ ssh node1 'curl http://10.43.143.185/'
HTTP/1.1 200 OK
$ kubectl run c --rm -it --image=curl -- curl http://web.shop.svc.cluster.local/
curl: (7) Failed to connect to 10.43.143.185 port 80: Connection refused
\`\`\``

  it("a Service's port that the node reaches and pods do not: before the translation on the node, or in the pod's own namespace", () => {
    const { places: left, ruledOut, remaining, next } = of(PORT_80)
    expect(left.map(({ stage }) => stage)).toEqual(['client', 'prerouting'])
    expect(remaining[0]?.cause).toBe('nat.hijack')
    const out = new Map(ruledOut.map(({ id, because }) => [id, because]))
    for (const id of [
      'policy.kubernetes',
      'service.no-endpoints',
      'app.not-listening',
      'filter.forward-rule',
      'overlay.blocked',
      'filter.raw-drop',
    ] as const)
      expect(out.get(id)?.[0]?.observation, id).toBeDefined()
    expect(out.get('policy.kubernetes')?.[0]?.text).toContain('10.42.0.152:9090 passes it')
    expect(out.get('filter.raw-drop')?.[0]?.text).toContain('would not show as a refusal at once')
    expect(next[0]?.command).toBe("sudo tcpdump -ni any 'port 80 or port 9090'")
    const shownFor = (cause: string) =>
      next[0]?.outcomes.filter(({ causes }) => causes.some((one) => one === cause)).map(({ shows }) => shows)
    expect(shownFor('filter.output-rule')).toEqual([expect.stringContaining('no SYN to 10.43.143.185:80 comes in')])
    expect(shownFor('nat.hostport')).toEqual([expect.stringContaining('the SYN to 10.43.143.185:80 comes in')])
  })

  it.each<[string, string, readonly string[]]>([
    [
      'pods reach pods of their own node only: the way between the nodes',
      '- pod a-0 to 10.244.1.9:80 on the same node: works\n- pod a-0 → 10.244.1.9:80 (same node): ✅\n- pod a-0 → 10.244.2.7:80 (other node): ❌ timeout',
      ['routing', 'forward', 'postrouting', 'overlay', 'server-node', 'server'],
    ],
    [
      'refused from pods and nodes alike, and the pod itself answers: the translation',
      '- pod a-0 → 10.96.0.20:80: ❌ connection refused\n- node1 → 10.96.0.20:80: ❌ connection refused\n- pod a-0 → 10.244.1.9:8080: ✅\n\n```yaml\nport: 80\ntargetPort: 8080\n```',
      ['translation'],
    ],
    [
      'the pod behind the Service cannot reach itself by it, another pod can: nothing that both pass',
      '- pod web-0 → 10.96.0.20:80: ❌ timeout\n- pod client-0 → 10.96.0.20:80: ✅ works',
      ['client', 'client-link', 'prerouting', 'routing', 'forward', 'postrouting', 'overlay', 'server-node'],
    ],
    [
      'the same connection works and fails: what stands before the choice of a backend is innocent',
      '- pod a-0 → 10.96.0.20:80: ✅ works\n- pod a-0 → 10.96.0.20:80: ❌ timeout',
      ['translation', 'routing', 'forward', 'postrouting', 'overlay', 'server-node', 'server'],
    ],
  ])('%s', (_, notes, expected) => {
    expect(places(notes)).toEqual(expected)
  })

  it('does not take the answer of one backend for all of them, nor a connection for what goes wrong behind it', () => {
    const chance = of(`- pod a-0 → 10.96.0.20:80: ✅ works
- pod a-0 → 10.96.0.20:80: ❌ timeout
- pod a-0 → 10.244.2.7:80 (other node): ❌ timeout
- node1 → 10.96.0.20:80: ✅ works`)
    expect(chance.ruledOut.map(({ id }) => id)).not.toContain('overlay.blocked')
    const wrong = of('- pod a-0 → 10.43.0.1:443: ✅ works\n- pod b-0 → 10.43.0.1:443: ❌ wrong server answers')
    expect(wrong.ruledOut.map(({ id }) => id)).not.toContain('nat.hijack')
  })

  it('a node that reaches a pod by its own route says nothing of its default route, which a Service needs', () => {
    const { places: left, remaining } = of(
      '- node1 → 10.96.0.20:80: ❌ no route to host\n- node1 → 10.244.1.9:80: ✅ works\n- pod a-0 → 10.96.0.20:80: ✅ works',
    )
    expect(left.map(({ stage }) => stage)).toContain('output')
    expect(remaining.find(({ cause }) => cause === 'route.missing-default')).toBeDefined()
  })

  it('says nothing where nothing fails, or where it is not told from where', () => {
    expect(of('- pod a-0 → 10.96.0.20:80: ✅ works').places).toEqual([])
    expect(of('- curl http://10.96.0.20:80 times out').places).toEqual([])
  })

  it('writes no text of the evidence into a command', () => {
    const { next } = of("- node1 → pod `x'; rm -rf /`:80: ❌ timeout\n- pod a-0 → 10.96.0.20:80: ❌ timeout")
    expect(next.map(({ command }) => command).join('\n')).not.toContain('rm -rf')
  })
})
