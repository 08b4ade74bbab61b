import { once } from 'node:events'
import { createServer } from 'node:net'

/** Holds a port that nothing listens at, for what has to be known by its address before it listens. */
export async function holdPort() {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address()
  return {
    port,
    async release() {
      holder.close()
      await once(holder, 'close')
    },
  }
}
