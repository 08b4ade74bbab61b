/** What `mortise/client` gives besides `connect`, which is another function on each platform. */
export { ToolCallError } from './tool-call-error.ts'
export { createEraMemory } from './memory.ts'
export { displayName, safeIcons } from './shown.ts'
export type { Displayed } from './shown.ts'
export type { ClientExtension, ExtensionMiddleware, ExtensionRequest } from './extension.ts'
export { forMethod } from './middleware.ts'
export type { ClientMiddleware, ClientRequest, MethodRequest } from './middleware.ts'
export { tracing } from './tracing.ts'
export type { TraceContext } from '../model/trace-context.ts'
export type { MethodTypes, ParamsOf, ResultOf, TypedMethod } from '../model/method-types.ts'
export type { Subscription, Wanted } from './subscriptions.ts'
export type { FollowUp, FollowedRequest } from '../model/follow-up.ts'
export type { MethodRecord } from '../model/methods.ts'
export type { ConnectionStatus } from './status.ts'
export type { TypesOf } from './connect.ts'
export type {
  ChannelTarget,
  Client,
  ConnectOptions,
  ElicitAnswer,
  ElicitForm,
  ElicitUrl,
  EraMemory,
  LocalServer,
  LogEntry,
  RequestOptions,
  RootsHandler,
  SampleAnswer,
  SampleHandler,
  SampleQuestion,
  SampleTurn,
  Target,
  UrlQuestion,
} from './types.ts'
export type { ServerFacts } from '../eras/conversation.ts'
export type { ServerCapabilities } from '../model/capabilities.ts'
export type { RequestAsking } from '../model/request-asking.ts'
export type { Root } from '../model/roots.ts'
export type {
  ModelPreferences,
  SamplingBlock,
  SamplingMessage,
  SamplingOptions,
  ToolChoice,
  ToolResultBlock,
  ToolUseBlock,
} from '../model/sampling.ts'
export type {
  ByName,
  ClientTypes,
  PromptTypes,
  ServerTypes,
  ToolTypes,
  Typed,
} from '../model/typed.ts'
export { UrlElicitationRequiredError } from '../model/errors.ts'
export { HttpError } from '../http/http-error.ts'
export type { HeaderRecord } from '../http/exchange.ts'
export { PeerError, RpcError } from '../jsonrpc/error.ts'
export { LimitError, McpError } from '../std/error.ts'
export type { Limits } from '../std/limits.ts'
export type { Runtime } from '../std/runtime.ts'
export type { JsonSchema, SchemaCompiler } from '../jsonschema/validator.ts'
export type { Channel, ChannelFault, ChannelReceiver } from '../transport/channel.ts'
export type {
  Annotations,
  CallToolResult,
  Completion,
  ContentBlock,
  ElicitResult,
  GetPromptResult,
  Icon,
  Implementation,
  LogLevel,
  Progress,
  Prompt,
  PromptArgument,
  PromptMessage,
  ReadResourceResult,
  RequiredPage,
  Resource,
  ResourceContents,
  ResourceTemplate,
  Tool,
  ToolAnnotations,
} from '../model/types.ts'
