import { writeFileSync } from 'node:fs'
import { createEngine } from '@culprit/core/datapath/engine'
import { readDocuments } from '@culprit/core/intake/documents'
import { systemReason } from '../../bundle/evidence.ts'
import { fileName } from '../../collect/bundle.ts'
import { collect } from '../../collect/collect.ts'
import { filesOf } from '../../collect/live.ts'
import type { Executor } from '../../exec/executor.ts'
import { localExecutor } from '../../exec/local.ts'
import { namespaceExecutor } from '../../exec/namespace.ts'
import { isDestination, sshExecutor } from '../../exec/ssh.ts'
import { compareWay } from '../../record/compare.ts'
import { type Chosen, readAddress, readTarget } from '../../record/filter.ts'
import { type Recording, recordOn, statusOn, stopOn } from '../../record/recorder.ts'
import { recordJson, recordText, type Told } from '../../record/report.ts'
import type { Context, SharedFlags } from '../context.ts'
import { EXIT, type ExitCode, evidenceError, usageError } from '../exit.ts'
import { createProgress } from '../progress.ts'
import { withSignals } from '../signals.ts'

export interface RecordFlags extends SharedFlags {
  readonly to?: string
  readonly from?: string
  readonly exclude?: readonly string[]
  readonly for?: number
  readonly limit?: number
  readonly packets?: number
  readonly pcap?: string
  readonly netns?: string
  readonly ssh?: readonly string[]
  readonly sshConfig?: string
}

interface Spot {
  readonly host: string
  readonly netns: string
  readonly executor: Executor
}

/** `culprit record start`: the kernel tells which rules chosen packets meet. */
export async function recordStart(flags: RecordFlags, context: Context): Promise<ExitCode> {
  const chosen = chosenOf(flags)
  const { for: seconds = 30, packets = 1000 } = flags
  return withSignals((signal) =>
    withSpots(flags, async (spots) => {
      context.warn(`recording on ${spots.map(placeOf).join(', ')} for ${seconds} s (Ctrl-C ends it)`)
      const ready = onceAll(spots, () => context.warn('the kernel tells: make the packets now'))
      const options = { seconds, packets, pcap: flags.pcap !== undefined, signal }
      const recordings = await Promise.all(
        spots.map(async (spot) => {
          const recording = await recordOn(spot.executor, chosen, { ...options, onReady: () => ready(spot, true) })
          ready(spot, false)
          return recording
        }),
      )
      const failed = spots.flatMap((spot, i) => (recordings[i]?.error === undefined ? [] : [`${placeOf(spot)}: ${recordings[i].error}`]))
      for (const text of [...failed, ...recordings.flatMap(({ warnings }) => warnings)]) context.warn(`warning: ${text}`)
      if (failed.length === spots.length) throw evidenceError('nothing could be recorded', failed[0])
      if (flags.pcap !== undefined) writeCaptures(flags.pcap, spots, recordings)
      const told = await compared(spots, recordings, flags, context)
      return print(told, flags, context)
    }),
  )
}

/** Says so when all places are ready; one that has ended is not waited for. */
function onceAll(spots: readonly Spot[], say: () => void): (spot: Spot, listens: boolean) => void {
  const waited = new Set(spots)
  let some = false
  return (spot, listens) => {
    some ||= listens
    if (waited.delete(spot) && waited.size === 0 && some) say()
  }
}

/** `culprit record status`, `stop`: what runs in a place, or was left there. */
export async function recordControl(what: 'status' | 'stop', flags: RecordFlags, context: Context): Promise<ExitCode> {
  return withSpots(flags, async (spots) => {
    for (const spot of spots) {
      const found = await (what === 'stop' ? stopOn(spot.executor) : statusOn(spot.executor))
      if (typeof found === 'string') throw evidenceError(`${placeOf(spot)}: ${found}`)
      if (found.length === 0) await context.out.write(`${placeOf(spot)}: nothing is recorded\n`)
      for (const { table, pid } of found)
        await context.out.write(
          `${placeOf(spot)}: ${table}${what === 'stop' ? ' ended' : pid === 0 ? ' left behind: culprit record stop takes it away' : ` recorded by process ${pid}`}\n`,
        )
    }
    return EXIT.fine
  })
}

