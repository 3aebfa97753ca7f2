import type { Command } from 'commander'
import type { DiffFlags } from './commands/diff.ts'
import type { Register } from './repair-program.ts'

/** `culprit diff`. */
export function addDiff(program: Command, register: Register): void {
  const command = program
    .command('diff <snapshots...>')
    .usage('BEFORE [AFTER] [options]')
    .description('what changed between two snapshots (rules, sets, routes, devices, settings, objects), and which flows that changes')
    .option('--from <place>', 'with --to: a flow to tell of beside those that the evidence knows')
    .option('--to <place>', 'a place or address, with port and protocol')
    .option('--no-flows', 'tell what changed only')
  register(command, ['text', 'json', 'markdown'], async (args: string[], flags: DiffFlags, context) =>
    (await import('./commands/diff.ts')).diff(args, flags, context),
  )
  command.addHelpText('after', DIFF_HELP)
}

const DIFF_HELP = `
BEFORE and AFTER are evidence: a bundle (a folder, .tar, .tar.gz), a file of any supported format, or - for standard input.
Without AFTER: this machine as it is now. Counters, connections, learned neighbours and times are no changes.

Examples:
  culprit diff monday.tar.gz tuesday.tar.gz
  culprit diff before/ after/ --from pod/default/web --to 10.43.0.10:53/udp
  culprit diff rules-before.txt rules-after.txt -o markdown
  culprit collect -o good.tar.gz; …; culprit diff good.tar.gz

Exit codes: 0 nothing changed that matters, 1 something changed, 2 wrong usage, 3 the evidence cannot be read or does not suffice.`
