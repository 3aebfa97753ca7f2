/** A real sshd with keys and configuration of its own, and the client configuration that reaches it. */
export interface TestSshd {
  /** Destination for ssh, with `config`. */
  readonly destination: string
  readonly config: string
  /** The server's folder: keys and configurations. */
  readonly folder: string
  /** Ends the server and every connection to it. */
  stop(): Promise<void>
}
/** Why no sshd can be started here; undefined when one can. */
export declare function sshdLacking(): string | undefined
/** Starts sshd on a free high port of the loopback interface. */
export declare function startSshd(): Promise<TestSshd>
/**
 * A client configuration in which each host is an sshd of its own (`sshd -i`) that `enter` puts somewhere: into a namespace, say. No port is needed.
 * `enter` is a shell command that ends before the program to run.
 */
export declare function sshdPerConnection(hosts: Readonly<Record<string, string>>): {
  readonly config: string
  readonly stop: () => void
}
