/** Build a server: tools, resources, prompts, and the handlers behind them. */
export { createServer } from './server.ts'
export type { Mountable, Mounted, Server, ServerOptions } from './definition.ts'
export type { Changed, Provider, Transform } from './provider.ts'
export type { Sharing, ToldNotice } from './sharing.ts'
export type { Items, Kind, Named, Offered } from './kinds.ts'
export { prefix } from './transforms/prefix.ts'
export type { Prefix, PrefixOptions } from './transforms/prefix.ts'
export { rename } from './transforms/rename.ts'
export { filter, only, visible } from './transforms/filter.ts'
export { upstream } from './upstream/upstream.ts'
export type { UpstreamClient, UpstreamOptions, UpstreamRequest } from './upstream/upstream.ts'
export type { RequestAsking } from '../model/request-asking.ts'
export { change, describe } from './transforms/change.ts'
export type { Said } from './transforms/change.ts'
export type { Visible } from './visibility.ts'
export type { ListCache, ListMethod } from './list-cache.ts'
export type { ErrorContext } from './mask.ts'
export type { MethodCall, MethodMiddleware, Middleware } from './middleware.ts'
export { observe } from './observe.ts'
export type { Observed, ObservedEnd } from './observe.ts'
export { readTrace } from '../model/trace-context.ts'
export type { TraceContext } from '../model/trace-context.ts'
export type { MethodTypes, ParamsOf, ResultOf, TypedMethod } from '../model/method-types.ts'
export type { ExtendedServer, ExtensionMethod, ServerExtension } from './extension.ts'
export { changeCall } from '../model/changed-call.ts'
export type { CallChanges } from '../model/changed-call.ts'
export { PreparedResult } from '../model/call.ts'
export type { Asking, Call, Dispatch, Outcome } from '../model/call.ts'
export type { MethodRecord } from '../model/methods.ts'
export type { Concerns, Interest, Notice, Topic } from '../model/notice.ts'
export type { Revision } from '../model/revision.ts'
export type { Context, Elicit } from './context.ts'
export type { Page } from './elicit.ts'
export type { SampleRequest } from './sample.ts'
export type {
  Authorize,
  AuthRefusal,
  AuthRequest,
  OfferedScopes,
  Protection,
} from '../http/authorize.ts'
export type { HttpOptions } from './http-handler.ts'
export type { SseOptions } from './sse-offer.ts'
export type { GuardOptions } from '../http/guard.ts'
export type {
  CacheHint,
  CallValue,
  Completer,
  ListPage,
  ListedResources,
  PromptArgumentDefinition,
  PromptArguments,
  PromptDefinition,
  PromptHandler,
  PromptReturn,
  PromptValues,
  Returned,
  ResourceDefinition,
  ResourceReader,
  ResourceReturn,
  ResourceWatcher,
  TemplateDefinition,
  TemplateReader,
  ToolDefinition,
  ToolHandler,
  ToolReturn,
} from './types.ts'
export type { InputOf, OutputOf, PairedSchema, PlainSchema, Schema } from './schema.ts'
export {
  InsufficientScopeError,
  ResourceNotFoundError,
  ToolError,
  UrlElicitationRequiredError,
} from '../model/errors.ts'
export { Suspended } from '../model/asking.ts'
export { ErrorCode, PeerError, RpcError } from '../jsonrpc/error.ts'
export { LimitError, McpError } from '../std/error.ts'
export { defaultLimits } from '../std/limits.ts'
export type { Limits } from '../std/limits.ts'
export type { Runtime } from '../std/runtime.ts'
export { createMemoryStore } from '../state/memory.ts'
export type { MemoryStoreOptions } from '../state/memory.ts'
export type { KeyValueChange, KeyValueStore } from '../state/key-value.ts'
export type { AuthInfo, Caller, ClientFacts } from '../model/call.ts'
export type { ClientCapabilities } from '../model/capabilities.ts'
export type { Root } from '../model/roots.ts'
export type {
  ModelPreferences,
  SampleResult,
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
export type { Channel, ChannelFault, ChannelReceiver } from '../transport/channel.ts'
export type { Exchange, HeaderRecord, Sink } from '../http/exchange.ts'
export type { JsonSchema, SchemaCompiler } from '../jsonschema/validator.ts'
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
  PromptMessage,
  ReadResourceResult,
  RequiredPage,
  Resource,
  ResourceContents,
  Tool,
  ToolAnnotations,
} from '../model/types.ts'
