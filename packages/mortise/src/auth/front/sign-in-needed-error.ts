import { ToolError } from '../../model/errors.ts'

/**
 * The provider gives no tokens for the caller any more: `front.upstream` throws it. A handler lets it pass, so that model and user
 * read what to do; the client's next request gets a 401, by which its user is asked.
 */
export class SignInNeededError extends ToolError {
  override readonly code: string = 'ERR_AUTH_NEEDED'

  constructor(options?: ErrorOptions) {
    super(
      'The user has to sign in again, since the identity provider no longer lets this server act for them. Make another ' +
        'request: the program will ask them to',
      options,
    )
  }
}
