interface LinkShown {
  readonly ifname: string
  readonly flags: readonly string[]
}

/** Carrier without being operational: linkwatch has not come by yet, at most once a second and 100 devices at a time. */
export const lagging = ({ flags }: LinkShown): boolean => flags.includes('NO-CARRIER') && flags.includes('LOWER_UP')

const SECONDS = 20

/**
 * Waits until what `ip -j link` shows of a namespace is what the kernel does with packets. Before that a device may look dead that carries
 * them, and a bridge does not yet let its new port take part. All devices are listed: asked for one alone, the kernel would hurry for that one.
 */
export async function settled(list: () => Promise<string>): Promise<void> {
  const until = performance.now() + SECONDS * 1000
  for (;;) {
    const late = (JSON.parse((await list()) || '[]') as readonly LinkShown[]).filter(lagging)
    if (late.length === 0) return
    if (performance.now() > until) throw new Error(`${late.map(({ ifname }) => ifname).join(', ')}: not operational after ${SECONDS} s`)
    await new Promise((later) => setTimeout(later, 20))
  }
}
