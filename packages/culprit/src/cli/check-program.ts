import type { Command } from 'commander'
import type { CheckFlags } from './commands/check.ts'
import type { KbFlags } from './commands/kb.ts'
import type { Register } from './repair-program.ts'

/** `culprit check`. */
export function addCheck(program: Command, register: Register): void {
  const command = program
    .command('check [evidence...]')
    .description('consistency checks: overlay, routes, settings, rules, Services, pods, certificates, containers, and error texts in logs')
    .option('--only <check...>', 'only these checks (culprit check -v lists them)')
    .option(
      '--criteria <file>',
      'the success criteria of a diagnosis or plan (its JSON, YAML, - for standard input), tried here, or asked of the evidence',
    )
    .option('--netns <name>', 'with --criteria: a network namespace that stands for the host of that name')
    .option('--ssh <destination...>', 'with --criteria: tried from these hosts, too')
    .option('--ssh-config <file>', 'a configuration for ssh other than your own')
  register(command, ['text', 'json', 'markdown', 'sarif'], async (args: string[], flags: CheckFlags, context) =>
    (await import('./commands/check.ts')).check(args, flags, context),
  )
  command.addHelpText('after', CHECK_HELP)
}

/** `culprit kb`. */
export function addKb(program: Command, register: Register): void {
  const command = program
    .command('kb [words...]')
    .description('what culprit knows: causes, log signatures, checks, runbooks, components, owners of rules')
  register(command, ['text', 'json'], async (words: string[], flags: KbFlags, context) =>
    (await import('./commands/kb.ts')).kb(words, flags, context),
  )
  command.addHelpText('after', KB_HELP)
}

const CHECK_HELP = `
Examples:
  culprit check bundle/
  culprit check bundle.tar.gz -o json
  culprit check kubelet.log terminal.txt
  culprit check bundle/ --only flannel-subnet-agrees flannel-single-address
  culprit diagnose bundle/ -o json > diagnosis.json; culprit check --criteria diagnosis.json

With --criteria connections are tried from their senders; of commands only those run that are known to look and change nothing, none through a shell.
Exit codes: 0 no error was found (warnings may be), 1 an error was found, 2 wrong usage, 3 the evidence does not suffice.
With --criteria: 0 all hold, 1 some fail, 3 none fails and some are undecided.`

const KB_HELP = `
Examples:
  culprit kb
  culprit kb signatures
  culprit kb causes overlay.subnet-mismatch
  culprit kb overlay-light-repair -o json`
