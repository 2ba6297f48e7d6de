// Builds the image from the Dockerfile as it is, runs it and checks it:
// `npm run test:container [-- --engine docker|podman] [--save FILE]`. Without --engine, Docker if it answers, else
// podman. --save keeps the image as an archive that `docker load` and `podman load` read.
import { parseArgs } from "node:util"
import { DockerBuild, dockerAnswers } from "./lib/container-docker.mjs"
import { ContainerSandbox } from "./lib/container-sandbox.mjs"
import { ensureDependencies } from "./lib/dependencies.mjs"
import { pinnedNode } from "./lib/pinned-node.mjs"
import { run } from "./lib/run.mjs"
import { exitWith, SentenceError } from "./lib/sentence-error.mjs"

const engines = {
  docker: () => new DockerBuild(),
  podman: () => ContainerSandbox.open(),
}

await exitWith(async () => {
  const { values } = parseArgs({ options: { engine: { type: "string" }, save: { type: "string" } } })
  const name = values.engine ?? (dockerAnswers() ? "docker" : "podman")
  if (!Object.hasOwn(engines, name)) throw new SentenceError(`--engine is docker or podman, not ${name}.`)
  await ensureDependencies()
  const engine = await engines[name]()
  try {
    const image = await engine.build()
    if (values.save !== undefined) await engine.save(values.save)
    const env = { ...process.env, ...engine.env, ENGINE: name, IMAGE: image }
    return await run(pinnedNode, ["test/run-node-tests.ts", "test/container/image.test.ts"], { env })
  } finally {
    await engine.close()
  }
})
