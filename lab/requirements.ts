import { execFileSync } from 'node:child_process'
import { type Family, iptablesOf } from './scenario.ts'

/** What the lab runs, and the Debian package that has it. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  python3: 'python3',
  ip: 'iproute2',
  bridge: 'iproute2',
  ipset: 'ipset',
  conntrack: 'conntrack',
  nft: 'nftables',
  'iptables-nft-restore': 'iptables',
  'iptables-legacy-restore': 'iptables',
  'ip6tables-nft-restore': 'iptables',
  'ip6tables-legacy-restore': 'iptables',
}

/** Debian packages to install before the kernel tests. */
export const PACKAGES: readonly string[] = [...new Set(Object.values(PROGRAMS))]

const installed = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const canUnshare = (): boolean => {
  try {
    execFileSync('unshare', ['--net', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Why the lab cannot run here, in sentences; empty when it can. */
export function missing(families: readonly Family[] = []): readonly string[] {
  const tools = families.map((family) => `${iptablesOf(family)}-restore`)
  const needed = (program: string): boolean => !program.endsWith('-restore') || families.length === 0 || tools.includes(program)
  const lacking = Object.entries(PROGRAMS).filter(([program]) => needed(program) && !installed(program))
  const reasons = lacking.map(([program, from]) => `${program} is not installed (Debian package ${from})`)
  if (process.getuid?.() !== 0) return ['not root', ...reasons]
  return canUnshare() ? reasons : ['this kernel or container gives no network namespace', ...reasons]
}
