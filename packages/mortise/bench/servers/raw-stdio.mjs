// The ceiling over stdio: lines in, JSON, lines out.
import { answerRaw } from './raw-answers.mjs'
import { answerQuestions } from './ready.mjs'

answerQuestions()
let rest = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\n')
  rest = lines.pop()
  for (const line of lines) {
    const message = JSON.parse(line)
    if (message.id !== undefined) process.stdout.write(`${JSON.stringify(answerRaw(message))}\n`)
  }
})
