// What the kernel tests need: root, network namespaces, and the tools that speak to netfilter. Installs tools with apt-get where it can.
import { spawnSync } from 'node:child_process'

process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`

const runs = (command, ...args) =>
  spawnSync(command, args, { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0

/** undefined when the kernel tests can run; otherwise why they cannot. The lab has to be built: what it runs stands there. */
export async function prepareKernelTests() {
  if (process.platform !== 'linux') return 'this is not Linux'
  if (process.getuid?.() !== 0) return 'they need root'
  const lab = await import('../lab/dist/requirements.js').catch((error) => error)
  if (lab instanceof Error) return `the lab is not built: ${lab.message}`
  const { installed, lackingPackages, missing } = lab
  if (lackingPackages().length > 0 && installed('apt-get')) install(lackingPackages())
  const reasons = missing()
  return reasons.length > 0 ? reasons.join('; ') : undefined
}

function install(packages) {
  process.stderr.write(`installing for the kernel tests: ${packages.join(' ')}\n`)
  const install = ['-q', '-y', '--no-install-recommends', 'install', ...packages]
  if (!runs('apt-get', ...install)) runs('apt-get', '-q', 'update') && runs('apt-get', ...install)
}
