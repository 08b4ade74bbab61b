import { shapes20251125 } from '../2025-11-25/shapes.ts'
import type { ShapeTable } from '../shape-table.ts'

/** What revision 2026-07-28 says otherwise than 2025-11-25: no session, an envelope in `_meta`, rounds, subscriptions. */
export const shapes20260728: ShapeTable = {
  version: '2026-07-28',
  over: shapes20251125,
  gone: `
    InitializeRequest InitializeRequestParams InitializeResult InitializedNotification PingRequest
    SetLevelRequest SetLevelRequestParams SubscribeRequest SubscribeRequestParams UnsubscribeRequest UnsubscribeRequestParams
    ServerRequest RootsListChangedNotification ElicitationCompleteNotification URLElicitationRequiredError
    Task TaskStatus TaskMetadata RelatedTaskMetadata TaskAugmentedRequestParams ToolExecution CreateTaskResult
    GetTaskRequest GetTaskResult GetTaskPayloadRequest GetTaskPayloadResult CancelTaskRequest CancelTaskResult
    ListTasksRequest ListTasksResult TaskStatusNotification TaskStatusNotificationParams CreateMessageAnswer ElicitAnswer
  `,
  errors: {
    [-32020]: 'HeaderMismatchError',
    [-32021]: 'MissingRequiredClientCapabilityError',
    [-32022]: 'UnsupportedProtocolVersionError',
  },
  shapes: `
    JSONValue = any
    JSONObject = { [*]: JSONValue }
    JSONArray = JSONValue[]
    MetaObject = object
    RequestMetaObject = {
      progressToken?: ProgressToken,
      "io.modelcontextprotocol/protocolVersion": string,
      "io.modelcontextprotocol/clientCapabilities": ClientCapabilities,
      "io.modelcontextprotocol/clientInfo"?: Implementation,
      "io.modelcontextprotocol/logLevel"?: LoggingLevel,
    }
    NotificationMetaObject = { "io.modelcontextprotocol/subscriptionId"?: RequestId }
    ResultMetaObject = { "io.modelcontextprotocol/serverInfo"?: Implementation }

    RequestParams = { _meta: RequestMetaObject }
    everyRequest = { params: RequestParams }
    NotificationParams = { _meta?: NotificationMetaObject }
    PaginatedRequest += { params: PaginatedRequestParams }
    CancelledNotificationParams += { requestId: RequestId }
    Result = { _meta?: ResultMetaObject, resultType: ResultType }
    ResultType = string
    CacheableResult = { ...Result, ttlMs: integer 0.., cacheScope: "private" | "public" }

    ClientRequest = DiscoverRequest | ListResourcesRequest | ListResourceTemplatesRequest | ReadResourceRequest
      | SubscriptionsListenRequest | ListPromptsRequest | GetPromptRequest | ListToolsRequest | CallToolRequest
      | CompleteRequest
    ClientNotification = CancelledNotification
    ClientResult = Result
    ServerNotification = CancelledNotification | ProgressNotification | ResourceListChangedNotification
      | SubscriptionsAcknowledgedNotification | ResourceUpdatedNotification | PromptListChangedNotification
      | ToolListChangedNotification | LoggingMessageNotification
    ServerResult = Result | InputRequiredResult | DiscoverResult | ListResourcesResult | ListResourceTemplatesResult
      | ReadResourceResult | SubscriptionsListenResult | ListPromptsResult | GetPromptResult | ListToolsResult
      | CallToolResult | CompleteResult

    // Discovery
    DiscoverRequest = { ...request, method: "server/discover", params: RequestParams }
    DiscoverResult = { ...CacheableResult, supportedVersions: string[], capabilities: ServerCapabilities, instructions?: string }
    ClientCapabilities += {
      -tasks, experimental?: { [*]: JSONObject }, extensions?: { [*]: JSONObject }, roots?: object,
      elicitation?: { form?: JSONObject, url?: JSONObject }, sampling?: { context?: JSONObject, tools?: JSONObject },
    }
    ServerCapabilities += {
      -tasks, experimental?: { [*]: JSONObject }, extensions?: { [*]: JSONObject },
      logging?: JSONObject, completions?: JSONObject,
    }

    // Lists, resources, prompts, tools
    ListToolsResult += { ...CacheableResult }
    ListPromptsResult += { ...CacheableResult }
    ListResourcesResult += { ...CacheableResult }
    ListResourceTemplatesResult += { ...CacheableResult }
    ReadResourceResult += { ...CacheableResult }
    CompleteResult += { completion: { values: string[..100], total?: integer, hasMore?: boolean } }
    CallToolResult += { structuredContent?: any }
    Tool += { -execution, inputSchema: { $schema?: string, type: "object" }, outputSchema?: { $schema?: string } }

    // Rounds
    InputRequest = CreateMessageRequest | ListRootsRequest | ElicitRequest
    InputRequests = { [*]: InputRequest }
    InputResponse = CreateMessageResult | ListRootsResult | ElicitResult
    InputResponses = { [*]: InputResponse }
    InputRequiredResult = { ...Result, inputRequests?: InputRequests, requestState?: string }
    InputResponseRequestParams = { ...params, inputResponses?: InputResponses, requestState?: string }
    CallToolRequestParams += { -task, ...InputResponseRequestParams }
    GetPromptRequestParams += { ...InputResponseRequestParams }
    ReadResourceRequestParams += { ...InputResponseRequestParams }
    CallToolAnswer = { ...CallToolResult, resultType: "complete" } | asks
    GetPromptAnswer = { ...GetPromptResult, resultType: "complete" } | asks
    ReadResourceAnswer = { ...ReadResourceResult, resultType: "complete" } | asks
    asks = { ...InputRequiredResult, resultType: "input_required" }

    DiscoverAnswer = { ...DiscoverResult, resultType: "complete" }
    ListToolsAnswer = { ...ListToolsResult, resultType: "complete" }
    ListPromptsAnswer = { ...ListPromptsResult, resultType: "complete" }
    ListResourcesAnswer = { ...ListResourcesResult, resultType: "complete" }
    ListResourceTemplatesAnswer = { ...ListResourceTemplatesResult, resultType: "complete" }
    CompleteAnswer = { ...CompleteResult, resultType: "complete" }
    SubscriptionsListenAnswer = { ...SubscriptionsListenResult, resultType: "complete" }

    // What a server asks has no envelope of its own
    CreateMessageRequest += { -jsonrpc, -id }
    CreateMessageRequestParams += { -_meta, -task, metadata?: JSONObject }
    CreateMessageResult += { -resultType, _meta?: MetaObject }
    ToolResultContent += { structuredContent?: any }
    ListRootsRequest = { method: "roots/list", params?: { _meta?: MetaObject } }
    ListRootsResult = { roots: Root[] }
    ElicitRequest += { -jsonrpc, -id }
    ElicitRequestFormParams += { -_meta, -task }
    ElicitRequestURLParams += { -_meta, -task, -elicitationId }
    ElicitResult += { -_meta, -resultType }

    // Subscriptions
    SubscriptionsListenRequest = { ...request, method: "subscriptions/listen", params: SubscriptionsListenRequestParams }
    SubscriptionsListenRequestParams = { ...params, notifications: SubscriptionFilter }
    SubscriptionFilter = {
      toolsListChanged?: boolean, promptsListChanged?: boolean, resourcesListChanged?: boolean, resourceSubscriptions?: string[],
    }
    SubscriptionsListenResult = { ...Result, _meta: SubscriptionsListenResultMetaObject }
    SubscriptionsListenResultMetaObject = { ...ResultMetaObject, "io.modelcontextprotocol/subscriptionId": RequestId }
    SubscriptionsAcknowledgedNotification = {
      ...notification, method: "notifications/subscriptions/acknowledged", params: SubscriptionsAcknowledgedNotificationParams,
    }
    SubscriptionsAcknowledgedNotificationParams = { ...noticeParams, notifications: SubscriptionFilter }

    // Whole responses
    CallToolResultResponse = { ...JSONRPCResultResponse, result: InputRequiredResult | CallToolResult }
    GetPromptResultResponse = { ...JSONRPCResultResponse, result: InputRequiredResult | GetPromptResult }
    ReadResourceResultResponse = { ...JSONRPCResultResponse, result: InputRequiredResult | ReadResourceResult }
    CompleteResultResponse = { ...JSONRPCResultResponse, result: CompleteResult }
    DiscoverResultResponse = { ...JSONRPCResultResponse, result: DiscoverResult }
    ListPromptsResultResponse = { ...JSONRPCResultResponse, result: ListPromptsResult }
    ListResourcesResultResponse = { ...JSONRPCResultResponse, result: ListResourcesResult }
    ListResourceTemplatesResultResponse = { ...JSONRPCResultResponse, result: ListResourceTemplatesResult }
    ListToolsResultResponse = { ...JSONRPCResultResponse, result: ListToolsResult }
    SubscriptionsListenResultResponse = { ...JSONRPCResultResponse, result: SubscriptionsListenResult }

    // Errors
    ParseError = { ...Error, code: -32700 }
    InvalidRequestError = { ...Error, code: -32600 }
    MethodNotFoundError = { ...Error, code: -32601 }
    InvalidParamsError = { ...Error, code: -32602 }
    InternalError = { ...Error, code: -32603 }
    HeaderMismatchError = { ...JSONRPCErrorResponse, error: { ...Error, code: -32020 } }
    MissingRequiredClientCapabilityError = {
      ...JSONRPCErrorResponse,
      error: { ...Error, code: -32021, data: { requiredCapabilities: ClientCapabilities } },
    }
    UnsupportedProtocolVersionError = {
      ...JSONRPCErrorResponse,
      error: { ...Error, code: -32022, data: { requested: string, supported: string[] } },
    }
  `,
}
