import { shapes20241105 } from '../2024-11-05/shapes.ts'
import type { ShapeTable } from '../shape-table.ts'

/** What revision 2025-03-26 says otherwise than 2024-11-05: batches, audio, annotations of tools. */
export const shapes20250326: ShapeTable = {
  version: '2025-03-26',
  over: shapes20241105,
  gone: 'Annotated',
  shapes: `
    JSONRPCMessage |= JSONRPCBatchRequest | JSONRPCBatchResponse
    JSONRPCBatchRequest = (JSONRPCRequest | JSONRPCNotification)[]
    JSONRPCBatchResponse = (JSONRPCResponse | JSONRPCError)[]

    ServerCapabilities += { completions?: object }
    ProgressNotificationParams += { message?: string }
    AudioContent = { type: "audio", data: base64, mimeType: string, annotations?: Annotations }
    ContentBlock |= AudioContent
    sampled |= AudioContent
    Tool += { annotations?: ToolAnnotations }
    ToolAnnotations = {
      title?: string, readOnlyHint?: boolean, destructiveHint?: boolean, idempotentHint?: boolean, openWorldHint?: boolean,
    }
  `,
}
