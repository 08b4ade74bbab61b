import type { Call } from '../model/call.ts'
import type { Notice, Topic } from '../model/notice.ts'
import type { ServerCapabilities } from '../model/capabilities.ts'

/** How a change of a resource is told. */
export const resourceUpdatedMethod = 'notifications/resources/updated'

/** What the core of the protocol tells: three lists that change, and resources (basic/patterns, "Subscriptions"). */
export function coreTopics({
  capabilities,
  watch,
  admit,
}: {
  readonly capabilities: () => ServerCapabilities
  /** Begins to look for changes of a resource. */
  readonly watch: (uri: string) => (() => void) | undefined
  /** Looks whether a caller may hear of resources. @throws RpcError when it may not. Default: everybody may. */
  readonly admit?: (uris: readonly string[], call: Call) => Promise<readonly string[]>
}): readonly Topic[] {
  const list = (name: 'tools' | 'prompts' | 'resources'): Topic => ({
    member: `${name}ListChanged`,
    method: listChanged(name).method,
    offered: () => capabilities()[name] !== undefined,
  })
  const resource: Topic = {
    member: 'resourceSubscriptions',
    method: resourceUpdatedMethod,
    key: 'uri',
    offered: () => capabilities().resources?.subscribe === true,
    watch,
    ...(admit === undefined ? {} : { admit }),
  }
  return [list('tools'), list('prompts'), list('resources'), resource]
}

/** What a user did on a page is done: told to the session that was sent there, which nobody else hears of. */
export const elicitationCompletion: Topic = {
  method: 'notifications/elicitation/complete',
  key: 'elicitationId',
  offered: () => true,
}

/** The page of this name is done with (client/elicitation, "Completion Notifications"). */
export function elicitationComplete(elicitationId: string): Notice {
  return { method: elicitationCompletion.method, params: { elicitationId } }
}

/** A list has changed: `tools`, `prompts` or `resources`. */
export function listChanged(list: string): Notice {
  return { method: `notifications/${list}/list_changed`, params: {} }
}

/** A resource has changed. */
export function resourceUpdated(uri: string): Notice {
  return { method: resourceUpdatedMethod, params: { uri } }
}
