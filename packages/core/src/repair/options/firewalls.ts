import { uplinkOf } from '../../datapath/start.ts'
import { namespaceIn } from '../../model/model.ts'
import { formatAddress } from '../../net/address.ts'
import type { Packet } from '../../net/packet.ts'
import { PROTOCOL } from '../../net/packet.ts'
import type { Wanted } from './drafts.ts'
import { innerNetwork } from './inner-network.ts'
import { by, host, type Mean } from './mean.ts'

/** `tcp` or `udp`, and the port: what firewalls open. undefined for other protocols, of which their tools know no ports. */
function service(packet: Packet | undefined): { readonly protocol: 'tcp' | 'udp'; readonly port: string } | undefined {
  if (packet?.protocol !== PROTOCOL.tcp && packet?.protocol !== PROTOCOL.udp) return undefined
  return { protocol: packet.protocol === PROTOCOL.tcp ? 'tcp' : 'udp', port: String(packet.dport) }
}

const isForwarded = ({ blame }: Wanted): boolean => blame?.step?.hook === 'FORWARD'

export const openedInZone: Mean = (wanted) => {
  const opened = service(wanted.blame?.part.packet)
  if (!opened || isForwarded(wanted)) return undefined
  const port = `${opened.port}/${opened.protocol}`
  return by(`Open ${port} in the zone`, ['firewall-cmd', '--permanent', `--add-port=${port}`], 'the default zone admits it then', {
    lasts: 'it is permanent; `firewall-cmd --reload` makes it act',
  })(wanted)
}

/** The bridge of the containers or pods that the packet is from or for. */
export const trustedByZone: Mean = (wanted) => {
  const { blame, model, cause } = wanted
  const at = namespaceIn(model, blame?.step ?? cause.where)
  if (!blame || !at || !isForwarded(wanted)) return undefined
  const { src, dst } = blame.part.packet
  const device = (innerNetwork(at, dst) ?? innerNetwork(at, src))?.nextHops[0]?.device
  if (device === undefined) return undefined
  return by(
    `Put ${device} into the trusted zone`,
    ['firewall-cmd', '--permanent', '--zone=trusted', `--change-interface=${device}`],
    'what the zone trusted forwards is admitted',
    { lasts: 'it is permanent; `firewall-cmd --reload` makes it act, and Docker must be restarted after it' },
  )(wanted)
}

export const routedByUfw: Mean = (wanted) => {
  const packet = wanted.blame?.part.packet
  const routed = service(packet)
  if (!packet || !routed || !isForwarded(wanted)) return undefined
  const { protocol, port } = routed
  const [from, to] = [formatAddress(packet.src), formatAddress(packet.dst)]
  return by(
    'Let ufw route it',
    ['ufw', 'route', 'allow', 'proto', protocol, 'from', from, 'to', to, 'port', port],
    'ufw keeps its own rules, and this one with them',
  )(wanted)
}

export const openedInUfw: Mean = (wanted) => {
  const opened = service(wanted.blame?.part.packet)
  if (!opened || isForwarded(wanted)) return undefined
  const port = `${opened.port}/${opened.protocol}`
  return by(`Open ${port} in ufw`, ['ufw', 'allow', port], 'ufw keeps its own rules, and this one with them')(wanted)
}

/** What comes in by the device that the complaint's packet came in by, to the port it asked for before it was translated. */
export const refusedInDockerUser: Mean = (wanted) => {
  const { blame, model, cause } = wanted
  const at = namespaceIn(model, cause.where)
  const sent = blame?.outcome.sent
  const device = blame?.symptom.request.iif ?? (at && sent && uplinkOf(at, sent.family))
  const published = service(sent)
  if (device === undefined || !published) return undefined
  const meets = ['-i', device, '-p', published.protocol, '-m', 'conntrack', '--ctorigdstport', published.port]
  return {
    title: 'Refuse it in DOCKER-USER, which forwarded packets do meet',
    kind: 'immediate',
    risk: 'low',
    downtime: 'none',
    where: host(wanted),
    steps: [
      {
        argv: ['iptables', '-t', 'filter', '-I', 'DOCKER-USER', '1', ...meets, '-j', 'DROP'],
        why: 'published ports are translated before INPUT could see them; DOCKER-USER is met in FORWARD',
      },
    ],
    lasts: 'save it with the means of the distribution; or publish the port on 127.0.0.1 only (`-p 127.0.0.1:8080:80`)',
  }
}
