/**
 * Every bound on what a peer can make this library hold, do or wait for. All times are milliseconds. Sizes are UTF-8 bytes of
 * what arrives; text that is kept or waits to be written counts by its UTF-16 units, a third of its bytes at least. A field is
 * changed through the `limits` option of `createServer` and `connect`; `serve` takes its server's.
 */
export interface Limits {
  /** One message: an HTTP body, a line of stdio, an event of a stream that a client reads. */
  readonly maxMessageBytes: number
  /** Bodies of HTTP requests that are being received at once, together. */
  readonly maxBodyBytes: number
  /** The same for one peer. */
  readonly maxBodyBytesPerPeer: number
  /** Nesting of a JSON message. */
  readonly maxJsonDepth: number
  /** Members of all objects of a message that a server receives: many keys cost more than many bytes. */
  readonly maxJsonMembers: number
  /** One message that a client accepts from a server, larger because results are. */
  readonly maxAnswerBytes: number
  /** Calls running at once for one peer: a session, a channel, or (stateless HTTP) a principal. */
  readonly maxCallsPerPeer: number
  /** Calls running at once in the whole server. Of `protect`: requests whose tokens are being verified. */
  readonly maxCalls: number
  /** Requests that a server has sent to one session's client and that wait for an answer. */
  readonly maxAsksPerPeer: number
  /** Subscriptions (`subscriptions/listen`) open at once for one peer. */
  readonly maxSubscriptionsPerPeer: number
  /** Subscriptions open at once in the whole server. */
  readonly maxSubscriptions: number
  /** Resources, or other things by name, that one subscription or one session listens to, or is late to be told of. */
  readonly maxSubscribedKeys: number
  /** Questions of one call in a session, one after the other; without a session `maxRounds` bounds them. */
  readonly maxAsksPerCall: number
  /** Notes of progress that one call sends in a second; past that the newest waits until the second is over. */
  readonly maxProgressPerSecond: number
  /** Messages in one batch, in the revision that has batches. */
  readonly maxBatch: number
  /** Open HTTP sessions of the session era, in total. */
  readonly maxSessions: number
  /** Open HTTP sessions for one principal (the authenticated subject, else the network peer). */
  readonly maxSessionsPerPeer: number
  /** A session that nobody used for this long is ended. */
  readonly sessionTtlMs: number
  /** Streams held open by one session (POST answers and the GET stream). */
  readonly maxStreamsPerSession: number
  /** Messages kept for the resumption of one stream. */
  readonly maxStoredEvents: number
  /** Bytes kept for the resumption of one stream. */
  readonly maxStoredEventBytes: number
  /** Bytes kept for resumption in the whole server; past that streams go on, and cannot be resumed. */
  readonly maxStoredBytes: number
  /** Of them, those of one peer's sessions. */
  readonly maxStoredBytesPerPeer: number
  /** A stream that has ended can be resumed for this long. */
  readonly resumeWindowMs: number
  /**
   * Bytes waiting to be written to one peer before notifications are dropped. An HTTP stream is cut when an answer or a
   * question comes past that: each has one call's to carry, and its reader does not read.
   */
  readonly maxQueuedBytes: number
  /** Bytes waiting to be written to one channel, or stream of HTTP+SSE, the answers of all its calls, before it is ended. */
  readonly maxUnreadBytes: number
  /** Between two comments on a silent stream. */
  readonly keepAliveMs: number
  /** What a resuming client is told to wait before it reconnects. */
  readonly retryMs: number
  /** Rounds of one call that asks (architecture: asking and replaying). */
  readonly maxRounds: number
  /** Sealed request state. */
  readonly maxStateBytes: number
  /** A sealed state is accepted for this long. */
  readonly stateTtlMs: number
  /** How long an attempt that asked may go on before its question is sent without waiting for it to settle. */
  readonly suspendGraceMs: number
  /** How long an effect of `ctx.once` is waited for before an attempt that asked is answered, or by another request. */
  readonly onceTimeoutMs: number
  /** Items on one page of a list. */
  readonly pageSize: number
  /** Pages that a client follows in one listing. */
  readonly maxPages: number
  /** Results that a client keeps for as long as their server says that they are good. */
  readonly maxCachedResults: number
  /** Their text, together. */
  readonly maxCachedBytes: number
  /** Files of one skill that a client loads (Skills, "Limits"). */
  readonly maxSkillFiles: number
  /** Bytes of all its files together. */
  readonly maxSkillBytes: number
  /** Items of one list of an upstream whose names are known to a server that passes it on. */
  readonly maxUpstreamItems: number
  /** Calls to one upstream with a session that wait for the answer of a caller without one. */
  readonly maxHeldCalls: number
  /** The same for one authenticated subject. */
  readonly maxHeldCallsPerPeer: number
  /** Completion values in one answer (server/utilities/completion). */
  readonly maxCompletionValues: number
  /** What one of several mounted providers takes to say whether a name is its own, or to give a page of a list. */
  readonly providerTimeoutMs: number
  /** A client's request without an answer. */
  readonly requestTimeoutMs: number
  /** A client's `close` over HTTP, which tells the server that the session is over; a page's time to save what it has. */
  readonly closeTimeoutMs: number
  /** A client's request, however often progress extends it. */
  readonly maxRequestMs: number
  /** The probe that finds out the era of a server on a channel; the first event of a stream of HTTP+SSE. */
  readonly probeTimeoutMs: number
  /** The same, for a server that has shown that it runs. */
  readonly probeQuietMs: number
  /** Questions and notices of a server wait so long for a session's client that never says that it is ready. */
  readonly readyTimeoutMs: number
  /** A server's request to a session's client. */
  readonly askTimeoutMs: number
  /** Reading the head of one HTTP request, where `serve` listens. */
  readonly headTimeoutMs: number
  /** Reading the body of one HTTP request, and its head where that is less. */
  readonly bodyTimeoutMs: number
  /** What waits for a connection of which the peer takes nothing, where `serve` listens. */
  readonly writeTimeoutMs: number
  /** Connections at once, where `serve` listens. */
  readonly maxConnections: number
  /** The same for one address. A proxy in front is one. */
  readonly maxConnectionsPerPeer: number
  /** Between SIGTERM (or `close()`) and the end of calls that still run. */
  readonly drainMs: number
  /** Between end of input, SIGTERM and SIGKILL of a child process. */
  readonly childGraceMs: number
  /** Lines on a child's stdout that are no message: reported this often, then only counted. */
  readonly maxStrayLines: number
  /** Attempts in a row to resume one broken stream that bring nothing new (session era). */
  readonly maxResumes: number
  /** Attempts in a row to open a connection again that was lost: a server, or a worker of `serve`, that was started and has ended. */
  readonly maxReconnects: number
  /** Before the first of them; doubled before each further one. */
  readonly reconnectDelayMs: number
  /** Before any of them. */
  readonly maxReconnectDelayMs: number
  /** A connection that lived this long was a good one: the attempts before it no longer count. */
  readonly reconnectResetMs: number
  /** Tasks that a server keeps, of everybody, until their time is over. */
  readonly maxTasks: number
  /** The same for one authenticated subject. */
  readonly maxTasksPerPeer: number
  /** The longest time that a client may ask a task to be kept for. */
  readonly maxTaskTtlMs: number
  /** All that is kept of one task: its call, its questions and answers, its result. */
  readonly maxTaskBytes: number
  /** How often a task is begun anew, after whoever worked on it was lost. */
  readonly maxTaskRuns: number
  /** Between two looks of a client at a task, however often the server wants to be asked. */
  readonly minTaskPollMs: number
  /** The same, however seldom. */
  readonly maxTaskPollMs: number
  /** The answer of a URL that a peer named, such as metadata or keys of an authorization server. */
  readonly maxOutboundBytes: number
  /** Fetching such a URL, with redirects and all. */
  readonly outboundTimeoutMs: number
  /** Redirects that are followed from such a URL. */
  readonly maxOutboundRedirects: number
  /** Authorization servers of one protected server that a client looks at, of those that its metadata names. */
  readonly maxAuthServers: number
  /** Scopes of one list that is taken from metadata. */
  readonly maxScopes: number
  /** A user's visit to the authorization server. */
  readonly signInTimeoutMs: number
  /** A client renews access tokens that end within this time before it sends them. */
  readonly tokenSkewMs: number
  /** How often in a row a client asks for the scopes that a server finds missing for one operation. */
  readonly maxStepUps: number
  /** An access token, or a proof of possession, that a server looks at. */
  readonly maxTokenBytes: number
  /** Tokens that a server remembers to have verified. */
  readonly maxVerifiedTokens: number
  /** A JWT that was verified is not verified again for this long. */
  readonly verifiedTokenTtlMs: number
  /** The same for a token of which an issuer said that it is active. */
  readonly introspectionTtlMs: number
  /** Tokens at once about which one issuer is asked. */
  readonly maxIntrospections: number
  /** Keys of one issuer. */
  readonly maxJwksKeys: number
  /** Keys of an issuer are asked for anew when they are older. */
  readonly jwksMaxAgeMs: number
  /** Keys that cannot be renewed are used for this long. */
  readonly jwksStaleMs: number
  /** Between two requests for the keys of an issuer, whatever tokens name. */
  readonly jwksCooldownMs: number
  /** A proof of possession is good for this long after it was made. */
  readonly dpopProofMaxAgeMs: number
  /** Proofs of possession that were used, and that a server remembers until they are too old. */
  readonly maxDpopProofs: number
  /** A nonce for proofs is good for this long. */
  readonly dpopNonceTtlMs: number
  /** Clients that one peer registers at a front in a minute. */
  readonly maxRegistrationsPerMinute: number
  /** Requests of one peer in a minute at a front that name a client by the URL of its document, which is fetched. */
  readonly maxClientDocumentsPerMinute: number
  /** Visits to the identity provider that one peer begins at a front in a minute: each is kept until it is over. */
  readonly maxVisitsPerMinute: number
}