function chosenOf(flags: RecordFlags): Chosen {
  if (flags.to === undefined) throw usageError('--to is needed: the address that the packets go to', 'for example: --to 10.43.0.10:80')
  const target = readTarget(flags.to)
  if (typeof target === 'string') throw usageError(target, 'for example: --to 10.43.0.10:80 or --to 10.43.0.10:53/udp')
  const address = (text: string) => {
    const read = readAddress(text)
    if (read === undefined) throw usageError(`"${text}" is no address`)
    return read
  }
  return {
    ...target,
    from: flags.from === undefined ? undefined : address(flags.from),
    exclude: (flags.exclude ?? []).map(address),
    perSecond: flags.limit ?? 1000,
  }
}

const placeOf = ({ host, netns }: Pick<Spot, 'host' | 'netns'>): string => (netns === '' ? `host/${host}` : `netns/${host}/${netns}`)

/** This machine, or those that --ssh names; their own namespace, or the one of --netns. */
async function withSpots<T>(flags: RecordFlags, job: (spots: readonly [Spot, ...Spot[]]) => Promise<T>): Promise<T> {
  const wrong = flags.ssh?.find((host) => !isDestination(host))
  if (wrong !== undefined) throw usageError(`not a destination for ssh: ${wrong}`)
  const remote = (flags.ssh ?? []).map((host) => sshExecutor(host, flags.sshConfig === undefined ? {} : { config: flags.sshConfig }))
  try {
    const spots: Spot[] = []
    for (const executor of remote.length > 0 ? remote : [localExecutor()]) {
      const name = await executor.run({ argv: ['uname', '-n'] })
      if (name.end !== 'exited')
        throw evidenceError(`${executor.name}: cannot be reached: ${name.stderr.trim().split('\n').at(-1) ?? name.end}`)
      const inside = flags.netns === undefined ? executor : namespaceExecutor(executor, namespaceOf(flags.netns))
      spots.push({ host: fileName(name.stdout.trim()), netns: flags.netns ?? '', executor: inside })
    }
    return await job(spots as [Spot, ...Spot[]])
  } finally {
    await Promise.all(remote.map((executor) => executor.close()))
  }
}

/** A name of `ip netns`, or a process number. */
const namespaceOf = (text: string) =>
  /^\d{1,9}$/.test(text) ? ({ kind: 'pid', pid: Number(text) } as const) : ({ kind: 'name', name: text } as const)

function writeCaptures(path: string, spots: readonly Spot[], recordings: readonly Recording[]): void {
  for (const [i, { host }] of spots.entries()) {
    const file = spots.length === 1 ? path : path.replace(/(\.pcap)?$/, `-${host}.pcap`)
    try {
      writeFileSync(file, recordings[i]?.pcap ?? '', { mode: 0o600 })
    } catch (error) {
      throw evidenceError(`${file}: cannot be written: ${systemReason(error)}`, undefined, error)
    }
  }
}

/** The rules are collected when the packets are there: to say which is which, and what the model makes of them. */
async function compared(
  spots: readonly Spot[],
  recordings: readonly Recording[],
  flags: RecordFlags,
  context: Context,
): Promise<readonly Told[]> {
  if (recordings.every(({ packets }) => packets.length === 0))
    return spots.map((spot, i) => ({ place: placeOf(spot), recording: recordings[i] as Recording, ways: [] }))
  const progress = createProgress(process.stderr, context.quiet)
  const targets = { local: flags.ssh === undefined, ssh: flags.ssh ?? [], sshConfig: flags.sshConfig }
  const bundle = await collect(targets, { progress: (text) => progress.tell(text) }).finally(progress.end)
  const engine = createEngine(readDocuments(filesOf(bundle)))
  return spots.map((spot, i) => {
    const recording = recordings[i] as Recording
    return { place: placeOf(spot), recording, ways: recording.packets.map((packet) => compareWay(engine, spot.host, spot.netns, packet)) }
  })
}

const SHOWN = 20

async function print(told: readonly Told[], flags: RecordFlags, context: Context): Promise<ExitCode> {
  if (flags.output === 'json') await context.out.write(`${JSON.stringify(recordJson(told))}\n`)
  else
    for (const line of recordText(told, context.style, context.verbose ? Number.POSITIVE_INFINITY : SHOWN))
      await context.out.write(`${line}\n`)
  const ways = told.flatMap((one) => one.ways)
  if (ways.some(({ verdict }) => verdict === 'differs')) return EXIT.fault
  return ways.length === 0 ? EXIT.evidence : EXIT.fine
}
