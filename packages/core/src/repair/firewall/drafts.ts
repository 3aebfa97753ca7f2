import type { Namespace } from '../../model/namespace.ts'
import type { Draft } from '../compose.ts'
import type { Audit } from './audit.ts'
import { type Need, portText, type Trust } from './needs.ts'

/** Who guards the host. `none`: nothing refuses anything. */
export type FirewallProgram = 'firewalld' | 'ufw' | 'iptables' | 'nftables' | 'none'

/** Steps that admit what is missing, through the firewall that is there, each with its exact undo. */
export function firewallDrafts(
  program: FirewallProgram,
  { needs, trusts }: Audit,
  namespace: Namespace,
  assumeMissing: boolean,
): readonly Draft[] {
  const wanted = needs.filter(({ state }) => state === 'missing' || (assumeMissing && state === 'unknown'))
  const interfaces = trusts.filter(({ state }) => state === 'missing' || (assumeMissing && (state === 'unknown' || state === 'absent')))
  return [
    ...wanted.flatMap(({ need, refused }) => sourcesOf(need, refused).flatMap((source) => admit(program, need, source, namespace))),
    ...interfaces.flatMap(({ trust }) => trustDrafts(program, trust, namespace)),
  ]
}

/** undefined: everyone. */
const sourcesOf = (need: Need, refused: readonly string[]): readonly (string | undefined)[] =>
  need.from === 'everyone' ? [undefined] : refused.length > 0 ? refused : need.sources

const NUMBERS = { tcp: 'tcp', udp: 'udp', vrrp: '112', ipip: '4' } as const

function admit(program: FirewallProgram, need: Need, source: string | undefined, namespace: Namespace): readonly Draft[] {
  const why = `${need.what}: ${portText(need)} from ${source ?? 'everyone'} (${need.role})`
  switch (program) {
    case 'firewalld':
      return firewalld(firewalldRule(need, source), why)
    case 'ufw': {
      const protocol = need.protocol === 'vrrp' || need.protocol === 'ipip' ? undefined : need.protocol
      if (protocol === undefined || !need.ports) return []
      const rule = ['allow', 'proto', protocol, 'from', source ?? 'any', 'to', 'any', 'port', span(need, ':')]
      return [{ command: ['ufw', ...rule], undo: ['ufw', 'delete', ...rule], why }]
    }
    case 'iptables': {
      const port = need.ports ? ['--dport', span(need, ':')] : []
      const from = source === undefined ? [] : ['-s', source]
      return [
        {
          command: [
            'iptables',
            '-I',
            'INPUT',
            '1',
            ...from,
            '-p',
            NUMBERS[need.protocol],
            ...port,
            '-m',
            'comment',
            '--comment',
            'culprit-firewall',
            '-j',
            'ACCEPT',
          ],
          why,
        },
      ]
    }
    case 'nftables': {
      const match = need.ports ? `${need.protocol} dport ${span(need, '-')}` : `meta l4proto ${NUMBERS[need.protocol]}`
      return inputChains(namespace).map(([family, table, chain]) => ({
        command: ['nft', 'insert', 'rule', family, table, chain, `${source === undefined ? '' : `ip saddr ${source} `}${match} accept`],
        why,
      }))
    }
    case 'none':
      return []
  }
}

const span = ({ ports }: Need, separator: string): string =>
  ports ? (ports.first === ports.last ? String(ports.first) : `${ports.first}${separator}${ports.last}`) : ''

function firewalldRule(need: Need, source: string | undefined): readonly string[] {
  if (source === undefined) return need.ports ? [`port=${span(need, '-')}/${need.protocol}`] : [`protocol=${need.protocol}`]
  const what = need.ports ? `port port="${span(need, '-')}" protocol="${need.protocol}"` : `protocol value="${need.protocol}"`
  return [`rich-rule=rule family="ipv4" source address="${source}" ${what} accept`]
}

/** Now, and for the next start of firewalld. */
const firewalld = (rules: readonly string[], why: string, zone: readonly string[] = []): readonly Draft[] =>
  rules.flatMap((rule) =>
    [[], ['--permanent']].map((lasting) => ({
      command: ['firewall-cmd', ...lasting, ...zone, `--add-${rule}`],
      undo: ['firewall-cmd', ...lasting, ...zone, `--remove-${rule}`],
      why,
    })),
  )

function trustDrafts(program: FirewallProgram, trust: Trust, namespace: Namespace): readonly Draft[] {
  const why = `${trust.what} (${trust.interface}) is trusted`
  switch (program) {
    case 'firewalld':
      return firewalld([`interface=${trust.interface}`], why, ['--zone=trusted'])
    case 'ufw': {
      const rule = ['allow', 'in', 'on', trust.interface]
      return [{ command: ['ufw', ...rule], undo: ['ufw', 'delete', ...rule], why }]
    }
    case 'iptables':
      return [
        {
          command: [
            'iptables',
            '-I',
            'INPUT',
            '1',
            '-i',
            trust.interface,
            '-m',
            'comment',
            '--comment',
            'culprit-firewall',
            '-j',
            'ACCEPT',
          ],
          why,
        },
      ]
    case 'nftables':
      return inputChains(namespace).map(([family, table, chain]) => ({
        command: ['nft', 'insert', 'rule', family, table, chain, `iifname "${trust.interface}" accept`],
        why,
      }))
    case 'none':
      return []
  }
}

/** Base chains on the way in that can refuse: each of them has its say. */
export function inputChains(namespace: Namespace): readonly (readonly [family: string, table: string, chain: string])[] {
  return namespace.nft.flatMap(({ tables }) =>
    tables
      .filter(({ family }) => family === 'ip' || family === 'inet')
      .flatMap((table) =>
        table.chains
          .filter(
            ({ base, rules }) =>
              base?.type === 'filter' &&
              base.hook === 'input' &&
              (base.policy === 'drop' || rules.some(({ text }) => /\b(?:drop|reject)\b/.test(text))),
          )
          .map(({ name }) => [table.family, table.name, name] as const),
      ),
  )
}
