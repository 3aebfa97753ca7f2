import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Network, output } from './network.ts'

export const ENGINE = '10.99.0.1'
export const CLIENT = '10.99.0.2'
export const BEYOND = '198.51.100.7'

const IPTABLES = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore']

/** A Docker engine in a namespace of its own, with its own data, state and socket, and a client beside it that is its router too. */
export class DockerEngine {
  readonly #network: Network

  constructor(network: Network) {
    this.#network = network
    // Its shim is no child of the daemon, and would outlive it.
    network.beforeClose(() => this.docker('rm', '-f', 'web'))
  }

  docker(...argv: readonly string[]): Promise<string> {
    return output(['docker', '-H', `unix://${join(this.#network.folder, 'docker.sock')}`, ...argv])
  }

  /** Starts it, and a container `web` with 8080 published to its port 80. */
  async up(): Promise<void> {
    await this.#wires()
    this.#daemon()
    for (let tries = 0; ; tries++) {
      const answered = await this.docker('version').catch((error: unknown) => error)
      if (typeof answered === 'string') break
      if (tries === 150) throw answered
      await new Promise((later) => setTimeout(later, 100))
    }
    await this.#image()
    await this.docker('run', '-d', '--name', 'web', '-p', '8080:80', 'lab:1', '/bin/busybox', 'httpd', '-f', '-p', '80', '-h', '/www')
    await this.attach()
    this.#network.serve('client', 'client', 9000)
    await this.#network.listens('client', 9000)
    await this.#network.hasten()
  }

  /** A container has a new namespace whenever it is started. */
  async attach(): Promise<void> {
    await this.#network.attach('web', Number(await this.docker('inspect', '-f', '{{.State.Pid}}', 'web')))
    await this.#network.listens('web', 80)
  }

  async address(): Promise<string> {
    return (await this.docker('inspect', '-f', '{{.NetworkSettings.Networks.bridge.IPAddress}}', 'web')).trim()
  }

  async #wires(): Promise<void> {
    const network = this.#network
    for (const name of ['engine', 'client']) await network.add(name)
    await network.ip('engine', 'link add eth0 type veth peer name eth0 netns @client')
    await network.ip('engine', `addr add ${ENGINE}/24 dev eth0`)
    await network.ip('client', `addr add ${CLIENT}/24 dev eth0`)
    await network.ip('client', `addr add ${BEYOND}/32 dev lo`)
    for (const name of ['engine', 'client']) await network.ip(name, 'link set eth0 up')
    await network.ip('engine', `route add default via ${CLIENT}`)
    await network.ip('client', `route add 172.17.0.0/16 via ${ENGINE}`)
  }

  /** A PATH of its own picks the iptables that the daemon calls; the machine's alternatives stay as they are. */
  #daemon(): void {
    const { folder } = this.#network
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    for (const tool of IPTABLES) symlinkSync(`/usr/sbin/${tool.replace('tables', 'tables-nft')}`, join(bin, tool))
    writeFileSync(join(folder, 'daemon.json'), '{}')
    const places = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'docker.pid')]
    const names = ['--containerd-namespace', `lab${process.pid}`, '--containerd-plugins-namespace', `labp${process.pid}`]
    const rest = ['-H', `unix://${join(folder, 'docker.sock')}`, '--config-file', join(folder, 'daemon.json')]
    const path = `${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`
    this.#network.start('engine', ['dockerd', ...places, ...names, ...rest], { PATH: path, HOME: folder })
  }

  /** From a folder, so that no registry is asked. */
  async #image(): Promise<void> {
    const root = join(this.#network.folder, 'root')
    for (const name of ['bin', 'www', 'tmp', 'etc']) mkdirSync(join(root, name), { recursive: true })
    copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
    writeFileSync(join(root, 'www/index.html'), 'web\n')
    const archive = join(this.#network.folder, 'image.tar')
    await output(['tar', '-C', root, '-cf', archive, '.'])
    await this.docker('import', archive, 'lab:1')
  }
}
