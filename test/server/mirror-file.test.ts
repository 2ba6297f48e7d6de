import { execFileSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { describe, expect, test } from "vitest"
import { MirrorBench, note } from "./mirror-support.ts"
import { temporaryFolder } from "./support/server.ts"
import { waitFor } from "./support/wait-for.ts"

interface Place {
  path: string
  dataDir: string
  folder: string
}

function place(text: string): Place {
  const folder = realpathSync(temporaryFolder())
  const path = note(folder)
  writeFileSync(path, text)
  return { path, folder, dataDir: temporaryFolder() }
}

describe("opening a file", () => {
  test("makes a room with its text, title, line ends and byte order mark, once", async () => {
    const { path, dataDir } = place("\uFEFFone\r\ntwo\r\n")
    const bench = new MirrorBench({ dataDir })
    const [first, second] = await Promise.all([bench.mirror.open(path), bench.mirror.open(path)])
    expect(first).toEqual(second)
    expect(first.room).toMatch(/^[a-z2-7]{20}$/)
    expect(first.title).toBe("note")
    const document = await bench.open(path)
    expect(document.room.name).toBe(first.room)
    expect(document.text).toBe("one\ntwo\n")
    expect(document.meta).toMatchObject({ title: "note", eol: "crlf", bom: true })
  })

  test("does not touch it, not even when it is opened again after a restart", async () => {
    const { path, dataDir } = place("mixed\r\nline\nends\r\n")
    const before = statSync(path, { bigint: true })
    const bench = new MirrorBench({ dataDir })
    const room = (await bench.open(path)).room.name
    await bench.stop()
    const again = new MirrorBench({ dataDir })
    const document = await again.open(path)
    expect(document.room.name).toBe(room)
    expect(document.text).toBe("mixed\nline\nends\n")
    await again.stop()
    const after = statSync(path, { bigint: true })
    expect([after.ino, after.mtimeNs, after.size]).toEqual([before.ino, before.mtimeNs, before.size])
    expect(again.statuses).toEqual([])
  })

  test("through a link to it opens the same room, and writes go through the link", async () => {
    const { path, folder, dataDir } = place("one\n")
    mkdirSync(join(folder, "links"))
    const link = join(folder, "links", "other.md")
    symlinkSync(join("..", "note.md"), link)
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(link)
    expect(document.room.name).toBe((await bench.open(path)).room.name)
    document.typeAtEnd("two\n")
    await document.whenOnDisk("one\ntwo\n")
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n")
    expect(readdirSync(join(folder, "links"))).toEqual(["other.md"])
  })

  test("refuses what is no text, and leaves it as it is", async () => {
    const { path, dataDir } = place("")
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x41])
    writeFileSync(path, bytes)
    const bench = new MirrorBench({ dataDir })
    await expect(bench.mirror.open(path)).rejects.toMatchObject({ code: "FILE_NOT_TEXT" })
    expect(readFileSync(path).equals(bytes)).toBe(true)
    await expect(bench.mirror.open(`${path}x`)).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
    expect(await bench.store.listRecords("")).toEqual([])
  })

  test("an empty one is seeded too, and stays empty", async () => {
    const { path, dataDir } = place("")
    const bench = new MirrorBench({ dataDir })
    await bench.open(path)
    await bench.stop()
    const document = await new MirrorBench({ dataDir }).open(path)
    expect(document.text).toBe("")
    expect(document.meta.title).toBe("note")
  })
})

