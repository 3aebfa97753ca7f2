import type { CauseId } from '../../diagnose/causes/ids.ts'
import type { Wanted } from './drafts.ts'
import type { OptionDraft } from './option.ts'

type Mean = (wanted: Wanted) => OptionDraft | undefined

const host = ({ cause }: Wanted): OptionDraft['where'] => ({ host: cause.where.host, netns: '' })

/** The owner writes its rules again when it starts: that is how they come back, never by hand. */
const restart =
  (unit: string, says: string, downtime: string, kind: OptionDraft['kind'] = 'immediate'): Mean =>
  (wanted) => ({
    title: `Restart ${unit}, so that it ${says}`,
    kind,
    risk: 'medium',
    downtime,
    pros: ['the owner makes its own rules, all of them, as it wants them'],
    cons: [`${unit} is interrupted`],
    where: host(wanted),
    steps: [{ argv: ['systemctl', 'restart', unit], why: `${unit} ${says} when it starts` }],
    lasts:
      unit === 'docker'
        ? 'start the firewall before Docker (`After=firewalld.service` in a drop-in of docker.service), and restart Docker after each reload of the firewall'
        : '',
  })

/** A change that is made with the owner's own tool. */
const by =
  (title: string, argv: readonly string[], why: string, more: Partial<OptionDraft> = {}): Mean =>
  (wanted) => ({ title, kind: 'proper', risk: 'low', downtime: 'none', where: host(wanted), steps: [{ argv, why }], ...more })

const port = ({ blame }: Wanted): string => `${blame?.part.packet.dport ?? 'PORT'}/${blame?.part.packet.protocol === 17 ? 'udp' : 'tcp'}`
const inDevice = ({ blame }: Wanted): string => blame?.part.steps.find(({ route }) => route?.dev)?.route?.dev ?? 'DEVICE'

const isFlushedByDocker = ({ cause }: Wanted): boolean => /Docker/.test(cause.where.object)

/** In front of the routing rules that VPN programs make (Tailscale from 5210, wg-quick from 32764 down). */
const BEFORE_VPNS = '5200'

/** Ways that are known for a cause beside taking it away: at the owner's place, with the owner's tool. */
export const MEANS: Readonly<Partial<Record<CauseId, readonly Mean[]>>> = {
  'nat.rules-flushed': [
    (wanted) =>
      isFlushedByDocker(wanted)
        ? restart('docker', 'writes its rules again', 'containers stop, unless live-restore is on')(wanted)
        : undefined,
    (wanted) =>
      isFlushedByDocker(wanted)
        ? undefined
        : by(
            'Restart kube-proxy, so that it writes its rules again',
            ['kubectl', '-n', 'kube-system', 'rollout', 'restart', 'daemonset/kube-proxy'],
            'kube-proxy writes all its rules when it starts',
            { kind: 'immediate', downtime: 'none for connections that are open' },
          )(wanted),
  ],
  'service.proxy-stale': [
    by(
      'Restart kube-proxy',
      ['kubectl', '-n', 'kube-system', 'rollout', 'restart', 'daemonset/kube-proxy'],
      'it writes all its rules anew when it starts',
      { kind: 'immediate' },
    ),
  ],
  'filter.firewalld-zone': [
    (wanted) =>
      wanted.blame?.step?.hook === 'INPUT'
        ? by(
            `Open ${port(wanted)} in the zone`,
            ['firewall-cmd', '--permanent', `--add-port=${port(wanted)}`],
            'the default zone admits it then',
            { lasts: 'it is permanent; `firewall-cmd --reload` makes it act' },
          )(wanted)
        : by(
            'Put the container or pod device into the trusted zone',
            ['firewall-cmd', '--permanent', '--zone=trusted', `--change-interface=${innerDevice(wanted)}`],
            'what the zone trusted forwards is admitted',
            { lasts: 'it is permanent; `firewall-cmd --reload` makes it act, and Docker must be restarted after it' },
          )(wanted),
  ],
  'filter.ufw': [
    (wanted) =>
      wanted.blame?.step?.hook === 'FORWARD'
        ? by(
            'Let ufw route it',
            ['ufw', 'route', 'allow', 'in', 'on', inDevice(wanted), 'to', 'any', 'port', String(wanted.blame?.part.packet.dport ?? '')],
            'ufw keeps its own rules, and this one with them',
          )(wanted)
        : by(`Open ${port(wanted)} in ufw`, ['ufw', 'allow', port(wanted)], 'ufw keeps its own rules, and this one with them')(wanted),
  ],
  'route.overlap': [
    (wanted) => {
      const seen = /^a route to (\S+) by (\S+),/.exec(wanted.cause.where.object)
      const [, prefix = '', device = ''] = seen ?? []
      return seen
        ? by(
            `Look ${prefix} up in the main table first`,
            ['ip', 'rule', 'add', 'pref', BEFORE_VPNS, 'to', prefix, 'lookup', 'main'],
            `packets to ${prefix} were seen leaving by ${device}: a rule of a VPN (Tailscale's are 5210 to 5270) sends them to a table of its own`,
            {
              kind: 'immediate',
              lasts:
                'write it where the routing rules are kept; or give Docker another range (bip and default-address-pools in daemon.json), or let the VPN not accept that route',
            },
          )(wanted)
        : undefined
    },
  ],
  'conntrack.stale': [
    ({ cause }) => {
      const flow = /(\S+?):(\d+) → (\S+?):(\d+)/.exec(cause.where.object)
      return flow
        ? {
            title: 'Forget the connection',
            kind: 'immediate',
            risk: 'low',
            downtime: 'the connection that is dead anyway',
            where: { host: cause.where.host, netns: '' },
            steps: [
              {
                argv: ['conntrack', '-D', '-s', flow[1] ?? '', '-d', flow[3] ?? '', '--sport', flow[2] ?? '', '--dport', flow[4] ?? ''],
                why: 'the next packet is a new connection, and goes by the rules of now',
              },
            ],
          }
        : undefined
    },
  ],
  'exposure.published-past-firewall': [
    (wanted) => {
      const { blame, cause } = wanted
      const packet = blame?.part.packet
      return packet
        ? {
            title: 'Refuse it in DOCKER-USER, which forwarded packets do meet',
            kind: 'immediate',
            risk: 'low',
            downtime: 'none',
            where: { host: cause.where.host, netns: '' },
            steps: [
              {
                argv: [
                  'iptables',
                  '-t',
                  'filter',
                  '-I',
                  'DOCKER-USER',
                  '1',
                  '-i',
                  blame?.outcome.steps[0]?.route?.dev ?? 'eth0',
                  '-p',
                  packet.protocol === 17 ? 'udp' : 'tcp',
                  '-m',
                  'conntrack',
                  '--ctorigdstport',
                  String(blame?.outcome.sent?.dport ?? packet.dport),
                  '-j',
                  'DROP',
                ],
                why: 'published ports are translated before INPUT could see them; DOCKER-USER is met in FORWARD',
              },
            ],
            lasts: 'save it with the means of the distribution; or publish the port on 127.0.0.1 only (`-p 127.0.0.1:8080:80`)',
          }
        : undefined
    },
  ],
}

const innerDevice = ({ blame }: Wanted): string =>
  blame?.part.steps.map(({ route }) => route?.dev).find((device) => device !== undefined && /^(docker|br-|cni|cali|podman)/.test(device)) ??
  'docker0'
