import { plain } from '../../parse/lines.ts'
import type { Place } from '../document.ts'
import type { Format } from '../format.ts'
import { recogniseLine } from '../recognise/line.ts'
import { type Command, commandsOf } from './command.ts'
import { type Above, continues, depthChange } from './continues.ts'
import { expectationOf } from './expectation.ts'
import { closeOf, FENCE } from './fence.ts'
import { dedent, indentOf, unquoted, withoutEmphasis } from './line.ts'
import { containerOf, hostsNamed, imagesNamed, placeTold, type Told } from './place.ts'
import { placed } from './placed.ts'
import { isKnownCommand, promptOf } from './prompt.ts'

/** A command output pasted in notes, or a part of them that looks like one. */
export interface Pasted {
  /** What was typed, cut into its commands; empty when no prompt stands above. */
  readonly commands: readonly Command[]
  readonly commandText: string
  /** 1-based; 0 when there is none. */
  readonly commandLine: number
  /** 1-based line of the first line of output. */
  readonly line: number
  /** The output without its indentation, quoting and emphasis. */
  readonly lines: readonly string[]
  readonly place: Place
  /** Taken on a machine outside of the evidence. */
  readonly elsewhere: boolean
  /** The prompt is the shell's of an image (`/ #`), where no host is named. */
  readonly inImage: boolean
  /** A prompt without a host (`$`), or none. */
  readonly bare: boolean
  /** The heading that it stands under. */
  readonly section: string
}

interface Open {
  commands: readonly Command[]
  commandText: string
  commandLine: number
  line: number
  lines: string[]
  /** Open braces at the end of `lines`. */
  depth: number
  format: Format | undefined
  place: Place
  elsewhere: boolean
  inImage: boolean
  bare: boolean
}

interface Shell {
  readonly outer: string
  readonly place: Place
}

/** More outputs than this in one document are not read (a note says so). */
export const MAX_PASTED = 2000

/** Finds every pasted output: fenced, indented, or bare with a prompt above or a first line that only one command prints. */
export function findPasted(text: string): readonly Pasted[] {
  return new Scanner(text.split('\n').map((line) => plain(line.replace(/\r$/, '')))).run()
}

