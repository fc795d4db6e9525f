# One image for `web`, `worker` and `release`; the Procfile has their commands.

# Built from source, which Go's checksum database vouches for.
FROM golang:1.26.8-bookworm@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d AS opa
RUN CGO_ENABLED=0 go install github.com/open-policy-agent/opa@v1.22.2

FROM node:20.20.2-bookworm-slim@sha256:2cf067cfed83d5ea958367df9f966191a942351a2df77d6f0193e162b5febfc0 AS build
WORKDIR /daypass
COPY package.json package-lock.json .npmrc ./
COPY setup setup
RUN npm ci
COPY src src
RUN node setup/build.mjs
# Drop the development tools and the embedded PostgreSQL, which is for single machines.
RUN npm prune --omit=dev --omit=optional

FROM node:20.20.2-bookworm-slim@sha256:2cf067cfed83d5ea958367df9f966191a942351a2df77d6f0193e162b5febfc0
# The worker fetches the access repository with git over HTTPS.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git \
  && rm -rf /var/lib/apt/lists/*
# The worker compiles rules that differ from the starter's.
COPY --from=opa /go/bin/opa /usr/local/bin/opa
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
