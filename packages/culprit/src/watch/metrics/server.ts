import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { CONTENT_TYPE } from './exposition.ts'

/** Where it listens, or why it does not. */
export type Listening = { readonly server: Server; readonly at: string } | { readonly problem: string }

/** `127.0.0.1:9497`, `[::1]:9497`, `unix:/run/culprit/metrics.sock`. */
export async function listen(where: string, render: () => string): Promise<Listening> {
  const server = createServer(
    { keepAliveTimeout: 5000, headersTimeout: 5000, requestTimeout: 5000, maxHeaderSize: 8192 },
    (request, response) => answer(request, response, render),
  )
  server.maxConnections = 16
  server.unref()
  const socket = where.startsWith('unix:') ? where.slice('unix:'.length) : undefined
  if (socket !== undefined) removeStale(socket)
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(where) ?? []
  return new Promise((resolve) => {
    server.once('error', (error) => resolve({ problem: error.message }))
    const listening = (): void => {
      // The group may read: Prometheus' exporters on the same host. Others have no business here.
      if (socket !== undefined) chmodSync(socket, 0o660)
      server.on('error', () => undefined)
      const address = server.address()
      resolve({ server, at: typeof address === 'object' && address ? `${host}:${address.port}` : where })
    }
    if (socket === undefined) server.listen({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) }, listening)
    else server.listen(socket, listening)
  })
}

/** What a watch that was killed left behind; a file that is no socket is not touched. */
function removeStale(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path)
  } catch {
    // There is none.
  }
}

/** The text is made of numbers in memory: nothing is asked of the machine, and no round waits. */
function answer({ method, url = '' }: IncomingMessage, response: ServerResponse, render: () => string): void {
  const path = url.split('?')[0]
  if (method !== 'GET' && method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end()
  else if (path !== '/metrics') response.writeHead(404, { 'content-type': 'text/plain' }).end('culprit watch: /metrics\n')
  else response.writeHead(200, { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' }).end(method === 'HEAD' ? undefined : render())
}
