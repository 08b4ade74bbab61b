import type { HttpClient } from '../http/client-seam.ts'
import type { AuthConnection, ClientAuth, SignedClient } from '../http/client-auth.ts'
import type { Runtime } from '../std/runtime.ts'
import type { Patience } from './patience.ts'
import type { ConnectOptions } from './types.ts'

/** How the requests of one connection come by their authorization, over all the times that it is opened. */
export interface Signing {
  /** The HTTP client of one opening, signed. */
  sign(http: HttpClient): HttpClient
  /** Names the sign-in of now, for what is kept for one caller alone. */
  authorization(): Promise<string | undefined>
  readonly headers: NonNullable<ConnectOptions['headers']>
}

/** Has `auth` sign what goes to the server at `connection.url`. */
export function createSigning(
  auth: ClientAuth,
  connection: AuthConnection,
  headers: NonNullable<ConnectOptions['headers']> = {},
): Signing {
  let signed: SignedClient | undefined
  if (typeof headers !== 'function') refuseAuthorization(headers)
  return {
    sign: (http) => (signed = auth.sign(http, connection)),
    authorization: async () => signed?.grant(),
    headers:
      typeof headers === 'function' ? async () => refuseAuthorization(await headers()) : headers,
  }
}

/** Which of the two would be sent is nothing to guess. @throws TypeError when there is such a header. */
function refuseAuthorization<H extends object>(headers: H): H {
  if (!hasAuthorization(headers)) return headers
  throw new TypeError('connect has either the option auth or an authorization header, not both')
}

/** Whether headers bring an authorization of their own. */
export function hasAuthorization(headers: object): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
}

/** The same runtime, but that a timer waits for as long as the user is being asked something (`Patience`). */
export function patientRuntime(runtime: Runtime, { sinceQuestion }: Patience): Runtime {
  return {
    now: () => runtime.now(),
    monotonic: () => runtime.monotonic(),
    randomBytes: (length) => runtime.randomBytes(length),
    after(delayMs, run, options) {
      const lapse = (): void => {
        const left = delayMs - sinceQuestion()
        if (left > 0) cancel = runtime.after(left, lapse, options)
        else run()
      }
      let cancel = runtime.after(delayMs, lapse, options)
      return () => cancel()
    },
  }
}
