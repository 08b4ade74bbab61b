import { createFetchClient } from '../http/fetch-client.ts'
import type { ServerTypes } from '../model/typed.ts'
import { connectOn } from './connect.ts'
import type { Platform, TypesOf } from './connect.ts'
import { createEraMemory } from './memory.ts'
import type { Client, ConnectOptions, Target } from './types.ts'

const platform: Platform = {
  createHttpClient: (fetch) => createFetchClient(fetch === undefined ? {} : { fetch }),
  memory: createEraMemory(),
}

/**
 * Connects to a server: a URL, a server object of this process, or a channel. Which revision is spoken is found out; the
 * newest that both sides know is used. `connect<typeof server>()` knows the server's names, arguments and results.
 * @throws McpError when it cannot be reached, or speaks no version that this client speaks; HttpError when it answers with
 *   an HTTP status instead.
 */
export async function connect<S = ServerTypes>(
  target: Target,
  options: ConnectOptions = {},
): Promise<Client<TypesOf<S>>> {
  // The types are the caller's word about the server.
  return (await connectOn(platform, target, options)) as unknown as Client<TypesOf<S>>
}

export { ToolCallError } from './tool-call-error.ts'
export { createEraMemory } from './memory.ts'
export type { ClientExtension, ExtensionMiddleware, ExtensionRequest } from './extension.ts'
export type { ClientMiddleware, ClientRequest } from './middleware.ts'
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
export type { ServerTypes, ToolTypes, Typed } from '../model/typed.ts'
export { HttpError } from '../http/http-error.ts'
export type { HeaderRecord } from '../http/exchange.ts'
export { PeerError, RpcError } from '../jsonrpc/error.ts'
export { LimitError, McpError } from '../std/error.ts'
export type { Limits } from '../std/limits.ts'
export type { Runtime } from '../std/runtime.ts'
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
  Resource,
  ResourceContents,
  ResourceTemplate,
  Tool,
  ToolAnnotations,
} from '../model/types.ts'
