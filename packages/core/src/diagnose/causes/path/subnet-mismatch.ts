import type { Document } from '../../../intake/document.ts'
import { nameOfHost } from '../../../model/host-name.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { type Address, formatAddress, parseAddress } from '../../../net/address.ts'
import { contains, formatPrefix, network, type Prefix, parsePrefix } from '../../../net/prefix.ts'
import { stepsOfSymptom } from '../../blame.ts'
import { documentsOf } from '../../documents-by-kind.ts'
import type { Scene } from '../../scene.ts'
import type { Because, Family, Suspect } from '../cause.ts'

const BRIDGES = ['cni0', 'cbr0']

/** What one node's network daemon, bridge and overlay device say of the node's pod range, where they do not agree; and ranges that two nodes have. */
export const SUBNET_MISMATCH: Family = {
  finds: ['overlay.subnet-mismatch', 'overlay.multiple-addresses', 'overlay.duplicate-subnet'],
  suspects(scene) {
    const hosts = [...scene.model.hosts.values()]
    return [
      ...hosts.flatMap((host) => mismatch(scene, host)),
      ...hosts.flatMap((host) => several(scene, host)),
      ...duplicates(scene, hosts),
    ]
  },
}

interface Said {
  readonly who: string
  readonly prefix: Prefix
  readonly because: Because
}

function mismatch(scene: Scene, host: Namespace): readonly Suspect[] {
  const ranges = [...ofLease(scene.documents, host), ...ofBridge(host)]
  const devices = ofOverlay(host)
  // A device with several addresses agrees by any of them: that it has the others is overlay.multiple-addresses.
  const isAgreed = ranges.some(({ prefix }) => devices.some((device) => overlaps(prefix, device.prefix)))
  const said = [...ranges, ...(isAgreed ? [] : devices)]
  const [first, ...rest] = said
  // A device with a stale address beside the right one does not disagree: it has several.
  const other = rest.find(
    ({ who }) => first && who !== first.who && !said.some((one) => one.who === who && overlaps(one.prefix, first.prefix)),
  )
  if (!first || !other) return []
  return [
    {
      cause: 'overlay.subnet-mismatch',
      where: { host: host.host, object: `${first.who} and ${other.who}` },
      because: said.map(({ because }) => because),
      against: [],
      likelihood: isMet(scene, host) ? 0.97 : 0.5,
      explains: scene.symptoms.flatMap(({ observation }) => observation ?? []),
    },
  ]
}

const overlaps = (a: Prefix, b: Prefix): boolean => contains(a, b.address) || contains(b, a.address)

/** /run/flannel/subnet.env, as flanneld wrote it for the CNI plugin. */
function ofLease(documents: readonly Document[], host: Namespace): readonly Said[] {
  const said = documentsOf(documents, 'flannel-subnet').flatMap(({ content, place, file }) => {
    if ((place.host ?? nameOfHost(documents)) !== host.host) return []
    const text = content.values.FLANNEL_SUBNET ?? ''
    const prefix = parsePrefix(text)
    return prefix
      ? [
          {
            who: 'subnet.env',
            prefix,
            because: { text: `subnet.env gives the node ${text}`, source: { file, line: content.lines.FLANNEL_SUBNET ?? 1 } },
          },
        ]
      : []
  })
  const [first] = said
  // Notes that show several tell of several nodes, or times: whose they are is not told.
  return first && said.every(({ prefix }) => overlaps(prefix, first.prefix)) ? [first] : []
}

const ofBridge = (host: Namespace): readonly Said[] =>
  BRIDGES.flatMap((device) =>
    (host.addressesOf.get(device) ?? [])
      .filter(({ family }) => family === 'ip')
      .slice(0, 1)
      .map(({ address, prefixLength, source }) => ({
        who: device,
        prefix: network(address, prefixLength),
        because: { text: `${device} has ${formatAddress(address)}/${prefixLength}`, source },
      })),
  )

/** flannel gives its device the first address of the node's range, alone (/32): the range is as long as the bridge's. */
function ofOverlay(host: Namespace): readonly Said[] {
  const length = BRIDGES.flatMap((device) => host.addressesOf.get(device) ?? []).find(({ family }) => family === 'ip')?.prefixLength ?? 24
  return overlayAddresses(host).map(({ device, address, source }) => ({
    who: device,
    prefix: network(address, length),
    because: { text: `${device} has ${formatAddress(address)}`, source },
  }))
}

