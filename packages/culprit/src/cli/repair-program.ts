import { type Command, Option } from 'commander'
import type { FirewallFlags } from './commands/firewall.ts'
import type { RepairApplyFlags } from './commands/repair-apply.ts'
import type { RepairPlanFlags } from './commands/repair-plan.ts'
import type { RepairRunFlags } from './commands/repair-runs.ts'
import type { Context, SharedFlags } from './context.ts'
import type { ExitCode } from './exit.ts'

/** Adds the shared flags to a command, and what runs it: program.ts's own. */
export type Register = <A, F extends SharedFlags>(
  command: Command,
  forms: readonly [string, ...string[]],
  run: (args: A, flags: F, context: Context) => Promise<ExitCode>,
) => void

type Whole = (least: number, most: number) => (text: string) => number

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

/** `culprit repair …`: its commands, each loaded when it runs. */
export function addRepair(program: Command, register: Register, whole: Whole): void {
  const repair = program
    .command('repair')
    .description('plans repairs, proves them on the model, applies them as transactions that undo themselves, takes them back')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .addHelpText('after', REPAIR_HELP)
  addPlan(repair, register, whole)
  addApply(repair, register, whole)
  addRuns(repair, register)
}

/** `culprit firewall …`. */
export function addFirewall(program: Command, register: Register, whole: Whole): void {
  const firewall = program
    .command('firewall')
    .description(
      'the ports, protocols and interfaces that the roles of a cluster need: what is open, missing, superfluous; opens and cleans',
    )
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .addHelpText('after', FIREWALL_HELP)
  const commands = () => import('./commands/firewall.ts')
  const plan = inventoried(
    onTarget(
      firewall
        .command('plan [evidence...]')
        .description('shows what is open, missing and superfluous, and the steps that open what is missing'),
    ),
  )
    .option('--timer <seconds>', 'seconds after which an unconfirmed change is undone (default: 120)', whole(1, 86_400))
    .option('--out <file>', 'write the plan to a file, for culprit repair apply')
  register(plan, ['text', 'json'], async (args: string[], flags: FirewallFlags, context) =>
    (await commands()).firewallPlan(args, flags, context),
  )
  const apply = inventoried(onTarget(firewall.command('apply').description('opens what is missing, as a repair that can be taken back')))
    .option('--accept <id>', 'accept what a guard says, by its name (may be given several times)', several)
    .option('--timer <seconds>', 'seconds after which an unconfirmed change is undone (default: 120)', whole(1, 86_400))
  register(apply, ['text'], async (flags: FirewallFlags, _, context) => (await commands()).firewallApply(flags, context))
  const clean = inventoried(onTarget(firewall.command('clean').description('takes back what apply opened, and nothing else')))
  register(clean, ['text'], async (flags: FirewallFlags, _, context) => (await commands()).firewallClean(flags, context))
}

function inventoried(command: Command): Command {
  return command
    .option('--inventory <file>', 'an Ansible inventory (ini or YAML), or hosts.yaml')
    .option('--host <host>', "the host of the inventory that is meant (default: the one with this machine's name or address)")
    .addOption(new Option('--firewall <program>', 'instead of the one that is found').choices(['firewalld', 'ufw', 'iptables', 'nftables']))
}

const FIREWALL_HELP = `
Examples:
  culprit firewall plan --inventory inventory.ini
  culprit firewall plan bundle/ --inventory hosts.yaml --host n1
  culprit firewall apply --inventory inventory.ini --ssh root@n1
  culprit firewall clean --inventory inventory.ini

Exit codes: 0 nothing missing (applied, cleaned), 1 something is missing, 2 wrong usage, 3 the inventory or evidence cannot be read,
4 refused by a guard or its proof, 5 failed and taken back, 6 taking back failed.`

function onTarget(command: Command): Command {
  return command
    .option('--ssh <destination>', 'another machine, through ssh')
    .option('--ssh-config <file>', 'a configuration for ssh other than your own')
    .option('--netns <name>', 'a network namespace, as ip netns names it')
    .option('--state <folder>', 'where repairs keep backup and journal, on that machine (default: /var/lib/culprit; also: CULPRIT_STATE)')
}

