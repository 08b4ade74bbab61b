// The demo of `npm start`: one definition of a server, served over HTTP and over stdio, to clients of both eras. It goes on
// serving until Ctrl-C; `npm start -- --once` ends instead. Whatever is not as it should be ends it with an error.
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'mortise/client'
import { serve } from 'mortise/node'
import { createFilesServer } from '@mortise/servers/files'
import { createTranscript } from './demo/transcript.mjs'
import { root } from './set-up/processes.mjs'

const DEFAULT_PORT = 3456
const command = join(root, 'packages', 'cli', 'bin', 'mortise.js')
const transcript = createTranscript()
/** Of the many notices of a search, the transcript has every sixth, so that it stays readable. */
const SHOWN_NOTICES = 6
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'mortise-demo-')))
// On exit, so that it goes also when a step fails or Ctrl-C comes in between.
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
let questions = 0

try {
  await main()
} catch (error) {
  console.error('\nThe demo failed:')
  console.error(error)
  process.exit(1)
}

async function main() {
  const serving = await startServer()
  const clients = await connectAll(serving.url)
  try {
    await search(clients)
    await overwrite(clients.stdio)
  } finally {
    await Promise.all(Object.values(clients).map((client) => client.close()))
  }
  if (process.argv.includes('--once')) {
    await serving.close()
    transcript.title('That was all of it.')
    return
  }
  transcript.title(`Serving this folder, read only, at ${serving.url} until Ctrl-C.`)
  transcript.plain(`Try it: npx mortise list ${serving.url} --tools`)
}

async function startServer() {
  const server = await createFilesServer({ roots: [root] })
  const serving = await serve(server, {
    transport: 'http',
    nextFreePort: true,
    argv: [],
    onListening: () => {},
  })
  const wanted = Number(process.env.PORT || DEFAULT_PORT)
  const port = Number(new URL(serving.url).port)
  if (wanted !== 0 && port !== wanted) {
    transcript.plain(`Port ${wanted} is taken, so this is at ${port}; PORT=… chooses another.`)
  }
  transcript.title('One server, two eras')
  transcript.plain(`  ${serving.url}  shows the files of this folder, read only`)
  transcript.plain(`  a child over stdio         may write in ${scratch}`)
  return serving
}

async function connectAll(url) {
  transcript.title('Three clients connect, and find out what to speak')
  const child = { command: process.execPath, args: childArguments() }
  const clients = {
    stateless: await meet('stateless', `connects to ${url}`, () => connect(url)),
    session: await meet('session', 'connects there too, and speaks sessions only', () =>
      connect(url, { era: 'session' }),
    ),
    stdio: await meet('stdio', 'starts: mortise serve files … --write --stdio', () =>
      connect(child, { elicit: answer }),
    ),
  }
  const { stateless, session, stdio } = clients
  notEqual(stateless.server.version, session.server.version)
  equal(stdio.server.version, stateless.server.version)
  return clients
}

function childArguments() {
  return [command, 'serve', 'files', scratch, '--write', '--stdio']
}

async function meet(who, what, open) {
  transcript.says(who, what)
  const { value: client, ms } = await timed(open)
  const { info, version } = client.server
  transcript.hears(who, `${info.name} ${info.version}, revision ${version}`, ms)
  return client
}

/** Both eras do the same work, and get the same. */
async function search({ stateless, session }) {
  transcript.title('Both eras list, search and read, through the same handlers')
  const seen = []
  for (const [who, client] of Object.entries({ stateless, session })) {
    const names = await list(who, client)
    const found = await call(who, client, 'search_content', {
      path: 'packages',
      query: 'export function createServer',
      filePattern: '*.ts',
    })
    const [match] = found.structuredContent.matches
    ok(match !== undefined, 'the search found nothing')
    ok(found.notices > 0, 'the search told no progress')
    const part = { path: match.path, offset: match.line, limit: 2 }
    const { content } = await call(who, client, 'read_text_file', part)
    ok(content[0].text.includes('createServer'), 'the file is not what was found')
    seen.push({ names, match, text: content[0].text })
  }
  deepEqual(seen[0], seen[1])
}

async function list(who, client) {
  transcript.says(who, 'tools/list')
  const { value: names, ms } = await timed(async () => {
    const all = []
    for await (const tool of client.tools()) all.push(tool.name)
    return all
  })
  ok(names.includes('search_content') && !names.includes('write_file'), `tools: ${names}`)
  transcript.hears(who, `${names.length} tools: ${names.join(', ')}`, ms)
  return names
}

async function overwrite(client) {
  transcript.title('Before a file is overwritten, its user is asked')
  const path = join(scratch, 'note.txt')
  await call('stdio', client, 'write_file', { path: 'note.txt', content: 'the first version\n' })
  equal(questions, 0)
  await call('stdio', client, 'write_file', { path: 'note.txt', content: 'the second version\n' })
  equal(questions, 1)
  await call('stdio', client, 'read_text_file', { path: 'note.txt' })
  equal(readFileSync(path, 'utf8'), 'the second version\n')
}

/** What the client of the child answers: yes. */
function answer({ message, requestedSchema }) {
  questions += 1
  transcript.notes('stdio', '?', short(message))
  deepEqual(Object.keys(requestedSchema.properties), ['overwrite'])
  transcript.notes('stdio', '!', 'yes')
  return { action: 'accept', content: { overwrite: true } }
}

/** One call with its transcript. @throws when the tool says that it failed. */
async function call(who, client, name, args) {
  const shown = Object.entries(args).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  transcript.says(who, short(`${name} ${shown.join(' ')}`))
  let notices = 0
  const onProgress = ({ message }) => {
    notices += 1
    if (notices % SHOWN_NOTICES === 0) transcript.notes(who, '·', message)
  }
  const { value: result, ms } = await timed(() => client.callTool(name, args, { onProgress }))
  const [block] = result.content
  ok(result.isError !== true, `${name} failed: ${block?.text}`)
  transcript.hears(who, short(block.text), ms)
  return { ...result, notices }
}

/** Without the folders that everything is in. */
function short(text) {
  return text.replaceAll(`${scratch}/`, '').replaceAll(`${root}/`, '')
}

async function timed(work) {
  const startedAt = performance.now()
  const value = await work()
  return { value, ms: performance.now() - startedAt }
}
