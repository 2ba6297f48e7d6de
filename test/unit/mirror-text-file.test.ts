import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, onTestFinished, test } from "vitest"
import { Limits } from "../../protocol/limits.ts"
import { documentText, parseText, readTextFile, serialiseText } from "../../sync-server/mirror/text-file.ts"

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "manyhands-text-"))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function fileOf(bytes: Uint8Array | string): string {
  const path = join(folder(), "note.md")
  writeFileSync(path, bytes)
  return path
}

const lines = fc.array(
  fc.string({ unit: "grapheme" }).map((line) => line.replace(/[\r\n\0]/g, "")),
  { minLength: 1 },
)

describe("a text file", () => {
  test("comes back byte for byte, with LF or CRLF, with and without a byte order mark", () => {
    fc.assert(
      fc.property(lines, fc.constantFrom("\n", "\r\n"), fc.boolean(), (all, end, bom) => {
        const bytes = Buffer.from((bom ? "\uFEFF" : "") + all.join(end))
        const { text, format } = parseText("note.md", bytes)
        expect(text).toBe(all.join("\n"))
        expect(serialiseText(text, format).equals(bytes)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test("that mixes line ends counts as what most of them are", () => {
    expect(parseText("a", Buffer.from("a\r\nb\r\nc\n"))).toEqual({
      text: "a\nb\nc\n",
      format: { eol: "crlf", bom: false },
    })
    expect(parseText("a", Buffer.from("a\r\nb\nc\n")).format.eol).toBe("lf")
    expect(parseText("a", Buffer.from("a\r\nb\n")).format.eol).toBe("lf")
  })

  test("keeps a lone CR as a character, and never brings CRLF into a document", () => {
    expect(parseText("a", Buffer.from("old\rmac\n")).text).toBe("old\rmac\n")
    expect(parseText("a", Buffer.from("odd\r\r\nend\r\n")).text).toBe("odd\nend\n")
  })

  test("is written as it will be read, whatever a peer put into the document", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom<"lf" | "crlf">("lf", "crlf"), (raw, eol) => {
        fc.pre(!raw.includes("\0") && !raw.startsWith("\uFEFF"))
        const again = parseText("a", serialiseText(raw, { eol, bom: false })).text
        expect(again).toBe(documentText(raw))
      }),
    )
    expect(documentText("half \uD83E\uDD80 \uD83E\r\n")).toBe("half 🦀 \uFFFD\n")
  })

  test("is read with what it was while it was read, and is not touched", async () => {
    const path = fileOf("one\r\ntwo\r\n")
    const before = statSync(path, { bigint: true })
    const file = await readTextFile(path)
    expect(file).toMatchObject({ text: "one\ntwo\n", format: { eol: "crlf", bom: false } })
    expect(file.stamp).toEqual({
      device: before.dev,
      inode: before.ino,
      size: before.size,
      modifiedNs: before.mtimeNs,
    })
  })
})

describe("what is no text file is refused", () => {
  test("bytes that are not UTF-8, with a sentence that says it stays as it is", async () => {
    const path = fileOf(Buffer.from([0x68, 0xe9, 0x6c, 0x61]))
    await expect(readTextFile(path)).rejects.toMatchObject({
      code: "FILE_NOT_TEXT",
      message: "“note.md” is not plain text in UTF-8. Manyhands leaves it as it is.",
    })
  })

  test("NUL bytes, UTF-16 and folders", async () => {
    await expect(readTextFile(fileOf("a\0b"))).rejects.toMatchObject({ code: "FILE_NOT_TEXT" })
    await expect(readTextFile(fileOf(Buffer.from("\uFEFFtide", "utf16le")))).rejects.toMatchObject({
      code: "FILE_NOT_TEXT",
    })
    const path = join(folder(), "inner")
    mkdirSync(path)
    await expect(readTextFile(path)).rejects.toMatchObject({ code: "FILE_NOT_TEXT" })
  })

  test("more than 20 MB, before it is read", async () => {
    const path = fileOf("")
    truncateSync(path, Limits.fileBytes + 1)
    await expect(readTextFile(path)).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
      message: "“note.md” is larger than 20 MB. Manyhands leaves it as it is.",
    })
  })

  test("but not 20 MB exactly", async () => {
    const path = fileOf(Buffer.alloc(Limits.fileBytes, "a"))
    expect((await readTextFile(path)).text).toHaveLength(Limits.fileBytes)
  })

  test("what is not there", async () => {
    await expect(readTextFile(join(folder(), "none.md"))).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  })
})
