import { CATALOGUE, FILES } from '../collect/catalogue.ts'

/**
 * How a program is asked without changing anything. Words that begin with a dash are `flags`, or `valued` with the next word; the others are
 * `verbs`, in their order, and then `free`. What fits none of them is not run: this is a list of what is known, not of what is forbidden.
 */
interface Look {
  readonly flags?: RegExp
  readonly valued?: RegExp
  readonly verbs?: readonly RegExp[]
  readonly free?: RegExp
}

const WORD = /^[\w.:/,@%+=![\]-]*$/
const SELECTORS = /^(?:-n|-l|-o|--namespace|--selector|--output|--field-selector|--context)$/
const SELECTED =
  /^(?:-A|--all-namespaces|--no-headers|--show-labels|(?:--namespace|--selector|--output|--field-selector|--context|-[nlo])=?[\w.:/,@=!-]+)$/
const CONTAINERS: Look = {
  verbs: [/^(?:ps|inspect|images|port|version|info)$/],
  flags: /^(?:-a|-q|--all|--quiet|--no-trunc)$/,
  valued: /^(?:-f|--filter|--format|-o|--output)$/,
  free: WORD,
}

/** `ip`'s words after `show` choose what is shown. Of its other verbs, `get` asks the kernel for a route. */
const IPROUTE: Look = {
  flags: /^-(?:[46djohs]|br|brief|details|json|oneline|statistics|color=never|N|numeric)$/,
  verbs: [/^(?:a|addr|address|link|l|r|route|rule|neigh|neighbour|fdb|vlan|mdb|netns|maddr)$/, /^(?:show|list|ls|get)$/],
  free: WORD,
}
const SAVE: Look = { flags: /^-c$/, valued: /^-t$/ }
const LIST: Look = { flags: /^(?:-[nvxSL]|--line-numbers|--list|--list-rules)$/, valued: /^-[tw]$/, free: /^[\w.:-]+$/ }

const LOOKS: Readonly<Record<string, Look>> = {
  ip: IPROUTE,
  bridge: IPROUTE,
  ss: { flags: /^-[abehilmnoprstuwx460H]+$/, free: /^[\w.:/,@%=![\] ()-]+$/ },
  netstat: { flags: /^-[altunpr]+$/ },
  nft: { flags: /^-[anjsSy]+$/, verbs: [/^list$/], free: WORD },
  ipset: { verbs: [/^(?:list|save|test)$/], flags: /^(?:-name|-terse|-sorted|-[nts])$/, free: WORD },
  conntrack: {
    flags: /^-[LCSG]$/,
    valued: /^(?:-[fpsd]|--(?:orig-src|orig-dst|reply-src|reply-dst|sport|dport|proto|family|state|mark))$/,
  },
  sysctl: { flags: /^-[aneN]$/, free: /^[\w./-]+$/ },
  systemctl: {
    verbs: [/^(?:is-active|is-enabled|is-failed|status|show|list-units)$/],
    flags: /^(?:--no-pager|--quiet|-q|-l|--plain|--all|--no-legend|--type=\w+)$/,
    valued: /^-[np]$/,
    free: /^[\w@.\\:-]+$/,
  },
  // Whoever asks for secrets would have them printed.
  kubectl: {
    verbs: [/^(?:get|describe|version|api-resources)$/],
    flags: SELECTED,
    valued: SELECTORS,
    free: /^(?!.*\bsecrets?\b)[\w.:/,-]+$/i,
  },
  docker: CONTAINERS,
  podman: CONTAINERS,
  crictl: { ...CONTAINERS, verbs: [/^(?:ps|pods|inspect|inspectp|images|info|version)$/] },
  getent: { verbs: [/^(?:hosts|ahosts|ahostsv4|ahostsv6)$/], free: WORD },
  dig: { free: /^[@+]?[\w.:=-]+$/ },
  nslookup: { free: /^[\w.:]+[\w.:-]*$/ },
  curl: {
    flags: /^(?:-[sSfkvIL]+|--fail|--silent|--insecure)$/,
    valued: /^(?:-m|--max-time|--connect-timeout)$/,
    free: /^https?:\/\/[^\s@]+$/,
  },
  uname: { flags: /^-[anrm]$/ },
  getenforce: {},
  lsmod: {},
  timedatectl: { free: /^(?:status|show)$/ },
  nmcli: { verbs: [/^(?:dev|device)$/, /^(?:status|show)$/], free: /^[\w.@-]+$/ },
  ufw: { verbs: [/^status$/], free: /^(?:verbose|numbered)$/ },
  'firewall-cmd': {
    flags: /^--(?:state|list-[\w-]+|get-[\w-]+|query-[\w-]+=[\w./-]+|zone=[\w-]+)$/,
  },
  wg: { verbs: [/^show$/], free: /^[\w.-]+$/ },
  ethtool: { flags: /^-[kiSg]$/, free: /^[\w.@-]+$/ },
  test: { valued: /^-[efdsL]$/ },
}

const IPTABLES = /^ip6?tables(?:-legacy|-nft)?(-save)?$/

/** Does the command only look? The catalogue of `collect` does, and what is written in the manner of LOOKS. */
export function onlyLooks(argv: readonly string[]): boolean {
  const [program = '', ...words] = argv
  if (CATALOGUE.some((entry) => same(entry.argv, argv))) return true
  if (program === 'cat' && words.length > 0) return words.every(isKnownFile)
  if (program === 'curl') return fits(LOOKS.curl ?? {}, withoutPair(words, '-o', '/dev/null'))
  const iptables = IPTABLES.exec(program)
  if (iptables)
    return iptables[1] === undefined ? fits(LIST, words) && words.some((word) => /^(?:-[SL]|--list)/.test(word)) : fits(SAVE, words)
  return Object.hasOwn(LOOKS, program) && fits(LOOKS[program] as Look, words)
}

function fits({ flags, valued, verbs = [], free }: Look, words: readonly string[]): boolean {
  let verb = 0
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    if (valued?.test(word)) {
      if (++i >= words.length || (words[i] as string).startsWith('-')) return false
    } else if (word.startsWith('-')) {
      if (!flags?.test(word)) return false
    } else if (verb < verbs.length) {
      if (!verbs[verb++]?.test(word)) return false
    } else if (!free?.test(word)) return false
  }
  // `ip route` shows, too; a program that is told apart by its verb needs the first.
  return verb > 0 || verbs.length === 0
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((word, i) => word === b[i])

function withoutPair(words: readonly string[], flag: string, value: string): readonly string[] {
  const at = words.findIndex((word, i) => word === flag && words[i + 1] === value)
  return at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 2)]
}

const KERNEL = /^\/proc\/(?:sys\/net|net)\/[\w./-]+$/

/** Files that collect takes as they are, and what the kernel shows of its network. */
function isKnownFile(path: string): boolean {
  if (path.split('/').includes('..')) return false
  return KERNEL.test(path) || FILES.some((pattern) => globbed(pattern).test(path))
}

/** `*` and `[46]` of the shell's patterns, within one name. */
const globbed = (pattern: string): RegExp => new RegExp(`^${pattern.replace(/[.+?^${}()|\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`)