/** The limits in force where none is given. */
export const defaultLimits: Limits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxBodyBytes: 128 * 1024 * 1024,
  maxBodyBytesPerPeer: 32 * 1024 * 1024,
  maxJsonDepth: 64,
  maxJsonMembers: 100_000,
  maxAnswerBytes: 16 * 1024 * 1024,
  maxCallsPerPeer: 256,
  maxCalls: 4096,
  maxAsksPerPeer: 64,
  maxSubscriptionsPerPeer: 256,
  maxSubscriptions: 10_000,
  maxSubscribedKeys: 1_000,
  maxAsksPerCall: 256,
  maxProgressPerSecond: 50,
  maxBatch: 100,
  maxSessions: 10_000,
  maxSessionsPerPeer: 1_000,
  sessionTtlMs: 30 * 60_000,
  maxStreamsPerSession: 32,
  maxStoredEvents: 256,
  maxStoredEventBytes: 256 * 1024,
  maxStoredBytes: 64 * 1024 * 1024,
  maxStoredBytesPerPeer: 8 * 1024 * 1024,
  resumeWindowMs: 60_000,
  maxQueuedBytes: 8 * 1024 * 1024,
  maxUnreadBytes: 64 * 1024 * 1024,
  keepAliveMs: 15_000,
  retryMs: 1_000,
  maxRounds: 16,
  maxStateBytes: 64 * 1024,
  stateTtlMs: 15 * 60_000,
  suspendGraceMs: 1_000,
  onceTimeoutMs: 30_000,
  pageSize: 100,
  maxPages: 1_000,
  maxCachedResults: 1_000,
  maxCachedBytes: 16 * 1024 * 1024,
  maxSkillFiles: 512,
  maxSkillBytes: 16 * 1024 * 1024,
  maxUpstreamItems: 10_000,
  maxHeldCalls: 1_000,
  maxHeldCallsPerPeer: 100,
  maxCompletionValues: 100,
  providerTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  closeTimeoutMs: 2_000,
  maxRequestMs: 60 * 60_000,
  probeTimeoutMs: 8_000,
  probeQuietMs: 1_500,
  readyTimeoutMs: 5_000,
  askTimeoutMs: 10 * 60_000,
  headTimeoutMs: 15_000,
  bodyTimeoutMs: 30_000,
  writeTimeoutMs: 60_000,
  maxConnections: 10_000,
  maxConnectionsPerPeer: 1_000,
  drainMs: 10_000,
  childGraceMs: 2_000,
  maxStrayLines: 10,
  maxResumes: 8,
  maxReconnects: 6,
  reconnectDelayMs: 500,
  maxReconnectDelayMs: 10_000,
  reconnectResetMs: 60_000,
  maxTasks: 1_000,
  maxTasksPerPeer: 100,
  maxTaskTtlMs: 24 * 60 * 60_000,
  maxTaskBytes: 1024 * 1024,
  maxTaskRuns: 5,
  minTaskPollMs: 50,
  maxTaskPollMs: 60_000,
  maxOutboundBytes: 256 * 1024,
  outboundTimeoutMs: 10_000,
  maxOutboundRedirects: 3,
  maxAuthServers: 4,
  maxScopes: 256,
  signInTimeoutMs: 5 * 60_000,
  tokenSkewMs: 30_000,
  maxStepUps: 2,
  maxTokenBytes: 16 * 1024,
  maxVerifiedTokens: 10_000,
  verifiedTokenTtlMs: 60_000,
  introspectionTtlMs: 15_000,
  maxIntrospections: 100,
  maxJwksKeys: 100,
  jwksMaxAgeMs: 10 * 60_000,
  jwksStaleMs: 24 * 60 * 60_000,
  jwksCooldownMs: 10_000,
  dpopProofMaxAgeMs: 60_000,
  maxDpopProofs: 100_000,
  dpopNonceTtlMs: 5 * 60_000,
  maxRegistrationsPerMinute: 60,
  maxClientDocumentsPerMinute: 120,
  maxVisitsPerMinute: 120,
}

/**
 * The limits in force: `base`, the defaults unless it is given, with `changes` over them.
 * @throws TypeError when a value is not a positive whole number, or names no limit.
 */
export function resolveLimits(changes: Partial<Limits> = {}, base: Limits = defaultLimits): Limits {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(defaultLimits, name)) throw new TypeError(`there is no limit called ${name}`)
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new TypeError(`limit ${name} must be a positive whole number, got ${String(value)}`)
    }
  }
  return { ...base, ...changes }
}
