/** What is used of ssh2 1.17, which comes without types. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events'
  import type { Duplex, Readable } from 'node:stream'

  export type AuthMethod =
    | { readonly type: 'agent'; readonly username: string; readonly agent: string }
    | { readonly type: 'publickey'; readonly username: string; readonly key: Buffer }

  export interface ConnectConfig {
    readonly host: string
    readonly port: number
    readonly username: string
    readonly readyTimeout: number
    readonly keepaliveInterval: number
    readonly keepaliveCountMax: number
    readonly authHandler: readonly AuthMethod[]
    readonly hostVerifier: (key: Buffer) => boolean
    readonly algorithms?: { readonly serverHostKey: readonly string[] }
  }

  export interface ClientChannel extends Duplex {
    readonly stderr: Readable
  }

  export class Client extends EventEmitter {
    connect(config: ConnectConfig): this
    exec(line: string, callback: (error: Error | undefined, channel: ClientChannel) => void): boolean
    end(): this
    destroy(): this
  }

  const ssh2: {
    readonly Client: typeof Client
    readonly utils: { parseKey(data: Buffer): Error | object }
  }
  export default ssh2
}
