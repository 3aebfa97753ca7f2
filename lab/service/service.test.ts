import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Network, output } from '../real/network.ts'
import { installed, missingForReal } from '../requirements.ts'
import { capabilitiesOf, deployed, readUnit, type Setting, withCapabilities } from './unit.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/culprit', import.meta.url))
const UNIT = readUnit('culprit-watch.service')
const CAPABILITIES = capabilitiesOf(UNIT)

/** Keys of systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.kill(5) and systemd.resource-control(5) that the units use. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  Unit: ['Description', 'After', 'StartLimitIntervalSec', 'StartLimitBurst'],
  Service:
    'Type ExecStart ExecReload Restart RestartSec RestartPreventExitStatus KillMode TimeoutStopSec StateDirectory StateDirectoryMode RuntimeDirectory ConfigurationDirectory UMask Nice CPUWeight IOWeight MemoryMax TasksMax OOMPolicy CapabilityBoundingSet NoNewPrivileges ProtectSystem ProtectHome PrivateTmp PrivateDevices ProtectKernelTunables ProtectKernelModules ProtectControlGroups ProtectClock RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID LockPersonality SystemCallArchitectures SystemCallFilter SystemCallErrorNumber ReadWritePaths'.split(
      ' ',
    ),
  Install: ['WantedBy'],
}

describe('the units of deploy/', () => {
  test.each(['culprit-watch.service', 'culprit-watch-repair.conf'])('%s has sections and keys that systemd knows', (name) => {
    const unknown = ({ section, key }: Setting): boolean => !KNOWN[section]?.includes(key)
    expect(readUnit(name).filter(unknown)).toEqual([])
  })

  test('the state is kept where the program looks for it', () => {
    const value = (key: string): string | undefined => UNIT.find((one) => one.key === key)?.value
    expect(value('ExecStart')).toContain(`--state /var/lib/${value('StateDirectory')}`)
    expect(value('ExecStart')).toContain(`/etc/${value('ConfigurationDirectory')}/watch.yaml`)
  })

  const analyze = installed('systemd-analyze')
  if (!analyze) console.warn('\nSKIPPED: systemd does not judge the units: systemd-analyze is not installed (Debian package systemd)\n')
  test.skipIf(!analyze)('systemd finds nothing wrong with them, and little exposed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'culprit-unit-'))
    const unit = join(folder, 'culprit-watch.service')
    // The program need not be installed here.
    const text = readFileSync(deployed('culprit-watch.service'), 'utf8').replace(
      'ExecStart=culprit',
      `ExecStart=${process.execPath} ${PROGRAM}`,
    )
    writeFileSync(unit, text)
    execFileSync('mkdir', ['-p', `${unit}.d`])
    writeFileSync(join(`${unit}.d`, 'repair.conf'), readFileSync(deployed('culprit-watch-repair.conf')))
    const verified = execFileSync('sh', ['-c', 'exec systemd-analyze verify "$1" 2>&1', 'sh', unit], { encoding: 'utf8' })
    expect(verified.split('\n').filter((line) => line.includes('culprit'))).toEqual([])
    rmSync(`${unit}.d`, { recursive: true })
    const security = execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=45', unit], { encoding: 'utf8' })
    expect(security).toMatch(/Overall exposure level for culprit-watch\.service: [0-4]\.\d/)
    rmSync(folder, { recursive: true })
  })
})

const reasons = [...missingForReal(), ...(installed('setpriv') ? [] : ['setpriv is not installed (Debian package util-linux)'])]
if (reasons.length) console.warn(`\nSKIPPED: the capabilities of the unit are not tried: ${reasons.join('; ')}\n`)

/** Does a command succeed in the namespace with these capabilities? */
const succeeds = (network: Network, name: string, capabilities: readonly string[], argv: readonly string[]): Promise<boolean> =>
  output(network.inside(name, withCapabilities(capabilities, argv))).then(
    () => true,
    () => false,
  )

