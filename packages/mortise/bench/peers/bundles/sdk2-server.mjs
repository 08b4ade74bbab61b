export { McpServer, createMcpHandler } from '@modelcontextprotocol/server'