/** busybox and bare images: `/ #`, `bash-5.1#`, `/app $`. */
const IMAGE_PROMPT = /^(?:\/[\w/.-]* [#$]|(?:ba|a)?sh-\d[\w.]*[#$])$/
const HEADING = /^(?:#{1,6}\s+\S|\*\*[^*]+\*\*:?\s*$)/
const UNDERLINE = /^([=\-~^"'*+#])\1{2,}\s*$/

/** A tracer of lines: which block it is in, which output is open, and what was last said of the place. */
class Scanner {
  readonly #lines: readonly string[]
  readonly #known: ReadonlySet<string>
  readonly #images: ReadonlySet<string>
  readonly #found: Pasted[] = []
  #open: Open | undefined
  #host: string | undefined
  #once: Told | undefined
  /** A connection was tried under the words that `#once` holds. */
  #onceTried = false
  #section = ''
  #shells: Shell[] = []
  #at = 0

  constructor(lines: readonly string[]) {
    this.#lines = lines
    this.#images = imagesNamed(lines)
    this.#known = hostsNamed(lines, this.#images)
  }

  run(): readonly Pasted[] {
    while (this.#at < this.#lines.length && this.#found.length < MAX_PASTED) {
      const line = unquoted(this.#lines[this.#at] as string)
      const fence = FENCE.exec(line)
      if (fence) this.#fenced(fence[1] as string, indentOf(line))
      else if (this.#beginsIndentedBlock(line)) this.#indented(indentOf(line))
      else this.#plain(line)
    }
    this.#close()
    return placed(this.#found)
  }

  #fenced(mark: string, indent: number): void {
    this.#close()
    const closing = closeOf(mark)
    this.#at++
    let first = true
    while (this.#at < this.#lines.length) {
      const line = unquoted(this.#lines[this.#at] as string)
      if (closing.test(line)) break
      this.#content(dedent(line, indent), first)
      first = false
      this.#at++
    }
    this.#at++
    this.#endBlock()
  }

  #beginsIndentedBlock(line: string): boolean {
    if (line.trim() === '' || indentOf(line) === 0) return false
    const before = this.#previous()
    if (before.blank && this.#open?.lines.length && continues(this.#open.format, aboveOf(this.#open), line)) return false
    return before.blank || /::\s*$/.test(before.text)
  }

  #previous(): { readonly blank: boolean; readonly text: string } {
    const text = this.#at === 0 ? '' : unquoted(this.#lines[this.#at - 1] as string)
    return { blank: text.trim() === '', text }
  }

  /** A literal block: everything that is indented at least as far as its first line. */
  #indented(indent: number): void {
    this.#close()
    let first = true
    while (this.#at < this.#lines.length) {
      const line = unquoted(this.#lines[this.#at] as string)
      if (line.trim() !== '' && indentOf(line) < indent) break
      this.#content(dedent(line, indent), first)
      first = false
      this.#at++
    }
    this.#endBlock()
  }

  #endBlock(): void {
    this.#close()
    this.#once = undefined
    this.#shells = []
  }

  /** A line inside of a block that holds what a terminal showed. */
  #content(line: string, first: boolean): void {
    const prompt = promptOf(line)
    if (prompt) {
      this.#command(prompt.command, prompt.prompt, prompt.host)
      return
    }
    const quiet = first || (this.#open !== undefined && (this.#open.lines.length === 0 || this.#open.lines.at(-1)?.trim() === ''))
    if (quiet && isKnownCommand(line.trim()) && !recogniseLine(line)) this.#command(line.trim(), '', undefined)
    else this.#append(line)
  }

  /** A line of text that no block holds. */
  #plain(line: string): void {
    const prompt = line.startsWith('# ') && !this.#open ? undefined : promptOf(line)
    if (prompt) this.#command(prompt.command, prompt.prompt, prompt.host)
    else if (this.#open) this.#plainOutput(line)
    else if (recogniseLine(line)) this.#append(line)
    else this.#prose(line)
    this.#at++
  }

  #plainOutput(line: string): void {
    const open = this.#open as Open
    const afterBlank = open.lines.length > 0 && open.lines.at(-1)?.trim() === ''
    const format = open.format ?? recogniseLine(open.lines.find((l) => l.trim() !== '') ?? '')
    open.format = format
    const ends =
      line.trim() !== '' && ((afterBlank && !continues(format, aboveOf(open), line)) || (HEADING.test(line) && format !== 'iptables-save'))
    if (ends) this.#close()
    if (!ends || recogniseLine(line)) this.#append(line)
    else this.#prose(line)
  }

  #prose(line: string): void {
    if (line.trim() === '') return
    this.#shells = []
    const next = this.#lines[this.#at + 1] ?? ''
    const heading = HEADING.test(line) || (UNDERLINE.test(next) && !UNDERLINE.test(line))
    if (heading) this.#section = line.replace(/^#+\s*/, '').trim()
    const told = placeTold(heading && !HEADING.test(line) ? `## ${line}` : line, this.#known)
    this.#once = told?.kind === 'host' ? undefined : told
    this.#onceTried = false
    if (told?.kind === 'host') this.#host = told.host
  }

  #command(typed: string, prompt: string, host: string | undefined): void {
    this.#close()
    const commandLine = this.#at + 1
    let text = typed
    while (text.endsWith('\\') && this.#at + 1 < this.#lines.length)
      text = `${text.slice(0, -1)} ${unquoted(this.#lines[++this.#at] as string).trim()}`
    this.#skipHereDocument(text)
    const top = this.#shells.at(-1)
    if (top && prompt !== '' && prompt === top.outer) this.#shells.pop()
    if (/^(?:exit|logout)\b/.test(text)) {
      this.#shells.pop()
      return
    }
    const commands = commandsOf(text)
    const last = commands.at(-1)
    if (this.#once && last) this.#onceEnds(last)
    const { place, elsewhere } = this.#place(host, commands[0])
    if (last?.shell) {
      this.#shells.push({ outer: prompt, place })
      return
    }
    this.#open = {
      commands,
      commandText: text,
      commandLine,
      line: this.#at + 2,
      lines: [],
      depth: 0,
      format: commands.length === 1 && last ? expectationOf(last).format : undefined,
      place,
      elsewhere,
      inImage: IMAGE_PROMPT.test(prompt),
      bare: host === undefined,
    }
  }

  /** In text without fences, words over an attempt speak of attempts: what shows the state of a machine below them is of the machine again. */
  #onceEnds(command: Command): void {
    const attempt = expectationOf(command).format === undefined
    if (attempt) this.#onceTried = true
    else if (this.#onceTried) this.#once = undefined
  }

  /** `cat <<EOF | kubectl apply -f -`: what follows was typed, not printed. */
  #skipHereDocument(text: string): void {
    const end = /<<-?\s*['"]?(\w+)/.exec(text)?.[1]
    if (!end) return
    for (let i = this.#at + 1; i < this.#lines.length && i < this.#at + 2000; i++) {
      if (unquoted(this.#lines[i] as string).trim() === end) {
        this.#at = i
        return
      }
    }
  }

  #place(promptHost: string | undefined, command: Command | undefined): { readonly place: Place; readonly elsewhere: boolean } {
    const inside = promptHost === undefined ? undefined : this.#images.has(promptHost) ? { netns: promptHost } : containerOf(promptHost)
    const shell = this.#shells.at(-1)?.place
    const once = promptHost === undefined || inside ? this.#once : undefined
    const host =
      command?.host ??
      (inside || promptHost === undefined ? undefined : promptHost) ??
      shell?.host ??
      (command?.pod ? undefined : this.#host)
    const netns = command?.netns ?? shell?.netns ?? inside?.netns ?? (once?.kind === 'inside' && !command?.netns ? once.netns : '')
    return { place: { host: command?.pod && !command.host ? undefined : host, netns }, elsewhere: once?.kind === 'elsewhere' }
  }

  #append(line: string): void {
    if (!this.#open) {
      if (line.trim() === '') return
      const { place, elsewhere } = this.#place(undefined, undefined)
      this.#open = {
        commands: [],
        commandText: '',
        commandLine: 0,
        line: this.#at + 1,
        lines: [],
        depth: 0,
        format: undefined,
        place,
        elsewhere,
        inImage: false,
        bare: true,
      }
    }
    this.#open.lines.push(withoutEmphasis(line))
    this.#open.depth += depthChange(line)
  }

  #close(): void {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    while (open.lines.length > 0 && open.lines.at(-1)?.trim() === '') open.lines.pop()
    if (open.lines.length === 0 && open.commandText === '') return
    const { format: _, depth: __, ...pasted } = open
    this.#found.push({ ...pasted, section: this.#section })
  }
}

const aboveOf = (open: Open): Above => ({ first: open.lines[0] ?? '', depth: open.depth })
