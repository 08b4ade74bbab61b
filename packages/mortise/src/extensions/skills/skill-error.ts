import { McpError } from '../../std/error.ts'

/**
 * A skill, or a file of it, that must not be used. `code` says why: `ERR_SKILL_ENTRY`, its entry is none;
 * `ERR_SKILL_UNVERIFIED`, what was read is not what the entry describes, or not in it; `ERR_SKILL_DYNAMIC`, nothing can be
 * verified and `allowDynamic` is not set.
 */
export class SkillError extends McpError {
  /** The URI of the skill, or of its file. */
  readonly uri: string

  constructor(
    code: 'ERR_SKILL_ENTRY' | 'ERR_SKILL_UNVERIFIED' | 'ERR_SKILL_DYNAMIC',
    message: string,
    { uri, cause }: { uri: string; cause?: unknown },
  ) {
    super(code, message, cause === undefined ? {} : { cause })
    this.uri = uri
  }
}
