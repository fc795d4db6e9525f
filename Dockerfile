# One image for `web`, `worker` and `release`; the Procfile has their commands.

FROM openpolicyagent/opa:1.22.2-static AS opa

FROM node:20-bookworm-slim AS build
WORKDIR /daypass
COPY package.json package-lock.json .npmrc ./
COPY setup setup
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN node setup/build.mjs
# Drop the development tools and the embedded PostgreSQL, which is for single machines.
RUN npm prune --omit=dev --omit=optional

FROM node:20-bookworm-slim
# The worker fetches the access repository with git over HTTPS.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git \
  && rm -rf /var/lib/apt/lists/*
# The worker compiles rules that differ from the starter's.
COPY --from=opa /opa /usr/local/bin/opa
WORKDIR /daypass
COPY --from=build /daypass/node_modules node_modules
COPY --from=build /daypass/dist dist
COPY package.json app.yml ./
# Schemas, built-ins, the compiled starter and the policy thread are read from src/; init copies the starter.
COPY src src
COPY policies policies
COPY access-grants access-grants
ENV NODE_ENV=production DAYPASS_HOME=/var/lib/daypass
RUN mkdir /var/lib/daypass && chown node:node /var/lib/daypass
VOLUME /var/lib/daypass
USER node
CMD ["node", "dist/bin/web.js"]
