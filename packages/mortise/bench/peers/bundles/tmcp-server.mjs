export { HttpTransport } from '@tmcp/transport-http'
export { McpServer } from 'tmcp'
