import type { NftBaseChain, NftChain, NftFlowtable, NftObject, NftRuleset, NftSet, NftTable, NftType } from './ast.ts'
import { typeOf } from './datatype.ts'
import { printExpression } from './expressions/dispatch.ts'
import { printElement } from './expressions/set.ts'
import { ruleText } from './read/rule.ts'
import { printStatement } from './statements/dispatch.ts'

/** A ruleset as `nft list ruleset` prints it (nft 1.0 and 1.1). */
export const printNft = (ruleset: NftRuleset): string => ruleset.tables.map(printTable).join('')

function printTable(table: NftTable): string {
  const head = [
    ...(table.flags.length > 0 ? [`\tflags ${table.flags.join(',')}\n${table.comment === undefined ? '\n' : ''}`] : []),
    ...(table.comment === undefined ? [] : [`\tcomment "${table.comment}"\n`]),
  ]
  const blocks = [
    ...table.objects.map(printObject),
    ...table.sets.map(printSet),
    ...table.flowtables.map(printFlowtable),
    ...table.chains.filter((chain) => !chain.implicit).map(printChain),
  ]
  return `table ${table.family} ${table.name} {\n${head.join('')}${blocks.join('\n')}}\n`
}

const block = (head: string, lines: readonly string[]) => `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`
const commentOf = (comment: string | undefined) => (comment === undefined ? [] : [`comment "${comment}"`])

function printChain(chain: NftChain): string {
  return block(`chain ${chain.name}`, [
    ...commentOf(chain.comment),
    ...(chain.base ? [printBase(chain.base, chain.flags)] : []),
    ...chain.rules.map((rule) => rule.spelling ?? ruleText(rule.statements, rule.comment)),
  ])
}

function printBase({ type, hook, devices, priorityText, policy }: NftBaseChain, flags: readonly string[]): string {
  const options = [...(policy ? [` policy ${policy};`] : []), ...(flags.length > 0 ? [` flags ${flags.join(',')};`] : [])]
  return `type ${type} hook ${hook}${printDevices(devices)} priority ${priorityText};${options.join('')}`
}

function printDevices(devices: readonly string[]): string {
  if (devices.length === 0) return ''
  return devices.length === 1 ? ` device "${devices[0]}"` : ` devices = { ${devices.map((name) => `"${name}"`).join(', ')} }`
}

/** set_print_declaration() of rule.c gives the order. */
function printSet(set: NftSet): string {
  const data = set.data ? ` : ${set.dataInterval ? 'interval ' : ''}${printType(set.data)}` : ''
  return block(`${set.kind} ${set.name}`, [
    `${set.type.kind} ${printType(set.type)}${data}`,
    ...(set.policy === undefined ? [] : [`policy ${set.policy}`]),
    ...(set.size === undefined ? [] : [`size ${set.size}${set.count === undefined ? '' : `\t# count ${set.count}`}`]),
    ...(set.flags.length > 0 ? [`flags ${set.flags.join(',')}`] : []),
    ...(set.autoMerge ? ['auto-merge'] : []),
    ...(set.statements.length > 0 ? [set.statements.map(printStatement).join(' ')] : []),
    ...(set.timeout === undefined ? [] : [`timeout ${set.timeout}`]),
    ...(set.gcInterval === undefined ? [] : [`gc-interval ${set.gcInterval}`]),
    ...commentOf(set.comment),
    ...(set.elements.length > 0 ? [printElements(set)] : []),
  ])
}

const printType = (type: NftType): string => (type.kind === 'type' ? type.names.join(' . ') : printExpression(type.expression))

/** calculate_delim() of expression.c: how many elements a line holds. */
function printElements(set: NftSet): string {
  const plain = set.kind === 'set' && set.elements[0]?.statements === undefined
  const name = set.type.kind === 'typeof' ? typeOf(set.type.expression) : set.type.names.length === 1 ? set.type.names[0] : undefined
  const perLine = !plain || name === undefined ? 1 : name === 'ipv4_addr' ? 2 : FIVE_A_LINE.has(name) ? 5 : 1
  let text = 'elements = { '
  set.elements.forEach((element, i) => {
    if (i > 0) text += i % perLine === 0 ? ',\n\t\t\t     ' : ', '
    text += printElement(element)
  })
  return `${text} }`
}
const FIVE_A_LINE = new Set([
  'inet_proto',
  'mptcp_subtype',
  'inet_service',
  'mark',
  'integer',
  'nf_proto',
  'arp_op',
  'tcp_flag',
  'icmp_type',
  'icmpv6_type',
  'icmp_code',
  'icmpv6_code',
  'ct_state',
  'iface_index',
  'uid',
  'gid',
])

/** flowtable_print() of rule.c; names of devices are not in quotes before 1.0.2. */
function printFlowtable(table: NftFlowtable): string {
  return block(`flowtable ${table.name}`, [
    `hook ${table.hook} priority ${table.priorityText}`,
    ...(table.devices.length > 0 ? [`devices = { ${table.devices.map((name) => `"${name}"`).join(', ')} }`] : []),
    ...(table.flags.length > 0 ? [`flags ${table.flags.join(',')}`] : []),
    ...(table.counter ? ['counter'] : []),
  ])
}

const printObject = (object: NftObject): string => block(`${object.type} ${object.name}`, [...commentOf(object.comment), ...object.body])
