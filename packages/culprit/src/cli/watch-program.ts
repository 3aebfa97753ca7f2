import type { Command } from 'commander'
import type { WatchFlags } from './commands/watch.ts'
import type { WatchRunFlags } from './commands/watch-runs.ts'
import type { Register } from './repair-program.ts'

const STATE = 'where the watch keeps its journal and snapshots, and repairs theirs (default: /var/lib/culprit; also: CULPRIT_STATE)'

/** `culprit watch …`: the healing agent, and what it knows. */
export function addWatch(program: Command, register: Register): void {
  const watch = program
    .command('watch')
    .description('the healing agent: tries what must work, finds why it does not, repairs what its configuration allows')
    .helpCommand(false)
    .enablePositionalOptions()
    .option('--config <file>', 'what to watch, and what may be repaired: YAML (docs/watch.md)')
    .option('--once', 'one round (more where a failure must be seen again), then end')
    .option('--state <folder>', STATE)
  register(watch, ['text', 'json', 'jsonl'], async (flags: WatchFlags, _, context) =>
    (await import('./commands/watch.ts')).watch(flags, context),
  )
  watch.addHelpText('after', WATCH_HELP)
  const runs = () => import('./commands/watch-runs.ts')
  const status = watch
    .command('status')
    .description('does it run, how do the criteria stand, what is open')
    .option('--state <folder>', STATE)
  register(status, ['text', 'json'], async (flags: WatchRunFlags, _, context) => (await runs()).watchStatus(flags, context))
  const incidents = watch
    .command('incidents [id]')
    .description('incidents that are open, or one with causes, changes, repairs and what happened')
    .option('--all', 'closed ones, too')
    .option('--state <folder>', STATE)
  register(incidents, ['text', 'json'], async (id: string | undefined, flags: WatchRunFlags, context) =>
    (await runs()).watchIncidents(id, flags, context),
  )
  const resume = watch
    .command('resume')
    .description('lets repairs go on that were stopped after one that failed')
    .option('--state <folder>', STATE)
  register(resume, ['text'], async (flags: WatchRunFlags, _, context) => (await runs()).watchResume(flags, context))
  const examine = watch.command('examine', { hidden: true }).description('one examination, for the watch itself')
  register(examine, ['json'], async (_: WatchRunFlags, __, context) => (await import('./commands/watch-examine.ts')).watchExamine(context))
}

const WATCH_HELP = `
Examples:
  culprit watch --config /etc/culprit/watch.yaml
  culprit watch --config watch.yaml --once -o json
  culprit watch status
  culprit watch incidents 20261121-115900-web

SIGHUP reads the configuration again; SIGTERM ends it.
Exit codes: 0 ended as asked (--once: everything holds), 1 something fails, 2 wrong usage or configuration, 3 another watch works on the folder, or
(--once) something cannot be told.`
