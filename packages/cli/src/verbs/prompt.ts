import type { Prompt } from 'mortise/client'
import { UsageError } from '../command-error.ts'
import { connectionOptions } from '../connection-options.ts'
import { exitCodes } from '../exit.ts'
import { promptText } from '../format/prompt.ts'
import { jsonDocument } from '../json.ts'
import { rootOption } from '../roots.ts'
import { didYouMean } from '../suggest.ts'
import { aboutTargets } from '../target.ts'
import { write } from '../terminal.ts'
import { readPair } from '../tool-arguments.ts'
import { defineVerb, needWords } from '../verb.ts'
import type { Verb, VerbText } from '../verb.ts'
import { answerOption, withServer } from '../with-server.ts'
import type { Reached } from '../with-server.ts'

const text: VerbText = {
  name: 'prompt',
  summary: 'Print the messages of a prompt',
  usage: ['prompt TARGET NAME [key=value …]', 'prompt NAME [key=value …] -- COMMAND …'],
  about: [aboutTargets],
  examples: [
    ['prompt server.ts review language=ts', 'The messages of a prompt, filled in'],
    ['prompt server.ts review language=ts --json', 'The same as the server sent them'],
  ],
}

/** `mortise prompt`. */
export const prompt: Verb = defineVerb({
  ...text,
  options: { ...answerOption, ...rootOption, ...connectionOptions },
  async run({ words, after, values }, context) {
    const shift = after === undefined ? 1 : 0
    needWords(words, { verb: text, min: shift })
    const [name, ...rest] = words.slice(shift)
    const args = Object.fromEntries(rest.map(readPair).map(({ key, text }) => [key, text]))
    const request = {
      target: shift === 1 ? words[0] : undefined,
      after,
      values,
      answers: values.answer,
      roots: values.root,
    }
    const result = await withServer(request, context, async (reached) => {
      const found = await findPrompt(reached, name)
      checkArguments(found, args)
      const { signal, report } = reached
      const settings = { signal, onProgress: report.progress }
      return await reached.client.getPrompt(found.name, args, settings)
    })
    const { out } = context.terminal
    await write(out, values.json ? jsonDocument(result) : promptText(result, out))
    return exitCodes.ok
  },
})

/** @throws UsageError when the server has no such prompt. */
async function findPrompt({ client, signal }: Reached, name: string | undefined): Promise<Prompt> {
  if (client.server.capabilities.prompts === undefined) {
    throw new UsageError('the server has no prompts')
  }
  const names: string[] = []
  for await (const found of client.prompts({ signal })) {
    if (found.name === name) return found
    names.push(found.name)
  }
  if (name === undefined) {
    throw new UsageError(`NAME is missing. The server has: ${names.join(', ')}`)
  }
  const hint = didYouMean(name, names) || ` It has: ${names.join(', ')}`
  throw new UsageError(`the server has no prompt "${name}".${hint}`)
}

/** @throws UsageError when an argument is missing, or is none of the prompt's. */
function checkArguments(
  { arguments: known = [] }: Prompt,
  args: Readonly<Record<string, string>>,
): void {
  const names = known.map(({ name }) => name)
  const missing = known.filter(({ name, required }) => required === true && !(name in args))
  if (missing.length > 0) {
    throw new UsageError(`missing: ${missing.map(({ name }) => `${name}=…`).join(' ')}`)
  }
  for (const name of Object.keys(args)) {
    if (names.includes(name)) continue
    const hint = didYouMean(name, names) || ` It takes: ${names.join(', ') || 'none'}`
    throw new UsageError(`the prompt has no argument "${name}".${hint}`)
  }
}
