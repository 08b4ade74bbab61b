import { encodeUtf8 } from '../../std/encoding.ts'
import { encodeSegment, isSkillName, skillFile } from './names.ts'

/** A skill that a server serves: where it is, and its files. */
export interface SkillSource {
  /** Where it is among the server's skills: `git-workflow`, `acme/billing/refunds`. The last segment is the skill's name. */
  readonly path: string
  /** Its files by their path in it, with `/` between segments; `SKILL.md` is one of them. */
  readonly files: Readonly<Record<string, SkillFile>>
  /** Whether `skills/list` and `resources/list` tell of it; it is served by its URI all the same. Default: true. */
  readonly listed?: boolean
  /** What is in its files is made anew for each reader, so that no digest holds. Default: false. */
  readonly dynamic?: boolean
}

/** A file of a skill: what is in it, or how that is read. */
export type SkillFile = string | Uint8Array | SkillFileReader

/** Reads a file: once to know its digest, and each time that a client reads it. */
export type SkillFileReader = () => string | Uint8Array | Promise<string | Uint8Array>

/** A file under its URI. */
export interface ServedFile {
  readonly uri: string
  /** Its path in the skill, for its name and its type. */
  readonly path: string
  /** What is in it, where that is known already. */
  readonly content: Uint8Array<ArrayBuffer> | undefined
  read(): Promise<Uint8Array<ArrayBuffer>>
}

/** A source that was looked at. */
export interface PlacedSkill {
  readonly root: string
  readonly uri: string
  readonly name: string
  readonly listed: boolean
  readonly dynamic: boolean
  readonly files: readonly ServedFile[]
}

/** Places a source under `scheme`. @throws TypeError when its path, or that of a file, is none. */
export function placeSkill(source: SkillSource, scheme: string): PlacedSkill {
  const { path, files, listed = true, dynamic = false } = source
  const segments = path.split('/')
  const name = segments.at(-1)
  if (!isSkillName(name)) {
    throw new TypeError(
      `skill "${path}": the last segment is its name, 1 to 64 of a-z, 0-9 and single hyphens`,
    )
  }
  const isSegment = (segment: string): boolean =>
    /^[A-Za-z0-9._~-]+$/.test(segment) && !/^\.{1,2}$/.test(segment)
  if (!segments.every(isSegment)) {
    throw new TypeError(
      `skill "${path}": a segment of its path has other characters than letters, digits and . _ ~ -`,
    )
  }
  if (!Object.hasOwn(files, skillFile)) throw new TypeError(`skill "${path}" has no ${skillFile}`)
  const root = `${scheme}://${path}`
  const served = Object.entries(files).map(([own, file]): ServedFile => {
    const parts = own.split('/')
    if (parts.some((part) => /^\.{0,2}$/.test(part) || part.includes('\\'))) {
      throw new TypeError(`skill "${path}": "${own}" is no path of a file in it`)
    }
    const uri = `${root}/${parts.map((part) => encodeSegment(part.replaceAll('%', '%25'))).join('/')}`
    if (typeof file === 'function') {
      return { uri, path: own, content: undefined, read: async () => toBytes(await file()) }
    }
    const content = toBytes(file)
    return { uri, path: own, content, read: async () => content }
  })
  return { root, uri: `${root}/${skillFile}`, name, listed, dynamic, files: served }
}

function toBytes(content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof content === 'string' ? encodeUtf8(content) : new Uint8Array(content)
}
