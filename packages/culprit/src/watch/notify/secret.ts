import { readFileSync } from 'node:fs'
import { systemReason } from '../../bundle/evidence.ts'
import type { NotifySettings, Secret } from '../config/notify.ts'

type Target = NotifySettings[number]

/** A secret, or why there is none: that says where it was looked for, never what was found. */
export type Opened = { readonly value: string } | { readonly problem: string }

/** Read each time that it is used, so that one that is changed is the right one. */
export function openSecret(secret: Secret): Opened {
  if ('env' in secret) {
    const value = process.env[secret.env]
    return value ? { value: value.trim() } : { problem: `the environment has no ${secret.env}` }
  }
  try {
    const value = readFileSync(secret.file, 'utf8').trim()
    return value === '' ? { problem: `${secret.file} is empty` } : { value }
  } catch (error) {
    return { problem: `${secret.file} cannot be read: ${systemReason(error)}` }
  }
}

/** Where to send, and with which header. */
export type Destination = { readonly url: URL; readonly headers: Readonly<Record<string, string>> } | { readonly problem: string }

export function openTarget(target: Target): Destination {
  const given = 'webhook' in target ? target.webhook : target.alertmanager
  const address = typeof given === 'string' ? { value: given } : openSecret(given)
  if ('problem' in address) return address
  if (!URL.canParse(address.value) || !/^https?:/.test(address.value)) return { problem: 'its address is no http or https address' }
  const url = new URL(address.value)
  if ('alertmanager' in target) url.pathname = `${url.pathname.replace(/\/(?:api\/v2\/alerts\/?)?$/, '')}/api/v2/alerts`
  if (!target.authorization) return { url, headers: {} }
  const { scheme, secret } = target.authorization
  const opened = openSecret(secret)
  if ('problem' in opened) return opened
  if (/[^\x20-\x7e]/.test(opened.value)) return { problem: 'its authorization holds characters that a header cannot' }
  const value = scheme === 'Basic' ? Buffer.from(opened.value).toString('base64') : opened.value
  return { url, headers: { authorization: `${scheme} ${value}` } }
}

/** What a target is called in messages and metrics: never its path or query, which may be the secret. */
export function nameOf(target: Target, index: number): string {
  const [kind, given] = 'webhook' in target ? ['webhook', target.webhook] : ['alertmanager', target.alertmanager]
  const host = typeof given === 'string' && URL.canParse(given) ? new URL(given).host : undefined
  return `${kind} ${host ?? index + 1}`
}
