import { useMemo } from "react"
import { encode } from "uqr"

/**
 * A text as a QR code, black on white in every theme, so that any camera reads it. Each module is a whole number of
 * pixels, and at least two; within that, the code is at most `most` pixels wide.
 */
export function QrCode({ text, label, most }: { text: string; label: string; most: number }) {
  const code = useMemo(() => modules(text), [text])
  const size = code.size * Math.max(2, Math.floor(most / code.size))
  return (
    <svg
      className="qr-code"
      width={size}
      height={size}
      viewBox={`0 0 ${code.size} ${code.size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d="M0 0h999v999H0z" fill="#fff" />
      <path d={code.path} fill="#111" />
    </svg>
  )
}

function modules(text: string): { size: number; path: string } {
  const { data, size } = encode(text, { ecc: "L", border: 2 })
  const dark = data.flatMap((line, y) => line.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return { size, path: dark.join("") }
}
