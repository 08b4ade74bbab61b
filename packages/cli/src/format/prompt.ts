import type { GetPromptResult } from 'mortise/client'
import type { Screen } from '../terminal.ts'
import { contentText } from './content.ts'

/** The messages of a prompt, each under the role that says it. */
export function promptText(
  { messages }: GetPromptResult,
  page: Pick<Screen, 'isTTY' | 'paint'>,
): string {
  return messages
    .map(({ role, content }) => {
      const text = contentText([content], page)
      return `${page.paint.bold(`${role}:`)}\n${text}\n`
    })
    .join('\n')
}
