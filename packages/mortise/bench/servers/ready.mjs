/** Tells the parent where this server listens, and from then on, whenever it asks, what it has cost. */
export function ready(url) {
  process.on('message', () => process.send(process.cpuUsage()))
  process.send({ url })
}
