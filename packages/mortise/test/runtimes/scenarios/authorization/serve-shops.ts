import { deskSecret, startShop } from './shop.ts'
import { openOnSockets } from './sockets.ts'

/** Starts shops on sockets, for pages of `origin` too: a plain one, and one that wants bound tokens and nonces. Their URLs. */
export async function serveShops(origin: string | undefined): Promise<string> {
  const place = openOnSockets()
  const clients = { desk: { secret: deskSecret } }
  const origins = origin === undefined ? [] : [origin]
  const plain = await startShop(place, { issuer: { clients }, origins })
  const bound = await startShop(place, {
    issuer: { clients, nonce: 'nonce-of-the-issuer' },
    protect: { dpop: { required: true, nonces: true } },
    origins,
  })
  return [plain.url, bound.url].join()
}
