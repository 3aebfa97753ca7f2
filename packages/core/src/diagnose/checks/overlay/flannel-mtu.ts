import { because, type Check, type Found, missing, seen, together } from '../check.ts'
import { flannelHosts, leaseSays } from './flannel.ts'

export const flannelMtu: Check = {
  id: 'flannel-mtu',
  holds: 'cni0 and flannel.1 have the MTU that subnet.env names',
  why: 'full packets of pods do not fit the tunnel: small requests work, large ones hang',
  evidence: ['hosts/HOST/ip-link.json', 'hosts/HOST/files/run/flannel/subnet.env'],
  causes: ['host.mtu'],
  runbook: 'overlay-forced-repair',
  run: (scene) =>
    together(
      flannelHosts(scene).map(({ host, lease, vtep, bridge }) => {
        if (lease?.mtu === undefined) return missing(`${host.folder}/files/run/flannel/subnet.env`)
        const links = [vtep, bridge].filter((link) => link?.mtu !== undefined)
        if (links.length === 0) return missing(`${host.folder}/ip-link.json`)
        return seen(
          ...links.map((link): Found | undefined => {
            if (!link || link.mtu === undefined || link.mtu === lease.mtu) return undefined
            // A bridge without ports, or with smaller ones, is smaller: that harms nobody.
            const larger = link.mtu > (lease.mtu ?? 0)
            if (!larger && link === bridge) return undefined
            return {
              severity: larger ? 'error' : 'warning',
              cause: 'host.mtu',
              host: host.name,
              object: link.name,
              text: `${link.name} has the MTU ${link.mtu}, and flannel’s is ${lease.mtu}`,
              because: [because(`${link.name}: mtu ${link.mtu}`, link.source), leaseSays(lease, 'FLANNEL_MTU')],
            }
          }),
        )
      }),
    ),
}