function addPlan(repair: Command, register: Register, whole: Whole): void {
  const command = onTarget(
    repair
      .command('plan [evidence...]')
      .description('shows each command, its effect, interruption and undo, and the proof; changes nothing'),
  )
    .option('--option <id>', 'an option of the diagnosis of this evidence')
    .option('--from <place>', 'a flow that the proof must tell of; with --option the question of the diagnosis')
    .option('--to <place>', 'where it goes')
    .option('--symptom <symptom>', 'with --option: how it fails')
    .option('--runbook <id>', 'a runbook: culprit repair runbooks lists them')
    .option('--set <name=value>', "a runbook's parameter", several)
    .option('--step <command>', 'a command, in one argument; its undo is derived (may be given several times)', several)
    .option('--restore <file>', 'rules of a saved ruleset that are gone, each put back where it was')
    .option('--table <table>', 'of --restore: only this table')
    .option('--chain <chain>', 'of --restore: only this chain')
    .option('--check <command>', 'a command that must succeed afterwards', several)
    .option('--host <host>', 'which host of the evidence is to be changed')
    .option('--timer <seconds>', 'seconds after which an unconfirmed change is undone (default: 120)', whole(1, 86_400))
    .option('--out <file>', 'write the plan to a file')
  register(command, ['text', 'json'], async (args: string[], flags: RepairPlanFlags, context) =>
    (await import('./commands/repair-plan.ts')).repairPlan(args, flags, context),
  )
  command.addHelpText('after', PLAN_HELP)
}

function addApply(repair: Command, register: Register, whole: Whole): void {
  const command = onTarget(repair.command('apply <plan>').description('carries a plan out: backup, timer, steps, checks, confirmation'))
    .option('--accept <id>', 'accept what a guard says, by its name (may be given several times)', several)
    .option('--timer <seconds>', 'another time until an unconfirmed change is undone', whole(1, 86_400))
    .option('--hold', 'leave the confirmation to a person: culprit repair confirm ID')
    .option('--resume', 'go on where a crash left the plan, while its timer runs')
  register(command, ['text'], async (plan: string, flags: RepairApplyFlags, context) =>
    (await import('./commands/repair-apply.ts')).repairApply(plan, flags, context),
  )
  command.addHelpText('after', APPLY_HELP)
}

function addRuns(repair: Command, register: Register): void {
  const runs = () => import('./commands/repair-runs.ts')
  const status = onTarget(repair.command('status [id]').description('repairs that are unfinished, or one with its journal'))
  register(status, ['text', 'json'], async (id: string | undefined, flags: RepairRunFlags, context) =>
    (await runs()).repairStatus(id, flags, context),
  )
  const confirm = onTarget(repair.command('confirm <id>').description('keeps a change that apply --hold left open'))
  register(confirm, ['text'], async (id: string, flags: RepairRunFlags, context) => (await runs()).repairConfirm(id, flags, context))
  const rollback = onTarget(repair.command('rollback <id>').description('takes a repair back, step by step'))
  register(rollback, ['text'], async (id: string, flags: RepairRunFlags, context) => (await runs()).repairRollback(id, flags, context))
  const list = onTarget(repair.command('list').description('all repairs that were made'))
  register(list, ['text', 'json'], async (flags: RepairRunFlags, _, context) => (await runs()).repairList(flags, context))
  const runbooks = repair.command('runbooks [id]').description('the runbooks, or one of them')
  register(runbooks, ['text', 'json'], async (id: string | undefined, flags: RepairRunFlags, context) =>
    (await runs()).repairRunbooks(id, flags, context),
  )
}

const REPAIR_HELP = `
Examples:
  culprit repair plan bundle/ --option remove-rule --out plan.json
  culprit repair plan --runbook add-default-route --set gateway=192.0.2.1 --set device=eth0 --out plan.json
  culprit repair apply plan.json
  culprit repair rollback add-default-route-3f09ab`

const PLAN_HELP = `
Without evidence it is made for the machine as it is now.

Examples:
  culprit repair plan --step 'iptables -t nat -D PREROUTING 3' --check 'curl -sf http://192.0.2.10:8080/' --out plan.json
  culprit repair plan --restore /opt/iptables_before_cluster --table nat --out plan.json
  culprit repair plan bundle/ --host n1 --step 'sysctl -w net.ipv4.ip_forward=1' -o json

Exit codes: 0 planned, 2 wrong usage, 3 the evidence cannot be read, 4 a command is of a kind that a repair never runs.`

const APPLY_HELP = `
Examples:
  culprit repair apply plan.json
  culprit repair apply plan.json --accept proof --timer 300
  culprit repair apply plan.json --hold --ssh root@n1

Exit codes: 0 applied, 2 wrong usage, 3 the plan cannot be read, 4 refused by a guard or its proof, 5 failed and taken back, 6 taking back failed.`
