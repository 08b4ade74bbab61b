// The client that the conformance suite starts, on the public API alone. The suite gives the address of its server as the
// last argument, and in the environment the name of the scenario, the revision, and facts that some scenarios need. It says on
// stdout what it came to, for judge.mjs.
import { McpError } from 'mortise'
import { connect } from 'mortise/client'
import type { Client, ConnectOptions } from 'mortise/client'
import { SkillError, readsSkills, skillsOf } from 'mortise/skills'
import type { FoundSkill, SkillReader } from 'mortise/skills'
import { authFor } from './auth.ts'
import type { AuthContext } from './auth.ts'

type Steps = (client: Client) => Promise<void>

interface Scenario {
  readonly options?: ConnectOptions
  readonly steps: Steps
}

const listTools: Steps = async (client) => {
  await names(client)
}

/** Loads every skill that is listed, and expects that what was tampered with is refused. */
const refuseSkills: Scenario = {
  options: { extensions: [readsSkills()] },
  async steps(client) {
    const reader = readerOf(client)
    for (const skill of await listed(reader)) {
      try {
        const loaded = await reader.load(skill)
        await loaded.read('references/FORMS.md')
      } catch (error) {
        if (error instanceof SkillError && error.code === 'ERR_SKILL_UNVERIFIED') continue
        throw error
      }
      throw new TypeError(`${skill.uri} was used`)
    }
  },
}

const scenarios: Readonly<Record<string, Scenario>> = {
  // LIFE-01, LIFE-03 (basic/lifecycle, "Initialization")
  initialize: { steps: listTools },
  tools_call: {
    async steps(client) {
      await names(client)
      await client.call('add_numbers', { a: 5, b: 3 })
    },
  },
  // ELIC-08 (client/elicitation, "Requested Schema")
  'elicitation-sep1034-client-defaults': {
    options: { elicit: () => ({ action: 'accept' }) },
    async steps(client) {
      await names(client)
      await client.call('test_client_elicitation_defaults')
    },
  },
  // HTTP25-17 (basic/transports, "Sending Messages to the Server")
  'sse-retry': {
    async steps(client) {
      await names(client)
      await client.call('test_reconnection')
    },
  },
  // BASE-40, BASE-41, VER-01, VER-03 (basic, "Request Metadata")
  'request-metadata': {
    options: {
      elicit: () => ({ action: 'decline' }),
      sample: () => ({ model: 'none', content: 'nothing' }),
      roots: [],
    },
    steps: listTools,
  },
  // BASE-20, MRTR-16, MRTR-17, MRTR-18, MRTR-19 (basic/patterns/mrtr, "Client Requirements")
  'sep-2322-client-request-state': {
    options: { elicit: () => ({ action: 'accept', content: { confirmed: true } }) },
    async steps(client) {
      for (const name of ['echo_state', 'unrelated', 'no_state', 'no_result_type']) {
        await client.callTool(`test_mrtr_${name}`)
      }
    },
  },
  // HTTP26-15, HTTP26-21, HTTP26-22 (basic/transports, "Request Metadata Headers")
  'http-standard-headers': {
    async steps(client) {
      for (const name of await names(client)) await client.callTool(name)
      for await (const { uri } of client.resources()) await client.readResource(uri)
      for await (const { name } of client.prompts()) await client.getPrompt(name)
    },
  },
  // HTTP26-27, HTTP26-34, HTTP26-35, HTTP26-37 (basic/transports, "Custom Headers from Tool Parameters")
  'http-custom-headers': {
    async steps(client) {
      await names(client)
      for (const call of readContext().toolCalls ?? []) {
        await client.callTool(call.name, call.arguments)
      }
    },
  },
  // HTTP26-32 (basic/transports, "Custom Headers from Tool Parameters")
  'http-invalid-tool-headers': {
    async steps(client) {
      for (const name of await names(client)) await client.callTool(name, { region: 'us-west1' })
    },
  },
  // BASE-54, TOOL-24 (basic, "JSON Schema Usage")
  'json-schema-ref-no-deref': { steps: listTools },
  'json-schema-2020-12-preservation': {
    async steps(client) {
      for await (const { name, inputSchema } of client.tools()) {
        if (name !== 'json_schema_2020_12_tool') continue
        await client.callTool('json_schema_echo', { schema: inputSchema })
      }
    },
  },
  // SKILL-20 (Skills, "Lazy Retrieval")
  'sep-2640-client-no-prefetch': {
    options: { extensions: [readsSkills()] },
    async steps(client) {
      if ((await listed(readerOf(client))).length === 0) throw new TypeError('no skill was listed')
    },
  },
  // SKILL-16, SKILL-17, SKILL-18 (Skills, "Integrity and Verification")
  'sep-2640-client-verify-digest': refuseSkills,
  'sep-2640-client-verify-size': refuseSkills,
  'sep-2640-client-verify-frontmatter': refuseSkills,
}

/** What a client does that calls one tool: for scenarios about something else than what is called. */
const plain: Scenario = {
  async steps(client) {
    for (const name of await names(client)) await client.callTool(name)
  },
}

async function names(client: Client): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { name } of client.tools()) found.push(name)
  return found
}

function readerOf(client: Client): SkillReader {
  return skillsOf(client, { server: 'conformance' })
}

async function listed(reader: SkillReader): Promise<readonly FoundSkill[]> {
  const found: FoundSkill[] = []
  for await (const skill of reader.list()) found.push(skill)
  return found
}

interface Context extends AuthContext {
  readonly toolCalls?: readonly {
    readonly name: string
    readonly arguments: Record<string, unknown>
  }[]
}

function readContext(): Context {
  return JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as Context // the suite's word
}

const [url] = process.argv.slice(-1)
// `--speak=2025-06-18`: what the suite plays would settle on something newer.
const [, version] = /^--speak=(.+)$/.exec(process.argv[2] ?? '') ?? []
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? 'initialize'
const { options, steps } = scenarios[scenario] ?? plain
const auth = authFor(scenario, readContext())
try {
  const client = await connect(url ?? '', {
    info: { name: 'mortise-conformance', version: '1.0.0' },
    onWarning: (warning) => process.stdout.write(`warning ${warning}\n`),
    ...(auth === undefined ? {} : { auth }),
    ...(version === undefined ? {} : { versions: [version] }),
    ...options,
  })
  await steps(client)
  await client.close()
  process.stdout.write(`done ${scenario} in ${client.server.version}\n`)
} catch (error) {
  if (!(error instanceof McpError)) throw error
  // Some scenarios want just that; whether this is one, and whether for this reason, is for judge.mjs to say.
  process.stdout.write(`refused ${scenario}: ${error.code}: ${error.message}\n`)
  process.exitCode = 1
}
