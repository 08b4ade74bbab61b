export { createServer } from 'mortise/server'
