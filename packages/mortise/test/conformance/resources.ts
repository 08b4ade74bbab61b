import type { Server } from 'mortise/server'
import { png } from './media.ts'

/** Resources, and a family of them. */
export function addResources(server: Server): void {
  server
    .resource(
      'test://static-text',
      { name: 'Static text', description: 'Some text', mimeType: 'text/plain' },
      () => 'This is the content of the static text resource.',
    )
    .resource(
      // RES-17 (server/resources, "Resource Contents")
      'test://static-binary',
      { name: 'Static binary', description: 'An image', mimeType: 'image/png' },
      () => ({ blob: png }),
    )
    .resource(
      'test://watched-resource',
      { name: 'Watched resource', description: 'One to subscribe to', mimeType: 'text/plain' },
      () => 'Watched resource content',
    )
    .resource(
      'test://example-resource',
      { name: 'Example resource', description: 'One for prompts', mimeType: 'text/plain' },
      () => 'Embedded resource content for testing.',
    )
    .resourceTemplate(
      'test://template/{id}/data',
      { name: 'Template', description: 'Data by id', mimeType: 'application/json' },
      ({ id = '' }) => JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
    )
}
