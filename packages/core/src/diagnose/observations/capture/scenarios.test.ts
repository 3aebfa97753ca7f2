import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readDocuments } from '../../../intake/documents.ts'
import { captureFormat } from '../../../intake/recognise/recognise.ts'
import { formatAddress } from '../../../net/address.ts'
import type { PacketsSeen } from '../observation.ts'
import { packetsSeen } from './observations.ts'
import { flowText } from './sight.ts'

/**
 * A client (10.1.0.2), a router that captures all interfaces, and a server (10.2.0.2), on a real kernel: what goes wrong, and what each
 * capture shows of it. The text of the client's capture is `tcpdump -tt -v`, of the router's plain `tcpdump`.
 */
const TO_80 = '10.1.0.2 -> 10.2.0.2:80/tcp'
const rejected = (code: number) => ({
  client: `icmp-error ${TO_80} 3/${code} by 10.1.0.1 forward-or-later`,
  router: `icmp-error ${TO_80} 3/${code} by 10.1.0.1 self here`,
})

const SCENARIOS: Readonly<Record<string, { readonly client: string; readonly router: string }>> = {
  'tcp-ok': { client: `answered ${TO_80}`, router: `answered ${TO_80}` },
  'syn-drop-retransmit': { client: `syn-unanswered ${TO_80}`, router: `syn-unanswered ${TO_80} here` },
  'synack-lost': { client: `syn-unanswered ${TO_80}`, router: `reply-lost ${TO_80} here` },
  'rst-closed-port': {
    client: 'reset 10.1.0.2 -> 10.2.0.2:81/tcp by 10.2.0.2 behind',
    router: 'reset 10.1.0.2 -> 10.2.0.2:81/tcp by 10.2.0.2 beyond',
  },
  'reject-tcp-reset': { client: `reset ${TO_80} by 10.2.0.2 forged by 10.1.0.1`, router: `reset ${TO_80} by 10.2.0.2 forged self here` },
  'reject-icmp-net-unreachable': rejected(0),
  'reject-icmp-host-unreachable': rejected(1),
  'reject-icmp-proto-unreachable': rejected(2),
  'reject-icmp-port-unreachable': rejected(3),
  'reject-icmp-net-prohibited': rejected(9),
  'reject-icmp-host-prohibited': rejected(10),
  'reject-icmp-admin-prohibited': rejected(13),
  'no-route-on-router': {
    client: `icmp-error ${TO_80} 3/0 by 10.1.0.1 before-forward`,
    router: `icmp-error ${TO_80} 3/0 by 10.1.0.1 self here`,
  },
  'arp-fail-on-router': {
    client: 'icmp-error 10.1.0.2 -> 10.2.0.99:80/tcp 3/1 by 10.1.0.1 forward-or-later',
    router: 'arp-unanswered 10.2.0.1 -> 10.2.0.99 by 10.2.0.1, icmp-error 10.1.0.2 -> 10.2.0.99:80/tcp 3/1 by 10.1.0.1 self here',
  },
  'arp-fail-local': {
    client: 'arp-unanswered 10.1.0.2 -> 10.1.0.77 by 10.1.0.2',
    router: 'arp-unanswered 10.1.0.2 -> 10.1.0.77 by 10.1.0.2',
  },
  'ttl-exceeded': { client: `icmp-error ${TO_80} 11/0 by 10.1.0.1`, router: `icmp-error ${TO_80} 11/0 by 10.1.0.1 self here` },
  'frag-needed': {
    client: 'large-lost 10.1.0.2 -> 10.2.0.2/icmp 3/4 mtu 1280 by 10.1.0.1',
    router: 'large-lost 10.1.0.2 -> 10.2.0.2/icmp 3/4 mtu 1280 by 10.1.0.1 self here',
  },
  'udp-port-unreachable': {
    client: 'icmp-error 10.1.0.2 -> 10.2.0.2:5353/udp 3/3 by 10.2.0.2 behind before-forward',
    router: 'icmp-error 10.1.0.2 -> 10.2.0.2:5353/udp 3/3 by 10.2.0.2 beyond',
  },
  'udp-dns-timeout': { client: 'unanswered 10.1.0.2 -> 10.2.0.2:53/udp', router: 'unanswered 10.1.0.2 -> 10.2.0.2:53/udp here' },
  'dnat-ok': { client: 'answered 10.1.0.2 -> 10.96.0.10:80/tcp', router: 'answered 10.1.0.2 -> 10.96.0.10:80/tcp' },
  'dnat-reply-not-untranslated': {
    client: 'untranslated-reply 10.1.0.2 -> 10.96.0.10:80/tcp by 10.2.0.2',
    router: 'untranslated-reply 10.1.0.2 -> 10.96.0.10:80/tcp by 10.2.0.2',
  },
}

