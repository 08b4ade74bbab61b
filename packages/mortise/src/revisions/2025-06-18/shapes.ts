import { shapes20250326 } from '../2025-03-26/shapes.ts'
import type { ShapeTable } from '../shape-table.ts'

/** What revision 2025-06-18 says otherwise than 2025-03-26: elicitation, titles, `_meta`, structured content, links. */
export const shapes20250618: ShapeTable = {
  version: '2025-06-18',
  over: shapes20250326,
  gone: 'JSONRPCBatchRequest JSONRPCBatchResponse ResourceReference',
  shapes: `
    JSONRPCMessage = JSONRPCRequest | JSONRPCNotification | JSONRPCResponse | JSONRPCError
    BaseMetadata = { name: string, title?: string }
    Implementation += { title?: string }
    ClientCapabilities += { elicitation?: object }
    ClientResult |= ElicitResult
    ServerRequest |= ElicitRequest

    CompleteRequestParams += { ref: PromptReference | ResourceTemplateReference, context?: { arguments?: { [*]: string } } }
    PromptReference += { title?: string }
    ResourceTemplateReference = { type: "ref/resource", uri: uri-template }

    Annotations += { lastModified?: string }
    TextContent += { _meta?: object }
    ImageContent += { _meta?: object }
    AudioContent += { _meta?: object }
    EmbeddedResource += { _meta?: object }
    ContentBlock |= ResourceLink
    ResourceContents += { _meta?: object }
    Resource += { title?: string, _meta?: object }
    ResourceLink = { ...Resource, type: "resource_link" }
    ResourceTemplate += { title?: string, _meta?: object }
    Prompt += { title?: string, _meta?: object }
    PromptArgument += { title?: string }
    Root += { _meta?: object }

    Tool += { title?: string, outputSchema?: toolSchema, _meta?: object }
    CallToolResult += { structuredContent?: object }

    ElicitRequest = { ...request, method: "elicitation/create", params: ElicitRequestParams }
    ElicitRequestParams = { ...params, message: string, requestedSchema: form }
    form = { type: "object", properties: { [*]: PrimitiveSchemaDefinition }, required?: string[] }
    PrimitiveSchemaDefinition = StringSchema | NumberSchema | BooleanSchema | EnumSchema
    StringSchema = { ...field, type: "string", minLength?: integer, maxLength?: integer, format?: "email" | "uri" | "date" | "date-time" }
    NumberSchema = { ...field, type: "number" | "integer", minimum?: number, maximum?: number }
    BooleanSchema = { ...field, type: "boolean", default?: boolean }
    EnumSchema = { ...field, type: "string", enum: string[], enumNames?: string[] }
    field = { title?: string, description?: string }
    ElicitResult = { ...Result, action: "accept" | "decline" | "cancel", content?: { [*]: entry } }
    entry = string | number | boolean
  `,
}
