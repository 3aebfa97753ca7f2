import type { BadRequest } from '@culprit/core/datapath/engine'
import type { TraceRequest } from '@culprit/core/datapath/trace'
import type { TraceFlags } from './commands/trace.ts'
import { usageError } from './exit.ts'

/** The request that the options of a single trace make. */
export function requestFromFlags(flags: TraceFlags): TraceRequest {
  const example = 'for example: culprit trace bundle/ --from netns/h/p1 --to 10.43.0.10:80'
  if (flags.from === undefined) throw usageError('trace needs --from PLACE, where the packet starts', example)
  if (flags.to === undefined) throw usageError('trace needs --to PLACE, where the packet goes', example)
  const { from, to, src, host, iif, sport, flags: tcpFlags, mark, ttl, tos, length, icmp } = flags
  return withoutUndefined({ from, to, src, host, iif, sport, flags: tcpFlags, mark, ttl, tos, length, icmp })
}

const bad = (text: string, hint: string): BadRequest => ({ kind: 'bad-request', text, hint })

const HINT = 'a request is one JSON object a line: {"id":1,"from":"netns/h/p1","to":"10.43.0.10:80/tcp"}'
type FieldType = 'text' | 'number' | 'text or number'
const FIELDS: Readonly<Record<keyof TraceRequest, FieldType>> = {
  id: 'text or number',
  from: 'text',
  to: 'text',
  src: 'text',
  host: 'text',
  iif: 'text',
  sport: 'number',
  flags: 'text',
  mark: 'text or number',
  ttl: 'number',
  tos: 'number',
  length: 'number',
  icmp: 'text or number',
}

/** A line of a requests file, as INTERFACE.md gives it. Fields that culprit does not know are left alone; null is as good as absent. */
export function readRequest(value: unknown): TraceRequest | BadRequest {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return bad('the request is not a JSON object', HINT)
  const given = new Map(Object.entries(value).filter(([, v]) => v !== null))
  const request: Record<string, unknown> = {}
  for (const [name, type] of Object.entries(FIELDS)) {
    const field = given.get(name)
    if (field === undefined) continue
    if (!isOf(type, field)) return bad(`"${name}" must be ${type}, and is ${JSON.stringify(field)}`, HINT)
    request[name] = field
  }
  if (!isRequest(request)) return bad(`the request lacks "${'from' in request ? 'to' : 'from'}"`, HINT)
  return request
}

const isOf = (type: FieldType, value: unknown): boolean =>
  type === 'text or number'
    ? typeof value === 'string' || typeof value === 'number'
    : typeof value === (type === 'text' ? 'string' : 'number')

const isRequest = (request: Record<string, unknown>): request is Record<string, unknown> & TraceRequest =>
  'from' in request && 'to' in request

type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> }
/** Drops the options that were not given, so that the echoed request shows what was asked. */
function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Defined<T>
}
