import { namespaceIn, portKey } from '../../../model/model.ts'
import { isUp } from '../../../model/namespace.ts'
import { familyOf, formatAddress } from '../../../net/address.ts'
import { contains, network } from '../../../net/prefix.ts'
import type { Blame } from '../../blame.ts'
import type { Scene } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'
import { accuse, quoted } from '../suspect.ts'
import { destinationAt } from './overlap.ts'

/** Whoever has the address is plugged into this very host, which routes the packet elsewhere, having no route to his bridge or link. */
export const ASTRAY: Cause = {
  id: 'route.missing',
  suspects: (scene) => scene.blames.flatMap((blame) => (blame.kind === 'not-listening' ? [] : ofBlame(scene, blame))),
}

function ofBlame({ model }: Scene, blame: Blame): readonly Suspect[] {
  const steps = blame.part.steps.filter(({ kind, route, netns }) => kind === 'route' && route?.type === 'unicast' && netns === '')
  // What an answer is translated back to is told by no step: the last look-up was for where it ended.
  const looked = steps.flatMap((step, i) => [
    { step, dst: destinationAt(blame, step) },
    ...(i === steps.length - 1 ? [{ step, dst: blame.part.packet.dst }] : []),
  ])
  return looked.flatMap(({ step, dst }) => {
    const host = namespaceIn(model, step)
    const owner = model.owners.get(dst)?.find(({ namespace }) => namespace.host === step.host && namespace.name !== '')
    const port = owner && model.peers.get(portKey(owner.namespace, owner.address.device))
    if (!host || !port || port.namespace !== host) return []
    const attached = host.links.get(port.link.master ?? port.link.name)
    if (!attached || !isUp(attached) || attached.name === step.route?.dev) return []
    const leads = host.fib[familyOf(dst)].routes.some(
      ({ type, destination, nextHops }) =>
        type === 'unicast' && contains(destination, dst) && nextHops.some(({ device }) => device === attached.name),
    )
    const own = (host.addressesOf.get(attached.name) ?? []).filter(({ family }) => family === familyOf(dst))
    const has = own.some(({ address, prefixLength }) => contains(network(address, prefixLength), dst))
    // A bridge of another network is no matter of a route.
    if (leads || (own.length > 0 && !has)) return []
    const at = { host: host.host, netns: '' }
    return [
      accuse('route.missing', blame, {
        where: { ...at, object: `no route to ${formatAddress(dst)} by ${attached.name}`, source: step.evidence },
        because: [
          quoted(`${formatAddress(dst)} is plugged into ${attached.name} of this host, and is sent elsewhere`, step),
          { text: `no route of ${host.id} leads to ${attached.name}`, source: attached.source },
        ],
        likelihood: 0.93,
        without: [{ kind: 'route-added', at, text: `${formatAddress(dst)} dev ${attached.name} scope link` }],
      }),
    ]
  })
}
