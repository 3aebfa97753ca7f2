/** How a block of what a terminal showed begins in Markdown, HTML, Jira's and forums' markup: the mark, and the rest of the line. */
export const FENCE = /^\s*(`{3,}|~{3,}|<pre\b[^>]*>|\{(?:code|noformat)(?::[^}]*)?\}|\[code\])(.*)$/

/** The line that ends it. */
export function closeOf(mark: string): RegExp {
  if (mark.startsWith('<')) return /<\/pre>/i
  if (mark.startsWith('{')) return /^\s*\{(?:code|noformat)\}/
  if (mark.startsWith('[')) return /^\s*\[\/code\]/
  return new RegExp(`^\\s*${mark[0]}{${mark.length},}\\s*$`)
}
