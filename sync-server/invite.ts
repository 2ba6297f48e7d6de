import { AppError } from "../protocol/errors.ts"
import { formatInviteLink } from "../protocol/invite.ts"
import { Tokens } from "./access/tokens.ts"
import type { InviteOptions } from "./command-line.ts"
import type { Config } from "./config.ts"
import { urlHost } from "./url-host.ts"

/** Makes an invite: a link, or the bare token. @throws AppError CONFIG_INVALID where nobody needs one */
export async function invite(config: Config, options: InviteOptions): Promise<string> {
  if (config.secret === null)
    throw new AppError("CONFIG_INVALID", "AUTH=none: no invite is needed, and none can be made")
  const tokens = new Tokens({ secret: config.secret, revoked: new Set() })
  const { token } = await tokens.sign(
    {
      role: options.role,
      ...(options.room === null ? {} : { room: options.room }),
      ...(options.name === null ? {} : { name: options.name }),
      ...(options.uses === null ? {} : { uses: options.uses }),
    },
    options.expiresIn,
  )
  if (options.onlyToken) return token
  const origin = options.url ?? `http://${urlHost(config.host)}:${config.port}`
  return formatInviteLink({ origin, room: options.room, token })
}
