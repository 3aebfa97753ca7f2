import { expect, it } from 'vitest'
import { createEngine } from '../../datapath/engine.ts'
import { readDocuments } from '../../intake/documents.ts'
import { collectObjects } from '../../model/objects.ts'
import { eliminate } from '../elimination/eliminate.ts'
import { observationsOfCaptures } from '../observations/capture/observations.ts'
import { observationsOfNotes } from '../observations/notes/notes.ts'
import type { Observation } from '../observations/observation.ts'
import type { Scene } from '../scene.ts'
import { routeOverlapSeen } from './route-overlap-seen.ts'

/** What this cause looks at of a scene: documents, observations and the model. */
function suspects(text: string) {
  const documents = readDocuments([{ path: 'report.md', text: `# Report\n\nA published port times out since Monday.\n\n${text}` }])
  const observed = [...observationsOfNotes(documents), ...observationsOfCaptures(documents)]
  const observations = observed.map((one, i): Observation => ({ ...one, id: `o${i + 1}` }))
  const engine = createEngine(documents)
  const scene = { documents, observations, engine, model: engine.model, objects: collectObjects(documents) } as unknown as Scene
  return routeOverlapSeen.suspects(scene)
}

const capture = (device: string, dst: string) => `
\`\`\`
12:00:01.000001 ${device} Out IP 100.100.1.1.40000 > ${dst}.5678: Flags [S], seq 1, win 64240, length 0
12:00:02.000001 ${device} Out IP 100.100.1.1.40000 > ${dst}.5678: Flags [S], seq 1, win 64240, length 0
\`\`\`
`
const TRANSLATION = `
\`\`\`
Chain DOCKER (2 references)
 pkts bytes target     prot opt source               destination
    3   180 DNAT       tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:5678 to:172.17.0.4:5678
\`\`\`
`

it("a packet for Docker's network that leaves by a VPN's device shows an overlap", () => {
  const [only] = suspects(`${TRANSLATION}${capture('tailscale0', '172.17.0.4')}`)
  expect(only).toMatchObject({
    cause: 'route.overlap',
    where: { object: "a route to 172.17.0.0/16 by tailscale0, against Docker's default network (docker0)" },
  })
  expect(only?.likelihood).toBeGreaterThan(0.9)
  expect(only?.because[0]?.source?.line).toBe(13)
})

it('not where it leaves by the bridge itself, nor where it goes to somebody in the VPN', () => {
  expect(suspects(`${TRANSLATION}${capture('docker0', '172.17.0.4')}`)).toEqual([])
  expect(suspects(`${TRANSLATION}${capture('tailscale0', '100.101.2.3')}`)).toEqual([])
})

it('a pod of another node may be reached by a VPN, and a LAN is no network of containers', () => {
  const pods = suspects(`- Pod CIDR: 10.42.0.0/16\n${capture('wg0', '10.42.1.4')}`)
  expect(pods.every(({ likelihood }) => likelihood < 0.5)).toBe(true)
  expect(suspects(`- LAN hosts: 192.168.50.0/24\n${capture('wg0', '192.168.50.4')}`)).toEqual([])
})

it('what stands before the container, and the container, never saw the packet', () => {
  const text = `# Report\n\nA published port times out since Monday.\n\n${TRANSLATION}${capture('tailscale0', '172.17.0.4')}`
  const documents = readDocuments([{ path: 'report.md', text }])
  const observations = observationsOfCaptures(documents).map((one, i): Observation => ({ ...one, id: `o${i + 1}` }))
  const ruledOut = eliminate({ observations, documents }).ruledOut
  expect(ruledOut.map(({ id }) => id)).toContain('policy.calico')
  expect(ruledOut[0]?.because[0]).toMatchObject({ observation: 'o1', source: { line: 13 } })
})
