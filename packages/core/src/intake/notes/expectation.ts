import type { Family } from '../../net/address.ts'
import type { Format } from '../format.ts'
import type { Command } from './command.ts'

/** What a command's output will be, and what the output itself does not say. */
export interface Expectation {
  readonly format: Format | undefined
  readonly family?: Family | undefined
  /** `iptables -t nat -L` shows chains and not the table they are in; `ip route show table 52` likewise. */
  readonly table?: string | undefined
  readonly backend?: 'legacy' | 'nft' | undefined
  /** File that was printed: `cat /run/flannel/subnet.env`. */
  readonly path?: string | undefined
  /** Only a part was asked for (one chain, one table, a filter): what is absent may exist. */
  readonly partial: boolean
}

export function expectationOf(command: Command): Expectation {
  const { program, args } = command
  const words = args.filter((arg) => !arg.startsWith('-'))
  const of = (format: Format | undefined, more: Partial<Expectation> = {}): Expectation => ({ format, partial: command.filtered, ...more })
  if (command.redirected) return of(undefined)
  if (/^ip6?tables/.test(program) || program === 'xtables-save') return iptables(command)
  switch (program) {
    case 'ebtables':
    case 'ebtables-save':
      return of('ebtables-save')
    case 'nft':
      if (words[0] === 'monitor') return of(words.includes('trace') ? 'nft-monitor-trace' : 'nft-monitor')
      return words[0] === 'list'
        ? of(args.includes('-j') || args.includes('--json') ? 'nft-json' : 'nft-text', {
            partial: command.filtered || words[1] !== 'ruleset',
          })
        : of(undefined)
    case 'ipset':
      return of('ipset')
    case 'ip':
      return of(ipObject(args), {
        family: args.includes('-6') ? 'ip6' : args.includes('-4') ? 'ip' : undefined,
        table: ipObject(args) === 'ip-route' ? routeTable(words) : undefined,
        partial: command.filtered || narrowed(words),
      })
    case 'ifconfig':
      return of('ip-addr')
    case 'route':
      return of('ip-route')
    case 'arp':
      return of('ip-neigh')
    case 'netstat':
      return of(args.some((arg) => /^-[a-z0-9]*r|^--route/.test(arg)) ? 'ip-route' : 'netstat')
    case 'bridge':
      return of(words[0]?.startsWith('f') ? 'bridge-fdb' : words[0]?.startsWith('l') ? 'bridge-link' : undefined, {
        partial: command.filtered || words.length > 2,
      })
    case 'sysctl':
      return of('sysctl', { partial: command.filtered || !args.some((arg) => /^-[a-z]*a/.test(arg)) })
    case 'ss':
      return of('ss')
    case 'conntrack':
      return of(
        args.some((a) => /^-[E]|--event/.test(a)) ? 'conntrack-events' : args.includes('-S') ? 'conntrack-statistics' : 'conntrack',
        { partial: true },
      )
    case 'docker':
    case 'podman':
    case 'nerdctl':
      return of(docker(words))
    case 'crictl':
      return of(words[0] === 'images' || words[0] === 'img' ? 'images' : 'crictl')
    case 'kubectl':
    case 'oc':
      return of(
        words.includes('describe')
          ? 'kubectl-describe'
          : words.includes('get')
            ? args.some((a) => /^(?:-o)?=?(?:json|yaml)$|^-o(?:json|yaml)$|--output=(?:json|yaml)/.test(a))
              ? 'kubernetes'
              : 'kubectl-table'
            : undefined,
      )
    case 'cat':
    case 'less':
    case 'grep':
    case 'egrep':
    case 'head':
    case 'tail':
      return of(undefined, { path: words[words.length - 1], partial: command.filtered || !/^(?:cat|less)$/.test(program) })
    case 'tcpdump':
    case 'tshark':
      return of('tcpdump')
    case 'dmesg':
      return of('kernel-log')
    case 'journalctl':
      return of('log')
    case 'ufw':
      return of(words[0] === 'show' ? 'iptables-list' : 'ufw-status')
    case 'firewall-cmd':
      return of('firewalld-zones')
    case 'ipvsadm':
      return of('ipvsadm')
    case 'xtables-monitor':
      return of('xtables-monitor')
    case 'nstat':
      return of('counters')
    case 'hostname':
      return of('hostname')
    case 'curl':
    case 'wget':
      return of(words.some((word) => /\/v2\/(?:_catalog|\S+\/tags\/list)/.test(word)) ? 'registry' : undefined)
    default:
      return of(SYSTEM[program])
  }
}

