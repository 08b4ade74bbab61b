// Reads answers off a connection with as little work as can be: only the first of each connection is taken apart.

/** Takes the chunks of one connection; gives the whole body of an answer when its last byte is there, else undefined. */
export function createBodyReader() {
  let head = ''
  let chunks = []
  let length = 0
  let ending
  return (chunk) => {
    let part = chunk
    if (ending === undefined) {
      const begun = chunks.length === 0 ? chunk : Buffer.concat([...chunks, chunk])
      const end = begun.indexOf('\r\n\r\n')
      if (end < 0) {
        chunks = [begun]
        return undefined
      }
      head = begun.latin1Slice(0, end)
      if (!head.startsWith('HTTP/1.1 200')) throw new Error(begun.toString('latin1').slice(0, 500))
      const declared = /\r\ncontent-length: (\d+)/i.exec(head)
      ending = declared === null ? 'chunked' : Number(declared[1])
      chunks = []
      length = 0
      part = begun.subarray(end + 4)
    }
    chunks.push(part)
    length += part.length
    const isWhole = ending === 'chunked' ? endsChunks(chunks) : length >= ending
    if (!isWhole) return undefined
    const body = chunks.length === 1 ? part : Buffer.concat(chunks)
    const isChunked = ending === 'chunked'
    chunks = []
    ending = undefined
    return { body, isChunked }
  }
}

/** The messages in a body, be it JSON or a stream of events. */
export function messagesIn({ body, isChunked }) {
  const text = (isChunked ? unchunk(body) : body).toString()
  if (text.startsWith('{')) return [JSON.parse(text)]
  return [...text.matchAll(/^data: ?(\{.*)$/gm)].map(([, data]) => JSON.parse(data))
}

const LAST = Buffer.from('0\r\n\r\n')

function endsChunks(chunks) {
  const last = chunks.at(-1)
  const tail =
    last.length >= LAST.length || chunks.length === 1
      ? last
      : Buffer.concat([chunks.at(-2), last].map((chunk) => chunk.subarray(-LAST.length)))
  if (!tail.subarray(-LAST.length).equals(LAST)) return false
  // The last chunk follows a line's end; else these are bytes of a text or the end of a longer size.
  return tail.length === LAST.length || tail.at(-LAST.length - 1) === 10
}

function unchunk(body) {
  const parts = []
  let at = 0
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.latin1Slice(at, lineEnd), 16)
    if (size === 0) return Buffer.concat(parts)
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}
