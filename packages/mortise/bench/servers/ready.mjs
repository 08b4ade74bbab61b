import { getHeapStatistics } from 'node:v8'

/** Tells whoever started this server where it listens, and from then on, whenever it is asked, what it holds and costs. */
export function ready(url, more = {}) {
  answerQuestions(more)
  process.send?.({ url })
}

/** Answers `cpu` (microseconds so far), `memory` (bytes after a collection), and what else is given. */
export function answerQuestions(more = {}) {
  const answers = { cpu: cpuMicros, memory: heldBytes, ...more }
  const answer = async (question) => process.send({ answer: await answers[question]() })
  process.on('message', (question) => void answer(question))
  process.on('disconnect', () => process.exit())
}

function cpuMicros() {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Bytes that live: the heap, and buffers beside it. Needs --expose-gc. */
async function heldBytes() {
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { bytes: heapUsed + external, rss, malloced: getHeapStatistics().malloced_memory }
}
