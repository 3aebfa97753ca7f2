import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { type Family, iptablesOf } from './scenario.ts'

/** What the random networks run, and the Debian package that has it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  python3: 'python3',
  ip: 'iproute2',
  bridge: 'iproute2',
  ipset: 'ipset',
  conntrack: 'conntrack',
  nft: 'nftables',
  unshare: 'util-linux',
  'iptables-nft-restore': 'iptables',
  'iptables-legacy-restore': 'iptables',
  'ip6tables-nft-restore': 'iptables',
  'ip6tables-legacy-restore': 'iptables',
}

/** What the real networks run beside these. */
const REAL_PROGRAMS: Readonly<Record<string, string>> = {
  busybox: 'busybox-static',
  ss: 'iproute2',
  nsenter: 'util-linux',
  sysctl: 'procps',
}

/** What single tests compare with; they are skipped without. */
const ORACLES: Readonly<Record<string, string>> = { tshark: 'tshark' }

/** No test installs an engine: as a service of the machine it would change the machine's own network. */
const DOCKER_PROGRAMS: Readonly<Record<string, string>> = { dockerd: 'docker.io', docker: 'docker.io', tar: 'tar' }

/** Is there a program of that name on PATH? */
export function installed(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const lackingOf = (programs: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
  Object.entries(programs).filter(([program]) => !installed(program))

const sentences = (lacking: readonly (readonly [string, string])[]): readonly string[] =>
  lacking.map(([program, from]) => `${program} is not installed (Debian package ${from})`)

/** Debian packages to install before the kernel tests, of both kinds, and before those that compare with other programs. */
export const lackingPackages = (): readonly string[] => [
  ...new Set(lackingOf({ ...PROGRAMS, ...REAL_PROGRAMS, ...ORACLES }).map(([, from]) => from)),
]

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
  const reasons = sentences(lackingOf(PROGRAMS).filter(([program]) => needed(program)))
  if (process.getuid?.() !== 0) return ['not root', ...reasons]
  return canUnshare() ? reasons : ['this kernel or container gives no network namespace', ...reasons]
}

/** Why no real network can be built here, in sentences; empty when it can. */
export const missingForReal = (): readonly string[] => [...missing(), ...sentences(lackingOf(REAL_PROGRAMS))]

/** Why no Docker engine can be started here. */
export const missingForDocker = (): readonly string[] => sentences(lackingOf(DOCKER_PROGRAMS))
