import { Command, InvalidArgumentError, Option } from 'commander'
import { addCheck, addKb } from './check-program.ts'
import type { DiagnoseFlags } from './commands/diagnose.ts'
import type { ExplainFlags } from './commands/explain.ts'
import type { MatrixFlags } from './commands/matrix.ts'
import type { PolicyFlags } from './commands/policy.ts'
import type { RulesetFlags } from './commands/ruleset.ts'
import type { TraceFlags } from './commands/trace.ts'
import type { Context, SharedFlags } from './context.ts'
import { addDiff } from './diff-program.ts'
import type { ExitCode } from './exit.ts'
import { addCollect, addRecord } from './live-program.ts'
import { addFirewall, addRepair, type Register } from './repair-program.ts'
import { addWatch } from './watch-program.ts'

/** How a command is run once its line is read. */
export interface Runner {
  /** Makes what the command is given from the shared flags. */
  readonly context: (flags: SharedFlags) => Context
  readonly done: (exitCode: ExitCode) => void
}

/** The commands and their options. A command's module is loaded when it runs, so that none pays for the others. */
export function createProgram(runner: Runner): Command {
  const program = new Command('culprit')
    .description('Why can A not reach B, on Linux hosts that run Docker and Kubernetes, and which rule, route or device is at fault.')
    .usage('COMMAND [EVIDENCE…] [options]')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError()
    .addHelpText('after', PROGRAM_HELP)
  const register: Register = (command, forms, run) => shared(command, forms, runner, run)
  addDiagnose(program, runner)
  addTrace(program, runner)
  addMatrix(program, runner)
  addCheck(program, register)
  addDiff(program, register)
  addExplain(program, runner)
  addPolicy(program, runner)
  addCollect(program, runner, common)
  addRecord(program, runner, common, integer)
  addRuleset(program, runner)
  addKb(program, register)
  addRepair(program, register, integer)
  addFirewall(program, register, integer)
  addWatch(program, register)
  return program
}

export const VERSION = '0.1.0'

function addDiagnose(program: Command, runner: Runner): void {
  const command = program
    .command('diagnose [evidence...]')
    .description('why it does not work: the causes, proved on the model, what is ruled out, and how to mend it')
    .option('--from <place>', 'who cannot reach: host/H, netns/H/NAME, pod/NS/NAME, container/NAME, outside, an address')
    .option('--to <place>', 'what: a place or address, with port and protocol: 10.43.0.10:53/udp, svc/default/web:80')
    .addOption(new Option('--symptom <symptom>', 'how it fails').choices(SYMPTOMS))
    .option('--src <address>', "the sender's address, where it is not the one its place would choose")
    .option('--host <host>', 'host that a packet from outside comes in at')
    .option('--iif <interface>', 'interface that a packet from outside comes in by')
    .option('--observe <text...>', "what was seen besides: 'pod/a/b -> 10.43.0.10:80 refused'")
    .option('--without <id...>', 'leave observations out, by their ids: o3')
    .option('--probe', 'try what is asked, and what would tell more, for real: told and asked first')
    .option('--yes', 'agree to the attempts of --probe beforehand')
    .option('--probe-limit <n>', 'attempts at most (default 20)', integer(1, 1000))
    .option('--probe-seconds <n>', 'seconds to wait for an answer (default 4: a missing neighbour shows after three)', integer(1, 60))
    .option('--ssh <destination...>', 'these hosts: collected where no EVIDENCE is given, and probed from')
    .option('--ssh-config <file>', 'a configuration for ssh other than your own')
  shared(command, ['text', 'json', 'markdown', 'html', 'sarif'], runner, async (args: string[], flags: DiagnoseFlags, context) =>
    (await import('./commands/diagnose.ts')).diagnose(args, flags, context),
  )
  command.addHelpText('after', DIAGNOSE_HELP)
}

const SYMPTOMS = ['timeout', 'refused', 'unreachable', 'reset', 'stalls', 'wrong-server', 'exposed']

