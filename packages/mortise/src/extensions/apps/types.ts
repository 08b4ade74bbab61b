import type { Tool } from '../../model/types.ts'

/** The identifier of the extension. */
export const appsId = 'io.modelcontextprotocol/ui'

/** The MIME type of a page (Apps, "UI Resource Format"). */
export const appMimeType = 'text/html;profile=mcp-app'

/** The origins that a page needs beside its own; what is not named here it does not get. */
export interface AppCsp {
  /** For `fetch` and sockets. */
  readonly connectDomains?: readonly string[]
  /** For scripts, styles, pictures, fonts and media. */
  readonly resourceDomains?: readonly string[]
  /** For frames in the page. */
  readonly frameDomains?: readonly string[]
  /** For the base of its links. */
  readonly baseUriDomains?: readonly string[]
}

/** What a page asks to use; the host may refuse it, so a page looks whether it has it. */
export type AppPermission = 'camera' | 'microphone' | 'geolocation' | 'clipboardWrite'

/** Permissions as they stand on the wire: a member for each. */
export type AppPermissions = { readonly [P in AppPermission]?: object }

/** Who may call a tool: the model, or pages of the same server. */
export type ToolVisibility = 'model' | 'app'

/** How a view is shown. */
export type DisplayMode = 'inline' | 'fullscreen' | 'pip'

/** All ways to show a view. */
export const displayModes: readonly DisplayMode[] = ['inline', 'fullscreen', 'pip']

/** What a host tells a view about where it is (Apps, "Host Context"); open to what is not known yet. */
export interface HostContext {
  /** The tool whose call is shown. */
  readonly toolInfo?: { readonly id?: string | number; readonly tool: Tool }
  readonly theme?: 'light' | 'dark'
  readonly styles?: {
    readonly variables?: Readonly<Record<string, string | undefined>>
    readonly css?: { readonly fonts?: string }
  }
  readonly displayMode?: DisplayMode
  /** The modes that the host has. */
  readonly availableDisplayModes?: readonly DisplayMode[]
  /** Pixels: a fixed size, or the most that a view may grow to. */
  readonly containerDimensions?: {
    readonly width?: number
    readonly maxWidth?: number
    readonly height?: number
    readonly maxHeight?: number
  }
  /** BCP 47. */
  readonly locale?: string
  /** IANA. */
  readonly timeZone?: string
  readonly userAgent?: string
  readonly platform?: 'web' | 'desktop' | 'mobile'
  readonly deviceCapabilities?: { readonly touch?: boolean; readonly hover?: boolean }
  /** Pixels. */
  readonly safeAreaInsets?: {
    readonly top: number
    readonly right: number
    readonly bottom: number
    readonly left: number
  }
  readonly [other: string]: unknown
}

/** What host and view say: the methods and notices of their own. */
export const uiMethods = {
  initialize: 'ui/initialize',
  initialized: 'ui/notifications/initialized',
  toolInput: 'ui/notifications/tool-input',
  toolInputPartial: 'ui/notifications/tool-input-partial',
  toolResult: 'ui/notifications/tool-result',
  toolCancelled: 'ui/notifications/tool-cancelled',
  contextChanged: 'ui/notifications/host-context-changed',
  sizeChanged: 'ui/notifications/size-changed',
  requestTeardown: 'ui/notifications/request-teardown',
  teardown: 'ui/resource-teardown',
  openLink: 'ui/open-link',
  message: 'ui/message',
  updateModelContext: 'ui/update-model-context',
  requestDisplayMode: 'ui/request-display-mode',
  proxyReady: 'ui/notifications/sandbox-proxy-ready',
  resourceReady: 'ui/notifications/sandbox-resource-ready',
} as const

/** What begins the methods that are between a host and its sandbox proxy alone. */
export const sandboxPrefix = 'ui/notifications/sandbox-'

/** The code of a refusal between host and view (Apps, "MCP Apps Specific Messages"). */
export const refusedCode = -32000
