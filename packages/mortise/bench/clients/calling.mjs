import { said } from '../offered.mjs'
import { takeOrders } from '../processes.mjs'
import { told } from '../told.mjs'

/** Has `call` called again and again, so many at once, for each window that is ordered. It answers the text of a result. */
export function callInWindows(call) {
  takeOrders(async ({ windowMs }) => {
    const cpu = process.cpuUsage()
    const began = performance.now()
    const until = began + windowMs
    let calls = 0
    const goOn = async () => {
      while (performance.now() < until) {
        const text = await call(said)
        if (text !== said) throw new Error(`a wrong answer: ${text}`)
        calls += 1
      }
    }
    await Promise.all(Array.from({ length: told.inFlight }, goOn))
    const { user, system } = process.cpuUsage(cpu)
    return { calls, cpuMicros: user + system, wallMs: performance.now() - began }
  })
  process.on('disconnect', () => process.exit())
}
