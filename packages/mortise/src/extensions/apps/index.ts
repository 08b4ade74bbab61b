/** MCP Apps: pages that show what tools say; for servers, hosts, and the pages themselves. */
export { apps, canShowUi } from './server.ts'
export type { AppPage } from './server.ts'
export { modelTools, showsIn, toolUi } from './link.ts'
export type { ToolUi } from './link.ts'
export { readApp, showsApps } from './page.ts'
export type { AppContent, ReadAppOptions } from './page.ts'
export {
  contentSecurityPolicy,
  externalOrigins,
  frameAttributes,
  policyElement,
  readOrigin,
} from './policy.ts'
export type { FrameAttributes } from './policy.ts'
export { createAppHost } from './host.ts'
export type { AppHost, AppHostOptions } from './host.ts'
export { connectAppView } from './view.ts'
export type { AppView, AppViewOptions, HostFacts } from './view.ts'
export { startSandboxProxy } from './proxy.ts'
export type { SandboxedPage, SandboxProxyOptions } from './proxy.ts'
export type { AppPort, PeerRequestOptions } from './peer.ts'
export type { ApproveCall, ViewServer } from './view-calls.ts'
export type { AppFacts, AppLogEntry, AppMessage, ModelContext } from './view-words.ts'
export { appMimeType, appsId } from './types.ts'
export type {
  AppCsp,
  AppPermission,
  AppPermissions,
  DisplayMode,
  HostContext,
  ToolVisibility,
} from './types.ts'
