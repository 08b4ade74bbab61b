import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ResourceContents } from 'mortise/client'
import { UsageError } from '../command-error.ts'
import { connectionOptions } from '../connection-options.ts'
import { exitCodes, messageOf } from '../exit.ts'
import { bodyText } from '../format/content.ts'
import { base64Bytes, sizeText } from '../format/size.ts'
import { jsonDocument } from '../json.ts'
import { rootOption } from '../roots.ts'
import { aboutTargets } from '../target.ts'
import { write } from '../terminal.ts'
import type { Screen } from '../terminal.ts'
import { defineVerb, needWords } from '../verb.ts'
import type { Verb, VerbText } from '../verb.ts'
import { visibleLine } from '../visible.ts'
import { answerOption, withServer } from '../with-server.ts'

const text: VerbText = {
  name: 'read',
  summary: 'Print a resource, or save it',
  usage: ['read TARGET URI [--output FILE]', 'read URI [--output FILE] -- COMMAND …'],
  about: [
    aboutTargets,
    'Text is printed. Bytes are printed into a pipe or a file, not onto a terminal: there, give --output.',
  ],
  examples: [
    ['read server.ts docs://guide', 'Print a text'],
    ['read http://127.0.0.1:3456/mcp img://logo --output logo.png', 'Save a picture'],
    ['read server.ts img://logo > logo.png', 'The same, by the shell'],
  ],
}

/** `mortise read`. */
export const read: Verb = defineVerb({
  ...text,
  options: {
    output: { value: 'FILE', short: 'o', help: 'Write it to this file' },
    ...answerOption,
    ...rootOption,
    ...connectionOptions,
  },
  async run({ words, after, values }, context) {
    const shift = after === undefined ? 1 : 0
    needWords(words, { verb: text, min: shift + 1, max: shift + 1 })
    const uri = words[shift] ?? ''
    requireUri(uri)
    const request = {
      target: shift === 1 ? words[0] : undefined,
      after,
      values,
      answers: values.answer,
      roots: values.root,
    }
    const result = await withServer(request, context, ({ client, signal, report }) =>
      client.readResource(uri, { signal, onProgress: report.progress }),
    )
    const { out } = context.terminal
    if (values.output !== undefined) await save(values.output, bytesOf(result.contents))
    if (values.json) await write(out, jsonDocument(result))
    else if (values.output === undefined) await print(result.contents, out)
    return exitCodes.ok
  },
})

/** @throws UsageError for what has no scheme; one letter is a drive of Windows. */
function requireUri(text: string): void {
  if (/^[a-z][a-z\d+.-]+:/i.test(text)) return
  throw new UsageError(
    `"${text}" is a path: read needs a URI, such as ${pathToFileURL(resolve(text)).href}`,
  )
}

async function print(contents: readonly ResourceContents[], out: Screen): Promise<void> {
  if (!out.isTTY) {
    await write(out, bytesOf(contents))
    return
  }
  const texts = contents.map((item) => {
    if ('text' in item) return bodyText(item.text, out)
    const kind = visibleLine(item.mimeType ?? 'bytes')
    const size = sizeText(base64Bytes(item.blob))
    throw new UsageError(`this is no text (${kind}, ${size}): give --output FILE, or pipe it`)
  })
  const all = texts.join('\n')
  await write(out, all.endsWith('\n') ? all : `${all}\n`)
}

function bytesOf(contents: readonly ResourceContents[]): Uint8Array {
  return Buffer.concat(
    contents.map((item) =>
      'text' in item ? Buffer.from(item.text) : Buffer.from(item.blob, 'base64'),
    ),
  )
}

async function save(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes)
  } catch (error) {
    throw new UsageError(`--output ${file}: ${messageOf(error)}`, { cause: error })
  }
}
