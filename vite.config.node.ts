import type { Plugin, UserConfig } from "vite"

/**
 * What the bundles that run on Node have in common: readable output, and nothing left outside but `external`. One file, unless
 * it `splits` off what it imports only when that is needed.
 */
export function nodeBundle(
  entry: string,
  fileName: string,
  external: string[],
  { splits = false }: { splits?: boolean } = {},
): UserConfig {
  return {
    publicDir: false,
    plugins: [oneYjs(), httpByItself()],
    ssr: { target: "node", noExternal: true, external },
    build: {
      ssr: entry,
      target: "node20",
      sourcemap: true,
      minify: false,
      // What is bundled is passed on, and its authors ask that their licences go with it.
      license: { fileName: `${fileName}.licences.md` },
      // main/ and its preload share a folder; scripts/build.mjs starts every build in an empty one.
      emptyOutDir: false,
      rolldownOptions: {
        output: {
          format: "es",
          entryFileNames: fileName,
          ...(splits ? { chunkFileNames: "[name]-[hash].js" } : { codeSplitting: false }),
        },
      },
    },
  }
}

/**
 * Lets bundled packages get Node's `http` in the way in which nothing else is loaded with it. `require` reads all that a
 * built-in module exports, and two of its exports bring in everything behind `fetch`: 17 ms of a start.
 */
function httpByItself(): Plugin {
  return {
    name: "http-by-itself",
    renderChunk(code) {
      return {
        code: code.replaceAll(/__require\("(?:node:)?http"\)/g, 'process.getBuiltinModule("http")'),
        map: null,
      }
    },
  }
}

/**
 * Fails the build if more than one copy of Yjs is in it: two copies do not recognise each other's types, and lose
 * edits without an error.
 */
export function oneYjs(): Plugin {
  return {
    name: "one-yjs",
    buildEnd() {
      const copies = [...this.getModuleIds()].filter((id) =>
        /\/yjs\/(dist\/yjs\.[cm]?js|src\/index\.js)$/.test(id),
      )
      if (copies.length > 1) this.error(`There is more than one copy of Yjs: ${copies.join(", ")}`)
    },
  }
}
