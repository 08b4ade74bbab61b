import { ToolError } from 'mortise/server'
import { joinBytes } from '../bytes.ts'

/** The whole body of a response. @throws ToolError when it is longer than `maxBytes`; the rest is not read then. */
export async function readBytes(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array()
  const reader = response.body.getReader()
  const pieces: Uint8Array[] = []
  let length = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length
    if (length > maxBytes) {
      // What it says to being stopped changes nothing.
      void reader.cancel().catch(() => {})
      throw new ToolError(`The answer is longer than ${maxBytes} bytes`)
    }
    pieces.push(read.value)
  }
  return joinBytes(pieces)
}