const isOverlayName = (name: string): boolean => /^flannel[.-]/.test(name)

const overlayAddresses = (host: Namespace) =>
  [...host.links.values()]
    .filter(({ name }) => isOverlayName(name))
    .flatMap(({ name }) => (host.addressesOf.get(name) ?? []).filter(({ family }) => family === 'ip'))

/** The kernel takes the first address for what the node itself sends to pods elsewhere (inet_select_addr): a former one is answered nowhere. */
function several(scene: Scene, host: Namespace): readonly Suspect[] {
  const addresses = overlayAddresses(host)
  const [first] = addresses
  if (!first || addresses.length < 2) return []
  const ranges = [...ofLease(scene.documents, host), ...ofBridge(host)]
  const meant = addresses.filter(({ address }) => ranges.some(({ prefix }) => contains(prefix, address)))
  const former = addresses.filter((one) => (meant.length > 0 ? !meant.includes(one) : one !== first))
  return [
    {
      cause: 'overlay.multiple-addresses',
      where: { host: host.host, object: `device ${first.device}`, source: first.source },
      because: [
        ...addresses.map(({ device, address, source }) => ({ text: `${device} has ${formatAddress(address)}`, source })),
        ...meant
          .slice(0, 1)
          .flatMap(({ address }) => ranges.filter(({ prefix }) => contains(prefix, address)).map(({ because }) => because)),
      ],
      against: [],
      likelihood: isMet(scene, host) ? 0.9 : isAnswered(scene, host, first.address) ? 0.25 : 0.5,
      without: former.map(({ device, address }) => ({
        kind: 'address-removed' as const,
        at: { host: host.host, netns: '' },
        device,
        address: formatAddress(address),
      })),
      explains: scene.symptoms.flatMap(({ observation }) => observation ?? []),
    },
  ]
}

/** Does every other node that was captured lead back to it by its own overlay device? */
function isAnswered({ model }: Scene, host: Namespace, address: Address): boolean {
  const others = [...model.hosts.values()].filter((other) => other !== host && overlayAddresses(other).length > 0)
  return others.every((other) =>
    other.fib.ip.routes.some(
      ({ type, destination, nextHops }) =>
        type === 'unicast' &&
        destination.length > 0 &&
        contains(destination, address) &&
        nextHops.some(({ device }) => device !== undefined && isOverlayName(device)),
    ),
  )
}

function duplicates(scene: Scene, hosts: readonly Namespace[]): readonly Suspect[] {
  return hosts.flatMap((host, i) =>
    hosts.slice(i + 1).flatMap((other): Suspect[] => {
      const [mine, theirs] = [ofBridge(host)[0], ofBridge(other)[0]]
      if (!mine || !theirs || formatPrefix(mine.prefix) !== formatPrefix(theirs.prefix)) return []
      // flannel's device on either side tells which of the two has the range by right: then it is a mismatch of the other.
      if (mismatch(scene, host).length + mismatch(scene, other).length > 0) return []
      if (overlayAddresses(host).length + overlayAddresses(other).length === 0) return []
      return [
        {
          cause: 'overlay.duplicate-subnet',
          where: { host: host.host, object: `pod range ${formatPrefix(mine.prefix)} of ${host.host} and ${other.host}` },
          because: [mine.because, theirs.because],
          against: [],
          likelihood: isMet(scene, host) || isMet(scene, other) ? 0.95 : 0.5,
          explains: scene.symptoms.flatMap(({ observation }) => observation ?? []),
        },
      ]
    }),
  )
}

/** Does a symptom's packet touch that host's pods, or an address of a range that it should have? */
function isMet({ symptoms }: Scene, host: Namespace): boolean {
  return symptoms.some(
    (symptom) =>
      stepsOfSymptom(symptom).some(({ step }) => step.host === host.host) ||
      [...ofBridge(host), ...ofOverlay(host)].some(({ prefix }) => {
        const to = parseAddress(symptom.request.to.replace(/[:/].*$/, ''))
        return to !== undefined && contains(prefix, to)
      }),
  )
}
