import { defineConfig } from "@playwright/test"
import { findChromium } from "./scripts/lib/chromium.mjs"

// Chromium refuses to sandbox root; `npm test` runs this suite as an ordinary user for that reason.
const root = process.getuid?.() === 0
const chromium = findChromium()

export default defineConfig({
  // Windows share one display, its focus and its clipboard.
  workers: 1,
  retries: 0,
  forbidOnly: process.env["CI"] !== undefined,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  outputDir: "test-results/playwright",
  use: {
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      chromiumSandbox: !root,
      args: ["--disable-gpu", "--disable-quic"],
      ...(chromium === null ? {} : { executablePath: chromium }),
    },
  },
  projects: ["desktop", "browser"].map((name) => ({
    name,
    testDir: `test/${name}`,
    testMatch: "**/*.spec.ts",
  })),
})
