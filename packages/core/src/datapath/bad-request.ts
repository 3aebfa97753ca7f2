/** A request that names a place, address or option that cannot be: what is wrong and what to do about it. */
export interface BadRequest {
  readonly kind: 'bad-request'
  readonly text: string
  readonly hint: string
}

export const bad = (text: string, hint: string): BadRequest => ({ kind: 'bad-request', text, hint })
export const isBad = <T extends object>(value: T | BadRequest): value is BadRequest => 'kind' in value && value.kind === 'bad-request'
