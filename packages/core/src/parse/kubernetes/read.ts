import type { Note, Source } from '../../facts/source.ts'
import { type Json, readJson } from '../json.ts'
import { isObject, looksLikeJson } from '../json-fields.ts'
import type { Parsed } from '../parsed.ts'
import { complete, itemKind, type Located } from './list.ts'
import type { KubernetesObject } from './object.ts'
import { readYaml } from './yaml.ts'

export interface SourcedObject {
  readonly object: KubernetesObject
  readonly source: Source
  /** From a table that shows a few fields only: what is absent may exist. */
  readonly partial?: boolean
}

/** Reads Kubernetes objects from JSON or YAML: one, a List (typed or not), an array, several documents. Never throws. */
export function readKubernetes(content: string, file: string): Parsed<SourcedObject> {
  const notes: Note[] = []
  const facts: SourcedObject[] = []
  const { found, notes: broken } =
    looksLikeJson(content) && !/^(?:- )?apiVersion:/m.test(content.slice(0, 4000)) ? fromJson(content, file) : readYaml(content, file)
  notes.push(...broken)
  for (const { value, line } of found) {
    const source = { file, line }
    if (isKubernetesObject(value)) facts.push({ object: value, source })
    else if (value !== null && value !== undefined)
      notes.push({ kind: 'not-understood', text: 'not a Kubernetes object: kind, apiVersion or metadata.name is missing', source })
  }
  return { facts, notes }
}

export function isKubernetesObject(value: unknown): value is KubernetesObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { kind, metadata } = value as { readonly kind?: unknown; readonly metadata?: unknown }
  if (typeof kind !== 'string' || typeof metadata !== 'object' || metadata === null) return false
  return (
    typeof (metadata as { readonly name?: unknown }).name === 'string' ||
    typeof (metadata as { readonly generateName?: unknown }).generateName === 'string'
  )
}

function fromJson(content: string, file: string): { readonly found: readonly Located[]; readonly notes: readonly Note[] } {
  const json = readJson(content, file)
  const found: Located[] = []
  const visit = (value: Json, kind: string | undefined, apiVersion: string | undefined): void => {
    if (Array.isArray(value)) {
      for (const element of value as readonly Json[]) visit(element, kind, apiVersion)
      return
    }
    if (!isObject(value)) return
    const items = value.items
    if (Array.isArray(items) && !isKubernetesObject(value)) {
      const list = itemKind(value.kind)
      const version = typeof value.apiVersion === 'string' && list !== undefined ? value.apiVersion : undefined
      for (const item of items as readonly Json[]) visit(item, list, version)
      return
    }
    found.push({ value: complete(value, kind, apiVersion), line: json.lineOf(value) })
  }
  for (const document of json.documents) visit(document, undefined, undefined)
  return { found, notes: json.notes }
}
