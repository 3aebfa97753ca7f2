/** How a text report marks its words. The command line passes colours; the plain style leaves everything as it is. */
export interface Style {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly unsure: (text: string) => string
  readonly strong: (text: string) => string
  readonly dim: (text: string) => string
  readonly change: (text: string) => string
}

const same = (text: string): string => text

export const PLAIN: Style = { good: same, bad: same, unsure: same, strong: same, dim: same, change: same }
