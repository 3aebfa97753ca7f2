import { type Action, CONTINUE } from '../../action.ts'
import { type Decision, unknown } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { NftRule, NftTable } from '../ast.ts'
import type { Statement } from '../statement.ts'
import { printStatement } from '../statements/dispatch.ts'
import { compileChange } from './change.ts'
import { compileMatch } from './match.ts'
import { compileNat, compileTproxy } from './nat.ts'
import { compileReject } from './reject.ts'
import { compileElement, compileSetUpdate } from './set-update.ts'
import { assumption, namedAssumption } from './stateful.ts'
import { compileVmap, verdictAction } from './verdict.ts'

/** One statement at work. A Decision goes on or ends the rule; an Action does something. */
export type Op = (scene: Scene) => Decision | Action

/** A rule as operations in order; `conditions` has the text of each, as nft prints it. */
export interface CompiledNftRule {
  readonly ops: readonly Op[]
  readonly conditions: readonly string[]
}

/** Compiles a rule of `table` (whose sets it may look into): nft_do_chain()'s expressions, as ops in order. */
export function compileNftRule(rule: NftRule, table: NftTable): readonly Op[] {
  return inOrder(rule.statements).flatMap((statement) => compileStatement(statement, table))
}

/** The same with the text of each op, for who tells which condition failed. */
export function compileNftRuleWithText(rule: NftRule, table: NftTable): CompiledNftRule {
  const compiled = inOrder(rule.statements).map((statement) => ({ statement, ops: compileStatement(statement, table) }))
  return {
    ops: compiled.flatMap(({ ops }) => ops),
    conditions: compiled.flatMap(({ statement, ops }) => ops.map(() => printStatement(statement))),
  }
}

/** A tproxy hands the packet over when the rule is through: what stands behind it (`meta mark set 1 accept`) is done first. */
function inOrder(statements: readonly Statement[]): readonly Statement[] {
  const at = statements.findIndex(({ kind }) => kind === 'tproxy')
  if (at < 0) return statements
  const changes = statements.slice(at + 1).filter(({ kind }) => kind !== 'verdict')
  return [...statements.slice(0, at), ...changes, statements[at] as Statement]
}

const constantly =
  (result: Decision | Action): Op =>
  () =>
    result

function compileStatement(statement: Statement, table: NftTable): readonly Op[] {
  switch (statement.kind) {
    case 'match':
      return [compileMatch(statement, table)]
    case 'vmap':
      return compileVmap(statement, table)
    case 'verdict':
      return [constantly(verdictAction(statement))]
    case 'mangle':
      return compileChange(statement, table)
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return compileNat(statement, table)
    case 'tproxy':
      return compileTproxy(statement, table)
    case 'reject':
      return [compileReject(statement)]
    case 'notrack':
      return [constantly({ kind: 'notrack' })]
    case 'limit':
    case 'quota':
    case 'ct-count':
      return [constantly(assumption(statement))]
    case 'set-update':
      return [compileSetUpdate(statement, table)]
    case 'meter':
      return [compileElement(statement.element, table)]
    case 'queue':
      return [constantly({ kind: 'queue', bypass: statement.flags.includes('bypass') })]
    case 'fwd':
      return [constantly({ kind: 'stolen', by: 'fwd sends it out of another device' })]
    case 'synproxy':
      return [constantly({ kind: 'stolen', by: 'SYNPROXY answers in its place' })]
    case 'object':
      return objectOps(statement, table)
    case 'counter':
    case 'last':
    case 'log':
    case 'dup':
    case 'flow':
    case 'reset':
      return [constantly(CONTINUE)]
    case 'xt':
      return [constantly(extension(statement))]
    case 'opaque':
      return [constantly(unknown(`not understood: ${statement.text}`))]
  }
}

/** Targets of iptables that leave a packet on its way as it is. */
const HARMLESS: ReadonlySet<string> = new Set([
  'LOG',
  'NFLOG',
  'ULOG',
  'TRACE',
  'TCPMSS',
  'CHECKSUM',
  'AUDIT',
  'IDLETIMER',
  'LED',
  'RATEEST',
])

/** Whether a match of iptables matches is not told here; nor what becomes of a packet at a target, which may well be its end. */
function extension({ type, name, text }: Extract<Statement, { kind: 'xt' }>): Decision | Action {
  const why = unknown(`${text}: an extension of iptables, which only iptables-save tells`, 'iptables-save.txt')
  if (type !== 'target') return why
  if (name === 'MASQUERADE') return { kind: 'nat', request: { kind: 'masquerade' } }
  return HARMLESS.has(name) ? CONTINUE : { kind: 'unknown', unknown: why }
}

function objectOps(statement: Extract<Statement, { kind: 'object' }>, table: NftTable): readonly Op[] {
  const { type, name } = statement
  if (type === 'ct helper' && name.kind === 'value') {
    const helper = table.objects.find((object) => object.type === type && object.name === name.text)
    const protocol = /^type "([^"]+)"/.exec(helper?.body[0] ?? '')?.[1]
    return [constantly(protocol ? { kind: 'alter', conntrack: { helper: protocol } } : CONTINUE)]
  }
  if (type === 'synproxy') return [constantly({ kind: 'stolen', by: 'SYNPROXY answers in its place' })]
  return [constantly(namedAssumption(statement, table))]
}
