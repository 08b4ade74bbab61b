// The tools by which the suite changes what the server offers, to see who is told.
import type { Server } from 'mortise/server'

/** Each call adds one tool, or one prompt, and takes the one before away. */
export function addChanges(server: Server): void {
  server
    .tool('test_trigger_tool_change', { description: 'Changes the list of tools' }, () => {
      server.remove('tool', 'test_dynamic_tool')
      server.tool('test_dynamic_tool', { description: 'Comes and goes' }, () => 'here')
      return 'the list of tools has changed'
    })
    .tool('test_trigger_prompt_change', { description: 'Changes the list of prompts' }, () => {
      server.remove('prompt', 'test_dynamic_prompt')
      server.prompt('test_dynamic_prompt', { description: 'Comes and goes' }, () => 'here')
      return 'the list of prompts has changed'
    })
}
