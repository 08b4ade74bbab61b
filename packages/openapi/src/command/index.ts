/** A server of one OpenAPI document, for a command line on Node. */
export { openApiFromArguments, openApiUsage } from './arguments.ts'
export type { OpenApiCommand } from './arguments.ts'
export { createOpenApiServer } from './server.ts'
