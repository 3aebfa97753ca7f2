import type { NftFlowtable, NftObject } from '../ast.ts'
import { readDevices, readPriority } from './chain.ts'
import type { Cursor } from './cursor.ts'
import { readFlags } from './set.ts'
import { skipStatement } from './skip.ts'

/** The body of a named counter, quota, limit, ct helper …: its lines as they stand. */
export function readObjectBody(cursor: Cursor, type: NftObject['type'], name: string, line: number): NftObject {
  const handle = cursor.remark('handle')
  const body: string[] = []
  let comment: string | undefined
  for (cursor.skipLines(); !cursor.is('}') && !cursor.atEnd(); cursor.skipLines()) {
    if (cursor.is('comment') && cursor.second().kind === 'string') {
      cursor.next()
      comment = cursor.name()
    } else body.push(skipStatement(cursor).replace(/\s+/g, ' '))
  }
  return { kind: 'object', type, name, body, line, ...(handle !== undefined && { handle }), ...(comment !== undefined && { comment }) }
}

export function readFlowtableBody(cursor: Cursor, name: string, family: string, line: number): NftFlowtable {
  const handle = cursor.remark('handle')
  let hook = 'ingress'
  let priority = { priority: 0, priorityText: 'filter' }
  let devices: readonly string[] = []
  let flags: readonly string[] = []
  let counter = false
  for (cursor.skipLines(); !cursor.is('}') && !cursor.atEnd(); cursor.skipLines()) {
    if (cursor.accept('hook')) {
      hook = cursor.name()
      cursor.expect('priority')
      priority = readPriority(cursor, family)
    } else if (cursor.is('devices') || cursor.is('device')) devices = readDevices(cursor)
    else if (cursor.accept('flags')) flags = readFlags(cursor)
    else if (cursor.accept('counter')) counter = true
    else cursor.fail('a property of a flowtable')
  }
  return { name, hook, ...priority, devices, flags, counter, line, ...(handle !== undefined && { handle }) }
}
