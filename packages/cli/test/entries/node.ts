// What a project imports as `mortise/node`, from the sources.
export { serve } from 'mortise/node'
