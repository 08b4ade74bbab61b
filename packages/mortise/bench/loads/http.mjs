// The client over HTTP: as many connections as there are requests, each sending its request again as soon as it was
// answered. Told `{ port, requests, question, windowMs }`, it says `{ calls, cpuMicros, wallMs }`.
import { connect } from 'node:net'
import { answerFault } from '../calls.mjs'
import { createBodyReader, messagesIn } from '../http-answers.mjs'
import { takeOrders } from '../processes.mjs'

takeOrders(async ({ port, requests, question, windowMs }) => {
  const cpu = process.cpuUsage()
  const began = performance.now()
  const until = began + windowMs
  const counts = await Promise.all(
    requests.map((request) => call(request, { port, question, until })),
  )
  const { user, system } = process.cpuUsage(cpu)
  const calls = counts.reduce((sum, count) => sum + count, 0)
  return { calls, cpuMicros: user + system, wallMs: performance.now() - began }
})

/** Calls over one connection until the time is over; the number of answers. */
function call(request, { port, question, until }) {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(request)
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const read = createBodyReader()
    const { id } = JSON.parse(request.slice(request.indexOf('\r\n\r\n')))
    let firstLength
    let calls = 0
    socket.on('connect', () => socket.write(bytes))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server ended the connection')))
    socket.on('data', (chunk) => {
      try {
        const answer = read(chunk)
        if (answer === undefined) return
        // Bodies of one length are taken for the same: looking into each would make this the slower end.
        if (answer.body.length !== firstLength) {
          const fault = answerFault(question, messagesIn(answer), (other) => other === id)
          if (fault !== undefined) throw new Error(fault)
          firstLength = answer.body.length
        }
      } catch (error) {
        reject(error)
        socket.destroy()
        return
      }
      calls += 1
      if (performance.now() < until) socket.write(bytes)
      else {
        resolve(calls)
        socket.destroy()
      }
    })
  })
}
