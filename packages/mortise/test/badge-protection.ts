import type { AuthInfo, OfferedScopes, Protection } from '../src/server/index.ts'

/** A protection whose tokens say who somebody is and what it may do: `ada+files:read+admin`. */
export interface BadgeProtection extends Protection {
  /** Paths of the requests that it was asked about as routes of its own. */
  readonly asked: string[]
}

/** What is public about the server that it protects. */
export const metadataPath = '/.well-known/oauth-protected-resource/mcp'

/** Tokens that this one takes begin with a name; `wrong` and `elsewhere` are of nobody, and of another audience. */
export function badgeProtection(facts: Partial<AuthInfo> = {}): BadgeProtection {
  const asked: string[] = []
  const where = `resource_metadata="http://localhost${metadataPath}"`
  return {
    asked,
    authorize({ header }) {
      const [, token] = /^Bearer (.+)$/.exec(header('authorization') ?? '') ?? []
      const [subject = '', ...scopes] = token?.split('+') ?? []
      if (token !== undefined && subject !== 'wrong' && subject !== 'elsewhere') {
        return { subject, scopes, ...facts }
      }
      const error = token === undefined ? '' : 'error="invalid_token", '
      const headers = { 'www-authenticate': `Bearer ${error}${where}` }
      return { refused: true, status: 401, headers }
    },
    challenge(scopes) {
      const scope = ['base', ...scopes].join(' ')
      return {
        'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}", ${where}`,
      }
    },
    route(exchange, offered: OfferedScopes) {
      asked.push(exchange.path)
      if (exchange.path !== metadataPath) return false
      const body = JSON.stringify({ scopes_supported: offered.scopes() })
      exchange.reply(200, { 'access-control-allow-origin': '*' }, body)
      return true
    },
  }
}
