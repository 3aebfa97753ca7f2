/**
 * An argument list as one line for a POSIX shell, for what only takes a line (ssh hands its arguments to the remote login shell joined by
 * blanks). Each argument comes out of the shell as it went in: POSIX 2.2.2 (single quotes keep everything) and 2.2.3. No backslash stands
 * inside of single quotes, so that fish, which reads it there, agrees.
 *
 * @example quote(['echo', "it's"]) // echo 'it'"'"'s'
 * @throws TypeError for a NUL byte, which no argument can hold.
 */
export function quote(argv: readonly string[]): string {
  return argv.map(quoteOne).join(' ')
}

const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/

function quoteOne(argument: string): string {
  if (argument.includes('\0')) throw new TypeError('an argument holds a NUL byte')
  if (argument === '') return "''"
  if (PLAIN.test(argument)) return argument
  return argument
    .split(/(['\\]+)/)
    .map((part, i) => (part === '' ? '' : i % 2 === 0 ? `'${part}'` : `"${part.replaceAll('\\', '\\\\')}"`))
    .join('')
}
