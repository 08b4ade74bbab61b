// The ceiling over stdio: lines in, JSON, lines out; a write each or, `together`, one for all that one chunk asked.
import { answerRaw } from './raw-answers.mjs'
import { answerQuestions } from './ready.mjs'
import { told } from '../told.mjs'

answerQuestions()
let rest = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\n')
  rest = lines.pop()
  let due = ''
  for (const line of lines) {
    const message = JSON.parse(line)
    if (message.id === undefined) continue
    due += `${JSON.stringify(answerRaw(message))}\n`
    if (!told.together) due = write(due)
  }
  if (due !== '') write(due)
})

function write(text) {
  process.stdout.write(text)
  return ''
}
