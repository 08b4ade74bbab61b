// What a project imports as `mortise/server`, from the sources.
export { ResourceNotFoundError, ToolError, createServer } from 'mortise/server'
