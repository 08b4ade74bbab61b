import type { Server } from 'mortise/server'
import { png } from './media.ts'

/** Prompts that answer by themselves. */
export function addPrompts(server: Server): void {
  server
    .prompt(
      'test_simple_prompt',
      { description: 'One message' },
      () => 'This is a simple prompt for testing.',
    )
    .prompt(
      'test_prompt_with_arguments',
      {
        description: 'One message with two arguments',
        arguments: {
          arg1: {
            description: 'The first',
            required: true,
            complete: (value) =>
              ['test-value-1', 'test-value-2'].filter((it) => it.startsWith(value)),
          },
          arg2: { description: 'The second', required: true },
        },
      },
      ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
    )
    .prompt(
      // PROMPT-07 (server/prompts, "PromptMessage")
      'test_prompt_with_embedded_resource',
      {
        description: 'A resource and a message about it',
        arguments: { resourceUri: { description: 'URI of the resource', required: true } },
      },
      ({ resourceUri: uri }) => [
        {
          role: 'user',
          content: {
            type: 'resource',
            resource: {
              uri,
              mimeType: 'text/plain',
              text: 'Embedded resource content for testing.',
            },
          },
        },
        {
          role: 'user',
          content: { type: 'text', text: 'Please process the embedded resource above.' },
        },
      ],
    )
    .prompt('test_prompt_with_image', { description: 'An image and a message about it' }, () => [
      { role: 'user', content: { type: 'image', data: png, mimeType: 'image/png' } },
      { role: 'user', content: { type: 'text', text: 'Please analyze the image above.' } },
    ])
}
