import type { MatchModule } from '../module.ts'
import { quote } from '../tokens.ts'
import { OptionReader } from './options.ts'

export interface CommentMatch {
  readonly kind: 'comment'
  readonly text: string
}

/** XT_MAX_COMMENT_LEN counts the terminating zero. */
const MAX = 256

/** xt_comment.c: always true. */
export const comment: MatchModule<CommentMatch> = {
  kind: 'comment',
  options: { comment: 1 },
  read(given) {
    const options = new OptionReader(given)
    const text = options.text('comment')
    options.require(text !== undefined, 'comment needs --comment')
    options.require((text ?? '').length <= MAX, `a comment holds ${MAX} characters`)
    return options.finish({ kind: 'comment', text: text ?? '' })
  },
  print: (match) => `--comment ${quote(match.text)}`,
  decide: () => true,
  explain: (match) => `is any (comment: ${match.text})`,
}
