import type { Document } from '../intake/document.ts'
import type { TraceRequest, TraceResult } from './trace.ts'

/** A request that names a place, address or option that cannot be: what is wrong and what to do about it. */
export interface BadRequest {
  readonly kind: 'bad-request'
  readonly text: string
  readonly hint: string
}

/** A model of all captured machines, compiled once, that packets can be sent through. */
export interface Engine {
  trace(request: TraceRequest, options?: { readonly verbose?: boolean; readonly reply?: boolean }): TraceResult | BadRequest
}

/** Builds the model from the evidence. */
export declare function createEngine(documents: readonly Document[]): Engine