function addTrace(program: Command, runner: Runner): void {
  const command = program
    .command('trace [evidence...]')
    .description("one packet's whole way through the captured machines, and its answer's way back")
    .option('--from <place>', 'where the packet starts: host/H, netns/H/NAME, pod/NS/NAME, container/NAME, outside, an address')
    .option('--to <place>', 'where it goes: a place or address, with port and protocol: 10.43.0.10:53/udp, svc/default/web:80')
    .option('--requests <file>', 'trace many: a request a line in (JSON), a result a line out; - reads standard input')
    .option('--src <address>', "the sender's address, where it is not the one its place would choose")
    .option('--host <host>', 'host that a packet from outside comes in at')
    .option('--iif <interface>', 'interface that a packet from outside comes in by')
    .option('--sport <port>', 'source port', integer(0, 65535))
    .option('--flags <flags>', 'TCP flags: syn, ack, fin, rst, syn,ack (default: syn)')
    .option('--mark <mark>', 'firewall mark the packet starts with (0x… or decimal)', mark)
    .option('--ttl <n>', 'time to live', integer(0, 255))
    .option('--tos <n>', 'type of service byte', integer(0, 255))
    .option('--length <bytes>', 'length of the packet', integer(20, 65575))
    .option('--icmp <type>', 'ICMP type, or TYPE/CODE')
    .addOption(new Option('--detail <level>', 'how much to tell').choices(['minimal', 'summary', 'full']))
  shared(command, ['text', 'json', 'jsonl'], runner, async (args: string[], flags: TraceFlags, context) =>
    (await import('./commands/trace.ts')).trace(args, flags, context),
  )
  command.addHelpText('after', TRACE_HELP)
}

function addMatrix(program: Command, runner: Runner): void {
  const command = program
    .command('matrix [evidence...]')
    .description('who reaches whom: hosts, namespaces, pods, containers, Services and the outside, and what stops the rest')
    .option(
      '--from <place...>',
      'only these senders: host/H, netns/H/NAME, pod/NS/NAME, container/NAME, outside, an address; * for any part',
    )
    .option('--to <place...>', 'only these targets: the same and svc/NS/NAME, with or without a port')
    .option('--probe', 'try the pairs for real from the places on this machine (and on --ssh hosts), and tell what differs')
    .option('--probe-limit <n>', 'attempts at most (default 500)', integer(1, 100_000))
    .option('--probe-seconds <n>', 'seconds to wait for an answer (default 4: a missing neighbour shows after three)', integer(1, 60))
    .option('--ssh <destination...>', 'probe from these hosts, too; without EVIDENCE: collect them first')
    .option('--ssh-config <file>', 'a configuration for ssh other than your own')
  shared(command, ['text', 'json', 'csv', 'markdown'], runner, async (args: string[], flags: MatrixFlags, context) =>
    (await import('./commands/matrix.ts')).matrix(args, flags, context),
  )
  command.addHelpText('after', MATRIX_HELP)
}

function addExplain(program: Command, runner: Runner): void {
  const command = program
    .command('explain [evidence...]')
    .description('whose rule it is, what it does and for which object, in a sentence')
    .option('--table <table>', 'only this table')
    .option('--chain <chain>', 'only this chain')
    .option('--rule <n>', 'only this rule of the chain, as --line-numbers counts', integer(1, 1e9))
  shared(command, ['text', 'json'], runner, async (args: string[], flags: ExplainFlags, context) =>
    (await import('./commands/explain.ts')).explain(args, flags, context),
  )
  command.addHelpText('after', EXPLAIN_HELP)
}

function addPolicy(program: Command, runner: Runner): void {
  const command = program
    .command('policy [evidence...]')
    .description('who may reach whom by the network policies of the cluster, and whether the captured rules keep to them')
    .option('--from <place>', 'who asks: pod/NS/NAME, host/NODE, outside, an address (default: every pod, and outside)')
    .option('--to <place>', 'who is asked for: pod/NS/NAME, svc/NS/NAME, an address, with port and protocol (default: every pod)')
  shared(command, ['text', 'json'], runner, async (args: string[], flags: PolicyFlags, context) =>
    (await import('./commands/policy.ts')).policy(args, flags, context),
  )
  command.addHelpText('after', POLICY_HELP)
}

function addRuleset(program: Command, runner: Runner): void {
  const command = program.command('ruleset <file>').description('reads a ruleset (iptables, nftables, ipset) and prints it back')
  shared(command, ['save', 'json'], runner, async (file: string, flags: RulesetFlags, context) =>
    (await import('./commands/ruleset.ts')).ruleset(file, flags, context),
  )
  command.addHelpText('after', RULESET_HELP)
}

