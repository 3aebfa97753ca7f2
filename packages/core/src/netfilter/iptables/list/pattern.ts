/** A piece of what a match prints in `iptables -L`, and the options of iptables-save that it stands for. */
export interface Pattern {
  readonly module: string
  /** Sticky; ends at a blank or at the end of the text. */
  readonly text: RegExp
  /** '' when the match prints no options. */
  readonly options: (groups: readonly string[]) => string
  /** The list hides some of the match's options. */
  readonly hides: boolean
}

/** `source` is anchored at both ends; a group that did not take part is ''. */
export function pattern(module: string, source: RegExp, options: (...groups: string[]) => string = () => '', hides = false): Pattern {
  return {
    module,
    text: new RegExp(`(?:${source.source})(?=\\s|$)`, `y${source.flags}`),
    options: (groups) => options(...groups),
    hides,
  }
}

/** `! ` where the list shows a negation in any of its forms (`!80`, `! 80`). */
export const not = (mark: string | undefined): string => (mark ? '! ' : '')

/** One word of a match that prints several: `[!]NAME:VALUE` and the like. Words that fit no rule are left out. */
export function items(text: string, rules: readonly (readonly [RegExp, (...groups: string[]) => string])[]): string {
  const options: string[] = []
  let rest = text.trim()
  while (rest !== '') {
    let length = 0
    for (const [rule, option] of rules) {
      const found = new RegExp(`^(?:${rule.source})(?=\\s|$)`).exec(rest)
      if (!found) continue
      options.push(option(...found.slice(1).map((group) => group ?? '')))
      length = found[0].length
      break
    }
    rest = rest.slice(length || rest.indexOf(' ') + 1 || rest.length).trimStart()
  }
  return options.join(' ')
}
