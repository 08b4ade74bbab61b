import type { UserAgent } from './platform.ts'

/** A user agent that the application is itself. */
export interface ManualUserAgentOptions {
  /** Where answers come to: a page of the application. */
  readonly redirectUri: string
  /** Sends the user to `url`; resolves with the URL that the answer came to, query and all. */
  readonly open: (url: URL, context: { readonly signal?: AbortSignal }) => Promise<URL | string>
}

/** Lets an application bring its user to the authorization server in its own way: a page, a window, a web view. */
export function createManualUserAgent({ redirectUri, open }: ManualUserAgentOptions): UserAgent {
  return {
    prepare: (_registered, signal) =>
      Promise.resolve({
        redirectUri,
        go: async (url: URL) => new URL(await open(url, signal === undefined ? {} : { signal })),
        end: () => Promise.resolve(),
      }),
  }
}
