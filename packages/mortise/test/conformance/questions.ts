import type { Server } from 'mortise/server'

/** Tools, and a prompt, that ask the client. */
export function addQuestions(server: Server): void {
  addSessionQuestions(server)
  addRounds(server)
}

/** Those that the suite calls in sessions, where a question is a request of the server. */
function addSessionQuestions(server: Server): void {
  server
    .tool(
      'test_sampling',
      { description: 'Has a model answer', input: promptOnly },
      async ({ prompt }, ctx) => {
        const { text } = await ctx.sample('prompt', { messages: prompt, maxTokens: 100 })
        return `LLM response: ${text}`
      },
    )
    .tool(
      // ELIC-04 (client/elicitation, "Form Mode")
      'test_elicitation',
      { description: 'Asks for what the caller says', input: messageOnly },
      async ({ message }, ctx) => {
        const answer = await ctx.elicit('user', message, user)
        return `User response: ${JSON.stringify(answer)}`
      },
    )
    .tool(
      // ELIC-07 (client/elicitation, "Requested Schema")
      'test_elicitation_sep1034_defaults',
      { description: 'Asks with defaults' },
      async (_, ctx) => {
        const answer = await ctx.elicit('defaults', 'Please check these values', withDefaults)
        return `Elicitation completed: ${JSON.stringify(answer)}`
      },
    )
    .tool(
      // ELIC-07 (client/elicitation, "Requested Schema")
      'test_elicitation_sep1330_enums',
      { description: 'Asks with choices' },
      async (_, ctx) => {
        const answer = await ctx.elicit('choices', 'Please choose', choices)
        return `Elicitation completed: ${JSON.stringify(answer)}`
      },
    )
    .tool(
      'test_streaming_elicitation',
      { description: 'Asks, in whatever way' },
      async (_, ctx) => {
        const answer = await ctx.elicit('user', 'Who are you?', user)
        return `User response: ${JSON.stringify(answer)}`
      },
    )
}

/** Those that the suite calls without a session, where a question is a result that asks for a retry. */
function addRounds(server: Server): void {
  server
    .tool(
      // MRTR-02, MRTR-04 (basic/patterns/mrtr)
      'test_input_required_result_elicitation',
      { description: 'Asks for a name' },
      async (_, ctx) => {
        const answer = await ctx.elicit('user_name', 'What is your name?', name)
        return answer.action === 'accept' ? `Hello, ${answer.content.name}!` : 'Hello, stranger!'
      },
    )
    .tool(
      'test_input_required_result_sampling',
      { description: 'Has a model answer' },
      async (_, ctx) => {
        const { text } = await ctx.sample('capital_question', capital)
        return `The model says: ${text}`
      },
    )
    .tool(
      'test_input_required_result_list_roots',
      { description: 'Lists the roots of the client' },
      async (_, ctx) => {
        const roots = await ctx.listRoots('client_roots')
        return `Roots: ${roots.map(({ uri }) => uri).join(', ')}`
      },
    )
    .tool(
      'test_input_required_result_capabilities',
      { description: 'Asks in whatever way the client can be asked' },
      async (_, ctx) => {
        const said = ctx.canSample() && (await ctx.sample('capital_question', capital)).text
        const named = ctx.canElicit() && (await ctx.elicit('user_name', 'Your name?', name)).action
        return JSON.stringify([said, named])
      },
    )
    .tool(
      'test_input_required_result_request_state',
      { description: 'Asks to confirm, and keeps a state' },
      async (_, ctx) => {
        await ctx.elicit('confirm', 'Please confirm', confirmation)
        return 'state-ok'
      },
    )
    .tool(
      // MRTR-10, MRTR-11 (basic/patterns/mrtr, "Server Requirements")
      'test_input_required_result_tampered_state',
      { description: 'Asks to confirm, and guards its state' },
      async (_, ctx) => {
        await ctx.elicit('confirm', 'Please confirm', confirmation)
        return 'state-ok'
      },
    )
    .tool(
      // MRTR-09 (basic/patterns/mrtr)
      'test_input_required_result_multi_round',
      { description: 'Asks twice, one after the other' },
      async (_, ctx) => {
        const first = await ctx.elicit('step1', 'Step 1: What is your name?', name)
        const second = await ctx.elicit('step2', 'Step 2: What is your favorite color?', color)
        return JSON.stringify([first, second])
      },
    )
    .tool(
      'test_input_required_result_multiple_inputs',
      { description: 'Asks several questions at once' },
      async (_, ctx) => {
        const answers = await Promise.all([
          ctx.elicit('user_name', 'What is your name?', name),
          ctx.sample('capital_question', capital),
          ctx.listRoots('client_roots'),
        ])
        return JSON.stringify(answers)
      },
    )
    .prompt(
      // MRTR-02, PROMPT-12 (basic/patterns/mrtr)
      'test_input_required_result_prompt',
      { description: 'Asks for context' },
      async (_, ctx) => {
        const answer = await ctx.elicit(
          'user_context',
          'What context should the prompt use?',
          context,
        )
        return answer.action === 'accept' ? `Use this: ${answer.content.context}` : 'No context'
      },
    )
}

const messageOnly = {
  type: 'object',
  properties: { message: { type: 'string' } },
  required: ['message'],
} as const

const promptOnly = {
  type: 'object',
  properties: { prompt: { type: 'string' } },
  required: ['prompt'],
} as const

const capital = { messages: 'What is the capital of France?', maxTokens: 100 } as const

const user = {
  type: 'object',
  properties: {
    username: { type: 'string', description: "User's response" },
    email: { type: 'string', description: "User's email address" },
  },
  required: ['username', 'email'],
} as const

const withDefaults = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
  required: [],
} as const

const titled = [
  { const: 'value1', title: 'First Option' },
  { const: 'value2', title: 'Second Option' },
  { const: 'value3', title: 'Third Option' },
] as const

const choices = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    titledSingle: { type: 'string', oneOf: titled },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: {
      type: 'array',
      items: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    },
    titledMulti: { type: 'array', items: { anyOf: titled } },
  },
  required: [],
} as const

const name = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
} as const

const color = {
  type: 'object',
  properties: { color: { type: 'string' } },
  required: ['color'],
} as const

const confirmation = {
  type: 'object',
  properties: { ok: { type: 'boolean' } },
  required: ['ok'],
} as const

const context = {
  type: 'object',
  properties: { context: { type: 'string' } },
  required: ['context'],
} as const
