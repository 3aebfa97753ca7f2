import { request as plain } from 'node:http'
import { request as secure } from 'node:https'

/** How sending ended. `again`: it may succeed later. */
export type Sent =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly why: string; readonly again: boolean; readonly after?: number | undefined }

export interface Post {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Milliseconds for all of it. */
  readonly timeout: number
  readonly signal?: AbortSignal | undefined
}

/** So much of an answer is read, and thrown away. */
const MOST_ANSWER = 64 * 1024

/**
 * Posts JSON, and follows no redirection: what the configuration names is told, nobody else. Never rejects. (Node's fetch would do; it costs four times the
 * memory of node:http, and the watch has little.)
 */
export function postJson({ url, headers, body, timeout, signal }: Post): Promise<Sent> {
  return new Promise((resolve) => {
    const bytes = Buffer.from(body)
    const end = (sent: Sent): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cut)
      resolve(sent)
      request.destroy()
    }
    const failed = (why: string, again: boolean, after?: number): void => end({ kind: 'failed', why, again, after })
    const timer = setTimeout(() => failed(`no answer within ${timeout / 1000} s`, true), timeout)
    timer.unref()
    const cut = (): void => failed('cut off', true)
    signal?.addEventListener('abort', cut)
    const own = { 'content-type': 'application/json', 'content-length': `${bytes.length}`, 'user-agent': 'culprit-watch' }
    const send = url.protocol === 'https:' ? secure : plain
    const request = send(url, { method: 'POST', headers: { ...own, ...headers }, agent: false, maxHeaderSize: 16_384 }, (response) => {
      const { statusCode = 0 } = response
      let read = 0
      response.on('data', (part: Buffer) => {
        read += part.length
        if (read > MOST_ANSWER) judge()
      })
      response.on('end', () => judge())
      response.on('error', () => judge())
      const judge = (): void => {
        if (statusCode >= 200 && statusCode < 300) end({ kind: 'delivered' })
        else failed(`answered ${statusCode}`, isPassing(statusCode), retryAfter(response.headers['retry-after']))
      }
    })
    request.on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? 'the connection failed', true))
    request.end(bytes)
  })
}

/** Too much asked, or trouble of the server's own: 4xx else says that the message itself is not wanted. */
const isPassing = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500

/** Seconds that a server asks to wait (RFC 9110, 10.2.3), in milliseconds; a date is passed over. */
function retryAfter(value: string | undefined): number | undefined {
  const seconds = value !== undefined && /^\d{1,5}$/.test(value) ? Number(value) : undefined
  return seconds === undefined ? undefined : Math.min(seconds, 3600) * 1000
}
