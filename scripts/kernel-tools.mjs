// What the kernel tests need: root, network namespaces, and the tools that speak to netfilter. Installs tools with apt-get where it can.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

// As lab/requirements.ts names them.
const TOOLS = {
  python3: 'python3',
  ip: 'iproute2',
  bridge: 'iproute2',
  ipset: 'ipset',
  nft: 'nftables',
  'iptables-nft-restore': 'iptables',
  'iptables-legacy-restore': 'iptables',
  'ip6tables-nft-restore': 'iptables',
}
// Without these only the tests that need them are skipped.
const MORE_TOOLS = { sshd: 'openssh-server', conntrack: 'conntrack', tcpdump: 'tcpdump', busybox: 'busybox-static' }
const PLACES = [...new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'])]

const has = (tool) => PLACES.some((place) => existsSync(`${place}/${tool}`))
const missing = (tools = TOOLS) => [
  ...new Set(
    Object.entries(tools)
      .filter(([tool]) => !has(tool))
      .map(([, name]) => name),
  ),
]
const runs = (command, ...args) =>
  spawnSync(command, args, { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0

/** undefined when the kernel tests can run; otherwise why they cannot. */
export function prepareKernelTests() {
  if (process.platform !== 'linux') return 'this is not Linux'
  if (process.getuid?.() !== 0) return 'they need root'
  const lacking = [...missing(), ...missing(MORE_TOOLS)]
  if (lacking.length > 0) install(lacking)
  if (missing().length > 0) return `these Debian packages are missing and could not be installed: ${missing().join(' ')}`
  if (spawnSync('unshare', ['--net', 'true']).status !== 0) return 'this machine does not allow network namespaces'
  return undefined
}

function install(packages) {
  if (!has('apt-get')) return
  process.stderr.write(`installing for the kernel tests: ${packages.join(' ')}\n`)
  const install = ['-q', '-y', '--no-install-recommends', 'install', ...packages]
  if (!runs('apt-get', ...install)) runs('apt-get', '-q', 'update') && runs('apt-get', ...install)
}
