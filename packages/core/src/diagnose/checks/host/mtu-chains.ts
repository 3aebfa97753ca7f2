import { mtuChains } from '../../../model/mtu/chains.ts'
import { because, type Check, type Found, missing } from '../check.ts'

export const mtuFits: Check = {
  id: 'mtu',
  holds: 'tunnels fit the devices that carry them, and both ends of a link carry the same',
  why: 'small requests work, large ones hang',
  evidence: ['hosts/HOST/ip-link.json'],
  causes: ['host.mtu'],
  run({ model }) {
    const measured = model.namespaces.filter(({ links }) => [...links.values()].some(({ mtu }) => mtu !== undefined))
    if (measured.length === 0) return missing('hosts/HOST/ip-link.json')
    const findings = mtuChains(model).map(({ kind, hops, text }): Found => {
      const [first] = hops
      return {
        severity: kind === 'tunnel' || kind === 'veth' ? 'error' : kind === 'unproven' ? 'info' : 'warning',
        cause: 'host.mtu',
        host: first.host,
        object: first.netns ? `${first.netns}/${first.device}` : first.device,
        text,
        because: hops.map((hop) =>
          because(`${hop.device} of ${hop.netns ? `${hop.netns} on ` : ''}${hop.host}: mtu ${hop.mtu}`, hop.source),
        ),
      }
    })
    return { looked: measured.length, findings, missing: [] }
  },
}
