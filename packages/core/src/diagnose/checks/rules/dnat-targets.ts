import type { Namespace } from '../../../model/namespace.ts'
import { type Address, formatAddress } from '../../../net/address.ts'
import { contains, network, type Prefix } from '../../../net/prefix.ts'
import { type Because, because, type Check, type Examined, type Found, missing, seen, together } from '../check.ts'
import { containerBridges } from '../host/forwards.ts'
import { type CheckScene, capturedHosts, type HostView } from '../scene.ts'
import { ruleBecause, rulesOf } from './chains.ts'

export const dnatTargets: Check = {
  id: 'dnat-targets',
  holds: 'every address that packets are redirected to belongs to a container or pod that is there',
  why: 'the published port, hostPort or Service leads nowhere: timeout or no route to host',
  evidence: ['hosts/HOST/iptables-save.txt', 'hosts/HOST/docker/inspect.json', 'cluster/pods.json', 'hosts/HOST/ip-neigh.json'],
  causes: ['nat.stale-target'],
  runbook: 'restore-rules',
  run: (scene) => together(capturedHosts(scene).flatMap((host) => examine(scene, host))),
}

function examine(scene: CheckScene, host: HostView & { readonly root: Namespace }): readonly Examined[] {
  const { root, name } = host
  const rules = [...rulesOf(root, 'nat')].filter(({ rule }) => rule.target?.kind === 'DNAT')
  if (rules.length === 0) return []
  const local = containerBridges(root).flatMap((link) =>
    (root.addressesOf.get(link.name) ?? []).map(({ address, prefixLength }) => ({
      device: link.name,
      range: network(address, prefixLength),
    })),
  )
  const living = livingAddresses(scene)
  return rules.map((placed): Examined => {
    const { rule } = placed
    const target = rule.target?.kind === 'DNAT' ? rule.target.addresses?.first : undefined
    const bridge = target === undefined ? undefined : local.find(({ range }) => contains(range, target))
    if (target === undefined || !bridge || living.has(target)) return seen()
    const gone = goneBecause(scene, host, target, bridge)
    if (gone === undefined) return missing(`${host.folder}/docker/inspect.json or cluster/pods.json`)
    return seen(
      ...gone.map(
        (reason): Found => ({
          severity: 'error',
          cause: 'nat.stale-target',
          host: name,
          object: `${rule.chain} ${rule.number}`,
          text: `rule ${rule.number} of ${rule.chain} sends packets to ${formatAddress(target)}, which nobody has`,
          because: [ruleBecause(placed), reason],
        }),
      ),
    )
  })
}

/** Addresses that something captured has. */
function livingAddresses(scene: CheckScene): ReadonlySet<Address> {
  const containers = scene.objects.containers.filter(
    ({ container }) => container.state === undefined || container.state === 'running' || container.state === 'paused',
  )
  const members = scene.documents.flatMap(({ content }) =>
    content.kind === 'docker-network' ? content.objects.flatMap((one) => one.members.flatMap(({ addresses }) => addresses)) : [],
  )
  return new Set([
    ...scene.model.owners.keys(),
    ...containers.flatMap(({ container }) => container.endpoints.flatMap(({ addresses }) => addresses)),
    ...members,
    ...scene.cluster.pods.filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed').flatMap(({ addresses }) => addresses),
  ])
}

/** Who lives on the bridge is known where its engine, or the API server, was asked. undefined: nobody was; [] : they cannot tell. */
function goneBecause(
  scene: CheckScene,
  host: HostView & { readonly root: Namespace },
  target: Address,
  { device }: { readonly device: string; readonly range: Prefix },
): readonly Because[] | undefined {
  const failed = host.root.neighbours.find(({ address, state }) => address === target && state === 'FAILED')
  if (failed) return [because(`${formatAddress(target)} does not answer on ${device} (neighbour FAILED)`, failed.source)]
  const ofDocker = /^(?:docker|br-)/.test(device)
  const asked = ofDocker
    ? host.documents.find(({ content, partial }) => content.kind === 'docker-inspect' && content.objects.length > 0 && !partial)
    : scene.documents.find(
        ({ content, partial }) =>
          content.kind === 'kubernetes' && !partial && content.objects.some(({ object, partial: part }) => object.kind === 'Pod' && !part),
      )
  if (!asked) return undefined
  return [because(`no ${ofDocker ? 'container' : 'pod'} has ${formatAddress(target)}`, { file: asked.file, line: 1 })]
}