describe.skipIf(reasons.length > 0)('the capabilities of the unit', () => {
  const network = new Network('labs')
  let server = 0
  beforeAll(async () => {
    for (const name of ['h', 'p']) await network.add(name)
    await network.ip('h', 'link add veth0 type veth peer name eth0 netns @p')
    for (const [name, line] of [
      ['h', 'addr add 10.97.0.1/24 dev veth0'],
      ['h', 'link set veth0 up'],
      ['p', 'addr add 10.97.0.2/24 dev eth0'],
      ['p', 'link set eth0 up'],
      ['p', 'route add default via 10.97.0.1'],
    ] as const)
      await network.ip(name, line)
    await network.run('h', ['iptables-legacy-restore'], '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n')
    await network.run(
      'h',
      ['nft', '-f', '-'],
      'table inet guard {\nchain forward {\ntype filter hook forward priority 0; policy accept;\n}\n}\n',
    )
    // Somebody else's program, as most in pods are.
    const child = network.start('p', [
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      'busybox',
      'httpd',
      '-f',
      '-p',
      '8080',
      '-h',
      '/usr',
    ])
    server = child.pid ?? 0
    await network.listens('p', 8080)
  }, 60_000)
  afterAll(() => network.close())

  const needs: readonly (readonly [string, string, () => readonly string[]])[] = [
    ['net_admin', 'p', () => ['nft', 'list', 'ruleset']],
    ['net_raw', 'h', () => ['iptables-legacy-save', '-t', 'filter']],
    ['sys_admin', 'h', () => ['nsenter', `--net=/run/netns/${network.netns('p')}`, 'true']],
    ['sys_ptrace', 'h', () => ['stat', '-L', `/proc/${server}/ns/net`]],
    ['dac_read_search', 'p', () => ['sh', '-c', "ss -ltnpH sport = :8080 | grep -q 'users:'"]],
    ['syslog', 'h', () => ['dmesg']],
  ]

  test('are six, each for something', () => expect(needs.map(([capability]) => capability).sort()).toEqual([...CAPABILITIES].sort()))

  test.each(needs)('%s', async (capability, name, argv) => {
    if (capability === 'syslog' && readFileSync('/proc/sys/kernel/dmesg_restrict', 'utf8').trim() === '0') return
    expect(await succeeds(network, name, CAPABILITIES, argv())).toBe(true)
    const fewer = CAPABILITIES.filter((one) => one !== capability)
    expect(await succeeds(network, name, fewer, argv())).toBe(false)
  })

  test('suffice for the watch: it tries flows from the host and from a pod, examines, and keeps a snapshot', async () => {
    const config = join(network.folder, 'watch.yaml')
    writeFileSync(
      config,
      `criteria:
  - { name: from-host, flow: { from: host/${hostname()}, to: "10.97.0.2:8080" }, failures: 1 }
  - { name: from-pod, flow: { from: netns/${hostname()}/${network.netns('p')}, to: 10.97.0.1 }, failures: 1 }
  - { name: closed, flow: { from: host/${hostname()}, to: "10.97.0.2:81" }, expect: blocked, failures: 1 }
  - { name: rules, command: [iptables-legacy, -S], expect: { contains: "-i lo" }, failures: 1 }
`,
    )
    const line = [process.execPath, PROGRAM, 'watch', '--once', '--config', config, '--state', join(network.folder, 'state'), '-o', 'json']
    const said = await output(network.inside('h', withCapabilities(CAPABILITIES, line)))
    const { round } = JSON.parse(said) as { round: { criteria: { name: string; state: string; seen: string }[] } }
    expect(round.criteria.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'from-host holds',
      'from-pod holds',
      'closed holds',
      'rules holds',
    ])
  }, 120_000)

  test('suffice for a bundle: it lacks nothing that root alone would see', async () => {
    const taken = async (capabilities: readonly string[] | undefined): Promise<readonly string[]> => {
      const path = join(network.folder, `${capabilities ? 'few' : 'all'}.tar`)
      const line = [process.execPath, PROGRAM, 'collect', '-q', '-o', path]
      await output(network.inside('h', capabilities ? withCapabilities(capabilities, line) : line))
      const account = await output(['tar', '-xOf', path, 'collect.json'])
      const { attempts } = JSON.parse(account) as { attempts: { file: string; outcome: string }[] }
      return attempts
        .filter(({ file }) => !file.includes('/netns/pid-'))
        .map(({ file, outcome }) => `${file} ${outcome}`)
        .sort()
    }
    const all = await taken(undefined)
    expect(all.length).toBeGreaterThan(20)
    expect(await taken(CAPABILITIES)).toEqual(all)
  }, 120_000)
})
