import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from 'mortise/server'
import { ToolError } from 'mortise/server'
import { png, wav } from './media.ts'

/** Tools that answer by themselves. */
export function addTools(server: Server): void {
  addContent(server)
  addNotices(server)
  addDemands(server)
}

function addContent(server: Server): void {
  server
    .tool(
      'test_simple_text',
      { description: 'Answers with text' },
      () => 'This is a simple text response for testing.',
    )
    .tool('test_image_content', { description: 'Answers with an image' }, () => [
      { type: 'image', data: png, mimeType: 'image/png' },
    ])
    .tool('test_audio_content', { description: 'Answers with audio' }, () => [
      { type: 'audio', data: wav, mimeType: 'audio/wav' },
    ])
    .tool('test_embedded_resource', { description: 'Answers with a resource' }, () => [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ])
    .tool('test_multiple_content_types', { description: 'Answers with several kinds' }, () => [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: png, mimeType: 'image/png' },
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      },
    ])
}

function addNotices(server: Server): void {
  server
    .tool('test_tool_with_logging', { description: 'Logs while it works' }, async (_, ctx) => {
      ctx.log('info', 'Tool execution started')
      await sleep(50)
      ctx.log('info', 'Tool processing data')
      await sleep(50)
      ctx.log('info', 'Tool execution completed')
      return 'Logged three times'
    })
    .tool('test_tool_with_progress', { description: 'Tells how far it is' }, async (_, ctx) => {
      ctx.progress(0, 100)
      await sleep(50)
      ctx.progress(50, 100)
      await sleep(50)
      ctx.progress(100, 100)
      return 'Three steps done'
    })
    .tool('test_logging_tool', { description: 'Logs if the request asks for it' }, (_, ctx) => {
      ctx.log('info', 'Logged by test_logging_tool')
      return 'Logged, if it was wanted'
    })
    .tool('test_reconnection', { description: 'Takes a moment' }, async (_, ctx) => {
      ctx.log('info', 'Reconnection test started') // opens the stream
      await sleep(100)
      return 'Reconnection test completed'
    })
}

function addDemands(server: Server): void {
  server
    .tool('test_error_handling', { description: 'Always fails' }, () => {
      throw new ToolError('This tool intentionally returns an error for testing')
    })
    .tool('test_missing_capability', { description: 'Needs sampling' }, (_, ctx) => {
      ctx.require({ sampling: {} })
      return 'The client declares sampling'
    })
    .tool(
      // HTTP26-24, HTTP26-39, HTTP26-40 (basic/transports, "Server Behavior for Custom Headers")
      'test_x_mcp_header',
      { description: 'Mirrors arguments in headers', input: mirrored },
      ({ region, level }) => `region ${region ?? 'none'}, level ${level ?? 'none'}`,
    )
    .tool(
      // BASE-50 (basic, "JSON Schema Usage")
      'json_schema_2020_12_tool',
      {
        description: 'Has a schema with many keywords of JSON Schema 2020-12',
        input: manyKeywords,
      },
      (contact) => JSON.stringify(contact),
    )
}

const mirrored = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    level: { type: 'integer', 'x-mcp-header': 'Level' },
  },
} as const

const manyKeywords = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
} as const
