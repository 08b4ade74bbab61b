export { McpServer, StreamableHttpTransport } from 'mcp-lite'
