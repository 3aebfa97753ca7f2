import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readDocuments } from '../../../intake/documents.ts'
import type { TextFile } from '../../../intake/format.ts'
import { captureFormat } from '../../../intake/recognise/recognise.ts'
import { packetsSeen } from './observations.ts'

const folder = fileURLToPath(new URL('testdata/bundles', import.meta.url))

function load(root: string, at = root): readonly TextFile[] {
  return readdirSync(at).flatMap((name) => {
    const path = join(at, name)
    if (statSync(path).isDirectory()) return load(root, path)
    const bytes = readFileSync(path)
    const file = { path: relative(root, path), root: 'bundle' }
    return [captureFormat(bytes) ? { ...file, text: '', bytes } : { ...file, text: bytes.toString() }]
  })
}

/** Captures of all interfaces on hosts of a real kernel, made while the connection failed. */
test.each([
  [
    'br-netfilter-off-same-node-service',
    [
      'untranslated-reply 10.244.0.2 -> 10.96.0.10:53/tcp: the answer came from 10.244.0.3, which is not the address that was asked, and the asker refused it: the answer did not come back through the translation; seen on vethp1 in, cni0 in, cni0 out, vethp2 out',
      'untranslated-reply 10.244.0.2 -> 10.96.0.10:53/udp: the answer came from 10.244.0.3, which is not the address that was asked, and the asker refused it: the answer did not come back through the translation; seen on vethp1 in, cni0 in, cni0 out, vethp2 out',
    ],
  ],
  [
    'hairpin-off-pod-to-own-service',
    ['syn-unanswered 10.244.0.2 -> 10.96.20.20:80/tcp: SYN sent 3 times, no answer; seen on vethp1 in, cni0 out; cni0 gave it to no port'],
  ],
  [
    'mtu-overlay-blackhole',
    [
      'large-lost 10.244.0.2 -> 10.244.1.2:80/tcp: segments of 1500 bytes were sent again 3 times and never acknowledged, smaller ones were; seen on eth0 in, flannel.1 in, cni0 out, vethq1 out',
    ],
  ],
  [
    'vxlan-udp-8472-blocked-by-input',
    [
      'syn-unanswered 10.244.0.2 -> 10.244.1.2:80/tcp: SYN sent 3 times, no answer; seen on vethp1 in, cni0 in, flannel.1 out, eth0 out; it left this host',
      'unanswered 10.244.0.2 -> 10.96.0.10:53/udp: sent once, no answer; seen on vethp1 in, cni0 in, flannel.1 out, eth0 out; it left this host',
      'one-way 192.168.50.5 -> 192.168.50.6:8472/udp: 4 packets of a vxlan tunnel, none the other way',
      'syn-unanswered 10.244.0.2 -> 10.244.1.2:80/tcp: SYN sent 3 times, no answer; seen on eth0 in; it never left this host',
      'unanswered 10.244.0.2 -> 10.244.1.2:53/udp: sent once, no answer; seen on eth0 in; it never left this host',
      'one-way 192.168.50.5 -> 192.168.50.6:8472/udp: 4 packets of a vxlan tunnel, none the other way',
      'way 10.244.0.2 -> 10.244.1.2:80/tcp: in by vethp1 of h, in by cni0 of h, out by flannel.1 of h, out by eth0 of h inside of vxlan, in by eth0 of h2 inside of vxlan, and there it ends on h2',
      'way 10.244.0.2 -> 10.96.0.10:53/udp: in by vethp1 of h, in by cni0 of h as 10.244.0.2 -> 10.244.1.2:53/udp, out by flannel.1 of h, out by eth0 of h inside of vxlan, in by eth0 of h2 inside of vxlan, and there it ends on h2',
    ],
  ],
])('%s', (name, expected) => {
  const quiet = new Set(['answered', 'offloaded-checksum'])
  const seen = packetsSeen(readDocuments(load(join(folder, name)))).filter(
    ({ sighting, ends }) => !quiet.has(sighting) && !(sighting === 'way' && ends === undefined),
  )
  // the asker's port is chance
  expect(seen.map(({ sighting, text }) => `${sighting} ${text.replace(/(\d):\d{5} ->/g, '$1 ->')}`)).toEqual(expected)
})
