import { type } from 'arktype'
import { z } from 'zod'
import { createServer, ToolError } from '../../src/server/index.ts'
import type { SamplingMessage, ToolResultBlock, ToolUseBlock } from '../../src/server/index.ts'

const adder = {
  name: 'add',
  inputSchema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
}

function add({ id, input }: ToolUseBlock): ToolResultBlock {
  const sum = Number(input['a']) + Number(input['b'])
  return { type: 'tool_result', toolUseId: id, content: [{ type: 'text', text: String(sum) }] }
}

/** What handlers leave behind, read through the `traces` tool so that a child process can be asked too. */
export function createFixture() {
  const traces: string[] = []
  const yes = z.object({ yes: z.boolean() })

  const server = createServer({
    name: 'fixture',
    version: '1.2.3',
    instructions: 'Call anything.',
    limits: { pageSize: 10 },
    onError: (error) => void traces.push(`error: ${(error as Error).message}`),
  })
    .tool('traces', { description: 'What handlers left behind' }, () => ({ traces }))
    .tool(
      'text',
      { description: 'Says hello', input: z.object({ name: z.string().default('you') }) },
      ({ name }) => `hello ${name}`,
    )
    .tool(
      'sum',
      {
        description: 'Adds',
        input: {
          type: 'object',
          properties: { a: { type: 'number' }, b: { type: 'number' } },
          required: ['a', 'b'],
          additionalProperties: false,
        },
        output: { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] },
      },
      ({ a, b }) => ({ sum: a + b }),
    )
    .tool(
      'ark',
      { input: type({ word: 'string' }), output: type({ length: 'number' }) },
      ({ word }) => ({ length: word.length }),
    )
    .tool('blocks', {}, () => [
      { type: 'text', text: 'a picture' },
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
    ])
    .tool('list', {}, () => [1, 2, 3])
    .tool('nothing', {}, () => undefined)
    .tool('fails', {}, () => {
      throw new ToolError('the printer is on fire')
    })
    .tool('breaks', {}, () => {
      throw new Error('password is hunter2')
    })
    .tool('lies', { output: z.object({ n: z.number() }) }, () => ({
      n: 'not a number' as unknown as number,
    }))
    .tool('steps', {}, async (_args, { progress }) => {
      for (let step = 1; step <= 5; step++) progress(step, 5, `step ${step}`)
      await Promise.resolve()
      return 'walked'
    })
    .tool('logs', {}, (_args, { log }) => {
      log('debug', 'too fine')
      log('warning', { text: 'look' }, 'fixture')
      return 'logged'
    })
    .tool('waits', {}, async (_args, { signal, progress }) => {
      progress(1)
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          traces.push('waits was aborted')
          resolve()
        })
      })
      return 'never heard'
    })
    .tool('big', { input: z.object({ bytes: z.number() }) }, ({ bytes }) => 'x'.repeat(bytes))
    .tool(
      'region',
      {
        input: {
          type: 'object',
          properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
          required: ['region'],
        },
      },
      ({ region }) => region,
    )
    .tool('asks', { input: z.object({ what: z.string() }) }, async ({ what }, { elicit }) => {
      const answer = await elicit('sure', `Really ${what}?`, yes)
      return answer.action === 'accept' ? `yes: ${answer.content.yes}` : answer.action
    })
    .tool('visits', {}, async (_args, { elicit, canElicit }) => {
      if (!canElicit('url')) return 'cannot visit'
      const answer = await elicit('page', 'Sign in', { url: 'https://example.com/sign-in' })
      return answer.action
    })
    .tool('catches', {}, async (_args, { elicit }) => {
      try {
        const answer = await elicit('first', 'First?', yes)
        return `first ${answer.action}`
      } catch {
        return 'caught'
      }
    })
    .tool('parallel', {}, async (_args, { elicit }) => {
      const answers = await Promise.all(['a', 'b', 'c'].map((key) => elicit(key, `${key}?`, yes)))
      return answers.map(({ action }) => action).join(' ')
    })
    .tool('loops', {}, async (_args, { elicit, progress }) => {
      let said = 0
      for (let index = 0; index < 4; index++) {
        progress(index + 1, 4)
        const answer = await elicit(`round ${index}`, `Round ${index}?`, yes)
        if (answer.action === 'accept' && answer.content.yes) said += 1
      }
      return `said yes ${said} times`
    })
    .tool('cleans', {}, async (_args, { elicit }) => {
      traces.push('opened')
      try {
        await elicit('sure', 'Sure?', yes)
        return 'done'
      } finally {
        traces.push('closed')
      }
    })
    .tool('orders', {}, async (_args, { elicit, once, now, random }) => {
      const began = now()
      const drawn = random()
      const order = await once('order', ({ idempotencyKey }) => {
        traces.push('ordered')
        return { key: idempotencyKey, began, drawn }
      })
      await elicit('pay', 'Pay?', yes)
      return { same: order.began === began && order.drawn === drawn, key: order.key }
    })
    .tool('repeats', {}, async (_args, { elicit }) => {
      await elicit('same', 'One?', yes)
      await elicit('same', 'Two?', yes)
      return 'asked twice'
    })
    .tool(
      'samples',
      { input: z.object({ prompt: z.string() }) },
      async ({ prompt }, { sample }) => {
        const { text, model } = await sample('text', {
          messages: prompt,
          maxTokens: 100,
          systemPrompt: 'Be brief.',
        })
        return `${model} wrote ${text}`
      },
    )
    .tool('reckons', {}, async (_args, { canSample, sample }) => {
      if (!canSample('tools')) return 'cannot use tools'
      const messages: SamplingMessage[] = [
        { role: 'user', content: { type: 'text', text: 'What is 2 + 3?' } },
      ]
      for (let turn = 0; turn < 4; turn++) {
        const tools = [adder]
        const { content, text } = await sample(`turn ${turn}`, { messages, maxTokens: 50, tools })
        const uses = content.filter((block) => block.type === 'tool_use')
        if (uses.length === 0) return text
        messages.push({ role: 'assistant', content }, { role: 'user', content: uses.map(add) })
      }
      return 'gave up'
    })
    .tool('recalls', {}, async (_args, { canSample, sample }) => {
      const includeContext = canSample('context') ? ('thisServer' as const) : ('none' as const)
      const { text } = await sample('text', { messages: 'Go on', maxTokens: 9, includeContext })
      return text
    })
    .tool('talks', {}, async (_args, { sample }) => {
      const { content } = await sample('audio', {
        maxTokens: 9,
        temperature: 0.5,
        stopSequences: ['.'],
        metadata: { trace: 'x' },
        modelPreferences: { hints: [{ name: 'claude' }], costPriority: 0.3 },
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What do you hear?', _meta: { a: 1 } },
              { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
            ],
            _meta: { b: 2 },
          },
          { role: 'assistant', content: { type: 'text', text: 'Nothing' } },
          { role: 'user', content: { type: 'image', data: 'AAAA', mimeType: 'image/png' } },
        ],
      })
      return content.map(({ type: kind }) => kind).join(' ')
    })
    .tool('roots', {}, async (_args, { listRoots }) => ({ roots: await listRoots() }))
    .tool('mingles', {}, async (_args, { elicit, sample, listRoots }) => {
      const [answer, { text }, roots] = await Promise.all([
        elicit('sure', 'Sure?', yes),
        sample('text', { messages: 'Say something', maxTokens: 9 }),
        listRoots(),
      ])
      return `${answer.action} ${text} ${roots.length}`
    })
    .resource(
      'memo://one',
      {
        name: 'one',
        title: 'Memo one',
        mimeType: 'text/plain',
        cache: { ttlMs: 1000, scope: 'public' },
      },
      () => 'the first memo',
    )
    .resource('memo://bytes', { name: 'bytes', mimeType: 'application/octet-stream' }, () =>
      Uint8Array.of(1, 2, 3),
    )
    .resourceTemplate(
      'city:///{name}',
      {
        name: 'cities',
        description: 'Cities by name',
        mimeType: 'application/json',
        list: ({ cursor }) =>
          cursor === undefined
            ? { resources: [{ uri: 'city:///oslo', name: 'oslo' }], nextCursor: 'more' }
            : { resources: [{ uri: 'city:///rome', name: 'rome' }] },
        complete: {
          name: (value) => ['oslo', 'rome', 'riga'].filter((city) => city.startsWith(value)),
        },
      },
      ({ name }) => JSON.stringify({ name }),
    )
    .prompt('plain', { description: 'Plain' }, () => 'say something')
    .prompt(
      'review',
      {
        title: 'Review',
        description: 'Reviews code',
        arguments: {
          code: { description: 'The code', required: true },
          style: {
            complete: (value, { arguments: chosen }) => [`${value}-${chosen['code'] ?? 'none'}`],
          },
        },
      },
      ({ code, style }) => [
        { role: 'user', content: { type: 'text', text: `${code} in ${style ?? 'any'} style` } },
      ],
    )

  let learnt = 0
  return server.tool(
    'learns',
    { description: 'Registers a tool while clients are connected' },
    () => {
      learnt += 1
      server.tool(`learnt-${learnt}`, {}, () => 'new')
      return `learnt-${learnt}`
    },
  )
}