/** Commands that tell of a machine beside its network. */
const SYSTEM: Readonly<Record<string, Format>> = {
  lsmod: 'modules',
  getenforce: 'selinux',
  sestatus: 'selinux',
  'aa-status': 'apparmor',
  timedatectl: 'clock',
  chronyc: 'clock',
  ntpq: 'clock',
  date: 'clock',
  systemctl: 'units',
  ps: 'processes',
  nmcli: 'network-manager',
  find: 'file-listing',
  tree: 'file-listing',
}

function iptables({ program, args, filtered }: Command): Expectation {
  const table = optionValue(args, /^-[a-zA-Z]*t$|^--table$/)
  const chain = optionValue(args, /^-[a-zA-Z]*[LS]$|^--list(?:-rules)?$/)
  const family: Family = program.startsWith('ip6') ? 'ip6' : 'ip'
  const backend = program.includes('legacy') ? 'legacy' : program.includes('nft') ? 'nft' : undefined
  const save = program.endsWith('save') || args.some((arg) => /^-[a-zA-Z]*S|^--list-rules/.test(arg))
  const lists = save || args.some((arg) => /^-[a-zA-Z]*L|^--list$/.test(arg))
  const part = chain !== undefined && !chain.startsWith('-')
  return {
    format: save ? 'iptables-save' : lists ? 'iptables-list' : undefined,
    family,
    table: table ?? (program.endsWith('save') ? undefined : 'filter'),
    backend,
    partial: filtered || part || !program.endsWith('save'),
  }
}

function optionValue(args: readonly string[], option: RegExp): string | undefined {
  const at = args.findIndex((arg) => option.test(arg))
  return at < 0 ? undefined : args[at + 1]
}

/** ip(8) takes any beginning of an object's name: `ip a`, `ip ro`, `ip nei`. */
function ipObject(args: readonly string[]): Format | undefined {
  const object = args.find((arg, i) => !arg.startsWith('-') && !/^-(?:f|family|n|netns)$/.test(args[i - 1] ?? ''))
  if (object === undefined) return undefined
  const objects: readonly (readonly [string, Format])[] = [
    ['address', 'ip-addr'],
    ['link', 'ip-link'],
    ['route', 'ip-route'],
    ['rule', 'ip-rule'],
    ['neighbour', 'ip-neigh'],
    ['neighbor', 'ip-neigh'],
  ]
  return objects.find(([name]) => name.startsWith(object))?.[1]
}

/** `ip route show table 52` does not repeat the table in its output. */
function routeTable(words: readonly string[]): string | undefined {
  const at = words.findIndex((word, i) => i > 0 && /^t(?:a|ab|abl|able)?$/.test(word))
  return at < 0 ? undefined : words[at + 1]
}

/** `ip route show dev eth0`, `ip route get …`, `ip addr show docker0` print a part. `ip route` alone prints table main. */
function narrowed(words: readonly string[]): boolean {
  const rest = words.slice(1).filter((word) => !/^(?:s|sh|show|l|ls|list|t|ta|table|all)$/.test(word))
  return rest.length > 0
}

function docker(words: readonly string[]): Format | undefined {
  switch (words[0]) {
    case 'ps':
      return 'docker-ps'
    case 'container':
      return words[1] === 'inspect' ? 'docker-inspect' : 'docker-ps'
    case 'inspect':
      return 'docker-inspect'
    case 'network':
      return 'docker-network'
    case 'images':
      return 'images'
    case 'info':
      return 'docker-info'
    case 'version':
      return 'docker-version'
    case 'logs':
      return 'log'
  }
  return undefined
}