const folder = fileURLToPath(new URL('testdata', import.meta.url))

function observe(file: string): readonly PacketsSeen[] {
  const bytes = readFileSync(`${folder}/${file}`)
  const capture = captureFormat(bytes)
  return packetsSeen(readDocuments([capture ? { path: file, text: '', bytes } : { path: file, text: bytes.toString() }]))
}

/** The asker's port is chance, and left out. `stage` and `hops` need the time to live, which plain text does not show. */
function brief({ sighting, flow, icmp, by, maker, ends, stage }: PacketsSeen, plainText: boolean): string {
  const words: (string | false | undefined)[] = [
    sighting,
    flow && flowText({ ...flow, sport: 0 }),
    icmp && `${icmp.type}/${icmp.code}`,
    icmp?.mtu !== undefined && `mtu ${icmp.mtu}`,
    by !== undefined && `by ${formatAddress(by)}`,
    maker?.forged && (maker.address === undefined ? 'forged' : `forged by ${formatAddress(maker.address)}`),
    maker?.at === 'self' && 'self',
    maker?.at === 'behind' && ends === undefined && 'behind',
    ends,
    !plainText && ends === undefined && stage,
  ]
  return words.filter(Boolean).join(' ')
}

const telling = (seen: PacketsSeen): boolean => seen.sighting !== 'offloaded-checksum' && seen.sighting !== 'way'
const shown = (file: string): string =>
  observe(file)
    .filter(telling)
    .map((seen) => brief(seen, file.includes('any.tcpdump')))
    .sort()
    .join(', ')

describe.each(Object.keys(SCENARIOS))('%s', (name) => {
  const { client, router } = SCENARIOS[name] as { client: string; router: string }
  test.each(['pcap', 'pcapng', 'tcpdump.txt'])('the client’s capture as %s', (form) => {
    expect(shown(`${name}-client.${form}`)).toBe(client)
  })
  test.each(['pcap', 'tcpdump.txt'])('the router’s of all interfaces as %s', (form) => {
    expect(shown(`${name}-router-any.${form}`)).toBe(router)
  })
})

test('no scenario is left out', () => {
  const names = new Set(
    readdirSync(folder)
      .filter((file) => file !== 'bundles')
      .map((file) => file.replace(/-(?:client|router-any)\..*/, '')),
  )
  expect([...names].sort()).toEqual(Object.keys(SCENARIOS).sort())
})

test('a router’s capture tells the way that a packet took, and what translation made of it', () => {
  const way = observe('dnat-ok-router-any.tcpdump.txt').find(({ sighting }) => sighting === 'way')
  expect(way?.interfaces.map(({ device, direction, flow }) => `${device} ${direction} ${flowText({ ...flow, sport: 0 })}`)).toEqual([
    'eth0 in 10.1.0.2 -> 10.96.0.10:80/tcp',
    'eth1 out 10.1.0.2 -> 10.2.0.2:80/tcp',
  ])
})

test('checksums that the card was to fill in are told apart from wrong ones', () => {
  const sightings = observe('tcp-ok-client.tcpdump.txt').map(({ sighting }) => sighting)
  expect(sightings).toContain('offloaded-checksum')
  expect(sightings).not.toContain('bad-checksum')
})
