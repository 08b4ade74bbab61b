import { isId, readMessage } from '../jsonrpc/message.ts'
import type { Id, Message } from '../jsonrpc/message.ts'

/** Who says something. */
export type Speaker = 'client' | 'server'

/** Writes messages down so that two runs of one conversation read the same. */
export interface MessageWriter {
  /** The lines of one message of `from`, without who says it. */
  write(from: Speaker, text: string): string
}

const other: Readonly<Record<Speaker, Speaker>> = { client: 'server', server: 'client' }
/** How ids read: the client's requests are #1, #2 …, and the server's ?1, ?2 … */
const signs: Readonly<Record<Speaker, string>> = { client: '#', server: '?' }
const time = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})/g
/** JSON that is longer stands on lines of its own. */
const maxInline = 96

/** A writer that hides the values of the members in `hidden`, wherever they are. */
export function createMessageWriter(hidden: ReadonlySet<string>): MessageWriter {
  const names: Record<Speaker, Map<Id, string>> = { client: new Map(), server: new Map() }
  /** Methods of requests that have no answer yet, to say which request an answer is for. */
  const asked: Record<Speaker, Map<Id, string>> = { client: new Map(), server: new Map() }

  function nameOf(from: Speaker, id: Id): string {
    const known = names[from].get(id)
    if (known !== undefined) return known
    const name = `${signs[from]}${names[from].size + 1}`
    names[from].set(id, name)
    return name
  }

  function json(from: Speaker, value: unknown): string {
    if (value === undefined) return ''
    const readable = (key: string, inner: unknown): unknown => {
      if (hidden.has(key)) return `<${key}>`
      // A token or an id that stands for a request reads as its name.
      if (key === 'progressToken' && isId(inner)) return known('client', inner) ?? inner
      if (key === 'requestId' && isId(inner)) return known(from, inner) ?? inner
      return typeof inner === 'string' ? inner.replaceAll(time, '<time>') : inner
    }
    const line = JSON.stringify(value, readable)
    if (line === '{}') return ''
    if (line.length <= maxInline) return ` ${line}`
    return JSON.stringify(value, readable, 2)
      .split('\n')
      .map((one) => `\n    ${one}`)
      .join('')
  }

  function known(from: Speaker, id: Id): string | undefined {
    return names[from].get(id)
  }

  function answered(from: Speaker, id: Id | undefined): string {
    if (id === undefined) return ''
    const asker = other[from]
    const method = asked[asker].get(id)
    asked[asker].delete(id)
    const name = known(asker, id) ?? JSON.stringify(id)
    return method === undefined ? ` ${name}` : ` ${name} (${method})`
  }

  function line(from: Speaker, message: Message): string {
    switch (message.kind) {
      case 'request': {
        const name = nameOf(from, message.id)
        asked[from].set(message.id, message.method)
        return `${message.method} ${name}${json(from, message.params)}`
      }
      case 'notification':
        return `${message.method}${json(from, message.params)}`
      case 'result':
        return `result${answered(from, message.id)}${json(from, message.result)}`
      case 'error':
        return `error${answered(from, message.id)}${json(from, message.error)}`
      case 'batch':
        return `batch${message.items.map((item) => `\n  ${line(from, readMessage(item))}`).join('')}`
      case 'invalid':
        return `no message: ${message.reason}`
    }
  }

  return {
    write(from, text) {
      try {
        return line(from, readMessage(JSON.parse(text)))
      } catch {
        // What is no JSON is told as it is: it may be just what the test is about.
        return `no JSON: ${text}`
      }
    },
  }
}
