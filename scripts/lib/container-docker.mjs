import { spawnSync } from "node:child_process"
import { checkout } from "./checkout.mjs"
import { runOrFail } from "./run.mjs"

const image = "manyhands:test"

/** @returns {boolean} whether a Docker engine runs here and takes our commands */
export function dockerAnswers() {
  return spawnSync("docker", ["info"], { stdio: "ignore" }).status === 0
}

/** The image as a Docker engine builds it, on the real base image. */
export class DockerBuild {
  env = {}

  /** @returns {Promise<string>} the image's name */
  async build() {
    await runOrFail("docker", ["build", "--tag", image, checkout])
    return image
  }

  /** @param {string} file */
  async save(file) {
    await runOrFail("docker", ["save", "--output", file, image])
  }

  async close() {
    await runOrFail("docker", ["image", "rm", "--force", image], { stdio: "ignore" })
  }
}