/** Adds the flags that all commands share, and what runs it. The first output form is the default. */
function shared<A, F extends SharedFlags>(
  command: Command,
  forms: readonly [string, ...string[]],
  runner: Runner,
  run: (args: A, flags: F, context: Context) => Promise<ExitCode>,
): void {
  command.addOption(new Option('-o, --output <form>', 'form of the output').choices(forms).default(forms[0]))
  common(command).action(async (args: A, flags: F, own: unknown) => {
    // A command without arguments of its own is given its flags first.
    const given = own instanceof Command ? flags : (args as unknown as F)
    runner.done(await run(args, given, runner.context(given)))
  })
}

function common(command: Command): Command {
  return command
    .option('--no-color', 'no colours (also: NO_COLOR in the environment)')
    .option('-q, --quiet', 'no notes on standard error')
    .option('-v, --verbose', 'tell more: rules that did not match, what could not be read, stack traces')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
}

function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

function mark(text: string): number {
  return integer(0, 0xffffffff)(text)
}

const PROGRAM_HELP = `
EVIDENCE is any mix of bundles (a folder, .tar, .tar.gz), single files of any supported format, and - for standard input.
No EVIDENCE: this machine, live.

Examples:
  culprit diagnose bundle/ --from netns/h/p1 --to 10.43.0.10:80 --symptom timeout
  culprit trace bundle/ --from netns/h/p1 --to 10.43.0.10:80
  culprit explain bundle/ --table nat --chain KUBE-SERVICES
  iptables-save | culprit explain -

Exit codes: 0 delivered, 1 not delivered, 2 wrong usage, 3 the evidence cannot be read or does not suffice,
4 a repair was refused, 5 applied and taken back, 6 taking back failed.`

const DIAGNOSE_HELP = `
Symptoms: timeout, refused, unreachable, reset, stalls (connects, then hangs), wrong-server (another answers), exposed (connects and should not).

Examples:
  culprit diagnose bundle/ --from netns/h/p1 --to 10.43.0.10:80 --symptom timeout
  culprit diagnose issue-thread.md
  culprit diagnose bundle.tar.gz -o json
  culprit diagnose --from pod/shop/web-1 --to svc/shop/db:5432 --probe --ssh root@node1 root@node2

Exit codes: 0 nothing wrong was found, 1 a cause was found, 2 wrong usage, 3 the evidence cannot be read or does not suffice,
4 a repair was refused, 5 applied and taken back, 6 taking back failed.`

const TRACE_HELP = `
Examples:
  culprit trace bundle/ --from netns/h/p1 --to 203.0.113.80:443
  culprit trace bundle.tar.gz --from outside --host h --iif eth0 --src 198.51.100.7 --to 192.0.2.10:8080
  culprit trace iptables-save.txt ip-addr.txt ip-route.txt --from 10.42.0.2 --to 10.43.0.10:53/udp --detail full
  culprit trace bundle/ --requests packets.jsonl -o jsonl > results.jsonl

A request line: {"id":1,"from":"netns/h/p1","to":"10.43.0.10:80/tcp","src":"10.42.0.11","sport":42414,"flags":"syn"}
Exit codes: 0 delivered and answered, 1 not, 2 wrong usage (also: a request line that cannot be read), 3 the evidence does not suffice.`

const MATRIX_HELP = `
Examples:
  culprit matrix bundle/
  culprit matrix bundle/ --from 'pod/default/*' --to svc/default/web outside
  culprit matrix bundle/ --from host/node1 --to host/node2:22 10.43.0.10:53/udp
  culprit matrix bundle.tar.gz -o csv > pairs.csv
  culprit matrix --probe --ssh root@node1 root@node2 --to svc/default/web

Exit codes: 0 every pair works, 1 some do not, 2 wrong usage, 3 nothing fails and something is open.`

const EXPLAIN_HELP = `
Examples:
  culprit explain bundle/
  culprit explain iptables-save.txt --table filter --chain FORWARD
  culprit explain bundle/ --table nat --chain DOCKER --rule 2
  iptables-save | culprit explain -`

const POLICY_HELP = `
Kubernetes' NetworkPolicies and Calico's are evaluated; Cilium's are named, and what they decide is not known.

Examples:
  culprit policy bundle/ --from pod/shop/web --to svc/shop/db:5432
  culprit policy cluster.yaml --to pod/shop/db:5432
  culprit policy bundle/ -o json

Exit codes: 0 allowed, 1 something is denied, 2 wrong usage, 3 the evidence does not suffice.`

const RULESET_HELP = `
Examples:
  culprit ruleset iptables-save.txt -o json
  nft list ruleset | culprit ruleset - -o save`
