import { RpcError } from 'mortise'
import type { ResourceTemplate } from 'mortise/client'
import { connectionOptions } from '../connection-options.ts'
import { exitCodes } from '../exit.ts'
import { listingDocument, listingText } from '../format/listing.ts'
import type { Offer } from '../format/listing.ts'
import { jsonDocument } from '../json.ts'
import type { ValuesOf } from '../options.ts'
import { aboutTargets } from '../target.ts'
import { write } from '../terminal.ts'
import { defineVerb, needWords } from '../verb.ts'
import type { Verb, VerbText } from '../verb.ts'
import { withServer } from '../with-server.ts'
import type { Reached } from '../with-server.ts'

const text: VerbText = {
  name: 'list',
  summary: 'Show the tools, resources, templates and prompts of a server',
  usage: [
    'list TARGET [--tools] [--resources] [--templates] [--prompts]',
    'list [options] -- COMMAND …',
  ],
  about: [aboutTargets],
  examples: [
    ['list http://127.0.0.1:3456/mcp', 'Everything that the server at this address offers'],
    ['list files --tools', 'Only the tools of the ready-made files server'],
    ['list server.ts --json', 'What a module serves, as one JSON document'],
    ['list -- npx -y some-server --its-option', 'Start a server by its command, and list it'],
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
  options: { ...choices, ...connectionOptions },
  async run({ words, after, values }, context) {
    const count = after === undefined ? 1 : 0
    needWords(words, { verb: text, min: count, max: count })
    const { out } = context.terminal
    const offer = await withServer({ target: words[0], after, values }, context, (reached) =>
      readOffer(reached, values),
    )
    const maxResources = out.isTTY && !values.resources ? resourcesOnScreen : Infinity
    const shown = values.json
      ? jsonDocument(listingDocument(offer))
      : listingText(offer, out, { maxResources })
    await write(out, shown)
    return exitCodes.ok
  },
})

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
