#!/usr/bin/env node
// Stands in for fpm, which electron-builder makes a .deb with and fetches from GitHub: the few options that it is
// given there, done with dpkg-deb. electron-builder runs it where CUSTOM_FPM_PATH names it.
import { execFileSync } from "node:child_process"
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"

const text = { type: "string" }
const list = { type: "string", multiple: true, default: [] }
const { values: asked, positionals: mappings } = parseArgs({
  allowPositionals: true,
  options: {
    s: { ...text, short: "s" },
    t: { ...text, short: "t" },
    depends: { ...list, short: "d" },
    "deb-recommends": list,
    "deb-compression": text,
    "deb-priority": text,
    architecture: text,
    "after-install": text,
    "after-remove": text,
    category: text,
    debug: { type: "boolean" },
    description: text,
    force: { type: "boolean" },
    license: text,
    log: text,
    maintainer: text,
    name: text,
    package: text,
    url: text,
    vendor: text,
    version: text,
  },
})
if (asked.s !== "dir" || asked.t !== "deb")
  throw new Error(`This makes a deb of a dir, not ${asked.t} of ${asked.s}`)

// fpm's names for them, and dpkg-deb's.
const compressions = { gz: "gzip", xz: "xz", zst: "zstd" }
const compression = compressions[asked["deb-compression"]]
if (compression === undefined) throw new Error(`dpkg-deb does not know ${asked["deb-compression"]}`)

const root = mkdtempSync(join(tmpdir(), "manyhands-deb-"))
try {
  chmodSync(root, 0o755)
  for (const mapping of mappings) place(mapping)
  mkdirSync(join(root, "DEBIAN"))
  writeFileSync(join(root, "DEBIAN/control"), control())
  installScript("after-install", "postinst")
  installScript("after-remove", "postrm")
  const options = ["--root-owner-group", `-Z${compression}`, "-z1"]
  execFileSync("dpkg-deb", [...options, "--build", root, asked.package], { stdio: "inherit" })
} finally {
  rmSync(root, { recursive: true, force: true })
}

/** Copies what a `SOURCE=/TARGET` names; a source that ends in a slash stands for what is in the folder. */
function place(mapping) {
  const cut = mapping.lastIndexOf("=")
  const source = mapping.slice(0, cut)
  const target = join(root, mapping.slice(cut + 1))
  mkdirSync(dirname(target), { recursive: true })
  execFileSync("cp", ["--archive", "--no-target-directory", source, target])
}

function control() {
  const kilobytes = execFileSync("du", ["-sk", root], { encoding: "utf8" }).split("\t")[0]
  const [summary, ...rest] = asked.description.split("\n").map((line) => line.trim())
  const fields = [
    ["Package", asked.name],
    ["Version", asked.version],
    ["Architecture", asked.architecture],
    ["Maintainer", asked.maintainer],
    ["Installed-Size", kilobytes],
    ["Depends", asked.depends.join(", ")],
    ["Recommends", asked["deb-recommends"].join(", ")],
    ["Section", asked.category],
    ["Priority", asked["deb-priority"]],
    ["Homepage", asked.url],
    ["Description", [summary, ...rest].join("\n ")],
  ]
  const given = fields.filter(([, value]) => value)
  return `${given.map(([name, value]) => `${name}: ${value}`).join("\n")}\n`
}

function installScript(option, name) {
  if (asked[option] === undefined) return
  const path = join(root, "DEBIAN", name)
  copyFileSync(asked[option], path)
  chmodSync(path, 0o755)
}
