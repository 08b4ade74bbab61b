/** The file that makes a directory a skill. */
export const skillFile = 'SKILL.md'

const namePattern = /^(?=.{1,64}$)[a-z0-9]+(?:-[a-z0-9]+)*$/

/** Whether `name` is one of a skill: 1 to 64 of a-z, 0-9 and single hyphens inside (Agent Skills, "name field"). */
export function isSkillName(name: unknown): name is string {
  return typeof name === 'string' && namePattern.test(name)
}

/**
 * The directory of the skill whose SKILL.md has this URI, without a slash at the end; undefined when the URI is none of a
 * SKILL.md. The scheme says nothing, and what stands where a host would is resolved nowhere (Skills, "Resource Mapping").
 */
export function skillRoot(uri: string): string | undefined {
  const found = /^([a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^?#]*[^/?#])\/SKILL\.md$/.exec(uri)
  return found?.[1]
}

/** The last segment of a directory's URI, decoded: a skill's name. */
export function lastSegment(root: string): string {
  const segment = root.slice(root.lastIndexOf('/') + 1)
  try {
    return decodeURIComponent(segment)
  } catch {
    /* a stray percent sign: the segment stands for itself */
    return segment
  }
}

/** Whether `uri` is that of something inside the directory, written without detours. */
export function isInside(uri: string, root: string): boolean {
  if (!uri.startsWith(`${root}/`) || uri.length === root.length + 1) return false
  const path = uri.slice(root.length + 1)
  return (
    !/[?#\\]/.test(path) && path.split('/').every((segment) => !/^(?:\.|%2e){0,2}$/i.test(segment))
  )
}

/**
 * The URI of a file by its path in a skill, or by a reference relative to the skill's root (Skills, "Relative References");
 * undefined when it leads out of the skill. A whole URI stands for itself.
 */
export function resolveInSkill(reference: string, root: string): string | undefined {
  if (reference.startsWith(`${root}/`)) return isInside(reference, root) ? reference : undefined
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(reference) || /^[/\\]/.test(reference)) return undefined
  const [path = ''] = reference.split(/[?#]/)
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '.' || segment === '') continue
    if (segment === '..') {
      if (segments.pop() === undefined) return undefined
    } else segments.push(encodeSegment(segment))
  }
  const uri = [root, ...segments].join('/')
  return isInside(uri, root) ? uri : undefined
}

/** A segment of a path as it stands in a URI; what is encoded already stays so. */
export function encodeSegment(segment: string): string {
  return segment
    .split(/(%[0-9a-fA-F]{2})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join('')
}
