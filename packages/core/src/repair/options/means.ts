import type { CauseId } from '../../diagnose/causes/ids.ts'
import type { Wanted } from './drafts.ts'
import { openedInUfw, openedInZone, refusedInDockerUser, routedByUfw, trustedByZone } from './firewalls.ts'
import { by, host, type Mean } from './mean.ts'
import type { OptionDraft } from './option.ts'

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
  'filter.firewalld-zone': [openedInZone, trustedByZone],
  'filter.ufw': [routedByUfw, openedInUfw],
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
  'exposure.published-past-firewall': [refusedInDockerUser],
}
