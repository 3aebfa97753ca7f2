import { type Address, parseAddress } from '../../net/address.ts'
import { parsePort } from '../../net/protocol.ts'

/** One side of `10.1.0.2.40090 > netg.http`. */
export interface TextEnd {
  readonly address: Address | undefined
  readonly name: string | undefined
  /** 0: none printed. */
  readonly port: number
}

/**
 * `10.1.0.2.40090`, `10.1.0.2`, `2001:db8::1.443`, `node.example.https`, `netg`. The port stands behind the last dot; a name may hold dots
 * too, so that its last part is a port only where it is a number or a known service.
 */
export function textEnd(text: string): TextEnd {
  const whole = parseAddress(text)
  if (whole !== undefined) return { address: whole, name: undefined, port: 0 }
  const dot = text.lastIndexOf('.')
  const head = dot < 0 ? text : text.slice(0, dot)
  const tail = dot < 0 ? '' : text.slice(dot + 1)
  const address = parseAddress(head)
  const port = tail === '' ? undefined : parsePort(tail)
  if (address !== undefined) return { address, name: undefined, port: port ?? 0 }
  return port === undefined ? { address: undefined, name: text, port: 0 } : { address: undefined, name: head, port }
}
