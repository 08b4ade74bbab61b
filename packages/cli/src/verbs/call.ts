import { text as readAll } from 'node:stream/consumers'
import { McpError } from 'mortise'
import type { CallToolResult, Tool } from 'mortise/client'
import { createFleet } from 'mortise/client/fleet'
import { UsageError } from '../command-error.ts'
import { configOption, readServers } from '../config.ts'
import { connectionOptions } from '../connection-options.ts'
import type { ConnectionValues } from '../connection-options.ts'
import { exitCodes } from '../exit.ts'
import { contentText } from '../format/content.ts'
import { signature } from '../format/signature.ts'
import { jsonDocument } from '../json.ts'
import { rootOption } from '../roots.ts'
import { didYouMean } from '../suggest.ts'
import { aboutTargets } from '../target.ts'
import { write } from '../terminal.ts'
import type { Screen, Terminal } from '../terminal.ts'
import { argumentsFromJson, argumentsFromPairs, readPair } from '../tool-arguments.ts'
import { defineVerb, needWords } from '../verb.ts'
import type { Verb, VerbText } from '../verb.ts'
import { answerOption, withServer } from '../with-server.ts'
import type { Reached, ServerRequest } from '../with-server.ts'

const text: VerbText = {
  name: 'call',
  summary: 'Call a tool and print what it says',
  usage: [
    'call TARGET TOOL [key=value …]',
    'call TARGET TOOL --args JSON|-',
    'call TOOL [key=value …] -- COMMAND …',
    'call --config FILE SERVER__TOOL [key=value …]',
  ],
  about: [
    aboutTargets,
    "A value becomes what the tool's schema says: a number, true or false, a list of JSON or of the same key repeated. " +
      'key:=json says the value exactly. What is printed is text, or JSON where the tool gives data alone.',
    'When the server asks something meanwhile you are asked on the terminal. Where there is none, --answer answers.',
  ],
  examples: [
    ['call files read_text_file path=README.md head=5', 'Text and numbers'],
    [
      'call http://127.0.0.1:3456/mcp search_files path=. pattern=*.md',
      'A server that runs already',
    ],
    ['call server.ts add_tags tags=a tags=b \'options:={"deep":true}\'', 'A list, and exact JSON'],
    [
      'call files list_directory --args \'{"path":"."}\'',
      'All arguments as JSON; --args - reads them from stdin',
    ],
    [
      'call "files . --write" write_file path=a.txt content=hi --answer overwrite=yes',
      'Answer a question in advance',
    ],
    [
      'call --config mcp.json files__read_text_file path=README.md',
      'A tool of a server in the configuration of a host',
    ],
  ],
}

/** `mortise call`. */
export const call: Verb = defineVerb({
  ...text,
  options: {
    args: {
      value: 'JSON',
      help: 'All arguments as one JSON object, sent as it is; - reads it from stdin',
    },
    ...configOption,
    ...answerOption,
    ...rootOption,
    ...connectionOptions,
  },
  async run({ words, after, values }, context) {
    const { config } = values
    const shift = after === undefined && config === undefined ? 1 : 0
    needWords(words, { verb: text, min: shift })
    const [name, ...rest] = words.slice(shift)
    const pairs = rest.map(readPair)
    if (values.args !== undefined && pairs.length > 0) {
      throw new UsageError('give --args or key=value, not both')
    }
    const { terminal } = context
    const whole = values.args === undefined ? undefined : await readArguments(values.args, terminal)
    const found = config === undefined ? undefined : await toolOf(config, { name, values })
    const request = {
      target: shift === 1 ? words[0] : undefined,
      after,
      ...(found === undefined ? {} : { open: found.open }),
      values,
      answers: values.answer,
      roots: values.root,
    }
    const result = await withServer(request, context, async (reached) => {
      const tool = await findTool(reached, found?.ownName() ?? name)
      const args = whole ?? withUsage(tool, () => argumentsFromPairs(pairs, tool.inputSchema))
      const { signal, report } = reached
      const settings = { signal, onProgress: report.progress }
      const result = await reached.client.callTool(tool.name, args, settings)
      if (result.isError === true) await reached.failed()
      return result
    })
    return await show(result, { terminal, json: values.json })
  },
})

/** The way to the server of a configuration that has the tool, and what the server calls it once that is known. */
async function toolOf(
  path: string,
  { name, values }: { name: string | undefined; values: ConnectionValues },
): Promise<{ open: NonNullable<ServerRequest['open']>; ownName: () => string | undefined }> {
  if (name === undefined) throw new UsageError('SERVER__TOOL is missing')
  const config = await readServers(path, values)
  let ownName: string | undefined
  return {
    ownName: () => ownName,
    async open(connect) {
      const fleet = createFleet(config, { connect })
      const { signal } = connect
      try {
        const tool = await fleet.tool(name, signal === undefined ? {} : { signal })
        ownName = tool.ownName
        return await fleet.server(tool.server)
      } catch (error) {
        await fleet.close()
        if (!(error instanceof McpError) || error.code !== 'ERR_NO_TOOL') throw error
        const servers = fleet.servers.join(', ')
        throw new UsageError(`${error.message}. Its servers: ${servers}`, { cause: error })
      }
    },
  }
}

async function readArguments(
  given: string,
  { input }: Terminal,
): Promise<Readonly<Record<string, unknown>>> {
  return argumentsFromJson(given === '-' ? await readAll(input) : given)
}

/** @throws UsageError when the server has no such tool. */
async function findTool({ client, signal }: Reached, name: string | undefined): Promise<Tool> {
  if (client.server.capabilities.tools === undefined)
    throw new UsageError('the server has no tools')
  const names: string[] = []
  for await (const tool of client.tools({ signal })) {
    if (tool.name === name) return tool
    names.push(tool.name)
  }
  if (name === undefined)
    throw new UsageError(`TOOL is missing. The server has: ${names.join(', ')}`)
  const hint = didYouMean(name, names) || ` It has: ${names.join(', ')}`
  throw new UsageError(`the server has no tool "${name}".${hint}`)
}

function withUsage<T>(tool: Tool, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const usage = `Usage: ${tool.name} ${signature(tool.inputSchema)}`
    throw new UsageError(`${error.message}\n${usage}`, { cause: error })
  }
}

/** Prints a result: on stdout, or on stderr when the tool has failed. */
async function show(
  result: CallToolResult,
  { terminal: { out, err }, json }: { terminal: Terminal; json: boolean },
): Promise<number> {
  const failed = result.isError === true
  if (json) await write(out, jsonDocument(result))
  else if (failed)
    await write(err, `${err.paint.red('The tool failed:')} ${resultText(result, err)}`)
  else await write(out, resultText(result, out))
  return failed ? exitCodes.toolFailed : exitCodes.ok
}

function resultText({ content, structuredContent }: CallToolResult, screen: Screen): string {
  if (content.length === 0 && structuredContent !== undefined)
    return jsonDocument(structuredContent)
  const text = contentText(content, screen)
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
