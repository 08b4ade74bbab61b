export { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
export { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
