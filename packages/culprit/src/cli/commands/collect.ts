import { randomBytes } from 'node:crypto'
import { systemReason } from '../../bundle/evidence.ts'
import { formatBytes } from '../../bundle/limits.ts'
import type { Bundle } from '../../collect/bundle.ts'
import { CATALOGUE, FILES, INSPECTIONS, KINDS, MEGABYTES, SECONDS } from '../../collect/catalogue.ts'
import { collect } from '../../collect/collect.ts'
import type { Account } from '../../collect/outcome.ts'
import { collectScript } from '../../collect/script.ts'
import { streamArchive, writeArchive } from '../../collect/write.ts'
import { isDestination } from '../../exec/ssh.ts'
import type { Context, SharedFlags } from '../context.ts'
import { EXIT, type ExitCode, evidenceError, usageError } from '../exit.ts'
import { createProgress } from '../progress.ts'
import { withSignals } from '../signals.ts'

export interface CollectFlags extends Omit<SharedFlags, 'output'> {
  readonly output?: string
  readonly ssh?: readonly string[]
  readonly sshConfig?: string
  readonly kubectl?: string
  readonly debugImage?: string
  readonly local?: boolean
  readonly redact?: boolean
  readonly list?: boolean
  readonly script?: boolean
}

/** `culprit collect`: a bundle of this machine, of machines over SSH, of a cluster through kubectl. */
export async function collectCommand(flags: CollectFlags, context: Context): Promise<ExitCode> {
  if (flags.list) return print(catalogueText(), context)
  if (flags.script) return print(collectScript(), context)
  const ssh = flags.ssh ?? []
  const wrong = ssh.find((host) => !isDestination(host))
  if (wrong !== undefined)
    throw usageError(`not a destination for ssh: ${wrong}`, 'give HOST, USER@HOST, ssh://USER@HOST:PORT or a name of your ssh_config')
  if (flags.debugImage !== undefined && flags.kubectl === undefined)
    throw usageError('--debug-image needs --kubectl', 'for example: --kubectl production --debug-image busybox:1.36')
  const targets = {
    local: flags.local ?? (ssh.length === 0 && flags.kubectl === undefined),
    ssh,
    sshConfig: flags.sshConfig,
    kubectl: flags.kubectl,
    debugImage: flags.debugImage,
  }
  const started = new Date()
  const progress = createProgress(process.stderr, context.quiet)
  const bundle = await withSignals((signal) => collect(targets, { signal, progress: (text) => progress.tell(text) })).finally(progress.end)
  if (flags.redact) bundle.redactAddresses(randomBytes(16).toString('hex'))
  const milliseconds = Date.now() - started.getTime()
  const redacted = flags.redact ? ('secrets and addresses' as const) : ('secrets' as const)
  const account = bundle.close({ started: started.toISOString(), milliseconds, redacted })
  tellLosses(account, context)
  if (bundle.files.size === 1) throw evidenceError('nothing could be collected', 'the warnings say why')
  await write(bundle, flags.output ?? nameOf(account, started), started, context)
  return EXIT.fine
}

function nameOf({ hosts }: Account, time: Date): string {
  const stamp = time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  return `culprit-${hosts.length === 1 ? hosts[0] : `${hosts.length}-hosts`}-${stamp}.tar.gz`
}

async function write(bundle: Bundle, path: string, time: Date, context: Context): Promise<void> {
  if (path === '-') {
    await context.out.flush()
    return streamArchive(bundle.files, process.stdout, time)
  }
  try {
    await writeArchive(bundle.files, path, time)
  } catch (error) {
    throw evidenceError(`${path}: cannot be written: ${systemReason(error)}`, 'name another place with -o FILE', error)
  }
  await context.out.write(`${path}\n`)
  const bytes = [...bundle.files.values()].reduce((sum, { length }) => sum + length, 0)
  context.warn(
    `${bundle.files.size} files, ${formatBytes(bytes)}, of ${bundle.hosts.length} ${bundle.hosts.length === 1 ? 'host' : 'hosts'}`,
  )
}

/** What is missing, and what that costs: each kind of loss once. */
export function tellLosses({ attempts }: Pick<Account, 'attempts'>, context: Context): void {
  const losses = new Map<string, { readonly text: string; readonly places: Set<string> }>()
  for (const { host, netns, command, outcome, costs, said } of attempts) {
    if (costs === undefined) continue
    const why = outcome === 'absent' ? 'is not installed' : `${outcome}${said ? ` (${said})` : ''}`
    const text = `${command[0]} ${why}: without ${costs}`
    const loss = losses.get(`${command.join(' ')} ${outcome}`) ?? { text, places: new Set<string>() }
    loss.places.add(netns === undefined ? (host ?? 'cluster') : `${host}/${netns}`)
    losses.set(`${command.join(' ')} ${outcome}`, loss)
  }
  for (const { text, places } of losses.values()) {
    const [first, ...others] = places
    context.warn(`warning: ${first}${others.length > 0 ? ` and ${others.length} more` : ''}: ${text}`)
  }
}

async function print(text: string, context: Context): Promise<ExitCode> {
  await context.out.write(text)
  return EXIT.fine
}

function catalogueText(): string {
  const row = (file: string, limit: string, command: string, without: string): string =>
    `${file.padEnd(34)} ${limit.padEnd(13)} ${command.padEnd(52)} ${without}\n`
  const host = [...CATALOGUE, ...Object.values(INSPECTIONS)].map(
    ({ file, argv, scope, seconds = SECONDS, megabytes = MEGABYTES, without }) =>
      row(scope === 'host' ? file : `[netns/NAME/]${file}`, `${seconds} s ${megabytes} MB`, argv.join(' '), without),
  )
  const cluster = KINDS.map(({ file, argv }) => row(`cluster/${file}`, '45 s 120 MB', `kubectl ${argv.join(' ')} -o json`, ''))
  const files = FILES.map((path) => row(`files${path}`, '5 s 1 MB', `cat ${path}`, ''))
  return [row('FILE (in hosts/HOST/)', 'LIMITS', 'COMMAND', 'TELLS'), ...host, ...files, ...cluster].join('')
}
