import type { Sent } from './post.ts'

/** Of one target: the oldest goes when there are more. */
const MOST_WAITING = 200
const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 300_000
/** After so many tries (about an hour) a message is given up. */
const MOST_TRIES = 18

export interface QueueCounts {
  readonly delivered: number
  readonly failed: number
  readonly dropped: number
  readonly waiting: number
}

export interface QueueOptions {
  readonly send: (body: string, signal: AbortSignal) => Promise<Sent>
  /** Told once when it begins to fail, and once when it works again; and of what is given up. */
  readonly tell: (text: string) => void
  /** Milliseconds of the first pause: tests have less time. */
  readonly firstPause?: number
  readonly mostWaiting?: number
}

/** `key`: of a state only the last matters; it takes the place of one that still waits. */
export interface Message {
  readonly key?: string | undefined
  /** Asked for when it is sent, each time. */
  readonly body: () => string
}

/** Messages to one target, one after another, in their order; what cannot be sent is tried again, with longer and longer pauses. */
export class Queue {
  readonly #options: QueueOptions
  readonly #waiting: Message[] = []
  readonly #abort = new AbortController()
  #counts = { delivered: 0, failed: 0, dropped: 0 }
  #running: Promise<void> | undefined
  #broken = false
  #closing = false
  #wake: () => void = () => undefined

  constructor(options: QueueOptions) {
    this.#options = options
  }

  get counts(): QueueCounts {
    return { ...this.#counts, waiting: this.#waiting.length }
  }

  put(message: Message): void {
    if (this.#closing) return
    const at = message.key === undefined ? -1 : this.#waiting.findIndex(({ key }) => key === message.key)
    if (at >= 0) this.#waiting[at] = message
    else {
      const { mostWaiting = MOST_WAITING } = this.#options
      if (this.#waiting.length >= mostWaiting) {
        // The first is being sent.
        this.#waiting.splice(1, 1)
        this.#counts.dropped++
      }
      this.#waiting.push(message)
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Lets what is waiting be tried once more, and ends; whoever waits no longer cuts it with `cut`. */
  async close(): Promise<void> {
    this.#closing = true
    this.#wake()
    await this.#running
  }

  cut(): void {
    this.#closing = true
    this.#abort.abort()
    this.#wake()
  }

  async #run(): Promise<void> {
    let tries = 0
    for (let first = this.#waiting[0]; first && !this.#abort.signal.aborted; first = this.#waiting[0]) {
      const sent = await this.#options.send(first.body(), this.#abort.signal)
      tries++
      if (sent.kind === 'delivered') {
        this.#done(first, true)
        tries = 0
        continue
      }
      if (!this.#broken && !this.#abort.signal.aborted) this.#options.tell(`cannot be told: ${sent.why}`)
      this.#broken = true
      if (!sent.again || tries >= MOST_TRIES || this.#closing) {
        this.#done(first, false)
        tries = 0
        if (this.#closing) return
      } else await this.#pause(sent.after ?? pauseAfter(tries, this.#options.firstPause ?? FIRST_PAUSE))
    }
  }

  /** A message that another took the place of meanwhile leaves that one waiting. */
  #done(message: Message, delivered: boolean): void {
    if (this.#waiting[0] === message) this.#waiting.shift()
    if (!delivered) {
      this.#counts.failed++
      return
    }
    this.#counts.delivered++
    if (this.#broken) this.#options.tell('is told again')
    this.#broken = false
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      timer.unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#closing) this.#wake()
    })
  }
}

/** Twice as long each time, and not all at once after a common fault: from half to the whole of it. */
const pauseAfter = (tries: number, first: number): number => Math.min(LONGEST_PAUSE, first * 2 ** (tries - 1)) * (0.5 + Math.random() / 2)
