import type { ShapeTable } from '../shape-table.ts'

/** Every message and data type of revision 2024-11-05. */
export const shapes20241105: ShapeTable = {
  version: '2024-11-05',
  shapes: `
    // What the messages below begin with; later revisions add to it.
    request = {}
    notification = {}
    params = {}
    noticeParams = {}

    RequestId = string | integer
    ProgressToken = string | integer
    Cursor = string
    Role = "user" | "assistant"
    LoggingLevel = "debug" | "info" | "notice" | "warning" | "error" | "critical" | "alert" | "emergency"

    JSONRPCMessage = JSONRPCRequest | JSONRPCNotification | JSONRPCResponse | JSONRPCError
    JSONRPCRequest = { jsonrpc: "2.0", id: RequestId, method: string, params?: RequestParams }
    JSONRPCNotification = { jsonrpc: "2.0", method: string, params?: NotificationParams }
    JSONRPCResponse = { jsonrpc: "2.0", id: RequestId, result: Result }
    JSONRPCError = { jsonrpc: "2.0", id: RequestId, error: Error }
    Error = { code: integer, message: string, data?: any }
    Request = { method: string, params?: RequestParams }
    RequestParams = { _meta?: { progressToken?: ProgressToken } }
    Notification = { method: string, params?: NotificationParams }
    NotificationParams = { _meta?: object }
    Result = { _meta?: object }
    EmptyResult = Result
    PaginatedRequest = { ...request, method: string, params?: PaginatedRequestParams }
    PaginatedRequestParams = { ...params, cursor?: Cursor }
    PaginatedResult = { ...Result, nextCursor?: Cursor }

    ClientRequest = InitializeRequest | PingRequest | ListResourcesRequest | ListResourceTemplatesRequest
      | ReadResourceRequest | SubscribeRequest | UnsubscribeRequest | ListPromptsRequest | GetPromptRequest
      | ListToolsRequest | CallToolRequest | SetLevelRequest | CompleteRequest
    ClientNotification = CancelledNotification | InitializedNotification | ProgressNotification
      | RootsListChangedNotification
    ClientResult = Result | CreateMessageResult | ListRootsResult
    ServerRequest = PingRequest | CreateMessageRequest | ListRootsRequest
    ServerNotification = CancelledNotification | ProgressNotification | ResourceListChangedNotification
      | ResourceUpdatedNotification | PromptListChangedNotification | ToolListChangedNotification
      | LoggingMessageNotification
    ServerResult = Result | InitializeResult | ListResourcesResult | ListResourceTemplatesResult | ReadResourceResult
      | ListPromptsResult | GetPromptResult | ListToolsResult | CallToolResult | CompleteResult

    // Lifecycle and utilities
    InitializeRequest = { ...request, method: "initialize", params: InitializeRequestParams }
    InitializeRequestParams = { ...params, protocolVersion: string, capabilities: ClientCapabilities, clientInfo: Implementation }
    InitializeResult = { ...Result, protocolVersion: string, capabilities: ServerCapabilities, serverInfo: Implementation, instructions?: string }
    InitializedNotification = { ...notification, method: "notifications/initialized", params?: NotificationParams }
    Implementation = { name: string, version: string }
    ClientCapabilities = { experimental?: { [*]: object }, roots?: { listChanged?: boolean }, sampling?: object }
    ServerCapabilities = {
      experimental?: { [*]: object }, logging?: object, prompts?: { listChanged?: boolean },
      resources?: { subscribe?: boolean, listChanged?: boolean }, tools?: { listChanged?: boolean },
    }
    PingRequest = { ...request, method: "ping", params?: RequestParams }
    CancelledNotification = { ...notification, method: "notifications/cancelled", params: CancelledNotificationParams }
    CancelledNotificationParams = { ...noticeParams, requestId: RequestId, reason?: string }
    ProgressNotification = { ...notification, method: "notifications/progress", params: ProgressNotificationParams }
    ProgressNotificationParams = { ...noticeParams, progressToken: ProgressToken, progress: number, total?: number }
    SetLevelRequest = { ...request, method: "logging/setLevel", params: SetLevelRequestParams }
    SetLevelRequestParams = { ...params, level: LoggingLevel }
    LoggingMessageNotification = { ...notification, method: "notifications/message", params: LoggingMessageNotificationParams }
    LoggingMessageNotificationParams = { ...noticeParams, level: LoggingLevel, logger?: string, data: any }
    CompleteRequest = { ...request, method: "completion/complete", params: CompleteRequestParams }
    CompleteRequestParams = { ...params, ref: PromptReference | ResourceReference, argument: { name: string, value: string } }
    CompleteResult = { ...Result, completion: { values: string[], total?: integer, hasMore?: boolean } }
    PromptReference = { type: "ref/prompt", name: string }
    ResourceReference = { type: "ref/resource", uri: uri-template }

    // Content
    Annotated = { annotations?: Annotations }
    Annotations = { audience?: Role[], priority?: number 0..1 }
    TextContent = { type: "text", text: string, annotations?: Annotations }
    ImageContent = { type: "image", data: base64, mimeType: string, annotations?: Annotations }
    EmbeddedResource = { type: "resource", resource: contents, annotations?: Annotations }
    ContentBlock = TextContent | ImageContent | EmbeddedResource
    contents = TextResourceContents | BlobResourceContents
    ResourceContents = { uri: uri, mimeType?: string }
    TextResourceContents = { ...ResourceContents, text: string }
    BlobResourceContents = { ...ResourceContents, blob: base64 }

    // Resources
    ListResourcesRequest = { ...PaginatedRequest, method: "resources/list" }
    ListResourcesResult = { ...PaginatedResult, resources: Resource[] }
    ListResourceTemplatesRequest = { ...PaginatedRequest, method: "resources/templates/list" }
    ListResourceTemplatesResult = { ...PaginatedResult, resourceTemplates: ResourceTemplate[] }
    ReadResourceRequest = { ...request, method: "resources/read", params: ReadResourceRequestParams }
    ReadResourceRequestParams = { ...params, uri: uri }
    ReadResourceResult = { ...Result, contents: contents[] }
    SubscribeRequest = { ...request, method: "resources/subscribe", params: SubscribeRequestParams }
    SubscribeRequestParams = { ...params, uri: uri }
    UnsubscribeRequest = { ...request, method: "resources/unsubscribe", params: UnsubscribeRequestParams }
    UnsubscribeRequestParams = { ...params, uri: uri }
    ResourceListChangedNotification = { ...notification, method: "notifications/resources/list_changed", params?: NotificationParams }
    ResourceUpdatedNotification = { ...notification, method: "notifications/resources/updated", params: ResourceUpdatedNotificationParams }
    ResourceUpdatedNotificationParams = { ...noticeParams, uri: uri }
    Resource = { uri: uri, name: string, description?: string, mimeType?: string, size?: integer, annotations?: Annotations }
    ResourceTemplate = { uriTemplate: uri-template, name: string, description?: string, mimeType?: string, annotations?: Annotations }

    // Prompts
    ListPromptsRequest = { ...PaginatedRequest, method: "prompts/list" }
    ListPromptsResult = { ...PaginatedResult, prompts: Prompt[] }
    GetPromptRequest = { ...request, method: "prompts/get", params: GetPromptRequestParams }
    GetPromptRequestParams = { ...params, name: string, arguments?: { [*]: string } }
    GetPromptResult = { ...Result, description?: string, messages: PromptMessage[] }
    PromptListChangedNotification = { ...notification, method: "notifications/prompts/list_changed", params?: NotificationParams }
    Prompt = { name: string, description?: string, arguments?: PromptArgument[] }
    PromptArgument = { name: string, description?: string, required?: boolean }
    PromptMessage = { role: Role, content: ContentBlock }

    // Tools
    ListToolsRequest = { ...PaginatedRequest, method: "tools/list" }
    ListToolsResult = { ...PaginatedResult, tools: Tool[] }
    CallToolRequest = { ...request, method: "tools/call", params: CallToolRequestParams }
    CallToolRequestParams = { ...params, name: string, arguments?: object }
    CallToolResult = { ...Result, content: ContentBlock[], isError?: boolean }
    ToolListChangedNotification = { ...notification, method: "notifications/tools/list_changed", params?: NotificationParams }
    Tool = { name: string, description?: string, inputSchema: toolSchema }
    toolSchema = { type: "object", properties?: { [*]: object }, required?: string[] }

    // Sampling and roots
    CreateMessageRequest = { ...request, method: "sampling/createMessage", params: CreateMessageRequestParams }
    CreateMessageRequestParams = {
      ...params, messages: SamplingMessage[], maxTokens: integer, systemPrompt?: string, temperature?: number,
      stopSequences?: string[], modelPreferences?: ModelPreferences, metadata?: object,
      includeContext?: "none" | "thisServer" | "allServers",
    }
    CreateMessageResult = { ...Result, role: Role, content: sampled, model: string, stopReason?: string }
    SamplingMessage = { role: Role, content: sampled }
    sampled = TextContent | ImageContent
    ModelPreferences = { hints?: ModelHint[], costPriority?: number 0..1, speedPriority?: number 0..1, intelligencePriority?: number 0..1 }
    ModelHint = { name?: string }
    ListRootsRequest = { ...request, method: "roots/list", params?: RequestParams }
    ListRootsResult = { ...Result, roots: Root[] }
    RootsListChangedNotification = { ...notification, method: "notifications/roots/list_changed", params?: NotificationParams }
    Root = { uri: uri, name?: string }
  `,
}
