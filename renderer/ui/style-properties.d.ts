import "react"

declare module "react" {
  interface CSSProperties {
    /** How deep a row of the tree is in its folder, from 0. */
    "--depth"?: number
    /** The width of the files at the side. */
    "--side"?: string
  }
}
