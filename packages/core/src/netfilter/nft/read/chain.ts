import type { NftBaseChain, NftRule } from '../ast.ts'
import { namedPriority } from '../priority.ts'
import type { Cursor } from './cursor.ts'
import { addRule, type ChainDraft, chainOf, type RulesetDraft, type TableDraft } from './draft.ts'
import { readRule } from './rule.ts'

/** The body of `chain NAME { … }`, behind the opening brace and up to the closing one. */
export function readChainBody(cursor: Cursor, ruleset: RulesetDraft, table: TableDraft, chain: ChainDraft): void {
  chain.handle = cursor.remark('handle') ?? chain.handle
  withImplicitChains(cursor, ruleset, table)
  for (cursor.skipLines(); !cursor.is('}') && !cursor.atEnd(); cursor.skipLines()) {
    if (cursor.is('chain') && cursor.second().kind === 'word') {
      ruleset.note('broken', `chain ${chain.name} is not closed`, cursor.line)
      return
    }
    if (cursor.is('type') && cursor.second().kind === 'word') chain.base = readBase(cursor, table.family)
    else if (cursor.is('policy')) readPolicy(cursor, chain)
    else if (cursor.is('comment') && cursor.second().kind === 'string') {
      cursor.next()
      chain.comment = cursor.name()
    } else if (cursor.accept('flags')) chain.flags = [cursor.name()]
    else
      addRule(
        chain,
        readRule(cursor, (text, line, raw) => ruleset.note('not-understood', text, line, raw)),
      )
  }
}

function readPolicy(cursor: Cursor, chain: ChainDraft): void {
  cursor.next()
  const policy = cursor.oneOf(['accept', 'drop'] as const) ?? cursor.fail('accept or drop')
  if (chain.base) chain.base = { ...chain.base, policy }
}

/** `type filter hook input device "eth0" priority filter + 10` */
export function readBase(cursor: Cursor, family: string): NftBaseChain {
  cursor.expect('type')
  const type = cursor.name()
  cursor.expect('hook')
  const hook = cursor.name()
  const devices = readDevices(cursor)
  cursor.expect('priority')
  return { type, hook, ...readPriority(cursor, family), devices }
}

export function readDevices(cursor: Cursor): readonly string[] {
  if (cursor.accept('device')) return [cursor.name()]
  if (!cursor.accept('devices')) return []
  cursor.expect('=')
  cursor.expect('{')
  const devices: string[] = []
  cursor.skipNewlines()
  while (!cursor.is('}')) {
    devices.push(cursor.name())
    cursor.skipNewlines()
    if (!cursor.accept(',')) break
    cursor.skipNewlines()
  }
  cursor.expect('}')
  return devices
}

/** `filter`, `dstnat - 5`, `-110` */
export function readPriority(cursor: Cursor, family: string): { readonly priority: number; readonly priorityText: string } {
  const sign = cursor.oneOf(['-', '+'] as const)
  const plain = cursor.numberIf()
  if (plain !== undefined) return { priority: sign === '-' ? -plain : plain, priorityText: `${sign === '-' ? '-' : ''}${plain}` }
  const name = cursor.accept('$') ? definedPriority(cursor) : cursor.name()
  const base = namedPriority(name, family) ?? Number(name)
  const offsetSign = cursor.oneOf(['-', '+'] as const)
  if (!offsetSign) return { priority: base || 0, priorityText: name }
  const offset = cursor.number()
  return { priority: (base || 0) + (offsetSign === '-' ? -offset : offset), priorityText: `${name} ${offsetSign} ${offset}` }
}

function definedPriority(cursor: Cursor): string {
  const defined = cursor.defines.get(cursor.name())
  return defined?.kind === 'value' ? defined.text : cursor.fail('a priority')
}

/** `jump { … }`: the body is a chain of its own, named as the kernel names it. */
export function withImplicitChains(cursor: Cursor, ruleset: RulesetDraft, table: TableDraft): void {
  cursor.implicitChain = (inner) => {
    const { line } = inner
    inner.expect('{')
    let serial = 0
    while (table.chains.has(`__chain${serial}`)) serial++
    const chain = chainOf(table, `__chain${serial}`, line)
    chain.implicit = true
    // Text that ends in here is not read again from the outside: that would double with every level.
    for (inner.skipLines(); !inner.is('}') && !inner.atEnd(); inner.skipLines()) {
      addRule(
        chain,
        readRule(inner, (text, at, raw) => ruleset.note('not-understood', text, at, raw)),
      )
    }
    if (!inner.accept('}')) ruleset.note('broken', 'a jump’s rules are not closed', line)
    return { chain: chain.name, rules: chain.rules as readonly NftRule[] }
  }
}
