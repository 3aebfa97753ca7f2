import { escapeTerminal } from '@culprit/core/report/escape'
import type { WatchConfig } from '../../watch/config.ts'
import type { Round, WatchEvent, WatchListener } from '../../watch/incident.ts'
import { createMetrics } from '../../watch/metrics.ts'
import { createNotifier } from '../../watch/notify.ts'
import { eventLine, incidentLine } from '../../watch/report.ts'
import { loadConfig, problemText, serve } from '../../watch/service.ts'
import type { Context, SharedFlags } from '../context.ts'
import { CliError, EXIT, type ExitCode, evidenceError, usageError } from '../exit.ts'

export interface WatchFlags extends SharedFlags {
  readonly output?: 'text' | 'json' | 'jsonl'
  readonly config?: string
  readonly once?: boolean
  readonly state?: string
}

/** `culprit watch`: runs the healing agent until SIGTERM or SIGINT; SIGHUP reads its configuration again. */
export async function watch(flags: WatchFlags, context: Context): Promise<ExitCode> {
  const { config: file, once = false } = flags
  if (file === undefined)
    throw usageError('watch needs --config FILE', 'docs/watch.md shows one; culprit watch --help lists what else there is')
  const config = loadConfig(file)
  if ('problems' in config)
    throw new CliError(EXIT.usage, config.problems.map(problemText).join('\n'), 'docs/watch.md tells what may stand there')
  const state = stateFolder(flags.state, config.state)
  const stop = new AbortController()
  const reload = { now: (): void => undefined }
  const release = onSignals(stop, () => reload.now())
  try {
    const served = await serve({
      config,
      configFile: file,
      state,
      once,
      listeners: [logger(flags, context), ...watchers(config, once, context)],
      stop: stop.signal,
      onReload: (act) => {
        reload.now = act
      },
      tell: context.warn,
    })
    if (served.kind === 'taken')
      throw evidenceError(
        `another watch works on ${served.folder}`,
        'culprit watch status shows it; give this one a folder of its own with --state DIR',
      )
    if (served.kind === 'failed')
      throw evidenceError(`the state folder ${state} cannot be used: ${served.why}`, 'name another with --state DIR, or run it as root')
    return once ? onceEnded(served.last, flags, context) : EXIT.fine
  } finally {
    release()
  }
}

/** Metrics and notifications: one round alone is nothing to scrape. */
function watchers({ interval, metrics, notify }: WatchConfig, once: boolean, { warn: tell }: Context): readonly WatchListener[] {
  const notifier = createNotifier({ settings: notify, interval, tell })
  return once ? [notifier] : [notifier, createMetrics({ settings: metrics, more: notifier.families, tell })]
}

/** Where watch and repairs keep their state: the flag, the environment, the configuration, the usual place. */
export function stateFolder(flag: string | undefined, configured?: string): string {
  const folder = flag ?? process.env.CULPRIT_STATE ?? configured ?? '/var/lib/culprit'
  if (!/^\/[^\0\n]*$/.test(folder)) throw usageError(`--state ${folder} is no absolute path`, 'the default is /var/lib/culprit')
  return folder.length > 1 ? folder.replace(/\/+$/, '') : folder
}

async function onceEnded(last: Round | undefined, flags: WatchFlags, { out, style }: Context): Promise<ExitCode> {
  if (!last) return EXIT.evidence
  if (flags.output === 'json') await out.write(`${JSON.stringify({ schema: 'culprit.watch/v1', round: last }, null, 2)}\n`)
  else if (flags.output !== 'jsonl') {
    for (const { name, state, text, seen } of last.criteria)
      await out.write(
        `${state === 'holds' ? style.good(state) : state === 'fails' ? style.bad('FAILS') : style.unsure(state)}  ${name}  ${escapeTerminal(text)}  ${escapeTerminal(seen)}\n`,
      )
    for (const incident of last.open) await out.write(`${incidentLine(incident, style)}\n`)
  }
  if (last.criteria.some(({ state }) => state === 'fails')) return EXIT.fault
  return last.criteria.some(({ state }) => state === 'unknown') ? EXIT.evidence : EXIT.fine
}

/** Events as they come: to standard error as lines for a log, or to standard output as JSON. */
function logger({ output }: WatchFlags, { out, warn, quiet }: Context): WatchListener {
  const event = (one: WatchEvent): void => {
    if (output === 'jsonl') {
      void out.write(`${JSON.stringify(one)}\n`)
      void out.flush()
    } else if (!quiet) warn(eventLine(one))
  }
  return { event, round: () => undefined, close: async () => undefined }
}

function onSignals(stop: AbortController, reload: () => void): () => void {
  const end = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.fine)
    stop.abort()
  }
  process.on('SIGTERM', end).on('SIGINT', end).on('SIGHUP', reload)
  return () => void process.off('SIGTERM', end).off('SIGINT', end).off('SIGHUP', reload)
}