describe("what people type", () => {
  test("comes into the file, with its line ends, mode and byte order mark", async () => {
    const { path, folder, dataDir } = place("\uFEFFone\r\n")
    chmodSync(path, 0o640)
    const document = await new MirrorBench({ dataDir }).open(path)
    document.typeAtEnd("two\nthree")
    await document.whenOnDisk("\uFEFFone\r\ntwo\r\nthree")
    expect(statSync(path).mode & 0o777).toBe(0o640)
    await waitFor(
      () => readdirSync(folder).length === 1,
      () => "no temporary file is left",
    )
  })

  test("is in the file when the room is unloaded, without waiting for a pause", async () => {
    const { path, dataDir } = place("one\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    document.typeAtEnd("two\n")
    await bench.stop()
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n")
  })

  test("while somebody types on and on, the file follows", async () => {
    const { path, dataDir } = place("")
    const document = await new MirrorBench({ dataDir }).open(path)
    let isTyping = true
    const typing = (async () => {
      for (let count = 0; isTyping; count++) {
        document.typeAtEnd(`${count} `)
        await delay(20)
      }
    })()
    await waitFor(
      () => document.onDisk.length > 0,
      () => "something is in the file before the typing ends",
    )
    isTyping = false
    await typing
    await document.whenAlike()
  })

  test("new line ends chosen in the document are written", async () => {
    const { path, dataDir } = place("one\ntwo\n")
    const document = await new MirrorBench({ dataDir }).open(path)
    document.room.change({ isUpstream: false, author: "" }, (doc) => doc.getMap("meta").set("eol", "crlf"))
    await document.whenOnDisk("one\r\ntwo\r\n")
  })
})

describe("an outside edit comes into the document", () => {
  const ways: Record<string, (path: string) => void> = {
    "sed -i": (path) => execFileSync("sed", ["-i", "s/two/TWO/", path]),
    "written in place": (path) => writeFileSync(path, "one\nTWO\nthree\n"),
    "renamed over": (path) => {
      writeFileSync(`${path}.new`, "one\nTWO\nthree\n")
      renameSync(`${path}.new`, path)
    },
    "moved away, then written anew": (path) => {
      renameSync(path, `${path}~`)
      writeFileSync(path, "one\nTWO\nthree\n")
    },
  }
  for (const [way, edit] of Object.entries(ways)) {
    test(way, async () => {
      const { path, dataDir } = place("one\ntwo\nthree\n")
      const bench = new MirrorBench({ dataDir })
      const document = await bench.open(path)
      edit(path)
      await document.whenText("one\nTWO\nthree\n")
      document.typeAtEnd("four\n")
      await document.whenOnDisk("one\nTWO\nthree\nfour\n")
      expect(bench.statuses).toEqual([])
    })
  }

  test("truncated first and written later: the document is never emptied", async () => {
    const { path, dataDir } = place("one\ntwo\nthree\n")
    const document = await new MirrorBench({ dataDir }).open(path)
    let shortest = document.text.length
    document.room.doc.on("update", () => {
      shortest = Math.min(shortest, document.text.length)
    })
    const file = openSync(path, "w")
    await delay(400)
    writeSync(file, "one\nTWO\n")
    await delay(400)
    writeSync(file, "three\n")
    closeSync(file)
    await document.whenText("one\nTWO\nthree\n")
    expect(shortest).toBe("one\nTWO\nthree\n".length)
  })

  test("emptied for good, it becomes empty", async () => {
    const { path, dataDir } = place("one\n")
    const document = await new MirrorBench({ dataDir }).open(path)
    writeFileSync(path, "")
    await document.whenText("")
  })

  test("made while the app was closed", async () => {
    const { path, dataDir } = place("one\ntwo\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    document.typeAtEnd("three\n")
    await bench.stop()
    appendFileSync(path, "four\n")
    const again = await new MirrorBench({ dataDir }).open(path)
    expect(again.text).toBe("one\ntwo\nthree\nfour\n")
    expect(again.onDisk).toBe("one\ntwo\nthree\nfour\n")
  })

  test("taken back on purpose (git checkout), it is taken back in the document", async () => {
    const { path, dataDir } = place("one\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    document.typeAtEnd("two\n")
    await document.whenOnDisk("one\ntwo\n")
    await bench.stop()
    writeFileSync(path, "one\n")
    expect((await new MirrorBench({ dataDir }).open(path)).text).toBe("one\n")
  })

  test("with other line ends, it keeps them", async () => {
    const { path, dataDir } = place("one\ntwo\n")
    const document = await new MirrorBench({ dataDir }).open(path)
    writeFileSync(path, "one\r\ntwo\r\n")
    await waitFor(
      () => document.meta.eol === "crlf",
      () => "the document knows of the new line ends",
    )
    document.typeAtEnd("three\n")
    await document.whenOnDisk("one\r\ntwo\r\nthree\r\n")
  })

  test("written to the old file after it was replaced, it is not lost", async () => {
    const { path, dataDir } = place("one\ntwo\n")
    const document = await new MirrorBench({ dataDir }).open(path)
    const file = openSync(path, "a")
    document.type(0, "typed\n")
    await document.whenOnDisk("typed\none\ntwo\n")
    writeSync(file, "late\n")
    closeSync(file)
    await document.whenText("typed\none\ntwo\nlate\n")
    await document.whenOnDisk("typed\none\ntwo\nlate\n")
  })

  test("by a program that had read before the last write, it takes nothing back", async () => {
    const { path, dataDir } = place("one\ntwo\n")
    const document = await new MirrorBench({ dataDir }).open(path)
    const read = readFileSync(path, "utf8")
    document.typeAtEnd("typed since\n")
    await document.whenOnDisk("one\ntwo\ntyped since\n")
    writeFileSync(path, read.replace("one", "ONE"))
    await document.whenText("ONE\ntwo\ntyped since\n")
    await document.whenOnDisk("ONE\ntwo\ntyped since\n")
    const stale = readFileSync(path, "utf8")
    document.typeAtEnd("and more\n")
    await document.whenOnDisk(`${stale}and more\n`)
    writeFileSync(path, stale)
    await document.whenOnDisk(`${stale}and more\n`)
    expect(document.text).toBe(`${stale}and more\n`)
  })
})

describe("when the file cannot be written", () => {
  test("a read-only file is reported and left alone, and written once it may be", async () => {
    const { path, dataDir } = place("one\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    const room = document.room.name
    chmodSync(path, 0o444)
    document.typeAtEnd("two\n")
    await waitFor(
      () => bench.lastTrouble(room) === "FILE_NOT_WRITABLE",
      () => "the trouble is reported",
    )
    expect(document.onDisk).toBe("one\n")
    chmodSync(path, 0o644)
    await document.whenOnDisk("one\ntwo\n")
    await waitFor(
      () => bench.lastTrouble(room) === null,
      () => "the end of the trouble is reported",
    )
    expect(bench.statuses.map(({ trouble }) => trouble?.code ?? null)).toEqual(["FILE_NOT_WRITABLE", null])
  })

  test("the end of a trouble is reported, also when the document was closed meanwhile", async () => {
    const { path, dataDir } = place("one\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    const room = document.room.name
    chmodSync(path, 0o444)
    document.typeAtEnd("two\n")
    await waitFor(
      () => bench.lastTrouble(room) === "FILE_NOT_WRITABLE",
      () => "the trouble is reported",
    )
    document.close()
    await waitFor(
      () => bench.registry.rooms.length === 0,
      () => "the room is unloaded",
    )
    chmodSync(path, 0o644)
    await (await bench.open(path)).whenOnDisk("one\ntwo\n")
    await waitFor(
      () => bench.lastTrouble(room) === null,
      () => "the end of the trouble is reported",
    )
  })

  test("a deleted file is not made again; when it is back, both sides' words are in it", async () => {
    const { path, dataDir } = place("one\ntwo\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    const room = document.room.name
    rmSync(path)
    document.typeAtEnd("typed meanwhile\n")
    await waitFor(
      () => bench.lastTrouble(room) === "FILE_NOT_FOUND",
      () => "the trouble is reported",
    )
    await bench.stop()
    expect(readdirSync(join(path, ".."))).toEqual([])

    writeFileSync(path, "ONE\ntwo\n")
    const again = new MirrorBench({ dataDir })
    const reopened = await again.open(path)
    expect(reopened.room.name).toBe(room)
    await reopened.whenOnDisk("ONE\ntwo\ntyped meanwhile\n")
    expect(again.lastTrouble(room)).toBe(null)
  })

  test("a deleted file is put back with every word when the person wants that, before and after a restart", async () => {
    const folder = temporaryFolder()
    const dataDir = temporaryFolder()
    const path = note(folder)
    writeFileSync(path, "one\r\n")
    let bench = new MirrorBench({ dataDir })
    let document = await bench.open(path)
    for (const words of ["two\n", "three\n"]) {
      rmSync(path)
      await waitFor(
        () => bench.lastTrouble(document.room.name) === "FILE_NOT_FOUND",
        () => "the loss is reported",
      )
      document.typeAtEnd(words)
      await bench.mirror.restore(document.room.name)
      expect(bench.lastTrouble(document.room.name)).toBeNull()
      expect(document.onDisk).toBe(document.text.replaceAll("\n", "\r\n"))
      await bench.stop()
      bench = new MirrorBench({ dataDir })
      document = await bench.open(path)
    }
    expect(document.text).toBe("one\ntwo\nthree\n")
    expect(readdirSync(folder)).toEqual(["note.md"])
  })

  test("a file that came back by itself is not written over when it is to be put back", async () => {
    const path = note(temporaryFolder())
    writeFileSync(path, "one\ntwo\n")
    const bench = new MirrorBench({ dataDir: temporaryFolder() })
    const document = await bench.open(path)
    rmSync(path)
    await waitFor(
      () => bench.lastTrouble(document.room.name) === "FILE_NOT_FOUND",
      () => "the loss is reported",
    )
    document.typeAtEnd("three\n")
    writeFileSync(path, "zero\none\ntwo\n")
    await bench.mirror.restore(document.room.name)
    await document.whenText("zero\none\ntwo\nthree\n")
    await document.whenAlike()
  })

  test("a folder that is gone is reported, and when it is back all is written", async () => {
    const { folder, dataDir } = place("")
    mkdirSync(join(folder, "inner"))
    const path = note(join(folder, "inner"))
    writeFileSync(path, "one\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    renameSync(join(folder, "inner"), join(folder, "away"))
    document.typeAtEnd("two\n")
    await waitFor(
      () => bench.lastTrouble(document.room.name) === "FILE_FOLDER_GONE",
      () => "the trouble is reported",
    )
    renameSync(join(folder, "away"), join(folder, "inner"))
    await document.whenOnDisk("one\ntwo\n")
    await waitFor(
      () => bench.lastTrouble(document.room.name) === null,
      () => "the end of the trouble is reported",
    )
  })

  test("what is no text any more is left as it is, and the words go on in a file beside it", async () => {
    const { folder, path, dataDir } = place("one\r\n")
    writeFileSync(join(folder, "note (words kept).md"), "somebody else's")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    const bytes = Buffer.from([0, 1, 2, 3, 255])
    writeFileSync(path, bytes)
    document.typeAtEnd("two\n")
    await waitFor(
      () => bench.lastTrouble(document.room.name) === "FILE_NOT_TEXT",
      () => "the trouble is reported",
    )
    const aside = join(folder, "note (words kept 2).md")
    await waitFor(
      () => readIfThere(aside) === "one\r\ntwo\r\n" && bench.lastTrouble(document.room.name) === null,
      () => "the words are in the file beside it",
    )
    expect(bench.notices).toEqual([
      {
        code: "FILE_NOT_TEXT",
        message:
          "Another program put something that is no text in the place of “note.md”. Every word of yours is in “note (words kept 2).md” now; you go on writing there.",
      },
    ])
    document.typeAtEnd("three\n")
    await waitFor(
      () => readIfThere(aside) === "one\r\ntwo\r\nthree\r\n",
      () => "what is written later too",
    )
    expect(readFileSync(path).equals(bytes)).toBe(true)
    expect(readFileSync(join(folder, "note (words kept).md"), "utf8")).toBe("somebody else's")
    expect((await bench.mirror.open(aside)).room).toBe(document.room.name)
  })

  test("what both sides wrote anew is kept twice, as two files", async () => {
    const { folder, path, dataDir } = place(manyWords("first"))
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    document.room.change({ isUpstream: false, author: "" }, (doc) => {
      const text = doc.getText("codemirror")
      text.delete(0, text.length)
      text.insert(0, manyWords("ours"))
    })
    writeFileSync(path, manyWords("theirs"))
    const other = join(folder, "note (other version).md")
    await waitFor(
      () => readIfThere(other) === manyWords("theirs"),
      () => "their text is in a file of its own",
    )
    await document.whenOnDisk(manyWords("ours"))
    expect(document.text).toBe(manyWords("ours"))
    expect(bench.notices.map(({ code }) => code)).toEqual(["FILE_REWRITTEN"])
    // From then on the two are like any other.
    writeFileSync(path, `${manyWords("ours")}\nmore`)
    await document.whenText(`${manyWords("ours")}\nmore`)
  })
})

describe("a file that another program moves", () => {
  test("keeps its room and what is written in it, renamed beside itself or with its folder", async () => {
    const { folder, dataDir } = place("")
    mkdirSync(join(folder, "old"))
    const path = join(folder, "old", "a.md")
    writeFileSync(path, "a\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    renameSync(path, join(folder, "old", "b.md"))
    document.typeAtEnd("typed\n")
    await waitFor(
      () => readIfThere(join(folder, "old", "b.md")) === "a\ntyped\n",
      () => "the words are in the renamed file",
    )
    expect(document.meta.title).toBe("b")
    renameSync(join(folder, "old"), join(folder, "new"))
    await bench.mirror.appeared([join(folder, "new", "b.md")])
    document.typeAtEnd("more\n")
    await waitFor(
      () => readIfThere(join(folder, "new", "b.md")) === "a\ntyped\nmore\n",
      () => "the words are in the moved file",
    )
    const statuses = bench.statuses.filter(({ room }) => room === document.room.name)
    expect(statuses.at(-1)).toEqual({
      room: document.room.name,
      path: realpathSync(join(folder, "new", "b.md")),
      trouble: null,
    })
    expect((await bench.mirror.open(join(folder, "new", "b.md"))).room).toBe(document.room.name)
    expect(readdirSync(folder)).not.toContain("old")
  })

  test("is known by its text where it was copied and removed", async () => {
    const { folder, path, dataDir } = place("one\ntwo\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    mkdirSync(join(folder, "inner"))
    writeFileSync(join(folder, "inner", "copy.md"), readFileSync(path))
    rmSync(path)
    await bench.mirror.appeared([join(folder, "inner", "copy.md")])
    document.typeAtEnd("three\n")
    await waitFor(
      () => readIfThere(join(folder, "inner", "copy.md")) === "one\ntwo\nthree\n",
      () => "the words are in the copy",
    )
  })

  test("while it was not open has its room again when it is opened", async () => {
    const { folder, path, dataDir } = place("one\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    document.typeAtEnd("two\n")
    await document.whenOnDisk("one\ntwo\n")
    await bench.stop()
    renameSync(path, join(folder, "elsewhere.md"))
    const again = new MirrorBench({ dataDir })
    const reopened = await again.open(join(folder, "elsewhere.md"))
    expect(reopened.room.name).toBe(document.room.name)
    expect(reopened.meta.title).toBe("elsewhere")
    reopened.typeAtEnd("three\n")
    await reopened.whenOnDisk("one\ntwo\nthree\n")
  })

  test("is not taken for another one that was made when it was deleted, nor for a copy of it", async () => {
    const { folder, path, dataDir } = place("one\n")
    writeFileSync(join(folder, "copy.md"), "one\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    rmSync(path)
    // On many file systems the next file has the inode of the last.
    writeFileSync(join(folder, "next.md"), "two\n")
    await bench.mirror.appeared([join(folder, "next.md")])
    await waitFor(
      () => bench.lastTrouble(document.room.name) === "FILE_NOT_FOUND",
      () => "the loss is reported",
    )
    expect(document.text).toBe("one\n")
    expect((await bench.mirror.open(join(folder, "copy.md"))).room).not.toBe(document.room.name)
  })

  test("onto one that is open too stays apart from it", async () => {
    const { folder, path, dataDir } = place("one\n")
    writeFileSync(join(folder, "other.md"), "two\n")
    const bench = new MirrorBench({ dataDir })
    const document = await bench.open(path)
    const other = await bench.open(join(folder, "other.md"))
    renameSync(path, join(folder, "other.md"))
    await waitFor(
      () => bench.lastTrouble(document.room.name) === "FILE_NOT_FOUND",
      () => "the loss is reported",
    )
    await other.whenText("one\n")
    expect(document.text).toBe("one\n")
  })
})

describe("a file that the app moves", () => {
  test("keeps its room, open or not, alone or in a folder", async () => {
    const { folder, dataDir } = place("")
    mkdirSync(join(folder, "old", "deep"), { recursive: true })
    const [first, second] = [join(folder, "old", "a.md"), join(folder, "old", "deep", "b.md")]
    writeFileSync(first, "a\n")
    writeFileSync(second, "b\n")
    const bench = new MirrorBench({ dataDir })
    const a = await bench.open(first)
    const b = await bench.mirror.open(second)
    a.typeAtEnd("typed\n")
    renameSync(join(folder, "old"), join(folder, "new"))
    await bench.mirror.moved(join(folder, "old"), join(folder, "new"))
    await waitFor(
      () => readFileSync(join(folder, "new", "a.md"), "utf8") === "a\ntyped\n",
      () => "the words are in the moved file",
    )
    renameSync(join(folder, "new", "a.md"), join(folder, "new", "chapter one.md"))
    await bench.mirror.moved(join(folder, "new", "a.md"), join(folder, "new", "chapter one.md"))
    a.typeAtEnd("more\n")
    await waitFor(
      () => readFileSync(join(folder, "new", "chapter one.md"), "utf8") === "a\ntyped\nmore\n",
      () => "the words are in the renamed file",
    )
    expect(a.meta.title).toBe("chapter one")
    expect((await bench.mirror.open(join(folder, "new", "deep", "b.md"))).room).toBe(b.room)
    await bench.stop()
    const again = new MirrorBench({ dataDir })
    const reopened = await again.open(join(folder, "new", "chapter one.md"))
    expect(reopened.room.name).toBe(a.room.name)
    expect(reopened.text).toBe("a\ntyped\nmore\n")
    writeFileSync(first.replace("old", "new"), "another\n")
    expect((await again.mirror.open(first.replace("old", "new"))).room).not.toBe(a.room.name)
  })
})

function readIfThere(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null
}

function manyWords(kind: string): string {
  return Array.from({ length: 60 }, (_, number) => `${kind}${number}`).join(" ")
}
