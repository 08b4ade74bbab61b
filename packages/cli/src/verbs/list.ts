import { RpcError } from 'mortise'
import type { Client, NodeConnectOptions, ResourceTemplate } from 'mortise/client'
import { createFleet, fleetName, lets } from 'mortise/client/fleet'
import type { ServerEntry } from 'mortise/client/fleet'
import { configOption, readServers } from '../config.ts'
import { connectionOptions } from '../connection-options.ts'
import { errorDocument, exitCodeOf, exitCodes, messageOf } from '../exit.ts'
import { listingDocument, listingText } from '../format/listing.ts'
import type { Offer } from '../format/listing.ts'
import { jsonDocument } from '../json.ts'
import type { ValuesOf } from '../options.ts'
import { createReport } from '../report.ts'
import { aboutTargets } from '../target.ts'
import { write } from '../terminal.ts'
import type { Screen } from '../terminal.ts'
import { defineVerb, needWords } from '../verb.ts'
import type { CommandContext, Verb, VerbText } from '../verb.ts'
import { visibleLine, visibleText } from '../visible.ts'
import { signing, withServer } from '../with-server.ts'
import type { Reached } from '../with-server.ts'

const text: VerbText = {
  name: 'list',
  summary: 'Show the tools, resources, templates and prompts of a server',
  usage: [
    'list TARGET [--tools] [--resources] [--templates] [--prompts]',
    'list [options] -- COMMAND …',
    'list --config FILE',
  ],
  about: [aboutTargets],
  examples: [
    ['list http://127.0.0.1:3456/mcp', 'Everything that the server at this address offers'],
    ['list files --tools', 'Only the tools of the ready-made files server'],
    ['list server.ts --json', 'What a module serves, as one JSON document'],
    ['list -- npx -y some-server --its-option', 'Start a server by its command, and list it'],
    ['list --config mcp.json', 'All servers in the configuration of a host'],
  ],
}

const choices = {
  tools: { help: 'Only tools' },
  resources: { help: 'Only resources' },
  templates: { help: 'Only resource templates' },
  prompts: { help: 'Only prompts' },
} as const

/** More would push the tools out of sight. A pipe gets all. */
const resourcesOnScreen = 50

/** `mortise list`. */
export const list: Verb = defineVerb({
  ...text,
  options: { ...choices, ...configOption, ...connectionOptions },
  async run({ words, after, values }, context) {
    const { out } = context.terminal
    const { config } = values
    const count = after === undefined && config === undefined ? 1 : 0
    needWords(words, { verb: text, min: count, max: count })
    if (config !== undefined) return await listAll(config, values, context)
    const offer = await withServer({ target: words[0], after, values }, context, (reached) =>
      readOffer(reached, values),
    )
    const shown = values.json
      ? jsonDocument(listingDocument(offer))
      : shownOffer(offer, values, out)
    await write(out, shown)
    return exitCodes.ok
  },
})

type Values = ValuesOf<typeof choices & typeof connectionOptions>

function shownOffer(offer: Offer, { resources }: Values, out: Screen): string {
  return listingText(offer, out, {
    maxResources: out.isTTY && !resources ? resourcesOnScreen : Infinity,
  })
}

/** What became of listing one server. */
interface Outcome {
  readonly name: string
  /** Undefined when it failed. */
  readonly offer?: Offer
  readonly error?: unknown
}

function allDocument(outcomes: readonly Outcome[]): string {
  const documents = outcomes.map(({ name, offer, error }) => [
    name,
    offer === undefined ? errorDocument(error) : listingDocument(offer),
  ])
  return jsonDocument({ servers: Object.fromEntries(documents) })
}

/** The tools and prompts that the configuration lets through, under the names by which they are called. */
function inFleet(offer: Offer, entry: ServerEntry): Offer {
  const named = <T extends { readonly name: string }>(item: T): T => ({
    ...item,
    name: fleetName(entry.name, item.name),
  })
  const isLet = (name: string): boolean => !('tools' in entry) || lets(entry.tools, name)
  const tools = offer.tools?.filter(({ name }) => isLet(name)).map(named)
  return { ...offer, tools, prompts: offer.prompts?.map(named) }
}

/** Lists every server of a configuration, those that fail with why. The exit code is that of the first failure. */
async function listAll(path: string, values: Values, context: CommandContext): Promise<number> {
  const config = await readServers(path, values)
  const { out, err } = context.terminal
  const servers = config.servers.filter(({ enabled }) => enabled)
  // One for all, so that their users are asked one after the other.
  const report = createReport(err, values)
  const auth = await signing(values, { terminal: context.terminal, report })
  const outcomes = await Promise.all(
    servers.map(async (entry): Promise<Outcome> => {
      const { name } = entry
      const open = (connect: NodeConnectOptions): Promise<Client> =>
        createFleet(config, { connect }).server(name)
      const request = { target: undefined, after: undefined, values, open, auth }
      try {
        const offer = await withServer(request, context, (own) => readOffer(own, values))
        return { name, offer: inFleet(offer, entry) }
      } catch (error) {
        return { name, error }
      }
    }),
  )
  context.signal.throwIfAborted()
  if (values.json) await write(out, allDocument(outcomes))
  for (const { name, offer, error } of values.json ? [] : outcomes) {
    const shown = visibleLine(name)
    if (offer !== undefined) {
      await write(out, `${out.paint.cyan(shown)}  ${shownOffer(offer, values, out)}\n`)
    } else await write(err, `${err.paint.red(`${shown}: ${visibleText(messageOf(error))}`)}\n`)
  }
  const failed = outcomes.find(({ offer }) => offer === undefined)
  return failed === undefined ? exitCodes.ok : exitCodeOf(failed.error)
}

async function readOffer(
  { client, signal }: Reached,
  chosen: ValuesOf<typeof choices>,
): Promise<Offer> {
  const { server } = client
  const { capabilities } = server
  const all = !chosen.tools && !chosen.resources && !chosen.templates && !chosen.prompts
  // A server is asked for what it has declared; the rest is an empty list.
  const read = async <T>(
    wanted: boolean,
    declared: unknown,
    items: () => AsyncIterable<T>,
  ): Promise<readonly T[] | undefined> => {
    if (!wanted && !all) return undefined
    return declared === undefined ? [] : await collect(items())
  }
  const [tools, resources, templates, prompts] = await Promise.all([
    read(chosen.tools, capabilities.tools, () => client.tools({ signal })),
    read(chosen.resources, capabilities.resources, () => client.resources({ signal })),
    read(chosen.templates, capabilities.resources, () => readTemplates({ client, signal })),
    read(chosen.prompts, capabilities.prompts, () => client.prompts({ signal })),
  ])
  return { server, tools, resources, templates, prompts }
}

/** A server that has resources need not know templates. */
async function* readTemplates({
  client,
  signal,
}: Pick<Reached, 'client' | 'signal'>): AsyncGenerator<ResourceTemplate, void> {
  try {
    yield* client.resourceTemplates({ signal })
  } catch (error) {
    if (!(error instanceof RpcError) || error.rpcCode !== methodNotFound) throw error
  }
}

const methodNotFound = -32601

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
