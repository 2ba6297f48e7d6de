// What `electron FOLDER_OR_SCRIPT` runs: the official Electron ships an app like this one, the one from npm does not.
import { readFileSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { app } from "electron"

const { target, required } = readArguments(process.argv.slice(1))
if (target === null) {
  console.error("Usage: electron [-r MODULE] FOLDER_OR_SCRIPT [ARGUMENTS]")
  app.exit(1)
} else {
  const path = resolve(target)
  const require = createRequire(join(path, "package.json"))
  Object.defineProperty(process, "defaultApp", { value: true, enumerable: true })
  describeApp(statSync(path).isDirectory() ? path : dirname(path))
  // Playwright drives an app through a module that it has required before it.
  for (const module of required) require(module)
  // Awaited at the top level: a module that is still loading holds back "ready", and the app must be able to register
  // its schemes before that.
  await import(pathToFileURL(require.resolve(path)).href)
}

function readArguments(given) {
  const required = []
  for (let index = 0; index < given.length; index++) {
    const argument = given[index]
    if (argument === "-r" || argument === "--require") required.push(given[++index])
    else if (!argument.startsWith("-")) return { target: argument, required }
  }
  return { target: null, required }
}

/** Gives the app its own name, version and path, as if it had been packaged. */
function describeApp(folder) {
  const description = readDescription(folder)
  if (description === null) return
  app.setAppPath(folder)
  app.setName(description.productName ?? description.name ?? app.name)
  if (description.version) app.setVersion(description.version)
  if (!app.commandLine.hasSwitch("user-data-dir"))
    app.setPath("userData", join(app.getPath("appData"), app.name))
}

/** @returns the folder's package.json, or null: a lone script has none */
function readDescription(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  } catch (error) {
    if (error.code === "ENOENT") return null
    throw error
  }
}
