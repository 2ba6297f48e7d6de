import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { z } from "zod"
import { isDeepLink } from "./deep-link.ts"

/** What a start of the app asks for. A second start hands it to the first one, as the form below. */
export const launchSchema = z.object({
  /** Absolute. */
  paths: z.array(z.string().min(1).max(4096)).max(100),
  links: z.array(z.string().min(1).max(8192)).max(10),
})
export type Launch = z.infer<typeof launchSchema>

/**
 * Reads the start arguments. Switches belong to Electron and Chromium and are passed over; after `--` everything is a
 * path.
 *
 * @param argv the whole of `process.argv`
 * @param options.hasScript whether Electron was told which app to run (`electron . notes/`), as while developing
 * @param options.cwd what relative paths are relative to
 */
export function readLaunch(argv: readonly string[], options: { hasScript: boolean; cwd: string }): Launch {
  const given = positionals(argv.slice(1)).slice(options.hasScript ? 1 : 0)
  return {
    paths: given.filter((argument) => !isDeepLink(argument)).map((argument) => pathOf(argument, options.cwd)),
    links: given.filter(isDeepLink),
  }
}

/** A terminal names a file by its path, a Linux desktop by its file: URL. */
function pathOf(argument: string, cwd: string): string {
  if (!/^file:\/\/\//i.test(argument)) return resolve(cwd, argument)
  try {
    return fileURLToPath(argument)
  } catch {
    // A URL that names no file of this system. As a path it is not there either, and the person is told so.
    return resolve(cwd, argument)
  }
}

function positionals(argv: readonly string[]): string[] {
  const found: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ""
    if (argument === "--") return [...found, ...argv.slice(index + 1)].filter((text) => text !== "")
    if (argument === "-r" || argument === "--require") index++
    else if (argument !== "" && !argument.startsWith("-")) found.push(argument)
  }
  return found
}
