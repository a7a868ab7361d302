# An image that holds one executable, the loader and the C library, and nothing else.
#   docker build -t edge .
#   docker build -t edge-otlp --build-arg DISTRIBUTION=edge-otlp .
#   docker run -p 8080:8080 -v ./config.json:/etc/edge/config.json -v ./examples:/etc/edge/examples edge
# docs/operating.md says which file and port each distribution has.

FROM node:22-bookworm-slim AS build
ARG DISTRIBUTION=edge
ARG COMMIT=""
WORKDIR /source
COPY package.json bun.lock bunfig.toml ./
RUN npx -y bun@1.4.5 install --frozen-lockfile
COPY . .
RUN EDGE_BUILD_COMMIT="$COMMIT" npx bun scripts/build.ts "$DISTRIBUTION" --outdir=/build \
  && mkdir -p /image/etc/edge /image/tmp && chmod 1777 /image/tmp \
  && cp "/build/$DISTRIBUTION" /image/edge \
  && ldd /image/edge | grep -o '/[^ ]*' | xargs -I{} cp --parents -L {} /image/

FROM scratch
COPY --from=build /image/ /
USER 65534:65534
# Inside a container, loopback is nobody's address.
ENV TERO_LISTEN_ADDRESS=0.0.0.0
WORKDIR /etc/edge
EXPOSE 8080 4318
ENTRYPOINT ["/edge"]
