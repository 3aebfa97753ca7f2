import type { Family } from '../net/address.ts'

/** Kernel settings of a namespace, with the kernel's own rules of combination (include/linux/inetdevice.h). */
export class Sysctls {
  readonly #values: ReadonlyMap<string, { readonly value: string; readonly line: number }>
  readonly file: string | undefined
  /** Answers of `max` by key and device, and of `forwarding`: asked for every packet. */
  readonly #largest = new Map<string, Map<string, number>>()
  readonly #forwarding = { ip: new Map<string, boolean | undefined>(), ip6: new Map<string, boolean | undefined>() }

  constructor(values: ReadonlyMap<string, { readonly value: string; readonly line: number }>, file: string | undefined) {
    this.#values = values
    this.file = file
  }

  /** undefined: not in the evidence. */
  get(name: string): number | undefined {
    const entry = this.#values.get(name)
    if (!entry) return undefined
    const value = Number(entry.value)
    return Number.isNaN(value) ? undefined : value
  }

  line(name: string): number | undefined {
    return this.#values.get(name)?.line
  }

  /** `net.ipv4.conf.IFACE.KEY`; sysctl(8) writes a dot in an interface name as a slash. */
  device(family: Family, device: string, key: string): number | undefined {
    const tree = family === 'ip' ? 'net.ipv4.conf' : 'net.ipv6.conf'
    return this.get(`${tree}.${device.replaceAll('.', '/')}.${key}`) ?? this.get(`${tree}.${device}.${key}`)
  }

  /** IN_DEV_MAXCONF: the larger of `all` and the interface. An interface that the evidence does not list has what `default` says. */
  max(device: string, key: string): number {
    const known = this.#largest.get(key)?.get(device)
    return known ?? this.#remember(device, key)
  }

  #remember(device: string, key: string): number {
    const all = this.device('ip', 'all', key) ?? 0
    const own = this.device('ip', device, key) ?? this.device('ip', 'default', key) ?? 0
    const largest = Math.max(all, own)
    let ofKey = this.#largest.get(key)
    if (!ofKey) {
      ofKey = new Map()
      this.#largest.set(key, ofKey)
    }
    ofKey.set(device, largest)
    return largest
  }

  /** IN_DEV_ORCONF. */
  or(device: string, key: string): boolean {
    return this.max(device, key) > 0
  }

  /** IN_DEV_FORWARD: the interface's own value; where only ip_forward is in the evidence, that (writing it sets every interface). */
  forwarding(family: Family, device: string): boolean | undefined {
    const known = this.#forwarding[family]
    if (!known.has(device)) known.set(device, this.#forwards(family, device))
    return known.get(device)
  }

  #forwards(family: Family, device: string): boolean | undefined {
    if (family === 'ip') {
      const own = this.device('ip', device, 'forwarding') ?? this.get('net.ipv4.ip_forward') ?? this.device('ip', 'all', 'forwarding')
      return own === undefined ? undefined : own > 0
    }
    const all = this.device('ip6', 'all', 'forwarding')
    return all === undefined ? undefined : all > 0
  }

  /** Name and value of each. */
  *all(): Generator<readonly [name: string, value: string]> {
    for (const [name, { value }] of this.#values) yield [name, value]
  }

  get known(): boolean {
    return this.#values.size > 0
  }
}
