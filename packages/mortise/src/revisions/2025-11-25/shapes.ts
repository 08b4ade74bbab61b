import { shapes20250618 } from '../2025-06-18/shapes.ts'
import type { ShapeTable } from '../shape-table.ts'

/** What revision 2025-11-25 says otherwise than 2025-06-18: tasks, icons, pages to visit, tools in sampling. */
export const shapes20251125: ShapeTable = {
  version: '2025-11-25',
  over: shapes20250618,
  gone: 'JSONRPCError',
  errors: { [-32042]: 'URLElicitationRequiredError' },
  shapes: `
    request += { jsonrpc: "2.0", id: RequestId }
    notification += { jsonrpc: "2.0" }
    params += { ...RequestParams }
    noticeParams += { ...NotificationParams }

    JSONRPCMessage = JSONRPCRequest | JSONRPCNotification | JSONRPCResultResponse | JSONRPCErrorResponse
    JSONRPCRequest += { params?: object }
    JSONRPCNotification += { params?: object }
    JSONRPCResponse = JSONRPCResultResponse | JSONRPCErrorResponse
    JSONRPCResultResponse = { jsonrpc: "2.0", id: RequestId, result: Result }
    JSONRPCErrorResponse = { jsonrpc: "2.0", id?: RequestId, error: Error }
    Request += { params?: object }
    Notification += { params?: object }
    CancelledNotificationParams += { requestId?: RequestId }

    ClientRequest |= GetTaskRequest | GetTaskPayloadRequest | CancelTaskRequest | ListTasksRequest
    ClientNotification |= TaskStatusNotification
    ClientResult |= GetTaskResult | GetTaskPayloadResult | CancelTaskResult | ListTasksResult
    ServerRequest |= GetTaskRequest | GetTaskPayloadRequest | CancelTaskRequest | ListTasksRequest
    ServerNotification |= TaskStatusNotification | ElicitationCompleteNotification
    ServerResult |= GetTaskResult | GetTaskPayloadResult | CancelTaskResult | ListTasksResult
    CallToolAnswer = CallToolResult | CreateTaskResult
    CreateMessageAnswer = CreateMessageResult | CreateTaskResult
    ElicitAnswer = ElicitResult | CreateTaskResult

    ClientCapabilities += {
      elicitation?: { form?: object, url?: object },
      sampling?: { context?: object, tools?: object },
      tasks?: {
        list?: object, cancel?: object,
        requests?: { elicitation?: { create?: object }, sampling?: { createMessage?: object } },
      },
    }
    ServerCapabilities += { tasks?: { list?: object, cancel?: object, requests?: { tools?: { call?: object } } } }

    Icon = { src: uri, mimeType?: string, sizes?: string[], theme?: "light" | "dark" }
    Icons = { icons?: Icon[] }
    Implementation += { ...Icons, description?: string, websiteUrl?: uri }
    Resource += { ...Icons }
    ResourceRequestParams = { ...params, uri: uri }
    ResourceTemplate += { ...Icons }
    Prompt += { ...Icons }
    Tool += { ...Icons, execution?: ToolExecution }
    ToolExecution = { taskSupport?: "forbidden" | "optional" | "required" }
    toolSchema += { $schema?: string }

    // Tasks
    TaskAugmentedRequestParams = { ...params, task?: TaskMetadata }
    TaskMetadata = { ttl?: integer }
    RelatedTaskMetadata = { taskId: string }
    TaskStatus = "working" | "input_required" | "completed" | "failed" | "cancelled"
    Task = {
      taskId: string, status: TaskStatus, statusMessage?: string, createdAt: string, lastUpdatedAt: string,
      ttl: integer | null, pollInterval?: integer,
    }
    CallToolRequestParams += { task?: TaskMetadata }
    CreateTaskResult = { ...Result, task: Task }
    GetTaskRequest = { ...request, method: "tasks/get", params: { taskId: string } }
    GetTaskResult = { ...Result, ...Task }
    GetTaskPayloadRequest = { ...request, method: "tasks/result", params: { taskId: string } }
    GetTaskPayloadResult = { ...Result }
    CancelTaskRequest = { ...request, method: "tasks/cancel", params: { taskId: string } }
    CancelTaskResult = { ...Result, ...Task }
    ListTasksRequest = { ...PaginatedRequest, method: "tasks/list" }
    ListTasksResult = { ...PaginatedResult, tasks: Task[] }
    TaskStatusNotification = { ...notification, method: "notifications/tasks/status", params: TaskStatusNotificationParams }
    TaskStatusNotificationParams = { ...noticeParams, ...Task }

    // Sampling with tools
    CreateMessageRequestParams += { task?: TaskMetadata, tools?: Tool[], toolChoice?: ToolChoice }
    ToolChoice = { mode?: "auto" | "none" | "required" }
    ToolUseContent = { type: "tool_use", id: string, name: string, input: object, _meta?: object }
    ToolResultContent = {
      type: "tool_result", toolUseId: string, content: ContentBlock[], structuredContent?: object, isError?: boolean,
      _meta?: object,
    }
    SamplingMessage += { _meta?: object }
    SamplingMessageContentBlock = TextContent | ImageContent | AudioContent | ToolUseContent | ToolResultContent
    sampled |= ToolUseContent | ToolResultContent | SamplingMessageContentBlock[]

    // Elicitation
    ElicitRequestParams = ElicitRequestURLParams | ElicitRequestFormParams
    ElicitRequestFormParams = { ...params, task?: TaskMetadata, mode?: "form", message: string, requestedSchema: form }
    ElicitRequestURLParams = { ...params, task?: TaskMetadata, mode: "url", message: string, url: uri, elicitationId: string }
    ElicitationCompleteNotification = { ...notification, method: "notifications/elicitation/complete", params: { elicitationId: string } }
    URLElicitationRequiredError = {
      ...JSONRPCErrorResponse,
      error: { ...Error, code: -32042, data: { elicitations: ElicitRequestURLParams[] } },
    }
    form += { $schema?: string }
    entry |= string[]
    StringSchema += { default?: string }
    NumberSchema += { default?: number }
    PrimitiveSchemaDefinition = StringSchema | NumberSchema | BooleanSchema | EnumSchema
    EnumSchema = SingleSelectEnumSchema | MultiSelectEnumSchema | LegacyTitledEnumSchema
    SingleSelectEnumSchema = UntitledSingleSelectEnumSchema | TitledSingleSelectEnumSchema
    MultiSelectEnumSchema = UntitledMultiSelectEnumSchema | TitledMultiSelectEnumSchema
    LegacyTitledEnumSchema = { ...field, type: "string", enum: string[], enumNames?: string[], default?: string }
    UntitledSingleSelectEnumSchema = { ...field, type: "string", enum: string[], default?: string }
    TitledSingleSelectEnumSchema = { ...field, type: "string", oneOf: titled[], default?: string }
    UntitledMultiSelectEnumSchema = { ...multiple, items: { type: "string", enum: string[] } }
    TitledMultiSelectEnumSchema = { ...multiple, items: { anyOf: titled[] } }
    multiple = { ...field, type: "array", minItems?: integer, maxItems?: integer, default?: string[] }
    titled = { const: string, title: string }
  `,
}
