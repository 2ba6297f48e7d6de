# The sync server. The last stage holds node, the libraries it loads, the bundle and two native dependencies: no shell,
# no package manager and nothing else to keep patched, at half the size of the slim base. What a shell is used for
# elsewhere is a subcommand of the server here (`healthcheck`, `invite`). Rebuild it to take up a newer base image.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
# .dockerignore says what of the checkout is here at all.
COPY . .
RUN npm run build -- server web

FROM node:24-bookworm-slim AS runtime
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# node_modules without what is only there to compile it, or for another libc or Node than this one. The libraries are
# those that the loader itself names for node and for each native dependency, so the list is right on every architecture.
RUN set -eu; \
    cd node_modules; \
    rm -rf .bin ordered-binary/.[a-z]* lmdb/src lmdb/dependencies @parcel/watcher/src; \
    find . -name '*.musl.node' -delete; \
    rm -f @lmdb/*/node.abi*.node; \
    mkdir -p /out/app /out/data /out/etc /out/tmp /out/usr/local/bin; \
    cp -a . /out/app/node_modules; \
    cp /app/package.json /out/app/; \
    cp /usr/local/bin/node /out/usr/local/bin/; \
    { echo /usr/local/bin/node; find /app/node_modules -name '*.node'; } | xargs ldd \
      | sed -nE 's/^\s+(.* => )?(\/\S+) \(0x.*/\2/p' | sort -u | xargs cp -L --parents -t /out; \
    cp /etc/nsswitch.conf /out/etc/; \
    grep -E '^(root|node):' /etc/passwd > /out/etc/passwd; \
    grep -E '^(root|node):' /etc/group > /out/etc/group; \
    chown node:node /out/data; \
    chmod 1777 /out/tmp

FROM scratch
LABEL org.opencontainers.image.title="Manyhands sync server" \
      org.opencontainers.image.description="The server through which several people write the same files at once" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.url="https://manyhands.example"
COPY --from=runtime /out /
COPY --from=build /app/dist/sync-server /app/dist/sync-server
COPY --from=build /app/dist/web /app/dist/web
COPY LICENSE /app/
ENV PATH=/usr/local/bin NODE_ENV=production HOST=0.0.0.0 PORT=1234 DATA_DIR=/data
# Only for places that mount /data as root's and let nobody change that.
ARG USER_ID=1000
USER ${USER_ID}:${USER_ID}
WORKDIR /app
VOLUME /data
EXPOSE 1234
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "/app/dist/sync-server/index.js", "healthcheck"]
# Exec form: node is process 1 and gets SIGTERM itself.
ENTRYPOINT ["node", "/app/dist/sync-server/index.js"]
CMD ["serve"]
