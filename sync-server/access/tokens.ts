import { randomBytes } from "node:crypto"
import { jwtVerify, SignJWT } from "jose"
import { AppError } from "../../protocol/errors.ts"
import { type InviteClaims, inviteClaims } from "../../protocol/invite.ts"
import type { Role } from "../../protocol/role.ts"

/** What a verified token lets its bearer do. */
export interface Access {
  role: Role
  /** Undefined: every room. */
  room: string | undefined
  /** By which its connections are found when it is ended. Null where no token is asked for. */
  tokenId: string | null
  uses: number | undefined
  claims: InviteClaims | null
}

interface InviteAccess extends Access {
  tokenId: string
  claims: InviteClaims
}

/** What everybody has with `AUTH=none`. */
export const openAccess: Access = {
  role: "owner",
  room: undefined,
  tokenId: null,
  uses: undefined,
  claims: null,
}

const algorithm = "HS256"
const tokenIdBytes = 9
/** How far a clock that writes tokens may be off, in seconds. */
const toleranceSeconds = 5
/** Tokens whose signature is remembered. */
const rememberedTokens = 4096

/** Signs and verifies invite tokens (JWT, HS256) with the server's one secret. */
export class Tokens {
  readonly #key: Uint8Array
  readonly #revoked: ReadonlySet<string>
  /**
   * Good tokens, the one used last at the end: a crowd that comes by one invite costs one verification, and shares one
   * object. A wrong token is never kept.
   */
  readonly #verified = new Map<string, InviteAccess>()

  /** `revoked` is read at every verification, so what is added there counts at once. */
  constructor(options: { secret: string; revoked: ReadonlySet<string> }) {
    this.#key = new TextEncoder().encode(options.secret)
    this.#revoked = options.revoked
  }

  /** `expiresIn` is in seconds from now; null never ends. */
  async sign(
    claims: Omit<InviteClaims, "jti" | "iat" | "exp">,
    expiresIn: number | null,
  ): Promise<{ token: string; id: string }> {
    const id = randomBytes(tokenIdBytes).toString("base64url")
    const now = Math.floor(Date.now() / 1000)
    const signer = new SignJWT({ ...claims })
      .setProtectedHeader({ alg: algorithm })
      .setJti(id)
      .setIssuedAt(now)
    if (expiresIn !== null) signer.setExpirationTime(now + expiresIn)
    return { token: await signer.sign(this.#key), id }
  }

  /** @throws AppError TOKEN_INVALID, TOKEN_REVOKED */
  async verify(token: string | null): Promise<Access> {
    if (token === null || token === "") throw new AppError("TOKEN_INVALID", "A token is needed")
    const access = this.#remembered(token) ?? (await this.#verify(token))
    if (this.#revoked.has(access.tokenId)) throw new AppError("TOKEN_REVOKED", "This invite was ended")
    return access
  }

  #remembered(token: string): InviteAccess | null {
    const access = this.#verified.get(token)
    if (access === undefined) return null
    this.#verified.delete(token)
    const { exp } = access.claims
    // Verifying it again says what is wrong with it.
    if (exp !== undefined && exp <= Math.floor(Date.now() / 1000) - toleranceSeconds) return null
    this.#verified.set(token, access)
    return access
  }

  async #verify(token: string): Promise<InviteAccess> {
    const claims = await this.#claims(token)
    const access = { role: claims.role, room: claims.room, tokenId: claims.jti, uses: claims.uses, claims }
    this.#verified.set(token, access)
    if (this.#verified.size > rememberedTokens) {
      for (const leastUsed of this.#verified.keys()) {
        this.#verified.delete(leastUsed)
        break
      }
    }
    return access
  }

  async #claims(token: string): Promise<InviteClaims> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [algorithm],
        clockTolerance: toleranceSeconds,
      })
      return inviteClaims.parse(payload)
    } catch (cause) {
      throw new AppError("TOKEN_INVALID", "This token is not valid here, or it has expired", { cause })
    }
  }
}
