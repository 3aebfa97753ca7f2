/** Where progress goes: a terminal is rewritten, anything else gets a line now and then. */
interface Target {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Tells that something goes on, once it takes longer than a second. */
export interface Progress {
  /** A stage without a measure. */
  readonly tell: (what: string) => void
  readonly step: (done: number, total: number, what: string) => void
  /** Takes the bar away. */
  readonly end: () => void
}

const PATIENCE = 1000
const TTY_EVERY = 100
const LINE_EVERY = 5000
const WIDTH = 30

/** `now` in milliseconds. */
export function createProgress(stream: Target, quiet: boolean, now: () => number = () => performance.now()): Progress {
  const started = now()
  let last = Number.NEGATIVE_INFINITY
  let shown = false
  const show = (text: string): void => {
    const time = now()
    if (quiet || time - started < PATIENCE || time - last < (stream.isTTY ? TTY_EVERY : LINE_EVERY)) return
    last = time
    const seconds = Math.round((time - started) / 1000)
    if (stream.isTTY) stream.write(`\r\x1b[K${text.slice(0, (stream.columns ?? 80) - 8)}  ${seconds} s`)
    else stream.write(`${text} (${seconds} s)\n`)
    shown = stream.isTTY === true
  }
  return {
    tell: (what) => show(`${what} …`),
    step: (done, total, what) => {
      const part = total > 0 ? Math.min(1, done / total) : 0
      const percent = `${Math.floor(part * 100)}`.padStart(3)
      const full = Math.round(part * WIDTH)
      show(stream.isTTY ? `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${percent} % ${what}` : `${percent} % ${what}`)
    },
    end: () => {
      if (shown) stream.write('\r\x1b[K')
      shown = false
    },
  }
}
