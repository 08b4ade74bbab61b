/**
 * Faults that the random conversations must find: each is one text of one source below `packages/mortise/src` that becomes
 * another one. `from` must be there exactly once; where the source has changed, say here what would be the same mistake now.
 */
export const faults = [
  {
    name: 'an answer goes to the wrong caller',
    file: 'jsonrpc/pending.ts',
    from: 'message.id === undefined ? undefined : this.#take(message.id)',
    to: 'this.#waiting.has(message.id) ? this.#take([...this.#waiting.keys()].at(-1)) : undefined',
  },
  {
    name: 'an answer settles the request whose id only looks the same',
    file: 'jsonrpc/pending.ts',
    from: 'message.id === undefined ? undefined : this.#take(message.id)',
    to: 'this.#take(Number(message.id))',
  },
  {
    name: 'an id is used again before its answer has come',
    file: 'jsonrpc/pending.ts',
    from: 'const id = (this.#lastId += 1)',
    to: 'const id = (this.#lastId = this.#waiting.size + 1)',
  },
  {
    name: 'an error is not taken for an answer',
    file: 'jsonrpc/pending.ts',
    from: `if (message.kind === 'result') own.resolve(message.result)
    else own.reject(`,
    to: `if (message.kind === 'result') own.resolve(message.result)
    else void (`,
  },
  {
    name: 'a cancellation is not sent over a channel',
    file: 'transport/correlator.ts',
    from: `if (method !== 'initialize') {`,
    to: `if (method === 'initialize') {`,
  },
  {
    name: 'a cancellation does not reach the call of a session',
    file: 'eras/session/server.ts',
    from: "if (method === 'notifications/cancelled' && isId(requestId)) this.cancel(requestId)",
    to: "if (method === 'notifications/cancelled' && !isId(requestId)) this.cancel(requestId)",
  },
  {
    name: 'a caller without a session that leaves over HTTP is not noticed',
    file: 'eras/stateless/http-server.ts',
    from: 'this.#exchange.onGone(listener)',
    to: '',
  },
  {
    name: 'a call that is between two rounds does not hear that its channel has ended',
    file: 'client/reconnecting.ts',
    from: `connection.connected.conversation.lost(error)
    void free(connection)`,
    to: '',
  },
  {
    name: "a listener stays on the caller's signal",
    file: 'client/deadline.ts',
    from: "this.#own?.removeEventListener('abort', this.#onAbort)",
    to: 'return',
  },
  {
    name: 'a timer stays behind a request',
    file: 'client/deadline.ts',
    from: 'this.#stopTimer = runtime.after(timeoutMs, this.#lapse, holding)',
    to: `this.#stopTimer = runtime.after(timeoutMs, this.#lapse, holding)
    runtime.after(this.#hardMs, () => {})`,
  },
  {
    name: 'a listener stays on the request over HTTP',
    file: 'http/fetch-exchange.ts',
    from: "this.#request.signal.removeEventListener('abort', this.#leave)",
    to: '',
  },
  {
    name: 'progress is told after the end of a call of a session',
    file: 'eras/session/call.ts',
    from: 'if (this.#cancelled || (this.#over && !this.#outlives)) return',
    to: 'if (this.#cancelled) return',
  },
  {
    name: 'progress is told after the end of a call without a session',
    file: 'eras/stateless/call.ts',
    from: 'if (this.#over || this.replay?.suspended === true) return',
    to: 'if (this.replay?.suspended === true) return',
  },
  {
    name: 'a request is answered twice',
    file: 'eras/stateless/channel-server.ts',
    from: `      if (carrier.cancelled) return
      outbox.send(text)`,
    to: `      if (carrier.cancelled) return
      outbox.send(text)
      if (running.size === 1) outbox.send(text)`,
  },
  {
    name: 'a call that was cancelled is answered',
    file: 'eras/stateless/channel-server.ts',
    from: '      if (carrier.cancelled) return\n',
    to: '',
  },
  {
    name: 'a cancelled call of a session keeps its place',
    file: 'eras/session/server.ts',
    from: `        this.#running.delete(call.id)
        this.#host.gate.leave(this.#peer)`,
    to: `        this.#running.delete(call.id)
        if (!call.cancelled) this.#host.gate.leave(this.#peer)`,
  },
  {
    name: 'a call without a session over HTTP keeps its place',
    file: 'eras/stateless/http-server.ts',
    from: `      answering.finish(text)
      gate.leave(peer)`,
    to: `      answering.finish(text)
      if (text.errorCode === undefined && !exchange.gone) gate.leave(peer)`,
  },
  {
    name: 'a call that is over is still known as one that runs',
    file: 'eras/session/server.ts',
    from: '        this.#running.delete(call.id)\n',
    to: '',
  },
  {
    name: 'a call without a session that is over is still among those that the server aborts',
    file: 'eras/stateless/call.ts',
    from: '    this.#forget?.()\n',
    to: '',
  },
  {
    name: 'two calls run under one id',
    file: 'eras/session/server.ts',
    from: 'if (this.#running.has(request.id)) {',
    to: "if (this.#running.has(request.id) && request.id === '') {",
  },
  {
    name: 'a server that shuts down does not wait for its calls',
    file: 'server/server.ts',
    from: 'const ended = Promise.all([gate.empty(), host.subscriptions.empty()])',
    to: 'const ended = Promise.resolve()',
  },
  {
    name: 'a session that was ended stays among the open ones',
    file: 'eras/session/http-server.ts',
    from: '    sessions.delete(own.id)\n',
    to: '',
  },
  {
    name: 'the beat goes on when the last session has ended',
    file: 'eras/session/http-server.ts',
    from: '    if (sessions.size === 0) host.beat.remove(self)\n',
    to: '',
  },
  {
    name: 'a byte is lost between two pieces of a line',
    file: 'std/lines.ts',
    from: 'if (stop === -1) return hold(chunk)',
    to: 'if (stop === -1) return hold(chunk.subarray(held.length > 100 ? 1 : 0))',
  },
  {
    name: 'an event that comes in two pieces is lost',
    file: 'http/sse.ts',
    from: 'if (chunk.length > 0) skipsLineFeed = false',
    to: 'if (chunk.length > 0) skipsLineFeed = chunk[0] === lineFeed',
  },
  {
    name: 'a call that asks hangs when its client is closed',
    file: 'eras/stateless/client.ts',
    from: '      ending.end()\n',
    to: '',
  },
  {
    name: 'a request that finds its session lost is not sent again while another one renews it',
    file: 'eras/session/http-client.ts',
    from: '(before ?? sessionId) !== undefined',
    to: 'sessionId !== undefined',
  },
  {
    name: 'a call cannot be cancelled while the server shuts down',
    file: 'server/http-handler.ts',
    from: 'if (closing() && !namesSession(exchange)) {',
    to: 'if (closing()) {',
  },
]
