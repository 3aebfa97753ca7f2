import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../random.ts'
import { Network } from '../real/network.ts'
import { culprit, startCulprit } from './culprit.ts'
import { difference, stateOf } from './machine.ts'

/** How often it ended which way. `between` must stay 0. */
export interface Kills {
  original: number
  repaired: number
  between: number
  /** It had ended by itself before it could be killed, which is no kill: another takes its place. */
  readonly late: { count: number }
  readonly differences: string[]
  /** How many were killed after how many steps. */
  readonly afterSteps: Map<number, number>
}

export interface KillOptions {
  readonly count: number
  readonly sideBySide: number
  readonly seed: number
  /** Seconds until an unconfirmed change is undone. */
  readonly timer: number
  readonly progress: (done: number, kills: Kills) => void
}

/** A repair of six steps of six kinds on a small machine. */
const STEPS = [
  'ip route add 10.9.0.0/16 via 192.0.2.2 dev eth0',
  'iptables -t nat -D PREROUTING 1',
  'sysctl -w net.ipv4.ip_forward=1',
  'ip rule add pref 5200 to 10.9.0.0/16 lookup main',
  'nft add rule inet guard input udp dport 4789 accept',
  'iptables -I FORWARD 1 -d 10.9.0.0/16 -j ACCEPT',
]

async function buildSmall(network: Network, name: string): Promise<void> {
  await network.add(name)
  await network.ip(name, 'link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02')
  for (const line of ['addr add 192.0.2.10/24 dev eth0', 'link set eth0 up', 'link set eth1 up']) await network.ip(name, line)
  await network.run(name, ['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1'])
  await network.run(
    name,
    ['iptables-nft-restore'],
    '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8081\nCOMMIT\n*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i eth0 -j ACCEPT\nCOMMIT\n',
  )
  await network.run(
    name,
    ['nft', '-f', '-'],
    'table inet guard {\n chain input {\n  type filter hook input priority 10; policy accept;\n  udp dport 8472 drop\n }\n}\n',
  )
}

/** Handles and comments of the plan differ from one repair to the next. */
const anonymous = (text: string): string => text.replace(/culprit [\w-]+\.\d/g, 'culprit')

/**
 * Applies a plan again and again and kills culprit, by SIGKILL, at random moments: of half of the runs anywhere (half of these once its journal has
 * begun), of the others right after a line of the journal. When the timer is over, the machine must be as it was, or repaired.
 */
export async function runKills({ count, sideBySide, seed, timer, progress }: KillOptions): Promise<Kills> {
  const network = new Network('labx')
  const kills: Kills = { original: 0, repaired: 0, between: 0, late: { count: 0 }, differences: [], afterSteps: new Map() }
  try {
    await buildSmall(network, 'model')
    const plan = await makePlan(network, timer)
    const duration = await measure(network, plan)
    const left = Array.from({ length: count }, (_, i) => i)
    let done = 0
    const worker = async (): Promise<void> => {
      for (let i = left.shift(); i !== undefined; i = left.shift()) {
        if (await killOnce(network, plan, i, new Random(seed + i), duration, kills)) progress(++done, kills)
        else if (kills.late.count < 2 * count) left.push(i + count)
      }
    }
    await Promise.all(Array.from({ length: sideBySide }, worker))
    return kills
  } finally {
    await network.close()
  }
}

interface Made {
  readonly text: string
  readonly host: string
  readonly id: string
  readonly timer: number
}

async function makePlan(network: Network, timer: number): Promise<Made> {
  const host = network.netns('model')
  const made = await culprit([
    'repair',
    'plan',
    '--netns',
    host,
    ...STEPS.flatMap((step) => ['--step', step]),
    '--timer',
    String(timer),
    '-o',
    'json',
  ])
  if (made.code !== 0) throw new Error(`the plan was not made: ${made.stderr}`)
  return { text: made.stdout, host, id: (JSON.parse(made.stdout) as { id: string }).id, timer }
}

/** The same plan for another namespace of the same build, under another name. */
function planFor(network: Network, plan: Made, name: string): { readonly file: string; readonly id: string } {
  const id = `kill-${name}`
  const file = join(network.folder, `${id}.json`)
  writeFileSync(file, plan.text.replaceAll(plan.id, id).replaceAll(plan.host, network.netns(name)))
  return { file, id }
}

/** The states before and after, and how long an undisturbed apply takes. */
async function measure(
  network: Network,
  plan: Made,
): Promise<{ readonly milliseconds: number; readonly original: string; readonly repaired: string }> {
  const original = anonymous(await stateOf(network, 'model'))
  const { file } = planFor(network, plan, 'model')
  const started = performance.now()
  const ended = await culprit(['repair', 'apply', file, '--netns', plan.host, '--state', join(network.folder, 'model')])
  if (ended.code !== 0) throw new Error(`the plan cannot be applied: ${ended.stderr}`)
  return { milliseconds: performance.now() - started, original, repaired: anonymous(await stateOf(network, 'model')) }
}

/** false: it had ended by itself before. */
async function killOnce(
  network: Network,
  plan: Made,
  number: number,
  random: Random,
  known: Awaited<ReturnType<typeof measure>>,
  kills: Kills,
): Promise<boolean> {
  const name = `k${number}`
  await buildSmall(network, name)
  const { file, id } = planFor(network, plan, name)
  const state = join(network.folder, name)
  const journal = join(state, 'repairs', id, 'journal')
  const { child, ended } = startCulprit(['repair', 'apply', file, '--netns', network.netns(name), '--state', state])
  const over = (): boolean => child.exitCode !== null || child.signalCode !== null
  if (number % 2 === 1) await lines(journal, random.int(1, STEPS.length * 2 + 2), over).then(() => pause(random.int(0, 40)))
  else {
    // From the start of the program, or from the moment at which it may change something.
    if (number % 4 === 2) await lines(journal, 1, over)
    await pause(random.int(0, Math.ceil(known.milliseconds)))
  }
  const late = over()
  if (late) kills.late.count++
  else child.kill('SIGKILL')
  await ended
  if (late) return false
  const steps = linesOf(journal).filter((line) => line.startsWith('done')).length
  kills.afterSteps.set(steps, (kills.afterSteps.get(steps) ?? 0) + 1)
  await settle(journal, plan.timer)
  judge(anonymous(await stateOf(network, name)), known, kills, `${name}: ${linesOf(journal).join(', ')}`)
  return true
}

function judge(now: string, { original, repaired }: Awaited<ReturnType<typeof measure>>, kills: Kills, story: string): void {
  if (now === original) kills.original++
  else if (now === repaired) kills.repaired++
  else {
    kills.between++
    kills.differences.push(`${story}\n${difference(original, now).join('\n')}`)
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((later) => setTimeout(later, milliseconds))
const linesOf = (file: string): readonly string[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('\t')[0] ?? '')
    : []

async function lines(file: string, count: number, over: () => boolean): Promise<void> {
  while (linesOf(file).length < count && !over()) await pause(2)
}

/** Waits for the end of the repair: the timer's, and that of what was under way when culprit was killed. */
async function settle(journal: string, timer: number): Promise<void> {
  const closed = (): boolean => linesOf(journal).some((line) => line === 'confirmed' || line === 'rolled-back' || line === 'stuck')
  // a timer may just be starting: it shows within a second or never
  await pause(1000)
  for (let waited = 0; linesOf(journal).length > 0 && !closed() && waited < timer * 1000 + 60_000; waited += 100) await pause(100)
  await pause(200)
}
