// `npm run build [-- PART...]`: type-checks, then builds the parts named, or all, that have changed since the last time.
import { buildStale } from "./lib/build-part.mjs"
import { parts } from "./lib/parts.mjs"
import { exitWith, SentenceError } from "./lib/sentence-error.mjs"
import { setUp } from "./lib/set-up.mjs"
import { typeCheck } from "./lib/type-check.mjs"

await exitWith(async () => {
  const asked = process.argv.slice(2)
  const unknown = asked.filter((name) => !(name in parts))
  if (unknown.length > 0) {
    throw new SentenceError(
      `No such part: ${unknown.join(", ")}. There are ${Object.keys(parts).join(", ")}.`,
    )
  }
  const names = asked.length > 0 ? asked : Object.keys(parts)
  await setUp("server")
  await typeCheck([...new Set(names.flatMap((name) => parts[name].sources))])
  await buildStale(names)
})
