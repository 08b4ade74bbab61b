// The server that the conformance suite calls, on the public API alone: `npm run fixture:server -- --port N`. The suite says
// which tools, resources and prompts there must be, and what they answer.
import { serve } from 'mortise/node'
import { createServer } from 'mortise/server'
import { addChanges } from './changes.ts'
import { addPrompts } from './prompts.ts'
import { addQuestions } from './questions.ts'
import { recording } from './recording.ts'
import { addResources } from './resources.ts'
import { addSkills } from './skills.ts'
import { addTasks } from './tasks.ts'
import { addTools } from './tools.ts'

const server = recording(createServer({ name: 'mortise-conformance', version: '1.0.0' }))
addTools(server)
addQuestions(server)
addResources(server)
addPrompts(server)
addChanges(server)
addSkills(server)
addTasks(server)

await serve(server, {
  transport: 'http',
  onListening: (url) => process.stdout.write(`listening ${url}\n`),
})
