import { type Check, missing, seen, together } from '../check.ts'
import { addressText, flannelHosts, holds } from './flannel.ts'

export const flannelVtepMask: Check = {
  id: 'flannel-vtep-mask',
  holds: 'the overlay device’s address has the mask /32',
  why: 'with a shorter mask the kernel adds a route that claims other nodes’ ranges for the device itself',
  evidence: ['hosts/HOST/ip-addr.json'],
  causes: ['overlay.subnet-mismatch'],
  runbook: 'overlay-light-repair',
  run: (scene) =>
    together(
      flannelHosts(scene).map(({ host, vtepAddresses, vtep }) => {
        if (vtepAddresses.length === 0) return missing(`${host.folder}/ip-addr.json`)
        if (vtep?.type !== undefined && vtep.type !== 'vxlan') return seen()
        return seen(
          ...vtepAddresses
            .filter(({ prefixLength }) => prefixLength !== 32)
            .map((address) => ({
              severity: 'warning' as const,
              cause: 'overlay.subnet-mismatch' as const,
              host: host.name,
              object: address.device,
              text: `${address.device} has ${addressText(address)}: flannel gives it the mask /32`,
              because: [holds(address)],
            })),
        )
      }),
    ),
}
