import { defineConfig } from "vitest/config"

/** One project a folder, so that `npm test -- NAME` runs one of them. */
function suite(name: string, testTimeout: number) {
  return {
    test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout },
  }
}

export default defineConfig({
  test: {
    // A process each: these tests open ports and native stores, and a crash must not take the others along.
    pool: "forks",
    // The limits are for what hangs, not for what is slow: nothing here is asserted about time.
    projects: [suite("unit", 30_000), suite("server", 60_000), suite("faults", 600_000)].map((project) => ({
      extends: true,
      ...project,
    })),
  },
})
