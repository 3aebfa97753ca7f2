import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CollectFlags } from './commands/collect.ts'
import type { RecordFlags } from './commands/record.ts'
import type { Runner } from './program.ts'

type Common = (command: Command) => Command
type Integer = (least: number, most: number) => (text: string) => number

/** `culprit collect`. `common` adds the flags that all commands share. */
export function addCollect(program: Command, runner: Runner, common: Common): void {
  const command = program
    .command('collect')
    .description('takes a bundle of this machine, of machines over SSH, of a cluster through kubectl; reads only, secrets masked')
    .option('--ssh <destination...>', 'hosts that your ssh reaches without asking: HOST, USER@HOST, ssh://USER@HOST:PORT')
    .option('--ssh-config <file>', 'a configuration for ssh other than your own')
    .option('--kubectl <context>', "the cluster's objects, and its nodes through privileged pods that run on them")
    .option('--debug-image <image>', 'with --kubectl: start a pod of this image on nodes without one (kubectl debug), and delete it after')
    .option('--local', 'this machine, too, where --ssh or --kubectl name others')
    .option('--redact', 'replace addresses as well, so that networks stay networks')
    .option('--list', 'print what is run, with limits, and which file it becomes')
    .option('--script', 'print a plain POSIX shell script that collects one host where nothing may be installed')
    .option('-o, --output <file>', 'the archive to write: .tar.gz or .tar; - for standard output (default: culprit-HOST-TIME.tar.gz)')
  common(command).action(async (flags: CollectFlags) =>
    runner.done(await (await import('./commands/collect.ts')).collectCommand(flags, runner.context(flags))),
  )
  command.addHelpText('after', COLLECT_HELP)
}

/** `culprit record start|stop|status`. */
export function addRecord(program: Command, runner: Runner, common: Common, integer: Integer): void {
  const record = program
    .command('record')
    .description('the kernel tells which rules chosen packets meet (TRACE); what is put in for it is always taken out')
    .helpCommand(false)
    .exitOverride()
  const places = (command: Command): Command =>
    command
      .option('--netns <name>', "a network namespace of the host, by its name or a process' number")
      .option('--ssh <destination...>', 'on these hosts instead of this machine')
      .option('--ssh-config <file>', 'a configuration for ssh other than your own')
  const start = places(record.command('start').description('records until the time is over, enough was heard, or Ctrl-C; then tells'))
    .option('--to <address>', 'where the packets go: 10.43.0.10:80, 10.43.0.10:53/udp, [fd00::1]:443, an address')
    .option('--from <address>', 'only from this address')
    .option('--exclude <address...>', 'not from these: health checks, say')
    .option('--for <time>', 'how long: 30s, 5m (default 30s)', duration)
    .option('--limit <rate>', 'packets a second at most: 1000/s (default)', (text) =>
      integer(1, 100_000)(text.replace(/\/s(?:ec(?:ond)?)?$/, '')),
    )
    .option('--packets <n>', 'packets in all (default 1000)', integer(1, 100_000))
    .option('--pcap <file>', 'capture the packets at the same time')
    .addOption(new Option('-o, --output <form>', 'form of the output').choices(['text', 'json']).default('text'))
  common(start).action(async (flags: RecordFlags) =>
    runner.done(await (await import('./commands/record.ts')).recordStart(flags, runner.context(flags))),
  )
  for (const [what, text] of [
    ['status', 'what is recorded there now, or was left behind'],
    ['stop', 'ends it, and takes away what was left behind'],
  ] as const)
    common(places(record.command(what).description(text))).action(async (flags: RecordFlags) =>
      runner.done(await (await import('./commands/record.ts')).recordControl(what, flags, runner.context(flags))),
    )
  record.addHelpText('after', RECORD_HELP)
}

/** Seconds. */
function duration(text: string): number {
  const [, count, unit] = /^(\d{1,5})(s|m)?$/.exec(text) ?? []
  const seconds = Number(count) * (unit === 'm' ? 60 : 1)
  if (seconds >= 1 && seconds <= 3600) return seconds
  throw new InvalidArgumentError('It must be a time up to an hour: 30s, 5m.')
}

const COLLECT_HELP = `
Examples:
  culprit collect
  culprit collect --ssh root@node1 root@node2 -o cluster.tar.gz
  culprit collect --kubectl production --debug-image busybox:1.36
  culprit collect --redact -o - | ssh helper 'culprit matrix -'
  culprit collect --script > collect.sh

Run it as root: others see less. What is missing, and what that costs, is told and stands in collect.json of the bundle.
Exit codes: 0 a bundle was written, 2 wrong usage, 3 nothing could be collected.`

const RECORD_HELP = `
Examples:
  culprit record start --to 10.43.0.10:80
  culprit record start --to 10.43.0.10:53/udp --from 10.42.0.7 --for 60s --pcap dns.pcap
  culprit record start --to 10.43.0.10:80 --ssh root@node1 root@node2
  culprit record stop

Needs root, Python 3 and nft (or iptables-legacy) where it records.
Exit codes: 0 the kernel does as the model says, 1 it does otherwise, 2 wrong usage, 3 nothing was recorded.`
