import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { cacheFolder } from "./cache-folder.mjs"
import { pinnedNode } from "./pinned-node.mjs"
import { runOrFail } from "./run.mjs"

/** The name that the Dockerfile asks for. */
export const baseImageName = "docker.io/library/node:24-bookworm-slim"

/**
 * A root file system with what the official image holds: Debian 12, node, npm and the user node. Made once for each
 * version of Node, then found in the cache.
 *
 * @returns {Promise<string>} the tar archive
 */
export async function ensureBaseImage() {
  const version = execFileSync(pinnedNode, ["--version"], { encoding: "utf8" }).trim()
  const archive = join(cacheFolder(), `container-base-bookworm-node-${version}.tar`)
  if (existsSync(archive)) return archive
  await mkdir(cacheFolder(), { recursive: true })
  console.log("Making the stand-in for the base image")
  const unfinished = `${archive}.${process.pid}.tar`
  try {
    await runOrFail("mmdebstrap", [...mmdebstrapOptions(), "bookworm", unfinished])
    await rename(unfinished, archive)
  } finally {
    await rm(unfinished, { force: true })
  }
  return archive
}

function mmdebstrapOptions() {
  const hooks = [
    'mkdir -p "$1/usr/local/lib/node_modules"',
    `copy-in ${npmFolder()} /usr/local/lib/node_modules`,
    `upload ${pinnedNode} /usr/local/bin/node`,
    'chmod 755 "$1/usr/local/bin/node"',
    'ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"',
    'ln -s ../lib/node_modules/npm/bin/npx-cli.js "$1/usr/local/bin/npx"',
    'chroot "$1" groupadd --gid 1000 node',
    'chroot "$1" useradd --uid 1000 --gid node --create-home node',
  ]
  return [
    "--quiet",
    "--variant=minbase",
    "--include=ca-certificates",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    ...hooks.map((hook) => `--customize-hook=${hook}`),
  ]
}

function npmFolder() {
  const root = execFileSync("npm", ["root", "--global"], { encoding: "utf8" }).trim()
  const own = process.env.npm_execpath
  return own?.endsWith("npm-cli.js") ? dirname(dirname(own)) : join(root, "npm")
}
